/* Sends thousands of damaged files to real imagers in their sandbox, as a worker does: each yields valid
 * outputs or an error about the file, within the limits of time and memory. Codecs are third-party code and
 * may crash; then only the imager with that file is lost, which is reported and counted.
 *
 *   stress_imager [VARIANTS]    for each kind and each damage
 *
 * Under a sanitizer a crash is a failure. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "../imaging/bombs.h"
#include "../imaging/damage.h"
#include "../imaging/samples.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "daemon/protocol/imager_client.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_task.h"
#include "daemon/protocol/roles.h"
#include "imaging/engine.h"
#include "tests/sanitizer.h"

#define IMAGERS 2

/* No variant takes that long on an idle machine: the slowest ones take a tenth of a second. */
#define TASK_TIMEOUT_US (30 * CLOCK_US_PER_S)

/* A damaged header may announce up to max_pixels, and some decoders then allocate all of them, twice. */
#define MAX_PIXELS         (16u << 20)
#define MAX_RESIDENT_BYTES ((guint64)512 << 20)
#define MAX_ADDRESS_BYTES  ((guint64)2 << 30)

#define DEFAULT_VARIANTS   (IS_SANITIZED ? 100 : 1000)

static const struct {
    const char *name;
    const char *suffix; /* as for libvips */
    int n_frames;
} kinds[] = {
    {"JPEG", ".jpg", 1},
    {"progressive JPEG", ".jpg[interlace]", 1},
    {"PNG", ".png", 1},
    {"interlaced PNG", ".png[interlace]", 1},
    {"WebP", ".webp", 1},
    {"lossless WebP", ".webp[lossless]", 1},
    {"animated WebP", ".webp", 4},
    {"GIF", ".gif", 1},
    {"animated GIF", ".gif", 4},
    {"TIFF, LZW", ".tif[compression=lzw]", 1},
    {"TIFF, tiles of JPEG", ".tif[compression=jpeg,tile,tile_width=64,tile_height=64]", 1},
    {"TIFF, pyramid", ".tif[compression=deflate,tile,tile_width=16,tile_height=16,pyramid]", 1},
    {"HEIC", ".heic", 1},
    {"AVIF", ".avif[effort=1]", 1},
};

static const struct {
    const char *name;
    GBytes *(*func)(GBytes *bytes, guint32 seed);
} damages[] = {{"truncated", damage_truncate}, {"bits flipped", damage_flip}};

static const Recipe recipes[] = {
    {.width = 60, .height = 60, .fit = FIT_INSIDE, .format = FORMAT_JPEG, .quality = 80},
    {.width = 40, .height = 40, .fit = FIT_COVER, .crop = CROP_ATTENTION, .format = FORMAT_WEBP},
};

/* Results of the variants of one kind and damage. */
typedef struct {
    guint rendered, refused, crashed, unfinished;
    gint64 slowest_us;
} Ends;

typedef struct {
    GMainContext *context;
    ProcessExecutor *imagers;
    const char *kind;
    const char *damage;
    Ends ends;
    guint open_tasks;
    guint deaths, lost; /* imagers that died; those that died of a known variant */
    gboolean failed;
} Stress;

typedef struct {
    Stress *stress;
    guint32 seed;
    gint64 start_us;
} Variant;

static void say(Variant *variant, const char *text)
{
    printf("%s, %s, seed %u: %s\n", variant->stress->kind, variant->stress->damage, variant->seed, text);
}

/* Reports a violation of the program's guarantees. */
static void fail(Variant *variant, const char *text)
{
    say(variant, text);
    variant->stress->failed = TRUE;
}

/* Samples */

/* Noise with a colour profile; every frame is different. */
static GBytes *make_sample(guint kind)
{
    VipsImage *frames[4];
    VipsImage *image = NULL;
    VipsBlob *profile = NULL;
    gsize size = 0;
    const int n = kinds[kind].n_frames;

    for (int i = 0; i < n; i++)
        frames[i] = sample_noise(90, 70, i);
    if (vips_arrayjoin(frames, &image, n, "across", 1, NULL) != 0 ||
        vips_profile_load("p3", &profile, NULL) != 0)
        g_error("%s: %s", kinds[kind].name, vips_error_buffer());
    for (int i = 0; i < n; i++)
        g_object_unref(frames[i]);
    if (n > 1)
        vips_image_set_int(image, VIPS_META_PAGE_HEIGHT, 70);
    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, vips_blob_get(profile, &size), size);
    vips_area_unref(VIPS_AREA(profile));
    return sample_save(image, kinds[kind].suffix);
}

/* Answers */

/* Whether these bytes decode to the size and format that the imager reported. */
static gboolean output_is_valid(int fd, const Recipe *recipe, guint32 width, guint32 height)
{
    g_autoptr(Blob) blob = blob_adopt(fd, LIMIT_BLOB_BYTES, NULL);
    VipsImage *image;
    double mean = 0;
    gboolean ok;

    if (blob == NULL || !recipe_allows_size(recipe, recipe->format, width, height))
        return FALSE;
    image = vips_image_new_from_buffer(blob_data(blob), blob_size(blob), "", NULL);
    ok = image != NULL && (guint32)image->Xsize == width && (guint32)image->Ysize == height &&
         vips_avg(image, &mean, NULL) == 0;
    g_clear_object(&image);
    return ok;
}

static void check_outputs(Variant *variant, Future *future, GVariant *value)
{
    g_autoptr(GVariant) list = NULL;

    if (!g_variant_is_of_type(value, G_VARIANT_TYPE(RENDER_RESULT_TYPE))) {
        fail(variant, g_variant_get_type_string(value));
        return;
    }
    list = g_variant_get_child_value(value, 1);
    if (g_variant_n_children(list) != G_N_ELEMENTS(recipes)) {
        fail(variant, "not as many outputs as recipes");
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(recipes); i++) {
        guint32 width, height, format;
        gint32 handle;

        gboolean has_failed, is_made;

        g_variant_get_child(list, i, RENDERED_TYPE, &has_failed, NULL, NULL, &is_made, &handle, &width,
                            &height, &format, NULL, NULL, NULL);
        if (has_failed || !is_made || format != recipes[i].format ||
            !output_is_valid(future_steal_fd(future, handle), &recipes[i], width, height))
            fail(variant, "an output that is none");
    }
}

static void count_failure(Variant *variant, const GError *error)
{
    Stress *stress = variant->stress;

    switch (error_class(error)) {
    case ERROR_INPUT: stress->ends.refused++; break;
    case ERROR_LIMIT:
        /* limit of pixels; or the time limit, and then its imager is dead */
        if (clock_now_us() - variant->start_us < TASK_TIMEOUT_US)
            stress->ends.refused++;
        else {
            stress->lost++;
            stress->ends.unfinished++;
            fail(variant, error->message);
        }
        break;
    case ERROR_CRASH:
        stress->lost++;
        stress->ends.crashed++;
        say(variant, error->message);
        stress->failed = stress->failed || IS_SANITIZED;
        break;
    default: fail(variant, error->message);
    }
}

static void on_answer(Future *future, void *data)
{
    Variant *variant = data;
    Stress *stress = variant->stress;
    const GError *error = future_exception(future, 0, NULL);

    stress->open_tasks--;
    stress->ends.slowest_us = MAX(stress->ends.slowest_us, clock_now_us() - variant->start_us);
    if (error != NULL)
        count_failure(variant, error);
    else {
        stress->ends.rendered++;
        check_outputs(variant, future, future_result(future, 0, NULL));
    }
    g_free(variant);
}

static void on_child(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data)
{
    Stress *stress = data;

    (void)executor;
    (void)process;
    (void)text;
    stress->deaths += event == CHILD_DIED;
}

/* Tasks */

static Blob *seal(GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    Blob *blob = blob_new("variant", LIMIT_BLOB_BYTES, &error);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    if (blob == NULL || !blob_append(blob, data, size, &error) || !blob_seal(blob, &error))
        g_error("%s", error->message);
    return blob;
}

static GVariant *render_args(const Blob *source, FdList *fds)
{
    GVariant *args;
    g_autoptr(ObjectTask) task = object_task_new();

    task->max_source_bytes = LIMIT_BLOB_BYTES;
    task->limits = (RenderLimits){.max_pixels = MAX_PIXELS, .max_output_bytes = 1 << 20, .max_frames = 100};
    for (guint i = 0; i < G_N_ELEMENTS(recipes); i++) {
        TaskOutput output = {.recipe = recipes[i]};

        g_array_append_val(task->outputs, output);
    }
    args = imager_order(task, source, fds, NULL, NULL);
    g_assert(args != NULL);
    return args;
}

static void submit(Stress *stress, GBytes *bytes, guint32 seed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Future) future = NULL;
    g_autoptr(Blob) blob = seal(bytes);
    FdList *fds = fd_list_new();
    Variant *variant = g_new(Variant, 1);

    *variant = (Variant){.stress = stress, .seed = seed, .start_us = clock_now_us()};
    future = executor_submit(process_executor_base(stress->imagers), TARGET_RENDER, render_args(blob, fds),
                             fds, &error);
    if (future == NULL)
        g_error("%s", error->message);
    stress->open_tasks++;
    future_add_done_callback(future, on_answer, variant);
}

static void print_ends(const Stress *stress)
{
    const Ends *ends = &stress->ends;

    printf("%-31s %-13s %8u %8u %8u %8u %8.3f s\n", stress->kind, stress->damage, ends->rendered,
           ends->refused, ends->crashed, ends->unfinished, (double)ends->slowest_us / CLOCK_US_PER_S);
}

static void run_kind(Stress *stress, guint kind, guint damage, guint n_variants)
{
    g_autoptr(GBytes) sample = make_sample(kind);
    const Ends *ends = &stress->ends;

    stress->kind = kinds[kind].name;
    stress->damage = damages[damage].name;
    stress->ends = (Ends){0};
    for (guint32 seed = 0; seed < n_variants || stress->open_tasks > 0;) {
        while (seed < n_variants && stress->open_tasks < IMAGERS) {
            g_autoptr(GBytes) bytes = damages[damage].func(sample, seed);

            submit(stress, bytes, seed++);
        }
        g_main_context_iteration(stress->context, TRUE);
    }
    print_ends(stress);
    if (ends->refused == 0) {
        printf("%s: it never did any harm\n", stress->kind);
        stress->failed = TRUE;
    }
}

/* Runs the bombs one after another; each is reported by name. */
static void run_bombs(Stress *stress, const Bomb *bombs)
{
    for (const Bomb *bomb = bombs; bomb->name != NULL; bomb++) {
        g_autoptr(GBytes) bytes = bomb->make();
        const Ends *ends = &stress->ends;

        stress->kind = bomb->name;
        stress->damage = "bomb";
        stress->ends = (Ends){0};
        submit(stress, bytes, 0);
        while (stress->open_tasks > 0)
            g_main_context_iteration(stress->context, TRUE);
        print_ends(stress);
        if (ends->crashed > 0)
            stress->failed = TRUE;
    }
}

static void start_imagers(Stress *stress)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *executable = role_executable(ROLE_IMAGER, &error);
    g_auto(GStrv) env = role_environment();

    if (executable == NULL)
        g_error("%s", error->message);
    stress->imagers = process_executor_new(
        &(ProcessExecutorOptions){
            .name = role_name(ROLE_IMAGER),
            .executable = executable,
            .env = (const char *const *)env,
            .stdio = PROCESS_STDIO_CAPTURE,
            .max_workers = IMAGERS,
            .tasks_in_flight = 1,
            .max_tasks_per_child = 1000,
            .task_timeout_us = TASK_TIMEOUT_US,
            .address_space_bytes = IS_SANITIZED ? 0 : MAX_ADDRESS_BYTES,
            .initializer_args =
                g_variant_new(IMAGER_INIT_TYPE, FALSE, G_GUINT64_CONSTANT(0), G_GUINT64_CONSTANT(0)),
            .on_child = on_child,
            .data = stress,
        },
        stress->context);
}

/* Call it after all imagers have ended. */
static void check_imagers(Stress *stress)
{
    struct rusage usage;

    getrusage(RUSAGE_CHILDREN, &usage);
    printf("the largest imager had %ld MiB in memory; %u died\n", usage.ru_maxrss / 1024, stress->deaths);
    if (!IS_SANITIZED && (guint64)usage.ru_maxrss * 1024 > MAX_RESIDENT_BYTES) {
        printf("more than %" G_GUINT64_FORMAT " MiB\n", MAX_RESIDENT_BYTES >> 20);
        stress->failed = TRUE;
    }
    if (stress->deaths != stress->lost) {
        printf("%u by files that are known\n", stress->lost);
        stress->failed = TRUE;
    }
}

int main(int argc, char **argv)
{
    const guint n_variants = argc > 1 ? (guint)g_ascii_strtoull(argv[1], NULL, 10) : DEFAULT_VARIANTS;
    Stress stress = {.context = g_main_context_new()};

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!engine_start(NULL))
        g_error("libvips: %s", vips_error_buffer());
    start_imagers(&stress);
    printf("%-45s rendered  refused  crashed   unfin.    slowest\n", "");
    for (guint kind = 0; kind < G_N_ELEMENTS(kinds); kind++)
        for (guint damage = 0; damage < G_N_ELEMENTS(damages); damage++)
            run_kind(&stress, kind, damage, n_variants);
    run_bombs(&stress, bombs_of_pixels);
    run_bombs(&stress, bombs_within_limits);
    run_bombs(&stress, bombs_of_structure);
    executor_shutdown(process_executor_base(stress.imagers), TRUE, FALSE);
    executor_free(process_executor_base(stress.imagers));
    check_imagers(&stress);
    g_main_context_unref(stress.context);
    return stress.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

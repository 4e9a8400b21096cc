/* Measures the loss of quality from making all renditions of a photograph from one decode that is reduced
 * while it is loaded:
 *
 *   imaging_quality FILE     a list of photographs, one path a line
 *
 * Compares each rendition, by the structural similarity of its luma, with the same picture made directly:
 * decoded in full, turned upright, resized in one step by lanczos3 without a coarser step before it. Next to
 * it, the result of vips_thumbnail() is compared in the same way. Renditions are written as PNG, so that
 * resizing is measured and no encoder. Fails below the thresholds, and if the outputs that are planned
 * together are, in total, less similar to direct ones than thumbnails are. */
#include <stdio.h>
#include <stdlib.h>
#include <vips/vips.h>

#include "imaging/engine.h"
#include "imaging/planning/planner.h"
#include "imaging/render.h"
#include "luma.h"

#define LEAST_MEAN  0.98
#define LEAST_WORST 0.96

/* Values that differ by no more count as equal. */
#define SAME_WITHIN       0.0001

#define LEAST_PHOTOGRAPHS 25

/* The sources: all photographs as the files that they are, baseline and progressive JPEG; and every other one
 * converted to each of the other formats that are reduced while they are loaded. */
static const struct {
    const char *name;
    const char *suffix; /* as for libvips; NULL for the original file */
} sources[] = {
    {"jpeg", NULL},
    {"webp", ".webp[Q=95,effort=0]"},
    {"tiff pyramid", ".tif[tile,pyramid]"},
};

/* clang-format off */
#define OUTPUT(name, side, fit) {name, {side, side, fit, .format = FORMAT_PNG, .effort = 1}}
/* clang-format on */

static const struct {
    const char *name;
    Recipe recipe;
} outputs[] = {
    OUTPUT("1600", 1600, FIT_INSIDE),    OUTPUT("800", 800, FIT_INSIDE), OUTPUT("400", 400, FIT_INSIDE),
    OUTPUT("256 cover", 256, FIT_COVER), OUTPUT("200", 200, FIT_INSIDE), OUTPUT("96", 96, FIT_INSIDE),
#undef OUTPUT
};

#define N_SOURCES G_N_ELEMENTS(sources)
#define N_OUTPUTS G_N_ELEMENTS(outputs)

/* Sets of outputs that are planned together: from outputs[sets[i]] to the last one. */
static const guint sets[] = {0, 2, 5};

#define N_SETS G_N_ELEMENTS(sets)

typedef struct {
    double sum;
    double worst;
    guint n;
} Score;

static Score rendered[N_SOURCES][N_SETS][N_OUTPUTS];
static Score thumbnails[N_SOURCES][N_OUTPUTS];

/* A failure of libvips ends the program, which only measures quality. */
static void need(gboolean ok, const char *what)
{
    if (!ok)
        g_error("%s: %s", what, vips_error_buffer());
}

static void score_add(Score *score, double value)
{
    score->sum += value;
    score->worst = score->n++ == 0 ? value : MIN(score->worst, value);
}

static double score_mean(const Score *score)
{
    return score->sum / score->n;
}

/* Luma of pictures */

static Luma picture_take(VipsImage *image)
{
    Luma picture;

    need(luma_take(image, &picture), "pixels");
    return picture;
}

static double compare(const Luma *a, const Luma *b)
{
    need(a->width == b->width && a->height == b->height, "two sizes");
    return luma_ssim(a, b);
}

/* The three ways of resizing */

/* Decodes in full, upright. */
static VipsImage *decode(GBytes *bytes)
{
    VipsImage *image =
        vips_image_new_from_buffer(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "", NULL);
    VipsImage *upright = NULL;
    VipsImage *memory;

    need(image != NULL && vips_autorot(image, &upright, NULL) == 0, "decoding");
    memory = vips_image_copy_memory(upright);
    need(memory != NULL, "decoding");
    g_object_unref(upright);
    g_object_unref(image);
    return memory;
}

/* Takes ownership of image, which has the scaled size. */
static Luma crop(VipsImage *image, const PlanOutput *output)
{
    VipsImage *part = NULL;

    need(vips_crop(image, &part, (int)output->left, (int)output->top, (int)output->size.width,
                   (int)output->size.height, NULL) == 0,
         "cropping");
    g_object_unref(image);
    return picture_take(part);
}

/* Takes ownership of image, whose colours are still the source's. */
static VipsImage *convert(VipsImage *image)
{
    VipsImage *converted = NULL;

    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0)
        return image;
    need(vips_icc_transform(image, &converted, "srgb", "embedded", TRUE, NULL) == 0, "its colours");
    g_object_unref(image);
    return converted;
}

static Luma make_directly(VipsImage *full, const PlanOutput *output)
{
    VipsImage *image = NULL;

    need(vips_resize(full, &image, (double)output->scaled.width / full->Xsize, "vscale",
                     (double)output->scaled.height / full->Ysize, "gap", 0.0, NULL) == 0,
         "resizing");
    return crop(convert(image), output);
}

/* Uses no export profile, with which vips_thumbnail() changes the colours of a file without a profile. */
static Luma make_thumbnail(GBytes *bytes, const PlanOutput *output)
{
    void *data = (void *)(guintptr)g_bytes_get_data(bytes, NULL);
    VipsImage *image = NULL;

    need(vips_thumbnail_buffer(data, g_bytes_get_size(bytes), &image, (int)output->scaled.width, "height",
                               (int)output->scaled.height, "size", VIPS_SIZE_FORCE, NULL) == 0,
         "a thumbnail");
    return crop(convert(image), output);
}

static Luma take_rendition(const Rendition *rendition)
{
    VipsImage *image =
        vips_image_new_from_buffer(blob_data(rendition->blob), blob_size(rendition->blob), "", NULL);

    need(image != NULL, "a rendition");
    return picture_take(image);
}

/* The comparison */

static void compare_set(GBytes *bytes, guint first, const Luma *direct, Score *scores)
{
    const RenderLimits limits = {.max_pixels = G_MAXUINT32, .max_output_bytes = G_MAXINT32};
    Recipe recipes[N_OUTPUTS];
    GError *error = NULL;
    g_autoptr(RenderResult) result = NULL;

    for (guint i = first; i < N_OUTPUTS; i++)
        recipes[i] = outputs[i].recipe;
    result = render(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), recipes + first,
                    N_OUTPUTS - first, &limits, &error);
    if (result == NULL)
        g_error("%s", error->message);
    for (guint i = first; i < N_OUTPUTS; i++) {
        Luma picture = take_rendition(result->renditions->pdata[i - first]);

        score_add(&scores[i], compare(&picture, &direct[i]));
        luma_clear(&picture);
    }
}

static void compare_source(GBytes *bytes, guint source)
{
    VipsImage *full = decode(bytes);
    const PlanSource size = {
        .size = {(guint32)full->Xsize, (guint32)full->Ysize}, .frames = 1, .format = FORMAT_JPEG};
    Luma direct[N_OUTPUTS];

    for (guint i = 0; i < N_OUTPUTS; i++) {
        PlanOutput output;
        Luma thumbnail;

        need(plan_output(&size, &outputs[i].recipe, &output, NULL), "geometry");
        direct[i] = make_directly(full, &output);
        thumbnail = make_thumbnail(bytes, &output);
        score_add(&thumbnails[source][i], compare(&thumbnail, &direct[i]));
        luma_clear(&thumbnail);
    }
    g_object_unref(full);
    for (guint set = 0; set < N_SETS; set++)
        compare_set(bytes, sets[set], direct, rendered[source][set]);
    for (guint i = 0; i < N_OUTPUTS; i++)
        luma_clear(&direct[i]);
}

static GBytes *turn_into(GBytes *file, const char *suffix)
{
    VipsImage *image = decode(file);
    void *encoded = NULL;
    gsize size = 0;

    need(vips_image_write_to_buffer(image, suffix, &encoded, &size, NULL) == 0, "encoding");
    g_object_unref(image);
    return g_bytes_new_take(encoded, size);
}

static void compare_photograph(const char *path, guint number)
{
    const guint other = 1 + number % (N_SOURCES - 1);
    char *contents = NULL;
    gsize size = 0;
    g_autoptr(GBytes) file = NULL;
    g_autoptr(GBytes) turned = NULL;

    need(g_file_get_contents(path, &contents, &size, NULL), path);
    file = g_bytes_new_take(contents, size);
    compare_source(file, 0);
    turned = turn_into(file, sources[other].suffix);
    compare_source(turned, other);
}

/* The report */

static void print_row(guint source, guint set, const char *name, const Score *ours, const Score *theirs)
{
    printf("%-13s %4u  %-4s .. 96  %-9s  %.4f  %.4f    %.4f  %.4f", sources[source].name,
           thumbnails[source][0].n, outputs[sets[set]].name, name, score_mean(ours), ours->worst,
           score_mean(theirs), theirs->worst);
}

static void score_join(Score *score, const Score *more)
{
    score->worst = score->n == 0 ? more->worst : MIN(score->worst, more->worst);
    score->sum += more->sum;
    score->n += more->n;
}

static gboolean score_suffices(const Score *score)
{
    return score_mean(score) >= LEAST_MEAN && score->worst >= LEAST_WORST;
}

static gboolean score_is_no_worse(const Score *score, const Score *than)
{
    return score_mean(score) >= score_mean(than) - SAME_WITHIN && score->worst >= than->worst - SAME_WITHIN;
}

/* Each output must reach its threshold, and all together must be as good as thumbnails. */
static gboolean report_set(guint source, guint set)
{
    Score ours = {0};
    Score theirs = {0};
    gboolean ok = TRUE;

    for (guint i = sets[set]; i < N_OUTPUTS; i++) {
        const Score *score = &rendered[source][set][i];

        print_row(source, set, outputs[i].name, score, &thumbnails[source][i]);
        printf("%s\n", score_suffices(score) ? "" : "  FAILED");
        ok = ok && score_suffices(score);
        score_join(&ours, score);
        score_join(&theirs, &thumbnails[source][i]);
    }
    print_row(source, set, "all", &ours, &theirs);
    printf("%s\n", score_is_no_worse(&ours, &theirs) ? "" : "  FAILED");
    return ok && score_is_no_worse(&ours, &theirs);
}

static gboolean report(void)
{
    gboolean ok = TRUE;

    printf("photographs         outputs     output     mean    worst     vips_thumbnail()\n");
    for (guint source = 0; source < N_SOURCES; source++)
        for (guint set = 0; set < N_SETS; set++)
            ok = report_set(source, set) && ok;
    return ok;
}

int main(int argc, char **argv)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    guint n = 0;

    if (argc != 2 || !g_file_get_contents(argv[1], &text, NULL, NULL)) {
        fprintf(stderr, "usage: imaging_quality FILE, a list of photographs\n");
        return 2;
    }
    need(engine_start(NULL), "libvips");
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        if (lines[i][0] == '/')
            compare_photograph(lines[i], n++);
    if (n < LEAST_PHOTOGRAPHS) {
        fprintf(stderr, "%u photographs, not %d\n", n, LEAST_PHOTOGRAPHS);
        return EXIT_FAILURE;
    }
    return report() ? EXIT_SUCCESS : EXIT_FAILURE;
}

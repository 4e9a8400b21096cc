/* Decodes and encodes all formats inside the sandbox, in a loop, at sizes that make libvips compile new
 * vector programs. The child reports by its exit status: 0, or the number of the failure. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"
#include "base/fd.h"
#include "imaging/codecs.h"
#include "imaging/engine.h"
#include "imaging/warm_up.h"
#include "samples.h"
#include "sandbox/sandbox.h"

/* Formats of the samples. Each child makes its own samples, so the options are those that libvips encodes
 * fastest: with the default ones GIF, HEIC and AVIF take nine tenths of the time. */
static const char *const suffixes[] = {
    ".jpg",           ".jpg[interlace]",       ".png",        ".webp",
    ".gif[effort=1]", ".tif[compression=lzw]", ".heic[Q=10]", ".avif[effort=0]",
};

static GBytes *samples[G_N_ELEMENTS(suffixes)];

static void make_samples(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
        samples[i] = sample_save(sample_noise(480, 360, (int)i), suffixes[i]);
}

static gboolean render_one(GBytes *bytes, Fit fit, guint32 side, ImageFormat format)
{
    g_autoptr(GError) error = NULL;
    Rendition *rendition = sample_render(bytes, fit, side, side / 2 + 1, format, &error);

    if (error != NULL)
        fprintf(stderr, "side %u: %s\n", side, error->message);
    rendition_free(rendition);
    return error == NULL;
}

/* Also checks that no call was denied unnoticed: a newer library may work without the call, until it needs
 * it. */
static int expect_nothing_denied(void)
{
    g_autofree char *denied = sandbox_take_denied();

    if (denied == NULL)
        return 0;
    fprintf(stderr, "denied: %s\n", denied);
    return 5;
}

/* Every encoder and option that an output may have, from one decoded source. */
static const Recipe all_outputs[] = {
    {.width = 90, .format = FORMAT_JPEG, .progressive = TRUE, .subsampling = SUBSAMPLING_444},
    {.width = 80, .format = FORMAT_JPEG, .max_bytes = 2000, .metadata = METADATA_KEEP},
    {.width = 90, .format = FORMAT_PNG, .palette = TRUE, .effort = 10},
    {.width = 80, .format = FORMAT_PNG, .progressive = TRUE, .profile = PROFILE_P3},
    {.width = 90, .format = FORMAT_WEBP, .lossless = TRUE, .effort = 10},
    {.width = 80, .format = FORMAT_WEBP, .profile = PROFILE_KEEP, .metadata = METADATA_COPYRIGHT},
    {.width = 90, .format = FORMAT_GIF, .effort = 10},
    {.width = 90, .format = FORMAT_TIFF, .metadata = METADATA_KEEP},
    {.width = 90, .format = FORMAT_AVIF, .lossless = TRUE},
    {.width = 80, .format = FORMAT_AVIF, .effort = 10, .encoder = ENCODER_AOM},
    {.width = 90, .height = 90, .fit = FIT_COVER, .crop = CROP_ATTENTION, .linear = TRUE, .sharpen = 50},
    {.width = 90, .height = 90, .fit = FIT_COVER, .crop = CROP_ENTROPY, .format = FORMAT_SOURCE},
    /* last, because not every machine has this encoder */
    {.width = 90, .format = FORMAT_AVIF, .encoder = ENCODER_SVT},
};

static gboolean render_outputs(GBytes *bytes)
{
    const guint n = G_N_ELEMENTS(all_outputs) - (codecs_have_encoder(ENCODER_SVT) ? 0 : 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(RenderResult) result = sample_render_all(bytes, all_outputs, n, &error);

    if (result == NULL) {
        fprintf(stderr, "all outputs: %s\n", error->message);
        return FALSE;
    }
    for (guint i = 0; i < n; i++) {
        const GError *failure = ((const Rendition *)result->renditions->pdata[i])->error;

        if (failure != NULL) {
            fprintf(stderr, "output %u: %s\n", i, failure->message);
            return FALSE;
        }
    }
    return TRUE;
}

static int render_all_outputs(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
        if (!render_outputs(samples[i]))
            return 30 + (int)i;
    return expect_nothing_denied();
}

static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_PNG,  FORMAT_WEBP,
                                      FORMAT_GIF,  FORMAT_TIFF, FORMAT_AVIF};

/* Renders each format from each sample. */
static int render_all_formats(guint32 side)
{
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
        for (guint f = 0; f < G_N_ELEMENTS(formats); f++)
            if (!render_one(samples[i], (i + f) % 2 == 0 ? FIT_INSIDE : FIT_COVER, side, formats[f]))
                return 20 + (int)i;
    return expect_nothing_denied();
}

/* Vector programs depend on the scale factor and on the decoded pixels, and little on the format: so samples
 * and formats alternate. */
static int render_all_sides(void)
{
    guint n = 0;

    for (guint32 side = 7; side < 400; side += 61)
        for (guint i = 0; i < 3; i++, n++) {
            GBytes *bytes = samples[n % G_N_ELEMENTS(samples)];
            const ImageFormat format = formats[n % G_N_ELEMENTS(formats)];

            if (!render_one(bytes, FIT_INSIDE, side, format) || !render_one(bytes, FIT_COVER, side, format))
                return 10 + (int)(n % G_N_ELEMENTS(samples));
        }
    return render_all_formats(100);
}

typedef struct {
    gboolean warm;
    gboolean vector;
    gboolean all_outputs;
    guint pause_s; /* between two rounds: libvips ends its idle threads after 15 s and creates new ones */
} Setting;

/* Creates the memory files for the outputs, since the child cannot create any in the sandbox. Their numbers
 * are above the limit of descriptors in the sandbox. */
static gboolean make_spares(void)
{
    for (guint i = 0; i < 300; i++) {
        autofd int fd = memfd_create("spare", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        const int spare = fcntl(fd, F_DUPFD_CLOEXEC, 300);

        if (spare < 0)
            return FALSE;
        blob_add_spare(spare);
    }
    blob_use_spares();
    return TRUE;
}

static int child(const Setting *setting)
{
    SandboxLimits limits = {.max_file_bytes = 64 << 20};

    if (!make_spares() || !sandbox_limits(&limits, NULL) || !engine_start(NULL))
        return 1;
    engine_set_vector(setting->vector);
    make_samples();
    if (!sandbox_enter(SANDBOX_REQUIRED, &(SandboxState){0}, NULL))
        return 3;
    if (setting->warm && !engine_warm_up(NULL))
        return 2;
    if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0)
        return 4;
    if (setting->pause_s > 0) {
        int result = render_all_formats(50);

        if (result != 0)
            return result;
        sleep(setting->pause_s);
        return render_all_formats(50);
    }
    return setting->all_outputs ? render_all_outputs() : render_all_sides();
}

static void run(const Setting *setting)
{
    pid_t pid = fork();
    int status = -1;

    cr_assert_geq(pid, 0);
    if (pid == 0) {
        alarm(170);
        _exit(child(setting));
    }
    while (waitpid(pid, &status, 0) < 0)
        cr_assert_eq(errno, EINTR);
    cr_expect_eq(status, 0, "status 0x%x", status);
}

Test(imager, all_formats_warm, .timeout = 170)
{
    run(&(Setting){.warm = TRUE, .vector = TRUE});
}

Test(imager, all_options_of_all_outputs, .timeout = 170)
{
    run(&(Setting){.warm = TRUE, .vector = TRUE, .all_outputs = TRUE});
}

Test(imager, all_formats_without_vectors, .timeout = 170)
{
    run(&(Setting){.warm = TRUE, .vector = FALSE});
}

/* Nothing is compiled before: all lazy initialization happens in the sandbox, except for the samples. */
Test(imager, all_formats_cold, .timeout = 170)
{
    run(&(Setting){.warm = FALSE, .vector = TRUE});
}

Test(imager, after_idle_threads_have_ended, .timeout = 170)
{
    run(&(Setting){.warm = TRUE, .vector = TRUE, .pause_s = 17});
}

static int refuse_damaged(void)
{
    GError *error = NULL;
    g_autoptr(GBytes) cut = NULL;

    if (!make_spares() || !engine_start(NULL) || !engine_warm_up(NULL))
        return 1;
    make_samples();
    if (!sandbox_enter(SANDBOX_REQUIRED, &(SandboxState){0}, NULL))
        return 3;
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        cut = g_bytes_new_from_bytes(samples[i], 0, g_bytes_get_size(samples[i]) / 2);
        if (sample_render(cut, FIT_INSIDE, 50, 50, FORMAT_JPEG, &error) != NULL ||
            error_class(error) != ERROR_INPUT)
            return 10 + (int)i;
        g_clear_error(&error);
        g_clear_pointer(&cut, g_bytes_unref);
    }
    return expect_nothing_denied();
}

Test(imager, damaged_files_fail_as_outside)
{
    pid_t pid = fork();
    int status = -1;

    cr_assert_geq(pid, 0);
    if (pid == 0) {
        alarm(100);
        _exit(refuse_damaged());
    }
    while (waitpid(pid, &status, 0) < 0)
        cr_assert_eq(errno, EINTR);
    cr_expect_eq(status, 0, "status 0x%x", status);
}

/* Measures the cost of an AVIF, by encoder and effort: CPU, bytes and similarity, in one process, for the
 * table in README.md.
 *
 *   bench_avif aom|svt[,...] SIDE[,SIDE...] EFFORT[,EFFORT...] FILE...
 *
 * Reduces each photograph once to fit into a square; then encodes it with each of these encoders that is
 * available and every effort (0 for the default), at the default quality. CPU is user and system time of all
 * threads, similarity is the structural similarity of the luma to that of the encoder's input. Prints a table
 * for each side: means over the photographs. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <vips/vips.h>

#include "imaging/codecs.h"
#include "imaging/encode.h"
#include "imaging/engine.h"
#include "tests/imaging/luma.h"

typedef struct {
    double cpu_ms, bytes, likeness;
} Cost;

/* A failure ends the benchmark. */
static void need(gboolean ok, const char *what)
{
    if (ok)
        return;
    g_printerr("bench_avif: %s: %s\n", what, vips_error_buffer());
    exit(1);
}

static double cpu_ms(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static double likeness(VipsImage *image, const Blob *blob)
{
    VipsImage *made = NULL;
    Luma a, b;
    double alike;

    need(vips_heifload_buffer((void *)(guintptr)blob_data(blob), blob_size(blob), &made, NULL) == 0 &&
             luma_take(g_object_ref(image), &a) && luma_take(made, &b),
         "decoding");
    alike = luma_ssim(&a, &b);
    luma_clear(&a);
    luma_clear(&b);
    return alike;
}

static void add_cost(VipsImage *image, Encoder encoder, guint effort, Cost *cost)
{
    const Recipe recipe = {.width = 1, .format = FORMAT_AVIF, .effort = effort, .encoder = encoder};
    const EncodeOptions options = {.format = FORMAT_AVIF, .n_frames = 1, .max_bytes = 1 << 28};
    g_autoptr(GError) error = NULL;
    guint32 quality;
    const double before = cpu_ms();
    g_autoptr(Blob) blob = encode(image, &recipe, &options, &quality, &error);

    need(blob != NULL, error != NULL ? error->message : "encoding");
    cost->cpu_ms += cpu_ms() - before;
    cost->bytes += (double)blob_size(blob);
    cost->likeness += likeness(image, blob);
}

/* Returns the reduced image in memory, so that encoding does not include decoding. */
static VipsImage *reduced(const char *path, int side)
{
    VipsImage *thumbnail = NULL, *copy;

    need(vips_thumbnail(path, &thumbnail, side, "height", side, NULL) == 0, path);
    copy = vips_image_copy_memory(thumbnail);
    need(copy != NULL, path);
    g_object_unref(thumbnail);
    return copy;
}

static void measure(char **encoders, int side, char **efforts, char **files)
{
    const guint n = g_strv_length(files);
    g_autoptr(GPtrArray) images = g_ptr_array_new_with_free_func(g_object_unref);

    for (guint i = 0; i < n; i++)
        g_ptr_array_add(images, reduced(files[i], side));
    g_print("\n| %d pixels | effort | CPU ms | bytes | SSIM |\n| --- | --- | --- | --- | --- |\n", side);
    for (Encoder encoder = ENCODER_AOM; encoder <= ENCODER_LAST; encoder++) {
        const gboolean is_wanted =
            g_strv_contains((const char *const *)encoders, recipe_encoder_name(encoder)) &&
            codecs_have_encoder(encoder);

        for (guint e = 0; is_wanted && efforts[e] != NULL; e++) {
            const guint effort = (guint)atoi(efforts[e]);
            Cost cost = {0};

            for (guint i = 0; i < n; i++)
                add_cost(images->pdata[i], encoder, effort, &cost);
            g_print("| %s | %u | %.0f | %.0f | %.4f |\n", recipe_encoder_name(encoder), effort,
                    cost.cpu_ms / n, cost.bytes / n, cost.likeness / n);
        }
    }
}

int main(int argc, char **argv)
{
    g_auto(GStrv) encoders = NULL, sides = NULL, efforts = NULL;
    g_autoptr(GError) error = NULL;

    if (argc < 5) {
        g_printerr("usage: bench_avif aom|svt[,...] SIDE[,SIDE...] EFFORT[,EFFORT...] FILE...\n");
        return 2;
    }
    encoders = g_strsplit(argv[1], ",", -1);
    sides = g_strsplit(argv[2], ",", -1);
    efforts = g_strsplit(argv[3], ",", -1);
    if (!engine_start(&error)) {
        g_printerr("bench_avif: %s\n", error->message);
        return 2;
    }
    for (guint i = 0; sides[i] != NULL; i++)
        measure(encoders, atoi(sides[i]), efforts, argv + 4);
    return 0;
}

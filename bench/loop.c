/* The reference for the benchmarks: makes their outputs in a plain loop of libvips calls, in memory, in one
 * process, without stores, sandbox or supervision, as a hand-written script would.
 *
 *   bench_loop shared|separate mixed|SIZE[,SIZE...] FILE...
 *
 * shared: one decode per image (vips_thumbnail_buffer for the largest output, the others derived from it).
 * separate: one decode per output. mixed: the outputs of bench/run; sizes: those of bench/images, JPEG inside
 * squares, the largest first. Prints one JSON object: objects, outputs, bytes, seconds, cpu_seconds. */
#include <glib.h>
#include <string.h>
#include <sys/resource.h>
#include <vips/vips.h>

typedef struct {
    int width, height;
    VipsInteresting crop;
    const char *suffix; /* with libvips' options */
} Output;

#define MAX_OUTPUTS 16

/* More than any encoder allows. VIPS_MAX_COORD is not a constant in newer versions of libvips. */
#define MAX_SIDE 1000000u

/* Initially the same as OUTPUTS in bench/run; the largest first. */
static Output outputs[MAX_OUTPUTS] = {
    {1600, 1600, VIPS_INTERESTING_NONE, ".jpg[Q=80,strip]"},
    {800, 800, VIPS_INTERESTING_NONE, ".webp[Q=80,strip]"},
    {256, 256, VIPS_INTERESTING_CENTRE, ".webp[Q=80,strip]"},
};
static guint n_outputs = 3;

typedef struct {
    gsize objects, outputs, bytes;
} Totals;

static gboolean choose_outputs(const char *text)
{
    g_auto(GStrv) sizes = g_strsplit(text, ",", MAX_OUTPUTS + 1);

    if (strcmp(text, "mixed") == 0)
        return TRUE;
    n_outputs = g_strv_length(sizes);
    if (n_outputs == 0 || n_outputs > MAX_OUTPUTS)
        return FALSE;
    for (guint i = 0; i < n_outputs; i++) {
        guint64 side;

        if (!g_ascii_string_to_unsigned(sizes[i], 10, 1, MAX_SIDE, &side, NULL))
            return FALSE;
        outputs[i] = (Output){(int)side, (int)side, VIPS_INTERESTING_NONE, ".jpg[Q=80,strip]"};
    }
    return TRUE;
}

/* Takes ownership of image. */
static gboolean save(VipsImage *image, const Output *output, Totals *totals)
{
    void *data = NULL;
    gsize size_bytes = 0;
    const int status = vips_image_write_to_buffer(image, output->suffix, &data, &size_bytes, NULL);

    g_object_unref(image);
    if (status != 0)
        return FALSE;
    totals->outputs++;
    totals->bytes += size_bytes;
    g_free(data);
    return TRUE;
}

static gboolean make_separate(void *data, gsize size_bytes, Totals *totals)
{
    for (guint i = 0; i < n_outputs; i++) {
        VipsImage *image = NULL;

        if (vips_thumbnail_buffer(data, size_bytes, &image, outputs[i].width, "height", outputs[i].height,
                                  "crop", outputs[i].crop, "size", VIPS_SIZE_DOWN, NULL) != 0 ||
            !save(image, &outputs[i], totals))
            return FALSE;
    }
    return TRUE;
}

/* Makes the outputs after the first one from that one. */
static gboolean make_smaller(VipsImage *base, Totals *totals)
{
    for (guint i = 1; i < n_outputs; i++) {
        VipsImage *image = NULL;

        if (vips_thumbnail_image(base, &image, outputs[i].width, "height", outputs[i].height, "crop",
                                 outputs[i].crop, "size", VIPS_SIZE_DOWN, NULL) != 0 ||
            !save(image, &outputs[i], totals))
            return FALSE;
    }
    return TRUE;
}

static gboolean make_shared(void *data, gsize size_bytes, Totals *totals)
{
    VipsImage *lazy = NULL;
    VipsImage *base;
    gboolean ok;

    if (vips_thumbnail_buffer(data, size_bytes, &lazy, outputs[0].width, "height", outputs[0].height, "size",
                              VIPS_SIZE_DOWN, NULL) != 0)
        return FALSE;
    base = vips_image_copy_memory(lazy);
    g_object_unref(lazy);
    if (base == NULL)
        return FALSE;
    ok = save(g_object_ref(base), &outputs[0], totals) && make_smaller(base, totals);
    g_object_unref(base);
    return ok;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / G_USEC_PER_SEC;
}

static gboolean make_file(const char *path, gboolean shared, Totals *totals)
{
    g_autofree char *data = NULL;
    g_autoptr(GError) error = NULL;
    gsize size_bytes;

    if (!g_file_get_contents(path, &data, &size_bytes, &error)) {
        g_printerr("bench_loop: %s\n", error->message);
        return FALSE;
    }
    if (!(shared ? make_shared(data, size_bytes, totals) : make_separate(data, size_bytes, totals))) {
        g_printerr("bench_loop: %s: %s", path, vips_error_buffer());
        return FALSE;
    }
    totals->objects++;
    return TRUE;
}

int main(int argc, char **argv)
{
    gint64 start_us = g_get_monotonic_time();
    Totals totals = {0};
    gboolean shared;

    if (argc < 4 || (strcmp(argv[1], "shared") != 0 && strcmp(argv[1], "separate") != 0) ||
        !choose_outputs(argv[2])) {
        g_printerr("usage: bench_loop shared|separate mixed|SIZE[,SIZE...] FILE...\n");
        return 2;
    }
    shared = strcmp(argv[1], "shared") == 0;
    if (VIPS_INIT(argv[0]) != 0)
        return 2;
    /* as in an imager: one thread per image, and no cache */
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    for (int i = 3; i < argc; i++)
        if (!make_file(argv[i], shared, &totals))
            return 1;
    g_print(
        "{\"objects\": %zu, \"outputs\": %zu, \"bytes\": %zu, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n",
        totals.objects, totals.outputs, totals.bytes,
        (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC, cpu_seconds());
    vips_shutdown();
    return 0;
}

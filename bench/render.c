/* Measures the cost of imaging/, in one process, for bench/images: renders JPEG outputs that fit into
 * squares, as the imager does, without stores, channels and sandbox.
 *
 *   bench_render together|alone SIZE[,SIZE...] FILE...
 *
 * together: one render() for all sizes, from one decode. alone: one render() per size. Prints nothing: the
 * caller reads CPU time and peak memory from the kernel. If the environment variable BENCH_MADE names a
 * folder, output N is stored as BENCH_MADE/N/NAME-OF-FILE. */
#include <string.h>

#include "base/limits.h"
#include "imaging/engine.h"
#include "imaging/heap.h"
#include "imaging/render.h"

/* The quality of the other programs in bench/images. */
#define QUALITY 80

typedef struct {
    Recipe recipes[LIMIT_OUTPUTS];
    guint n_recipes;
    gboolean together;
} Work;

static gboolean work_init(Work *work, const char *mode, const char *sizes)
{
    g_auto(GStrv) list = g_strsplit(sizes, ",", -1);
    const guint n = g_strv_length(list);

    *work = (Work){.n_recipes = n, .together = strcmp(mode, "together") == 0};
    if (n == 0 || n > LIMIT_OUTPUTS || (!work->together && strcmp(mode, "alone") != 0))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        guint64 side;

        if (!g_ascii_string_to_unsigned(list[i], 10, 1, RECIPE_MAX_SIDE, &side, NULL))
            return FALSE;
        work->recipes[i] = (Recipe){.width = (guint32)side,
                                    .height = (guint32)side,
                                    .fit = FIT_INSIDE,
                                    .background = RECIPE_WHITE,
                                    .format = FORMAT_JPEG,
                                    .quality = QUALITY};
    }
    return TRUE;
}

static gboolean store(const Rendition *rendition, guint number, const char *source, GError **error)
{
    const char *folder = g_getenv("BENCH_MADE");
    g_autofree char *name = g_path_get_basename(source);
    g_autofree char *path = NULL;

    if (rendition->error != NULL) {
        g_propagate_error(error, g_error_copy(rendition->error));
        return FALSE;
    }
    if (folder == NULL)
        return TRUE;
    path = g_strdup_printf("%s/%u/%s", folder, number, name);
    return g_file_set_contents_full(path, blob_data(rendition->blob), (gssize)blob_size(rendition->blob),
                                    G_FILE_SET_CONTENTS_NONE, 0666, error);
}

static gboolean render_file(const Work *work, const char *path, GError **error)
{
    const RenderLimits limits = {.max_pixels = 1000 * 1000 * 1000, .max_output_bytes = 256 * 1024 * 1024};
    const guint at_once = work->together ? work->n_recipes : 1;
    g_autofree char *bytes = NULL;
    gsize size;

    if (!g_file_get_contents(path, &bytes, &size, error))
        return FALSE;
    for (guint i = 0; i < work->n_recipes; i += at_once) {
        g_autoptr(RenderResult) result = render(bytes, size, work->recipes + i, at_once, &limits, error);

        if (result == NULL)
            return FALSE;
        for (guint k = 0; k < result->renditions->len; k++)
            if (!store(g_ptr_array_index(result->renditions, k), i + k, path, error))
                return FALSE;
    }
    return TRUE;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Work work;

    if (argc < 4 || !work_init(&work, argv[1], argv[2])) {
        g_printerr("usage: bench_render together|alone SIZE[,SIZE...] FILE...\n");
        return 2;
    }
    heap_configure();
    if (!engine_start(&error)) {
        g_printerr("bench_render: %s\n", error->message);
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        if (!render_file(&work, argv[i], &error)) {
            g_printerr("bench_render: %s: %s\n", argv[i], error->message);
            return 1;
        }
    }
    return 0;
}

/* Properties that only real photographs have; uses those of scripts/photographs, from Debian packages. */
#include <criterion/criterion.h>

#include "imaging/engine.h"
#include "jpegs.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(photographs, .init = setup);

static void expect_same_and_smaller(const char *path)
{
    char *bytes = NULL;
    gsize size = 0;
    g_autoptr(GBytes) photograph = NULL;
    g_autoptr(GBytes) progressive = NULL;
    g_autoptr(GBytes) extract = NULL;
    g_auto(JpegEighth) all = {0};
    g_auto(JpegEighth) part = {0};

    cr_assert(g_file_get_contents(path, &bytes, &size, NULL), "%s", path);
    photograph = g_bytes_new_take(bytes, size);
    progressive = jpeg_tool("jpegtran", "-progressive", NULL, photograph);
    extract = jpeg_extract(progressive);
    cr_assert_not_null(extract, "%s", path);
    cr_expect_lt(g_bytes_get_size(extract), g_bytes_get_size(progressive) / 2, "%s: luma is most of it",
                 path);
    all = jpeg_decode(progressive);
    part = jpeg_decode(extract);
    cr_assert(part.pixels != NULL && part.warnings == 0, "%s", path);
    cr_expect(jpeg_eighth_equal(&all, &part), "%s", path);
}

Test(photographs, progressive_ones_at_a_reduction_of_8, .timeout = 300)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    guint count = 0;

    cr_assert(g_file_get_contents(PHOTOGRAPHS, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        if (lines[i][0] == '/') {
            expect_same_and_smaller(lines[i]);
            count++;
        }
    cr_expect_geq(count, 25);
}

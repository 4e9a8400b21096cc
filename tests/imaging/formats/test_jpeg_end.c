/* A JPEG that lacks only its end marker has all of its pixels; one that lacks any more fails. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "imaging/engine.h"
#include "imaging/formats/jpeg_end.h"
#include "tests/imaging/samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(jpeg_end, .init = setup, .timeout = 120);

static const char *const suffixes[] = {".jpg", ".jpg[subsample_mode=off]", ".jpg[interlace]",
                                       ".jpg[interlace,subsample_mode=off]",
                                       ".jpg[Q=100,restart_interval=8]"};

/* The first size is decoded in full; for the second the decoder reduces by 8, and scans of a progressive file
 * are left out. */
static const guint32 sides[] = {200, 10};

static RenderResult *try_recipe(GBytes *bytes, const Recipe *recipe, gboolean accept, GError **error)
{
    const RenderLimits limits = {
        .max_pixels = 1000000, .max_output_bytes = 1000000, .accept_truncated = accept};
    const gsize size = g_bytes_get_size(bytes);
    g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(bytes, NULL), size);

    return render(copy, size, recipe, 1, &limits, error);
}

static RenderResult *try_cut(GBytes *bytes, gsize lost, guint32 side, gboolean accept, GError **error)
{
    const Recipe recipe = {.width = side, .format = FORMAT_PNG};
    g_autoptr(GBytes) cut = g_bytes_new_from_bytes(bytes, 0, g_bytes_get_size(bytes) - lost);

    return try_recipe(cut, &recipe, accept, error);
}

static void expect_same(const RenderResult *a, const RenderResult *b)
{
    const Blob *one = ((const Rendition *)a->renditions->pdata[0])->blob;
    const Blob *other = ((const Rendition *)b->renditions->pdata[0])->blob;

    cr_assert_eq(blob_size(one), blob_size(other));
    cr_expect_eq(memcmp(blob_data(one), blob_data(other), blob_size(one)), 0);
}

Test(jpeg_end, without_its_marker_it_is_made_with_a_warning)
{
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autoptr(GBytes) bytes = sample_save(sample_noise(200, 160, 1), suffixes[i]);

        for (guint s = 0; s < G_N_ELEMENTS(sides); s++) {
            g_autoptr(RenderResult) whole = try_cut(bytes, 0, sides[s], FALSE, NULL);

            cr_assert(whole != NULL && whole->warnings->len == 0, "%s", suffixes[i]);
            for (gsize lost = 1; lost <= 2; lost++) {
                for (int accept = 0; accept < 2; accept++) {
                    GError *error = NULL;
                    g_autoptr(RenderResult) result = try_cut(bytes, lost, sides[s], accept, &error);

                    cr_assert_not_null(result, "%s: %s", suffixes[i], error != NULL ? error->message : "");
                    cr_assert_eq(result->warnings->len, 1);
                    cr_expect_str_eq(result->warnings->pdata[0],
                                     "the JPEG end marker is missing; no pixels are lost");
                    expect_same(whole, result);
                }
            }
        }
    }
}

/* The tests begin with one missing byte of data. */
Test(jpeg_end, without_a_part_of_its_data_it_fails)
{
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autoptr(GBytes) bytes = sample_save(sample_noise(200, 160, 1), suffixes[i]);
        const gsize size = g_bytes_get_size(bytes);

        for (guint s = 0; s < G_N_ELEMENTS(sides); s++) {
            for (gsize lost = 3; lost + 600 < size; lost += lost < 12 ? 1 : lost / 2) {
                GError *error = NULL;
                g_autoptr(RenderResult) result = try_cut(bytes, lost, sides[s], FALSE, &error);

                cr_assert_null(result, "%s without %zu of %zu bytes, for %u", suffixes[i], lost, size,
                               sides[s]);
                cr_expect_eq(error_class(error), ERROR_INPUT);
                cr_expect_str_eq(error->message, "damaged jpeg: Premature end of input file", "%s",
                                 suffixes[i]);
                g_clear_error(&error);
                result = try_cut(bytes, lost, sides[s], TRUE, &error);
                cr_assert_not_null(result, "%s: %s", suffixes[i], error != NULL ? error->message : "");
                cr_assert_eq(result->warnings->len, 1);
                cr_expect(g_str_has_prefix(result->warnings->pdata[0],
                                           "damaged; rendered as far as it could be decoded"));
            }
        }
    }
}

/* Changes the end of the spectrum, which is 63 in a sequential file; libjpeg warns of any other value and
 * goes on. */
static GBytes *with_strange_scan(GBytes *bytes)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    guint8 *copy = g_memdup2(data, size);
    guint8 *scan = memmem(copy, size, "\xff\xda", 2);

    cr_assert_not_null(scan);
    scan[2 + 2 + 1 + 2 * scan[4] + 1] = 62;
    return g_bytes_new_take(copy, size);
}

/* libvips reports only the first warning of a decoder. */
Test(jpeg_end, regression_an_earlier_complaint_does_not_hide_that_data_is_missing)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(200, 160, 1), ".jpg");
    g_autoptr(GBytes) strange = with_strange_scan(bytes);
    const gsize half = g_bytes_get_size(strange) / 2;
    GError *error = NULL;
    g_autoptr(RenderResult) whole = try_cut(strange, 0, 200, FALSE, &error);
    g_autoptr(RenderResult) cut = NULL;
    g_autoptr(RenderResult) accepted = NULL;

    cr_assert_not_null(whole, "%s", error != NULL ? error->message : "");
    cr_assert_eq(whole->warnings->len, 1);
    cut = try_cut(strange, half, 200, FALSE, &error);
    cr_assert_null(cut);
    cr_expect_eq(error_class(error), ERROR_INPUT);
    cr_expect(g_str_has_prefix(error->message, "damaged jpeg: the end is missing; decoder: "), "%s",
              error->message);
    g_clear_error(&error);
    accepted = try_cut(strange, half, 200, TRUE, &error);
    cr_assert_not_null(accepted, "%s", error != NULL ? error->message : "");
    cr_assert_eq(accepted->warnings->len, 1);
    cr_expect(
        g_str_has_prefix(accepted->warnings->pdata[0], "damaged; rendered as far as it could be decoded"));
}

/* The first encoding exceeds the limit of bytes. */
Test(jpeg_end, regression_the_search_for_a_quality_does_not_hide_that_data_is_missing)
{
    const Recipe recipe = {.width = 200, .format = FORMAT_JPEG, .quality = 95, .max_bytes = 3000};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autoptr(GBytes) bytes = sample_save(sample_noise(200, 160, 1), suffixes[i]);
        const gsize size = g_bytes_get_size(bytes);

        for (gsize lost = 7; lost + 600 < size; lost += lost) {
            g_autoptr(GBytes) cut = g_bytes_new_from_bytes(bytes, 0, size - lost);
            GError *error = NULL;
            g_autoptr(RenderResult) result = try_recipe(cut, &recipe, FALSE, &error);

            cr_assert_null(result, "%s without %zu bytes", suffixes[i], lost);
            cr_expect_str_eq(error->message, "damaged jpeg: Premature end of input file");
            g_clear_error(&error);
            result = try_recipe(cut, &recipe, TRUE, &error);
            cr_assert_not_null(result, "%s: %s", suffixes[i], error != NULL ? error->message : "");
            cr_expect_lt(((const Rendition *)result->renditions->pdata[0])->quality, 95);
            cr_assert_eq(result->warnings->len, 1, "%s without %zu bytes", suffixes[i], lost);
            cr_expect(g_str_has_prefix(result->warnings->pdata[0],
                                       "damaged; rendered as far as it could be decoded"));
        }
    }
}

/* Damage that the decoder only warns about is reported. */
Test(jpeg_end, complaints_of_the_decoder_are_warnings)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(200, 160, 1), ".jpg");
    gsize size = g_bytes_get_size(bytes);
    g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(bytes, NULL), size);
    const RenderLimits limits = {.max_pixels = 1000000, .max_output_bytes = 1000000};
    const Recipe recipe = {.width = 100, .format = FORMAT_PNG};
    GError *error = NULL;
    RenderResult *result;

    memcpy(copy + size * 3 / 4, "\xff\xd3", 2); /* a restart marker where none is due */
    result = render(copy, size, &recipe, 1, &limits, &error);
    cr_assert_not_null(result, "%s", error != NULL ? error->message : "");
    cr_assert_gt(result->warnings->len, 0);
    cr_expect(g_str_has_prefix(result->warnings->pdata[0], "decoder warning: Corrupt JPEG data"), "%s",
              (const char *)result->warnings->pdata[0]);
    render_result_free(result);
}

/* A progressive file that ends after one of its scans has only coarse pixels. */
Test(jpeg_end, scans_that_are_missing_are_not_only_an_end)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(64, 64, 1), ".jpg[interlace]");
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    guint n_scans = 0;

    cr_expect_not(jpeg_lacks_only_end(data, size));
    cr_expect(jpeg_lacks_only_end(data, size - 2));
    for (gsize at = 2; at + 1 < size - 2; at++) {
        if (data[at] != 0xff || data[at + 1] != 0xda)
            continue;
        cr_expect_not(jpeg_lacks_only_end(data, at), "ends before scan %u", n_scans);
        n_scans++;
    }
    cr_expect_gt(n_scans, 4);
    for (gsize length = 0; length < 20; length++)
        cr_expect_not(jpeg_lacks_only_end(data, length));
}

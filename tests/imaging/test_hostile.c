/* Damaged and malicious files: each must end as an error of the right class or as valid output. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "bombs.h"
#include "damage.h"
#include "imaging/engine.h"
#include "imaging/probe.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(hostile, .init = setup, .timeout = 280);

static const char *const suffixes[] = {
    ".jpg",
    ".jpg[interlace]",
    ".png",
    ".png[interlace]",
    ".webp",
    ".webp[lossless]",
    ".gif",
    ".tif",
    ".tif[compression=deflate]",
    ".tif[compression=jpeg]",
    ".tif[compression=lzw,tile]",
    ".heic",
    ".avif[effort=1]",
};

static const Recipe recipes[] = {
    {.width = 60, .height = 60, .fit = FIT_INSIDE, .format = FORMAT_JPEG, .quality = 80},
    {.width = 20, .height = 50, .fit = FIT_COVER, .format = FORMAT_WEBP, .quality = 80},
};

static const RenderLimits limits = {.max_pixels = 1000000, .max_output_bytes = 1000000};

static void expect_valid(const GPtrArray *renditions)
{
    for (guint i = 0; i < renditions->len; i++) {
        Rendition *rendition = g_ptr_array_index(renditions, i);
        ImageInfo info;

        cr_assert(probe(blob_data(rendition->blob), blob_size(rendition->blob), &info, NULL));
        cr_assert(info.width == rendition->width && info.height == rendition->height);
        cr_assert(info.format == rendition->format);
    }
}

/* Returns TRUE if it was rendered. Uses an exact copy on the heap, so that AddressSanitizer detects a read
 * past the end. */
static gboolean try_render(const guint8 *data, gsize size, char **ret_reason)
{
    g_autofree guint8 *copy = g_memdup2(data, size);
    GError *error = NULL;
    g_autoptr(RenderResult) result = render(copy, size, recipes, 2, &limits, &error);

    if (result != NULL) {
        expect_valid(result->renditions);
        return TRUE;
    }
    cr_assert(error_class(error) == ERROR_INPUT || error_class(error) == ERROR_LIMIT, "%s", error->message);
    cr_assert(g_utf8_validate(error->message, -1, NULL) && strchr(error->message, '\n') == NULL);
    cr_assert_null(strstr(error->message, "no reason given"));
    if (ret_reason != NULL)
        *ret_reason = g_strdup(error->message);
    g_error_free(error);
    return FALSE;
}

/* 4 bytes of the pixel data, 4 of its chunk, and 12 of the last chunk. */
#define PNG_TAIL 20

Test(hostile, truncated_files_fail)
{
    for (guint s = 0; s < G_N_ELEMENTS(suffixes); s++) {
        g_autoptr(GBytes) bytes = sample_save(sample_noise(160, 120, 1), suffixes[s]);
        gsize size;
        const guint8 *data = g_bytes_get_data(bytes, &size);

        cr_assert(try_render(data, size, NULL), "%s", suffixes[s]);
        /* PNG ends with two checksums and an empty chunk, which may be missing without loss */
        for (gsize lost = PNG_TAIL + 1; lost < size; lost += lost / 4 + 1)
            cr_assert(!try_render(data, size - lost, NULL), "%s without its last %zu of %zu bytes",
                      suffixes[s], lost, size);
        for (gsize kept = 1; kept < 64; kept++)
            cr_assert(!try_render(data, kept, NULL), "%s: the first %zu bytes", suffixes[s], kept);
    }
}

/* With accept_truncated: the upper part is rendered, the damage is reported, and headers are still
 * required. */
Test(hostile, truncated_files_are_rendered_as_far_as_they_go)
{
    static const char *const accepted[] = {".jpg", ".jpg[interlace]", ".png"};
    const RenderLimits tolerant = {
        .max_pixels = 1000000, .max_output_bytes = 1000000, .accept_truncated = TRUE};
    const Recipe recipe = {.width = 60, .format = FORMAT_PNG};

    for (guint i = 0; i < G_N_ELEMENTS(accepted); i++) {
        g_autoptr(GBytes) bytes = sample_save(sample_noise(180, 120, 1), accepted[i]);
        const gsize size = g_bytes_get_size(bytes) * 3 / 4;
        const void *data = g_bytes_get_data(bytes, NULL);
        GError *error = NULL;
        g_autoptr(Rendition) whole = sample_render_recipe(bytes, &recipe, NULL);
        g_autoptr(RenderResult) result = render(data, size, &recipe, 1, &tolerant, &error);
        Pixel expected, found;

        cr_assert_not_null(result, "%s: %s", accepted[i], error != NULL ? error->message : "");
        expected = sample_pixel(whole, 5, 5);
        found = sample_pixel(g_ptr_array_index(result->renditions, 0), 5, 5);
        cr_expect(pixel_is_near(found, expected.red, expected.green, expected.blue, 40), "%s", accepted[i]);
        cr_assert_eq(result->warnings->len, 1, "%s", accepted[i]);
        cr_expect(g_str_has_prefix(g_ptr_array_index(result->warnings, 0),
                                   "damaged; rendered as far as it could be decoded"));
        cr_expect_null(render(data, 12, &recipe, 1, &tolerant, NULL));
    }
}

/* One output needs only the middle, but the file is still read to its end. */
Test(hostile, truncation_is_seen_behind_a_crop)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(200, 2000, 1), ".jpg");
    GError *error = NULL;
    g_autoptr(GBytes) cut = g_bytes_new_from_bytes(bytes, 0, g_bytes_get_size(bytes) * 9 / 10);
    Rendition *rendition = sample_render(cut, FIT_COVER, 50, 50, FORMAT_JPEG, &error);

    cr_expect_null(rendition);
    cr_expect_eq(error_class(error), ERROR_INPUT);
    g_error_free(error);
}

Test(hostile, reasons_are_readable)
{
    g_autoptr(GBytes) jpeg = sample_save(sample_noise(160, 120, 1), ".jpg");
    g_autoptr(GBytes) png = sample_save(sample_noise(160, 120, 1), ".png");
    g_autofree char *reason = NULL;
    g_autofree char *other = NULL;

    cr_assert(!try_render(g_bytes_get_data(jpeg, NULL), g_bytes_get_size(jpeg) / 2, &reason));
    cr_expect_str_eq(reason, "damaged jpeg: Premature end of input file");
    cr_assert(!try_render(g_bytes_get_data(png, NULL), g_bytes_get_size(png) / 2, &other));
    cr_expect_str_eq(other, "damaged png: not enough data", "%s", other);
}

static void check_flips(const char *suffix, guint32 first_seed, guint32 rounds)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(90, 70, 1), suffix);
    guint32 failed = 0;

    for (guint32 i = 0; i < rounds; i++) {
        g_autoptr(GBytes) damaged = damage_flip(bytes, first_seed + i);

        failed += !try_render(g_bytes_get_data(damaged, NULL), g_bytes_get_size(damaged), NULL);
    }
    cr_expect_gt(failed, 0, "%s: flips never did any harm", suffix);
}

Test(hostile, flipped_bits_jpeg_png)
{
    for (guint s = 0; s < 4; s++)
        check_flips(suffixes[s], 1000 * s, 300);
}

Test(hostile, flipped_bits_webp_gif)
{
    for (guint s = 4; s < 7; s++)
        check_flips(suffixes[s], 1000 * s, 300);
}

Test(hostile, flipped_bits_heic_avif)
{
    for (guint s = 11; s < G_N_ELEMENTS(suffixes); s++)
        check_flips(suffixes[s], 1000 * s, 300);
}

Test(hostile, flipped_bits_tiff)
{
    for (guint s = 7; s < 11; s++)
        check_flips(suffixes[s], 1000 * s, 300);
}

Test(hostile, noise_behind_a_magic_number)
{
    static const struct {
        const char *magic;
        gsize size;
    } starts[] = {{"\xff\xd8\xff\xe0", 4}, {"\x89PNG\r\n\x1a\n", 8}, {"RIFF\x40\x1f\0\0WEBPVP8 ", 16},
                  {"GIF89a", 6},           {"II*\0\010\0\0\0", 8},   {"MM\0*\0\0\0\010", 8}};
    g_autoptr(GRand) random = g_rand_new_with_seed(5);

    for (int round = 0; round < 600; round++) {
        guint8 data[8008];
        gsize size = (gsize)g_rand_int_range(random, 16, sizeof data);

        for (gsize i = 0; i < size; i++)
            data[i] = (guint8)g_rand_int_range(random, 0, 256);
        memcpy(data, starts[round % 6].magic, starts[round % 6].size);
        (void)try_render(data, size, NULL);
    }
}

/* The header announces more than the data holds, below the limit: this is an error, not a half-empty
 * picture. */
Test(hostile, png_larger_than_its_data)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(90, 90, 1), ".png");
    g_autoptr(GBytes) taller = png_with_size(bytes, 90, 900);

    cr_expect(!try_render(g_bytes_get_data(taller, NULL), g_bytes_get_size(taller), NULL));
}

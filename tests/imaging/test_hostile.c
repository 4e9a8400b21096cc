/* Damaged and malicious files: each must end as an error of the right class or as valid output. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/error.h"
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

/* TRUE if it rendered. An exact copy on the heap, so that AddressSanitizer sees a read past the end. */
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

Test(hostile, truncated_files_fail)
{
    for (guint s = 0; s < G_N_ELEMENTS(suffixes); s++) {
        g_autoptr(GBytes) bytes = sample_save(sample_noise(160, 120, 1), suffixes[s]);
        gsize size;
        const guint8 *data = g_bytes_get_data(bytes, &size);

        cr_assert(try_render(data, size, NULL), "%s", suffixes[s]);
        /* PNG ends with a chunk that holds nothing; losing a part of that loses nothing */
        for (gsize lost = 13; lost < size; lost += lost / 4 + 1)
            cr_assert(!try_render(data, size - lost, NULL), "%s without its last %zu of %zu bytes",
                      suffixes[s], lost, size);
        for (gsize kept = 1; kept < 64; kept++)
            cr_assert(!try_render(data, kept, NULL), "%s: the first %zu bytes", suffixes[s], kept);
    }
}

/* Where that is allowed: the upper part is there, what was wrong is said, and headers are still needed. */
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
        cr_expect(
            g_str_has_prefix(g_ptr_array_index(result->warnings, 0), "it is damaged, and only in part"));
        cr_expect_null(render(data, 12, &recipe, 1, &tolerant, NULL));
    }
}

/* One output that needs the middle only: the end is read nevertheless. */
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
    cr_expect(g_str_has_prefix(other, "damaged png: libpng read error"), "%s", other);
}

static void flip_bits(guint8 *data, gsize size, GRand *random)
{
    int n = g_rand_int_range(random, 1, 12);
    /* half of them in the header, where the decisions are */
    gsize range = g_rand_boolean(random) ? MIN(size, 200) : size;

    for (int i = 0; i < n; i++)
        data[g_rand_int_range(random, 0, (gint32)range)] ^= (guint8)(1 << g_rand_int_range(random, 0, 8));
}

static void check_flips(const char *suffix, guint32 seed, int rounds)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(90, 70, 1), suffix);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    int failed = 0;

    for (int i = 0; i < rounds; i++) {
        g_autofree guint8 *copy = g_memdup2(data, size);

        flip_bits(copy, size, random);
        failed += !try_render(copy, size, NULL);
    }
    cr_expect_gt(failed, 0, "%s: flips never did any harm", suffix);
}

Test(hostile, flipped_bits_jpeg_png)
{
    for (guint s = 0; s < 4; s++)
        check_flips(suffixes[s], s + 1, 300);
}

Test(hostile, flipped_bits_webp_gif)
{
    for (guint s = 4; s < 7; s++)
        check_flips(suffixes[s], s + 1, 300);
}

Test(hostile, flipped_bits_heic_avif)
{
    for (guint s = 11; s < G_N_ELEMENTS(suffixes); s++)
        check_flips(suffixes[s], s + 1, 300);
}

Test(hostile, flipped_bits_tiff)
{
    for (guint s = 7; s < 11; s++)
        check_flips(suffixes[s], s + 1, 300);
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

static guint32 crc32_of(const guint8 *data, gsize size)
{
    guint32 crc = 0xffffffffu;

    for (gsize i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void put_u32(guint8 *at, guint32 value)
{
    value = GUINT32_TO_BE(value);
    memcpy(at, &value, 4);
}

static long peak_rss_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* Refused by the header: in no time and with no memory, although 10.8 GB are announced. */
static void expect_bomb_refused(const guint8 *data, gsize size, const char *reason)
{
    GError *error = NULL;
    RenderLimits normal = {.max_pixels = 100000000, .max_output_bytes = 1000000};
    long before = peak_rss_kib();
    gint64 start = clock_now_us();

    cr_assert_null(render(data, size, recipes, 2, &normal, &error));
    cr_expect_eq(error_class(error), ERROR_LIMIT, "%s", error->message);
    cr_expect(strstr(error->message, reason) != NULL, "%s", error->message);
    cr_expect_lt(clock_now_us() - start, 500 * CLOCK_US_PER_MS);
    cr_expect_lt(peak_rss_kib() - before, 20 * 1024);
    g_error_free(error);
}

Test(hostile, png_bomb)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(9, 9, 1), ".png");
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autofree guint8 *copy = g_memdup2(data, size);

    put_u32(copy + 16, 60000);
    put_u32(copy + 20, 60000);
    put_u32(copy + 29, crc32_of(copy + 12, 17));
    expect_bomb_refused(copy, size, "60000 x 60000 = 3600000000 pixels are more than the limit of 100000000");
}

Test(hostile, gif_bomb)
{
    static const guint8 gif[] = {'G',  'I',  'F',  '8',  '9', 'a', 0x60, 0xea, 0x60, 0xea, 0x80, 0,
                                 0,    255,  255,  255,  0,   0,   0,    ',',  0,    0,    0,    0,
                                 0x60, 0xea, 0x60, 0xea, 0,   2,   2,    0x44, 1,    0,    ';'};

    expect_bomb_refused(gif, sizeof gif, "60000 x 60000");
}

Test(hostile, jpeg_bomb)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(9, 9, 1), ".jpg");
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autofree guint8 *copy = g_memdup2(data, size);
    guint8 *frame = memmem(copy, size, "\xff\xc0", 2);

    cr_assert_not_null(frame);
    memcpy(frame + 5, "\xea\x60\xea\x60", 4);
    expect_bomb_refused(copy, size, "60000 x 60000");
}

/* The header announces more than the data holds, below the limit: an error, not a half-empty picture. */
Test(hostile, png_larger_than_its_data)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(90, 90, 1), ".png");
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autofree guint8 *copy = g_memdup2(data, size);

    put_u32(copy + 20, 900);
    put_u32(copy + 29, crc32_of(copy + 12, 17));
    cr_expect(!try_render(copy, size, NULL));
}

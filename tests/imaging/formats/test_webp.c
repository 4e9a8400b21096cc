#include <criterion/criterion.h>
#include <string.h>

#include "imaging/engine.h"
#include "imaging/formats/webp.h"
#include "imaging/probe.h"
#include "tests/imaging/samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(webp, .init = setup);

static gboolean holds(const guint8 *bytes, gsize size, const char *chunk)
{
    return memmem(bytes, size, chunk, 4) != NULL;
}

static gsize stripped(VipsImage *image, guint8 **ret_bytes)
{
    g_autoptr(GBytes) bytes = NULL;
    gsize size;

    vips_image_set_blob_copy(image, VIPS_META_XMP_NAME, "<x:xmpmeta/>!", 13);
    bytes = sample_save(image, ".webp");
    *ret_bytes = g_memdup2(g_bytes_get_data(bytes, &size), g_bytes_get_size(bytes));
    cr_assert(holds(*ret_bytes, size, "XMP ") && holds(*ret_bytes, size, "VP8X"));
    return webp_strip(*ret_bytes, size, FALSE);
}

static void expect_whole(const guint8 *bytes, gsize size, gboolean has_alpha)
{
    ImageInfo info;
    guint32 riff;

    memcpy(&riff, bytes + 4, 4);
    cr_expect_eq(GUINT32_FROM_LE(riff) + 8, size);
    cr_expect(!holds(bytes, size, "EXIF") && !holds(bytes, size, "XMP "));
    cr_assert(probe(bytes, size, &info, NULL));
    cr_expect(info.width == 50 && info.height == 40 && info.has_alpha == has_alpha);
    cr_expect_eq(webp_strip((guint8 *)(guintptr)bytes, size, FALSE), size, "twice is as good as once");
}

Test(webp, becomes_a_simple_file)
{
    g_autofree guint8 *bytes = NULL;
    gsize size = stripped(sample_noise(50, 40, 1), &bytes);

    expect_whole(bytes, size, FALSE);
    cr_expect(!holds(bytes, size, "VP8X"));
}

Test(webp, keeps_alpha)
{
    static const double half[] = {1, 200, 3, 128};
    g_autofree guint8 *bytes = NULL;
    gsize size = stripped(sample_plain(50, 40, half, 4), &bytes);

    expect_whole(bytes, size, TRUE);
    cr_expect(holds(bytes, size, "VP8X"));
}

Test(webp, keeps_the_profile_out)
{
    VipsImage *image = sample_noise(50, 40, 1);
    VipsImage *p3 = NULL;
    g_autofree guint8 *bytes = NULL;
    gsize size;

    cr_assert_eq(vips_icc_transform(image, &p3, "p3", "input_profile", "srgb", NULL), 0);
    g_object_unref(image);
    size = stripped(p3, &bytes);
    cr_expect(!holds(bytes, size, "ICCP"));
    expect_whole(bytes, size, FALSE);
}

/* Files with inconsistent lengths stay as they are. Exact copies, so that AddressSanitizer detects a read
 * past the end.
 */
Test(webp, leaves_broken_files_alone)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(50, 40, 1), ".webp");
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    for (gsize kept = 0; kept < size; kept++) {
        g_autofree guint8 *copy = g_memdup2(data, MAX(kept, 1));
        gsize result = webp_strip(copy, kept, FALSE);

        /* A file truncated between two chunks is consistent, and is stripped. */
        cr_assert(result == kept || (result < kept && result >= 12 && !holds(copy, result, "EXIF")));
        cr_assert(result != kept || kept == 0 || memcmp(copy, data, kept) == 0);
    }
}

/* The flags would be letters of the following chunk. */
Test(webp, leaves_an_extended_header_without_flags_alone)
{
    static const guint8 file[38] = "RIFF\x1e\0\0\0WEBPVP8X\0\0\0\0VP8L\x0a\0\0\0";
    guint8 copy[sizeof file];

    memcpy(copy, file, sizeof file);
    cr_expect_eq(webp_strip(copy, sizeof copy, FALSE), sizeof copy);
    cr_expect_eq(memcmp(copy, file, sizeof file), 0);
}

Test(webp, leaves_other_files_alone)
{
    guint8 text[] = "this is no WebP file, and it is longer than a header";

    cr_expect_eq(webp_strip(text, sizeof text, FALSE), sizeof text);
}

static void expect_lossless(VipsImage *image, const char *suffix, gboolean expected)
{
    g_autoptr(GBytes) bytes = sample_save(image, suffix);

    cr_expect_eq(webp_is_lossless(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)), expected, "%s",
                 suffix);
}

Test(webp, tells_its_two_codecs_apart)
{
    static const double half[] = {1, 200, 3, 128};

    expect_lossless(sample_noise(50, 40, 1), ".webp", FALSE);
    expect_lossless(sample_noise(50, 40, 1), ".webp[lossless]", TRUE);
    expect_lossless(sample_plain(50, 40, half, 4), ".webp", FALSE);
    expect_lossless(sample_plain(50, 40, half, 4), ".webp[lossless]", TRUE);
    expect_lossless(sample_noise(50, 80, 1), ".webp[page-height=40]", FALSE);
    expect_lossless(sample_noise(50, 80, 1), ".webp[page-height=40,lossless]", TRUE);
    /* An empty frame has no chunks: those behind it are not its own. */
    cr_expect(
        !webp_is_lossless("RIFF\44\0\0\0WEBPANMF\0\0\0\0\0\0\0\0\0\0\0\0XMP \10\0\0\0VP8L\0\0\0\0", 44));
    cr_expect(!webp_is_lossless("RIFF\4\0\0\0WEBP", 12));
    cr_expect(!webp_is_lossless("RIFF\30\0\0\0WEBPVP8X\377\377\377\377....", 24));
}

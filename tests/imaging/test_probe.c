#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "imaging/engine.h"
#include "imaging/probe.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(probe, .init = setup);

static void expect_refused(const char *text, gsize size, const char *reason)
{
    GError *error = NULL;
    ImageInfo info = {.width = 77};

    cr_assert(!probe(text, size, &info, &error));
    cr_expect_eq(error_class(error), ERROR_INPUT);
    cr_expect(strstr(error->message, reason) != NULL, "%s", error->message);
    cr_expect(strchr(error->message, '\n') == NULL);
    cr_expect_eq(info.width, 77, "outputs are untouched on failure");
    g_error_free(error);
}

Test(probe, refuses_broken_headers)
{
    expect_refused("\xff\xd8\xff\xe0\0\x10JFIF", 10, "damaged jpeg: ");
    expect_refused("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, "damaged png: ");
    expect_refused("RIFF\4\0\0\0WEBP", 12, "damaged webp: ");
    expect_refused("GIF89a", 6, "damaged gif: ");
    expect_refused("II*\0\377\377\377\377", 8, "damaged tiff: ");
    expect_refused("MM\0*\0\0\0\010", 8, "damaged tiff: ");
    expect_refused("\0\0\0\x1c"
                   "ftypavif\0\0\0\0avifmif1miaf",
                   28, "damaged avif: ");
    expect_refused("\0\0\0\x18"
                   "ftypheic\0\0\0\0mif1heic",
                   24, "damaged heic: ");
}

static void expect_info(GBytes *bytes, ImageFormat format, guint32 width, guint32 height, guint bands,
                        gboolean has_alpha, guint orientation, guint pages)
{
    GError *error = NULL;
    ImageInfo info;
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    cr_assert(probe(data, size, &info, &error), "%s", error != NULL ? error->message : "");
    cr_expect_eq(info.format, format);
    cr_expect_eq(info.width, width);
    cr_expect_eq(info.height, height);
    cr_expect_eq(info.bands, bands);
    cr_expect_eq(info.has_alpha, has_alpha);
    cr_expect_eq(info.orientation, orientation);
    cr_expect_eq(info.pages, pages);
    g_bytes_unref(bytes);
}

Test(probe, knows_each_format)
{
    static const double half[] = {10, 20, 30, 128};
    static const double grey[] = {99, 128};

    expect_info(sample_save(sample_quarters(40, 30), ".jpg"), FORMAT_JPEG, 40, 30, 3, FALSE, 1, 1);
    expect_info(sample_save(sample_quarters(40, 30), ".png"), FORMAT_PNG, 40, 30, 3, FALSE, 1, 1);
    expect_info(sample_save(sample_quarters(40, 30), ".webp"), FORMAT_WEBP, 40, 30, 3, FALSE, 1, 1);
    expect_info(sample_save(sample_quarters(40, 30), ".tif"), FORMAT_TIFF, 40, 30, 3, FALSE, 1, 1);
    expect_info(sample_save(sample_quarters(40, 30), ".tif[bigtiff]"), FORMAT_TIFF, 40, 30, 3, FALSE, 1, 1);
    expect_info(sample_save(sample_quarters(40, 30), ".gif"), FORMAT_GIF, 40, 30, 4, TRUE, 1, 1);
    expect_info(sample_save(sample_plain(5, 7, half, 4), ".png"), FORMAT_PNG, 5, 7, 4, TRUE, 1, 1);
    expect_info(sample_save(sample_plain(5, 7, half, 4), ".webp"), FORMAT_WEBP, 5, 7, 4, TRUE, 1, 1);
    expect_info(sample_save(sample_plain(5, 7, grey, 1), ".jpg"), FORMAT_JPEG, 5, 7, 1, FALSE, 1, 1);
    expect_info(sample_save(sample_plain(5, 7, grey, 2), ".png"), FORMAT_PNG, 5, 7, 2, TRUE, 1, 1);
}

Test(probe, tells_orientation_and_pages)
{
    VipsImage *image = sample_quarters(40, 30);

    vips_image_set_int(image, "orientation", 6);
    expect_info(sample_save(image, ".jpg"), FORMAT_JPEG, 40, 30, 3, FALSE, 6, 1);
    image = sample_quarters(40, 90);
    vips_image_set_int(image, "page-height", 30);
    expect_info(sample_save(image, ".tif"), FORMAT_TIFF, 40, 30, 3, FALSE, 1, 3);
    image = sample_quarters(40, 90);
    vips_image_set_int(image, "page-height", 30);
    expect_info(sample_save(image, ".webp"), FORMAT_WEBP, 40, 30, 4, TRUE, 1, 3);
}

Test(probe, refuses_too_many_bands)
{
    static const double zero[] = {1, 2, 3, 4};
    VipsImage *four = sample_plain(10, 10, zero, 4);
    VipsImage *many = NULL;
    VipsImage *bands[] = {four, four, four};
    g_autoptr(GBytes) bytes = NULL;

    cr_assert_eq(vips_bandjoin(bands, &many, 3, NULL), 0);
    g_object_unref(four);
    many->Type = VIPS_INTERPRETATION_MULTIBAND;
    bytes = sample_save(many, ".tif");
    expect_refused(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "12 bands");
}

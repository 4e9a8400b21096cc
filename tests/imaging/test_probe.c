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

Test(probe, refuses_what_is_no_image)
{
    static const char *const texts[] = {
        "hello world, this is text",
        "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        "%PDF-1.4\n1 0 obj\n",
        "BM\x36",
        "P6 3 3 255 aaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\x76\x2f\x31\x01 an OpenEXR file",
        "RIFF\x10\1\1\1WAVEfmt ",
        "RIFX\1\1\1\1WEBPVP8 ",
        "GIF88a",
        "\xff\xd8",
        "\x89PNG",
        "push graphic-context",
        "{\"json\": 1}",
    };

    expect_refused("", 0, "empty object");
    expect_refused(NULL, 0, "empty object");
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        expect_refused(texts[i], strlen(texts[i]), "not an image of a supported format (JPEG");
    /* AVIF and HEIC, which libvips could open elsewhere; JPEG XL */
    expect_refused("\0\0\0\x1c"
                   "ftypavif\0\0\0\0avifmif1miaf",
                   28, "not an image of a supported");
    expect_refused("\0\0\0\x18"
                   "ftypheic\0\0\0\0mif1heic",
                   24, "not an image of a supported");
    expect_refused("\xff\x0a\xfa\x7f\x02", 5, "not an image of a supported");
}

Test(probe, refuses_broken_headers)
{
    expect_refused("\xff\xd8\xff\xe0\0\x10JFIF", 10, "damaged jpeg: ");
    expect_refused("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, "damaged png: ");
    expect_refused("RIFF\4\0\0\0WEBP", 12, "damaged webp: ");
    expect_refused("GIF89a", 6, "damaged gif: ");
    expect_refused("II*\0\377\377\377\377", 8, "damaged tiff: ");
    expect_refused("MM\0*\0\0\0\010", 8, "damaged tiff: ");
}

static void expect_info(GBytes *bytes, const ImageInfo *expected)
{
    GError *error = NULL;
    ImageInfo info;
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    cr_assert(probe(data, size, &info, &error), "%s", error != NULL ? error->message : "");
    cr_expect_eq(info.format, expected->format);
    cr_expect_eq(info.width, expected->width);
    cr_expect_eq(info.height, expected->height);
    cr_expect_eq(info.bands, expected->bands);
    cr_expect_eq(info.has_alpha, expected->has_alpha);
    cr_expect_eq(info.orientation, expected->orientation);
    cr_expect_eq(info.pages, expected->pages);
    g_bytes_unref(bytes);
}

Test(probe, knows_each_format)
{
    static const double half[] = {10, 20, 30, 128};
    static const double grey[] = {99, 128};

    expect_info(sample_save(sample_quarters(40, 30), ".jpg"),
                &(ImageInfo){FORMAT_JPEG, 40, 30, 3, FALSE, 1, 1});
    expect_info(sample_save(sample_quarters(40, 30), ".png"),
                &(ImageInfo){FORMAT_PNG, 40, 30, 3, FALSE, 1, 1});
    expect_info(sample_save(sample_quarters(40, 30), ".webp"),
                &(ImageInfo){FORMAT_WEBP, 40, 30, 3, FALSE, 1, 1});
    expect_info(sample_save(sample_quarters(40, 30), ".tif"),
                &(ImageInfo){FORMAT_TIFF, 40, 30, 3, FALSE, 1, 1});
    expect_info(sample_save(sample_quarters(40, 30), ".tif[bigtiff]"),
                &(ImageInfo){FORMAT_TIFF, 40, 30, 3, FALSE, 1, 1});
    expect_info(sample_save(sample_quarters(40, 30), ".gif"),
                &(ImageInfo){FORMAT_GIF, 40, 30, 4, TRUE, 1, 1});
    expect_info(sample_save(sample_plain(5, 7, half, 4), ".png"),
                &(ImageInfo){FORMAT_PNG, 5, 7, 4, TRUE, 1, 1});
    expect_info(sample_save(sample_plain(5, 7, half, 4), ".webp"),
                &(ImageInfo){FORMAT_WEBP, 5, 7, 4, TRUE, 1, 1});
    expect_info(sample_save(sample_plain(5, 7, grey, 1), ".jpg"),
                &(ImageInfo){FORMAT_JPEG, 5, 7, 1, FALSE, 1, 1});
    expect_info(sample_save(sample_plain(5, 7, grey, 2), ".png"),
                &(ImageInfo){FORMAT_PNG, 5, 7, 2, TRUE, 1, 1});
}

Test(probe, tells_orientation_and_pages)
{
    VipsImage *image = sample_quarters(40, 30);

    vips_image_set_int(image, "orientation", 6);
    expect_info(sample_save(image, ".jpg"), &(ImageInfo){FORMAT_JPEG, 40, 30, 3, FALSE, 6, 1});
    image = sample_quarters(40, 90);
    vips_image_set_int(image, "page-height", 30);
    expect_info(sample_save(image, ".tif"), &(ImageInfo){FORMAT_TIFF, 40, 30, 3, FALSE, 1, 3});
    image = sample_quarters(40, 90);
    vips_image_set_int(image, "page-height", 30);
    expect_info(sample_save(image, ".webp"), &(ImageInfo){FORMAT_WEBP, 40, 30, 4, TRUE, 1, 3});
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

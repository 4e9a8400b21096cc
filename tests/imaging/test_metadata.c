#include <criterion/criterion.h>
#include <string.h>

#include "imaging/engine.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(metadata, .init = setup);

#define TEXT(words) words " (" words ", ASCII, 9 components, 9 bytes)"

/* As from a camera held upright: a place, an author, a comment, XMP and a thumbnail. */
static GBytes *make_source(const char *suffix)
{
    VipsImage *image = sample_quarters(80, 60);
    VipsImage *small = sample_quarters(16, 12);
    g_autoptr(GBytes) thumbnail = sample_save(small, ".jpg");

    vips_image_set_int(image, "orientation", 6);
    vips_image_set_string(image, "exif-ifd0-Artist", TEXT("Jane Doe"));
    vips_image_set_string(image, "exif-ifd0-Copyright", TEXT("J. Doe 1"));
    vips_image_set_string(image, "exif-ifd0-Model", TEXT("Cam 1000"));
    vips_image_set_string(image, "exif-ifd3-GPSAreaInformation", TEXT("Atlantis"));
    vips_image_set_blob_copy(image, "jpeg-thumbnail-data", g_bytes_get_data(thumbnail, NULL),
                             g_bytes_get_size(thumbnail));
    vips_image_set_blob_copy(image, VIPS_META_XMP_NAME, "<x:xmpmeta/>", 12);
    return sample_save(image, suffix);
}

static gboolean contains(const Rendition *rendition, const char *text)
{
    return memmem(blob_data(rendition->blob), blob_size(rendition->blob), text, strlen(text)) != NULL;
}

/* Decoded, since PNG compresses it. */
static gboolean has_xmp(const Rendition *rendition)
{
    VipsImage *image = sample_decode(rendition);
    gboolean has = vips_image_get_typeof(image, VIPS_META_XMP_NAME) != 0;

    g_object_unref(image);
    return has;
}

static Rendition *make(GBytes *source, ImageFormat format, Metadata metadata, Profile profile)
{
    const Recipe recipe = {
        .width = 30, .format = format, .quality = 95, .effort = 1, .metadata = metadata, .profile = profile};
    Rendition *rendition = sample_render_recipe(source, &recipe, NULL);

    cr_assert_not_null(rendition);
    cr_expect(rendition->width == 30 && rendition->height == 40, "it is upright");
    return rendition;
}

/* Whatever is kept, it must not be turned again. */
static void expect_upright(const Rendition *rendition)
{
    VipsImage *image = sample_decode(rendition);

    cr_expect_leq(vips_image_get_orientation(image), 1);
    cr_expect_eq(vips_image_get_typeof(image, "jpeg-thumbnail-data"), 0);
    g_object_unref(image);
}

static void check(ImageFormat format)
{
    const char *name = format_info(format)->name;
    g_autoptr(GBytes) source = make_source(".jpg");
    g_autoptr(Rendition) strip = make(source, format, METADATA_STRIP, PROFILE_SRGB);
    g_autoptr(Rendition) copyright = make(source, format, METADATA_COPYRIGHT, PROFILE_SRGB);
    g_autoptr(Rendition) keep = make(source, format, METADATA_KEEP, PROFILE_SRGB);
    g_autoptr(Rendition) p3 = make(source, format, METADATA_STRIP, PROFILE_P3);

    cr_expect(!contains(strip, "Jane") && !contains(strip, "Atlantis"), "%s", name);
    cr_expect(!contains(p3, "Jane") && !contains(p3, "Atlantis"), "%s", name);
    cr_expect(contains(copyright, "Jane Doe") && contains(copyright, "J. Doe 1"), "%s", name);
    cr_expect(!contains(copyright, "Cam 1000") && !contains(copyright, "Atlantis"), "%s", name);
    cr_expect(contains(keep, "Jane Doe") && contains(keep, "J. Doe 1") && contains(keep, "Cam 1000"), "%s",
              name);
    cr_expect(has_xmp(keep) && !has_xmp(copyright) && !has_xmp(strip), "%s", name);
    expect_upright(strip);
    expect_upright(copyright);
    expect_upright(keep);
}

Test(metadata, of_jpeg)
{
    check(FORMAT_JPEG);
}

Test(metadata, of_webp)
{
    check(FORMAT_WEBP);
}

Test(metadata, of_png)
{
    check(FORMAT_PNG);
}

Test(metadata, of_avif)
{
    check(FORMAT_AVIF);
}

/* Only IPTC says whose it is: EXIF of the output does. */
Test(metadata, copyright_from_iptc)
{
    static const char records[] = "Photoshop 3.0\0"
                                  "8BIM\4\4\0\0\0\0\0\x1d"
                                  "\x1c\2\x50\0\010Jane Doe\x1c\2\x74\0\013(c) 2024 Al";
    static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP, FORMAT_AVIF};
    VipsImage *image = sample_quarters(80, 60);
    g_autoptr(GBytes) source = NULL;

    vips_image_set_blob_copy(image, VIPS_META_IPTC_NAME, records, sizeof records - 1);
    source = sample_save(image, ".jpg");
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        const Recipe recipe = {
            .width = 40, .format = formats[i], .effort = 1, .metadata = METADATA_COPYRIGHT};
        g_autoptr(Rendition) rendition = sample_render_recipe(source, &recipe, NULL);

        cr_assert_not_null(rendition);
        cr_expect(contains(rendition, "Jane Doe") && contains(rendition, "(c) 2024 Al"), "%s",
                  format_info(formats[i])->name);
    }
}

#include <criterion/criterion.h>
#include <string.h>

#include "cases.h"
#include "imaging/engine.h"
#include "imaging/engine_facts.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(metadata, .init = setup);

#define TEXT(words) words " (" words ", ASCII, 9 components, 9 bytes)"

/* A file as from a camera held upright: with a place, an author, a comment, XMP and a thumbnail. */
static GBytes *make_source(const char *suffix)
{
    VipsImage *image = sample_quarters(80, 60);
    VipsImage *small = sample_quarters(16, 12);
    g_autoptr(GBytes) thumbnail = sample_save(small, ".jpg");
    static const char xmp[] = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>";

    vips_image_set_int(image, "orientation", 6);
    vips_image_set_string(image, "exif-ifd0-Artist", TEXT("Jane Doe"));
    vips_image_set_string(image, "exif-ifd0-Copyright", TEXT("J. Doe 1"));
    vips_image_set_string(image, "exif-ifd0-Model", TEXT("Cam 1000"));
    vips_image_set_string(image, "exif-ifd3-GPSAreaInformation", TEXT("Atlantis"));
    vips_image_set_blob_copy(image, "jpeg-thumbnail-data", g_bytes_get_data(thumbnail, NULL),
                             g_bytes_get_size(thumbnail));
    vips_image_set_blob_copy(image, VIPS_META_XMP_NAME, xmp, sizeof xmp - 1);
    return sample_save(image, suffix);
}

static gboolean contains(const Rendition *rendition, const char *text)
{
    return memmem(blob_data(rendition->blob), blob_size(rendition->blob), text, strlen(text)) != NULL;
}

/* Decodes first, since PNG compresses XMP. */
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

/* The output must not be rotated again, whatever metadata is kept. */
static void expect_upright(const Rendition *rendition)
{
    VipsImage *image = sample_decode(rendition);

    cr_expect_leq(vips_image_get_orientation(image), 1);
    cr_expect_eq(vips_image_get_typeof(image, "jpeg-thumbnail-data"), 0);
    g_object_unref(image);
}

/* Expects a profile, and no EXIF where libvips can leave it out. It is removed from WebP in any case. */
static void expect_profile_alone(const Rendition *rendition)
{
    VipsImage *image = sample_decode(rendition);

    cr_expect_neq(vips_image_get_typeof(image, VIPS_META_ICC_NAME), 0);
    if (!engine_fact(ENGINE_KEEPS_ALL_OR_NOTHING) || rendition->format == FORMAT_WEBP)
        cr_expect_eq(vips_image_get_typeof(image, VIPS_META_EXIF_NAME), 0, "%s",
                     format_info(rendition->format)->name);
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
    expect_profile_alone(p3);
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

/* Only IPTC names the author and the copyright; EXIF of the output does too. */
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

/* The blob's bytes as a string without NULs, or "". */
static char *blob_text(VipsImage *image, const char *field)
{
    const void *data = NULL;
    gsize size = 0;
    char *text;

    if (vips_image_get_typeof(image, field) != 0)
        cr_assert_eq(vips_image_get_blob(image, field, &data, &size), 0);
    text = g_malloc0(size + 1);
    for (gsize i = 0; i < size; i++)
        text[i] = ((const char *)data)[i] != '\0' ? ((const char *)data)[i] : ' ';
    return text;
}

static void expect_texts(const char *where, const char *text, const char *const *kept,
                         const char *const *gone)
{
    for (; *kept != NULL; kept++)
        cr_expect(strstr(text, *kept) != NULL, "%s: %s is not kept", where, *kept);
    for (; *gone != NULL; gone++)
        cr_expect(strstr(text, *gone) == NULL, "%s: %s is kept", where, *gone);
}

/* A file written by exiftool: a description, an author and a place, and all fields that are untrue for an
 * output. */
static void check_untrue(ImageFormat format)
{
    static const char *const xmp_kept[] = {"A title &amp; more", "Jane",           "Berlin",
                                           "<xmp:Rating>4<",     "AlreadyApplied", NULL};
    static const char *const xmp_gone[] = {
        "Orientation", "<tiff:Image", "PixelXDimension", "<GCamera:",  "<hdrgm:", "<GPano:",
        "HasCrop",     "CropTop",     "<dc:format",      "ICCProfile", NULL};
    static const char *const fields_kept[] = {"exif-ifd0-ImageDescription", "exif-ifd0-Make",
                                              "exif-ifd0-Model", "exif-ifd2-DateTimeOriginal",
                                              "exif-ifd3-GPSLatitude"};
    static const char *const fields_gone[] = {"exif-ifd0-WhitePoint",
                                              "exif-ifd2-ComponentsConfiguration",
                                              "exif-ifd2-SubjectArea",
                                              "exif-ifd2-FocalPlaneXResolution",
                                              "exif-ifd4-InteroperabilityIndex",
                                              "jpeg-thumbnail-data"};
    const char *name = format_info(format)->name;
    g_autoptr(GBytes) source = case_file("untrue-metadata.jpg");
    const Recipe recipe = {
        .width = 32, .format = format, .quality = 90, .effort = 1, .metadata = METADATA_KEEP};
    g_autoptr(Rendition) rendition = sample_render_recipe(source, &recipe, NULL);
    VipsImage *image = sample_decode(rendition);
    g_autofree char *xmp = blob_text(image, VIPS_META_XMP_NAME);
    const char *width = "";

    cr_expect(rendition->width == 32 && rendition->height == 48);
    expect_texts(name, xmp, xmp_kept, xmp_gone);
    for (guint i = 0; i < G_N_ELEMENTS(fields_kept) && format != FORMAT_TIFF; i++)
        cr_expect_neq(vips_image_get_typeof(image, fields_kept[i]), 0, "%s: %s", name, fields_kept[i]);
    for (guint i = 0; i < G_N_ELEMENTS(fields_gone); i++)
        cr_expect_eq(vips_image_get_typeof(image, fields_gone[i]), 0, "%s: %s", name, fields_gone[i]);
    if (vips_image_get_typeof(image, "exif-ifd2-PixelXDimension") != 0) {
        cr_assert_eq(vips_image_get_string(image, "exif-ifd2-PixelXDimension", &width), 0);
        cr_expect(g_str_has_prefix(width, "32 "), "%s: %s", name, width);
    }
    /* libexif adds a ColorSpace of its own when it reads, so search the file for the tag of two bytes */
    cr_expect_null(memmem(blob_data(rendition->blob), blob_size(rendition->blob), "\1\xa0\3\0\1\0", 6), "%s",
                   name);
    cr_expect_leq(vips_image_get_orientation(image), 1);
    g_object_unref(image);
}

Test(metadata, keeps_only_what_is_true)
{
    static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP, FORMAT_AVIF, FORMAT_TIFF};

    for (guint i = 0; i < G_N_ELEMENTS(formats); i++)
        check_untrue(formats[i]);
}

Test(metadata, iptc_is_what_is_left_of_photoshops_resources)
{
    static const char *const kept[] = {"Photoshop 3.0", "Jane", "Berlin", NULL};
    static const char *const gone[] = {"abc", "JFIF", NULL}; /* previews, one of Photoshop's */
    g_autoptr(GBytes) source = case_file("untrue-metadata.jpg");
    const Recipe recipe = {.width = 32, .format = FORMAT_JPEG, .quality = 90, .metadata = METADATA_KEEP};
    g_autoptr(Rendition) rendition = sample_render_recipe(source, &recipe, NULL);
    VipsImage *image = sample_decode(rendition);
    g_autofree char *iptc = blob_text(image, VIPS_META_IPTC_NAME);

    expect_texts("IPTC", iptc, kept, gone);
    g_object_unref(image);
}

Test(metadata, of_a_motion_photo)
{
    static const char *const kept[] = {"x:xmpmeta", NULL};
    static const char *const gone[] = {"tiff:Orientation=", "MotionPhoto", "MicroVideo", "hdrgm:Version",
                                       NULL};
    g_autoptr(GBytes) source = case_file("jpg-xmp-orient6-exif6-motion.jpg");
    const Recipe recipe = {.width = 64, .format = FORMAT_JPEG, .quality = 90, .metadata = METADATA_KEEP};
    g_autoptr(Rendition) rendition = sample_render_recipe(source, &recipe, NULL);
    VipsImage *image = sample_decode(rendition);
    g_autofree char *xmp = blob_text(image, VIPS_META_XMP_NAME);

    cr_expect(rendition->width == 64 && rendition->height == 96);
    expect_texts("a motion photo", xmp, kept, gone);
    g_object_unref(image);
}

/* Written by exiftool: with a packet wrapper, which libvips does not recognise. */
Test(metadata, xmp_packet_of_avif)
{
    static const char *const kept[] = {"x:xmpmeta", "Hello", NULL};
    static const char *const gone[] = {NULL};
    g_autoptr(GBytes) source = case_file("avif-xmp-packet.avif");
    const Recipe keep = {.width = 32, .format = FORMAT_PNG, .metadata = METADATA_KEEP};
    g_autoptr(Rendition) rendition = sample_render_recipe(source, &keep, NULL);
    g_autoptr(Rendition) stripped = sample_render(source, FIT_INSIDE, 32, 32, FORMAT_PNG, NULL);
    VipsImage *image = sample_decode(rendition);
    g_autofree char *xmp = blob_text(image, VIPS_META_XMP_NAME);

    expect_texts("AVIF", xmp, kept, gone);
    cr_expect(!has_xmp(stripped));
    g_object_unref(image);
}

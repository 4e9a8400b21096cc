#include "imaging/metadata.h"

#include <string.h>

#include "imaging/formats/iptc.h"
#include "imaging/formats/xmp.h"
#include "imaging/step.h"

typedef enum {
    KIND_INTERNAL = 1 << 0, /* internal to libvips, never written */
    KIND_PROFILE = 1 << 1,
    KIND_ANIMATION = 1 << 2,
    KIND_COPYRIGHT = 1 << 3,
    KIND_DESCRIPTION = 1 << 4, /* EXIF, XMP, IPTC, comments */
} Kind;

/* The first prefix that matches a field's name decides; fields without a match are dropped. */
static const struct {
    const char *prefix;
    guint kind;
} fields[] = {
    {"vips-", KIND_INTERNAL},
    {VIPS_META_ICC_NAME, KIND_PROFILE},
    {"delay", KIND_ANIMATION},
    {"loop", KIND_ANIMATION},
    {"exif-ifd0-Copyright", KIND_COPYRIGHT | KIND_DESCRIPTION},
    {"exif-ifd0-Artist", KIND_COPYRIGHT | KIND_DESCRIPTION},
    /* would be untrue for the output */
    {"exif-ifd0-Orientation", 0},
    {"exif-ifd0-ImageWidth", 0},
    {"exif-ifd0-ImageLength", 0},
    {"exif-ifd0-BitsPerSample", 0},
    {"exif-ifd0-Compression", 0},
    {"exif-ifd0-PhotometricInterpretation", 0},
    {"exif-ifd0-SamplesPerPixel", 0},
    {"exif-ifd0-PlanarConfiguration", 0},
    {"exif-ifd0-YCbCr", 0},
    {"exif-ifd0-TransferFunction", 0},
    {"exif-ifd0-WhitePoint", 0},
    {"exif-ifd0-PrimaryChromaticities", 0},
    {"exif-ifd0-ReferenceBlackWhite", 0},
    {"exif-ifd0-NewSubfileType", 0},
    {"exif-ifd0-SubIFDs", 0},
    {"exif-ifd0-StripOffsets", 0},
    {"exif-ifd0-StripByteCounts", 0},
    {"exif-ifd0-RowsPerStrip", 0},
    {"exif-ifd0-JPEG", 0},
    {"exif-ifd0-XMLPacket", 0},
    {"exif-ifd0-IPTC/NAA", 0},
    {"exif-ifd0-ImageResources", 0},
    {"exif-ifd0-InterColorProfile", 0},
    {"exif-ifd1-", 0},
    {"exif-ifd2-Pixel", 0},
    {"exif-ifd2-ColorSpace", 0},
    {"exif-ifd2-Gamma", 0},
    {"exif-ifd2-ComponentsConfiguration", 0},
    {"exif-ifd2-CompressedBitsPerPixel", 0},
    {"exif-ifd2-FocalPlane", 0},
    {"exif-ifd2-SubjectArea", 0},
    {"exif-ifd2-SubjectLocation", 0},
    {"exif-ifd4-", 0},
    {"exif-", KIND_DESCRIPTION},
    {VIPS_META_XMP_NAME, KIND_DESCRIPTION},
    {VIPS_META_IPTC_NAME, KIND_DESCRIPTION},
    {"png-comment-", KIND_DESCRIPTION},
};

/* ImageMagick stores EXIF, IPTC and the like in text chunks of PNG, including fields that would be untrue for
 * the output. */
#define RAW_PROFILE "Raw profile type"

static guint kind_of(const char *field)
{
    if (g_str_has_prefix(field, "png-comment-") && strstr(field, RAW_PROFILE) != NULL)
        return 0;
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
        if (g_str_has_prefix(field, fields[i].prefix))
            return fields[i].kind;
    return 0;
}

static guint kinds_wanted(guint32 n_frames, gboolean with_profile, Metadata metadata)
{
    guint kinds = KIND_INTERNAL;

    if (n_frames > 1)
        kinds |= KIND_ANIMATION;
    if (with_profile)
        kinds |= KIND_PROFILE;
    if (metadata == METADATA_KEEP)
        kinds |= KIND_DESCRIPTION;
    else if (metadata == METADATA_COPYRIGHT)
        kinds |= KIND_COPYRIGHT;
    return kinds;
}

/* Encoders write as many delays as the array has, so cut it to the number of frames. */
static void cut_delays(VipsImage *image, int n_frames)
{
    int *delays = NULL;
    int n = 0;

    if (vips_image_get_typeof(image, "delay") != 0 &&
        vips_image_get_array_int(image, "delay", &delays, &n) == 0 && n > n_frames) {
        g_autofree int *first = g_memdup2(delays, sizeof *delays * (gsize)n_frames);

        vips_image_set_array_int(image, "delay", first, n_frames);
    }
}

static const struct {
    const char *exif;
    IptcField iptc;
} copyright_fields[] = {
    {"exif-ifd0-Artist", IPTC_BY_LINE},
    {"exif-ifd0-Copyright", IPTC_COPYRIGHT},
};

/* Copies copyright fields that only IPTC has to EXIF, which every format but GIF can hold. Returns whether
 * there is any. */
static gboolean gather_copyright(VipsImage *image)
{
    const void *iptc = NULL;
    gsize size = 0;
    gboolean found = FALSE;

    if (vips_image_get_typeof(image, VIPS_META_IPTC_NAME) != 0)
        vips_image_get_blob(image, VIPS_META_IPTC_NAME, &iptc, &size);
    for (guint i = 0; i < G_N_ELEMENTS(copyright_fields); i++) {
        const char *exif = copyright_fields[i].exif;

        if (vips_image_get_typeof(image, exif) == 0) {
            g_autofree char *text = iptc_get(iptc, size, copyright_fields[i].iptc);

            if (text != NULL)
                vips_image_set_string(image, exif, text);
        }
        found = found || vips_image_get_typeof(image, exif) != 0;
    }
    return found;
}

static void replace_blob(VipsImage *image, const char *field, GBytes *bytes)
{
    gsize size = 0;
    const void *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;

    if (bytes == NULL)
        vips_image_remove(image, field);
    else
        vips_image_set_blob_copy(image, field, data, size);
}

/* libvips recognises the XMP of an AVIF or HEIC only if it begins with its root element. Inside a packet
 * wrapper it names the field after the item type; copy it to the usual field. */
static void adopt_xmp(VipsImage *image)
{
    static const char unnamed[] = "heif-mime-0";
    const void *data;
    gsize size;

    if (vips_image_get_typeof(image, VIPS_META_XMP_NAME) == 0 && vips_image_get_typeof(image, unnamed) != 0 &&
        vips_image_get_blob(image, unnamed, &data, &size) == 0 &&
        g_strstr_len(data, (gssize)size, "<x:xmpmeta") != NULL)
        vips_image_set_blob_copy(image, VIPS_META_XMP_NAME, data, size);
}

static void clean_xmp(VipsImage *image)
{
    const void *data;
    gsize size;
    g_autoptr(GBytes) clean = NULL;

    if (vips_image_get_typeof(image, VIPS_META_XMP_NAME) == 0)
        return;
    if (vips_image_get_blob(image, VIPS_META_XMP_NAME, &data, &size) == 0)
        clean = xmp_clean(data, size);
    replace_blob(image, VIPS_META_XMP_NAME, clean);
}

/* libvips writes IPTC to JPEG and to TIFF, but only a quarter of it to TIFF (8.14 with libtiff 4.5). */
static void clean_iptc(VipsImage *image, ImageFormat format)
{
    const void *data;
    gsize size;
    g_autoptr(GBytes) clean = NULL;

    if (vips_image_get_typeof(image, VIPS_META_IPTC_NAME) == 0)
        return;
    if (format == FORMAT_JPEG && vips_image_get_blob(image, VIPS_META_IPTC_NAME, &data, &size) == 0)
        clean = iptc_clean(data, size);
    replace_blob(image, VIPS_META_IPTC_NAME, clean);
}

/* libvips' PNG encoder writes EXIF only if the source had some. This adds an empty block, which the encoder
 * fills with the fields that are kept: a TIFF header and a directory without entries (CIPA DC-008, 4.5.4). */
static void begin_exif(VipsImage *image)
{
    static const char nothing[] = "Exif\0\0II*\0\010\0\0\0\0\0\0\0\0";

    vips_image_set_blob_copy(image, VIPS_META_EXIF_NAME, nothing, sizeof nothing - 1);
}

VipsImage *metadata_select(VipsImage *image, ImageFormat format, guint32 n_frames, gboolean with_profile,
                           Metadata wanted)
{
    const guint kinds = kinds_wanted(n_frames, with_profile, wanted);
    g_auto(GStrv) names = NULL;
    VipsImage *out = NULL;
    gboolean has_copyright = FALSE;

    if (image == NULL)
        return NULL;
    if (vips_copy(image, &out, NULL) != 0)
        return step_done(image, out, -1);
    if (wanted == METADATA_COPYRIGHT)
        has_copyright = gather_copyright(out);
    adopt_xmp(out);
    names = vips_image_get_fields(out);
    for (char **name = names; *name != NULL; name++)
        if ((kind_of(*name) & kinds) == 0)
            vips_image_remove(out, *name); /* no effect on width and the like, which are fields too */
    clean_xmp(out);
    clean_iptc(out, format);
    if (has_copyright)
        begin_exif(out);
    if (n_frames > 1) {
        vips_image_set_int(out, VIPS_META_PAGE_HEIGHT, out->Ysize / (int)n_frames);
        cut_delays(out, (int)n_frames);
    }
    return step_done(image, out, 0);
}

#include "imaging/load.h"

#include "base/error.h"
#include "imaging/formats/dc_scans.h"
#include "imaging/formats/heif_tags.h"
#include "imaging/gif_load.h"
#include "imaging/load_error.h"
#include "imaging/step.h"
#include "imaging/tagged_profile.h"
#include "imaging/tiff_load.h"

#define LOAD_COMMON "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on

/* Unneeded scans of a progressive file are removed first. The image takes ownership of the remaining
 * bytes. */
static int load_jpeg(void *buffer, gsize size, const LoadOptions *options, VipsFailOn fail_on,
                     VipsImage **ret_image)
{
    gsize short_size = 0;
    const guint shrink = options->jpeg_shrink;
    guint8 *extract = NULL;
    VipsBlob *blob;
    int result;

    if (shrink == DC_SCANS_SHRINK && !options->needs_all)
        extract = dc_scans_extract(buffer, size, &short_size);
    if (extract == NULL)
        return vips_jpegload_buffer(buffer, size, ret_image, LOAD_COMMON, "shrink", (int)shrink, NULL);
    blob = vips_blob_new((VipsCallbackFn)vips_area_free_cb, extract, short_size);
    result = vips_call("jpegload_buffer", blob, ret_image, LOAD_COMMON, "shrink", (int)shrink, NULL);
    vips_area_unref(VIPS_AREA(blob));
    return result;
}

/* Returns a copy of the image that owns its blobs (ENGINE_HEIF_BLOBS_DANGLE). Takes ownership of the
 * image. */
static VipsImage *own_blobs(VipsImage *image)
{
    VipsImage *out = NULL;
    g_auto(GStrv) names = NULL;

    if (vips_copy(image, &out, NULL) != 0)
        return step_done(image, out, -1);
    names = vips_image_get_fields(out);
    for (char **name = names; *name != NULL; name++) {
        const void *data;
        gsize size;

        if (vips_image_get_typeof(out, *name) == VIPS_TYPE_BLOB &&
            vips_image_get_blob(out, *name, &data, &size) == 0)
            vips_image_set_blob_copy(out, *name, data, size);
    }
    return step_done(image, out, 0);
}

/* Divides colours that are stored multiplied with alpha, which libvips reads as plain colours. */
static VipsImage *divide_by_alpha(VipsImage *image)
{
    const VipsBandFormat format = image->BandFmt;
    const double max_alpha = format == VIPS_FORMAT_USHORT ? 65535.0 : 255.0;
    VipsImage *out = NULL;
    int result = vips_unpremultiply(image, &out, "max_alpha", max_alpha, NULL);

    image = step_done(image, out, result);
    if (image == NULL)
        return NULL;
    out = NULL;
    result = vips_rint(image, &out, NULL);
    return step_cast(step_done(image, out, result), format);
}

/* Reduces a grey image to one band. libheif decodes it into three equal bands, to which its grey profile does
 * not apply. */
static VipsImage *drop_equal_bands(VipsImage *image)
{
    const gboolean is_deep = image->BandFmt == VIPS_FORMAT_USHORT;
    VipsImage *grey = NULL;
    VipsImage *alpha = NULL;
    VipsImage *out = NULL;
    int result = vips_extract_band(image, &grey, 0, NULL);

    if (result == 0 && image->Bands == 4) {
        result = vips_extract_band(image, &alpha, 3, NULL);
        if (result == 0)
            result = vips_bandjoin2(grey, alpha, &out, NULL);
        g_clear_object(&alpha);
        g_clear_object(&grey);
    } else {
        out = grey;
    }
    image = step_done(image, out, result);
    if (image != NULL)
        image->Type = is_deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
    return image;
}

/* libvips asserts that dimensions are below its limit (ENGINE_HEIF_SIZE_UNCHECKED). */
static gboolean check_heif(ImageFormat format, const void *bytes, gsize size, GError **error)
{
    const guint32 side = heif_tags_largest_side(bytes, size);

    if (side < (guint32)VIPS_MAX_COORD)
        return TRUE;
    error_set(error, ERROR_LIMIT, "%s too large: %u pixels a side", format_info(format)->name, side);
    return FALSE;
}

static int load_heif(void *buffer, gsize size, VipsFailOn fail_on, VipsImage **ret_image)
{
    VipsImage *image = NULL;

    if (vips_heifload_buffer(buffer, size, &image, LOAD_COMMON, NULL) != 0)
        return -1;
    image = own_blobs(image);
    if (image != NULL && vips_image_hasalpha(image) && heif_tags_is_premultiplied(buffer, size))
        image = divide_by_alpha(image);
    if (image != NULL && image->Bands >= 3 && heif_tags_is_grey(buffer, size))
        image = drop_equal_bands(image);
    *ret_image = image;
    return image != NULL ? 0 : -1;
}

/* With VIPS_FAIL_ON_ERROR, damaged data makes decoding fail at the first damaged line; mere warnings of a
 * decoder do not. */
static VipsFailOn fail_on_of(const LoadOptions *options)
{
    return options->accept_truncated ? VIPS_FAIL_ON_NONE : VIPS_FAIL_ON_ERROR;
}

VipsImage *load_image(ImageFormat format, const void *bytes, gsize size, const LoadOptions *options,
                      GError **error)
{
    void *buffer = (void *)(guintptr)bytes; /* libvips only reads from it, but its prototypes lack the
                                             * const */
    const VipsFailOn fail_on = fail_on_of(options);
    VipsImage *image = NULL;
    int result = -1;

    switch (format) {
    case FORMAT_JPEG: result = load_jpeg(buffer, size, options, fail_on, &image); break;
    case FORMAT_PNG: result = vips_pngload_buffer(buffer, size, &image, LOAD_COMMON, NULL); break;
    case FORMAT_WEBP:
        result = vips_webpload_buffer(buffer, size, &image, LOAD_COMMON, "scale", options->webp_scale, "n",
                                      (int)options->frames, NULL);
        break;
    case FORMAT_GIF: return gif_load(bytes, size, options->frames, fail_on, error);
    case FORMAT_TIFF:
        image = tiff_load(bytes, size, options->tiff_level, fail_on, error);
        if (image == NULL)
            return NULL;
        result = 0;
        break;
    case FORMAT_HEIC:
    case FORMAT_AVIF:
        if (!check_heif(format, bytes, size, error))
            return NULL;
        result = load_heif(buffer, size, fail_on, &image);
        break;
    case FORMAT_SOURCE: g_assert_not_reached();
    }
    if (result != 0) {
        load_take_error(format, error);
        g_clear_object(&image);
        return NULL;
    }
    tagged_profile_attach(image, format, bytes, size);
    return image;
}

gboolean load_check(ImageFormat format, const void *bytes, gsize size, const LoadOptions *options,
                    GError **error)
{
    return format != FORMAT_TIFF || tiff_check(bytes, size, options->tiff_level, fail_on_of(options), error);
}

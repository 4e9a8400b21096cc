#include "imaging/probe.h"

#include <string.h>
#include <vips/vips.h>

#include "base/error.h"
#include "imaging/gif.h"
#include "imaging/jpeg_scans.h"
#include "imaging/load.h"
#include "imaging/signature.h"
#include "imaging/tiff_tags.h"
#include "imaging/webp.h"

static guint info_orientation(VipsImage *image)
{
    int orientation = vips_image_get_orientation(image);

    return orientation >= 1 && orientation <= 8 ? (guint)orientation : 1;
}

static gboolean check(VipsImage *image, ImageFormat format, const void *bytes, gsize size, GError **error)
{
    if (image->Bands < 1 || image->Bands > PROBE_MAX_BANDS) {
        error_set(error, ERROR_INPUT, "%d bands are more than the %d of a picture", image->Bands,
                  PROBE_MAX_BANDS);
        return FALSE;
    }
    if (format == FORMAT_JPEG && jpeg_scans_exceed(bytes, size, PROBE_MAX_SCANS)) {
        error_set(error, ERROR_LIMIT, "a JPEG of more than %u scans", PROBE_MAX_SCANS);
        return FALSE;
    }
    return TRUE;
}

static gboolean is_420(VipsImage *image)
{
    const char *subsampling;

    return vips_image_get_typeof(image, "jpeg-chroma-subsample") != 0 &&
           vips_image_get_string(image, "jpeg-chroma-subsample", &subsampling) == 0 &&
           strcmp(subsampling, "4:2:0") == 0;
}

static gboolean is_multiscan(VipsImage *image)
{
    int value = 0;

    return vips_image_get_typeof(image, "interlaced") != 0 &&
           vips_image_get_int(image, "interlaced", &value) == 0 && value != 0;
}

static void info_layout(ImageInfo *info, VipsImage *image, const void *bytes, gsize size)
{
    info->sample_bytes = (guint)VIPS_IMAGE_SIZEOF_ELEMENT(image);
    info->is_multiscan = is_multiscan(image);
    info->is_420 = info->format == FORMAT_JPEG && is_420(image);
    info->is_lossless = info->format == FORMAT_WEBP && webp_is_lossless(bytes, size);
    if (info->format == FORMAT_TIFF && tiff_tag_get(bytes, size, TIFF_TILE_WIDTH, &info->tile_width))
        (void)tiff_tag_get(bytes, size, TIFF_TILE_LENGTH, &info->tile_height);
}

gboolean probe(const void *bytes, gsize size, ImageInfo *ret_info, GError **error)
{
    ImageFormat format;
    VipsImage *image;
    gboolean ok;

    if (!signature_check(bytes, size, &format, error))
        return FALSE;
    image = load_image(format, bytes, size, &LOAD_OPTIONS_PLAIN, error);
    if (image == NULL)
        return FALSE;

    ok = check(image, format, bytes, size, error);
    if (ok) {
        *ret_info = (ImageInfo){
            .format = format,
            .width = (guint32)image->Xsize,
            .height = (guint32)image->Ysize,
            .bands = (guint)image->Bands,
            .has_alpha = vips_image_hasalpha(image),
            .orientation = info_orientation(image),
            .pages = (guint)MAX(1, vips_image_get_n_pages(image)),
            .is_cmyk = vips_image_guess_interpretation(image) == VIPS_INTERPRETATION_CMYK,
            .is_cut_off = format == FORMAT_GIF && gif_is_cut_off(bytes, size),
            .icc = icc_judge(image),
        };
        info_layout(ret_info, image, bytes, size);
    }
    g_object_unref(image);
    return ok;
}

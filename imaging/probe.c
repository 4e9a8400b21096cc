#include "imaging/probe.h"

#include <string.h>
#include <vips/vips.h>

#include "base/error.h"
#include "imaging/formats/gif.h"
#include "imaging/formats/jpeg_scans.h"
#include "imaging/formats/signature.h"
#include "imaging/formats/tiff_pages.h"
#include "imaging/formats/webp.h"
#include "imaging/load.h"
#include "imaging/tagged_profile.h"

static guint info_orientation(VipsImage *image)
{
    int orientation = vips_image_get_orientation(image);

    return orientation >= 1 && orientation <= 8 ? (guint)orientation : 1;
}

/* The number of bands as stored. */
static guint count_bands(VipsImage *image, ImageFormat format, const void *bytes, gsize size)
{
    TiffFile file;

    if (format == FORMAT_TIFF && tiff_file_read(bytes, size, &file))
        return MAX((guint)image->Bands, file.page.samples);
    return (guint)image->Bands;
}

static gboolean check(VipsImage *image, ImageFormat format, const void *bytes, gsize size, GError **error)
{
    const guint n_bands = count_bands(image, format, bytes, size);

    if (n_bands < 1 || n_bands > PROBE_MAX_BANDS) {
        error_set(error, ERROR_INPUT, "%u bands, more than the %d of an image", n_bands, PROBE_MAX_BANDS);
        return FALSE;
    }
    if (format == FORMAT_JPEG && jpeg_scans_exceed(bytes, size, PROBE_MAX_SCANS)) {
        error_set(error, ERROR_LIMIT, "a JPEG with more than %u scans", PROBE_MAX_SCANS);
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

/* The decoder holds all samples of a pixel, as they are stored. */
static void info_tiff(ImageInfo *info, const void *bytes, gsize size)
{
    const guint bits_per_byte = 8;
    TiffFile file;

    if (!tiff_file_read(bytes, size, &file))
        return;
    info->tile_width = file.page.tile.width;
    info->tile_height = file.page.tile.height;
    info->bands = MAX(info->bands, file.page.samples);
    info->sample_bytes = MAX(info->sample_bytes, file.page.bits / bits_per_byte);
}

static void info_layout(ImageInfo *info, VipsImage *image, const void *bytes, gsize size)
{
    info->sample_bytes = (guint)VIPS_IMAGE_SIZEOF_ELEMENT(image);
    info->is_multiscan = is_multiscan(image);
    info->is_420 = info->format == FORMAT_JPEG && is_420(image);
    info->is_lossless = info->format == FORMAT_WEBP && webp_is_lossless(bytes, size);
    if (info->format == FORMAT_TIFF)
        info_tiff(info, bytes, size);
}

/* libwebp reports only that it cannot parse a file; the container's length tells whether the end is
 * missing. */
static VipsImage *open_image(ImageFormat format, const void *bytes, gsize size, GError **error)
{
    const guint64 announced = format == FORMAT_WEBP ? webp_announced_bytes(bytes, size) : 0;
    GError *reason = NULL;
    VipsImage *image = load_image(format, bytes, size, &LOAD_OPTIONS_PLAIN, &reason);

    if (image == NULL && announced > size && error_class(reason) == ERROR_INPUT) {
        g_clear_error(&reason);
        error_set(&reason, ERROR_INPUT,
                  "damaged webp: only %" G_GSIZE_FORMAT " of %" G_GUINT64_FORMAT " bytes are present", size,
                  announced);
    }
    if (reason != NULL)
        g_propagate_error(error, reason);
    return image;
}

gboolean probe(const void *bytes, gsize size, ImageInfo *ret_info, GError **error)
{
    ImageFormat format;
    VipsImage *image;
    gboolean ok;

    if (!signature_check(bytes, size, &format, error))
        return FALSE;
    image = open_image(format, bytes, size, error);
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
            .sequence = sequence_find(format, bytes, size),
            .is_cmyk = vips_image_guess_interpretation(image) == VIPS_INTERPRETATION_CMYK,
            .is_hdr = tagged_profile_is_hdr(image),
            .is_cut_off = format == FORMAT_GIF && gif_is_cut_off(bytes, size),
            .icc = icc_judge(image),
        };
        info_layout(ret_info, image, bytes, size);
    }
    g_object_unref(image);
    return ok;
}

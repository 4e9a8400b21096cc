#include "imaging/probe.h"

#include <vips/vips.h>

#include "base/error.h"
#include "imaging/gif.h"
#include "imaging/jpeg_scans.h"
#include "imaging/load.h"
#include "imaging/signature.h"

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
    if (ok)
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
    g_object_unref(image);
    return ok;
}

#include "imaging/probe.h"

#include <vips/vips.h>

#include "base/error.h"
#include "imaging/load.h"

static guint info_orientation(VipsImage *image)
{
    int orientation = vips_image_get_orientation(image);

    return orientation >= 1 && orientation <= 8 ? (guint)orientation : 1;
}

gboolean probe(const void *bytes, gsize size, ImageInfo *ret_info, GError **error)
{
    ImageFormat format;
    VipsImage *image;
    gboolean ok;

    if (size == 0) {
        error_set(error, ERROR_INPUT, "empty object");
        return FALSE;
    }
    if (!load_detect(bytes, size, &format)) {
        error_set(error, ERROR_INPUT, "not an image of a supported format (JPEG, PNG, WebP, GIF, TIFF)");
        return FALSE;
    }
    image = load_image(format, bytes, size, NULL, error);
    if (image == NULL)
        return FALSE;

    ok = image->Bands >= 1 && image->Bands <= PROBE_MAX_BANDS;
    if (ok)
        *ret_info = (ImageInfo){
            .format = format,
            .width = (guint32)image->Xsize,
            .height = (guint32)image->Ysize,
            .bands = (guint)image->Bands,
            .has_alpha = vips_image_hasalpha(image),
            .orientation = info_orientation(image),
            .pages = (guint)MAX(1, vips_image_get_n_pages(image)),
        };
    else
        error_set(error, ERROR_INPUT, "%d bands are more than the %d of a picture", image->Bands,
                  PROBE_MAX_BANDS);
    g_object_unref(image);
    return ok;
}

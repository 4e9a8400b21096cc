#include "luma.h"

#include "ssim.h"

gboolean luma_take(VipsImage *image, Luma *ret_luma)
{
    gsize size = 0;
    const gsize n_bands = (gsize)image->Bands;
    const gboolean is_plain = image->BandFmt == VIPS_FORMAT_UCHAR;
    g_autofree guint8 *values = vips_image_write_to_memory(image, &size);
    Luma luma = {.width = (gsize)image->Xsize, .height = (gsize)image->Ysize};

    g_object_unref(image);
    if (values == NULL || !is_plain)
        return FALSE;
    luma.values = g_new(double, luma.width *luma.height);
    for (gsize i = 0; i < luma.width * luma.height; i++) {
        const guint8 *at = values + i * n_bands;

        luma.values[i] = n_bands < 3 ? at[0] : 0.299 * at[0] + 0.587 * at[1] + 0.114 * at[2];
    }
    *ret_luma = luma;
    return TRUE;
}

void luma_clear(Luma *luma)
{
    g_clear_pointer(&luma->values, g_free);
}

double luma_ssim(const Luma *a, const Luma *b)
{
    return ssim(a->values, b->values, a->width, a->height);
}

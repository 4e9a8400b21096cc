#include "imaging/warm_up.h"

#include <vips/vips.h>

#include "base/error.h"
#include "imaging/engine.h"
#include "imaging/render.h"

/* The smallest GIF, of one white pixel. Encoding one with libvips would take longer than all the rest of the
 * warm-up. */
static const guint8 tiny_gif[] = {
    'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 0xff, 0xff, 0xff, 0,   0,
    0,   ',', 0,   0,   0,   0,   1, 0, 1, 0, 0,    2, 2, 0x44, 1,    0,    ';',
};

/* Encodes a colourful image, with an alpha band if the format can hold one. suffix names the format. */
static gboolean sample_write(const char *suffix, void **ret_bytes, gsize *ret_size)
{
    VipsImage *image = NULL;
    VipsImage *colour = NULL;
    VipsImage *cast = NULL;
    gboolean ok;

    ok = vips_xyz(&image, 128, 96, NULL) == 0 &&
         vips_bandjoin((VipsImage *[]){image, image}, &colour, 2, NULL) == 0 &&
         vips_cast(colour, &cast, VIPS_FORMAT_UCHAR, NULL) == 0 &&
         vips_image_write_to_buffer(cast, suffix, ret_bytes, ret_size, NULL) == 0;
    g_clear_object(&image);
    g_clear_object(&colour);
    g_clear_object(&cast);
    return ok;
}

/* Renders one output that is only reduced, one that is also cropped, and one of each usual format. The
 * encoders of AVIF and GIF are left out: they take longer than all the rest, and need no resources outside
 * the sandbox at their first use. */
static gboolean sample_render(const void *bytes, gsize size, GError **error)
{
    static const Recipe recipes[] = {
        {.width = 100, .height = 100, .fit = FIT_INSIDE, .format = FORMAT_JPEG, .quality = 80},
        {.width = 40, .height = 40, .fit = FIT_COVER, .format = FORMAT_WEBP, .quality = 80},
        {.width = 20, .height = 20, .fit = FIT_INSIDE, .format = FORMAT_PNG, .quality = 80},
    };
    const RenderLimits limits = {.max_pixels = 1 << 20, .max_output_bytes = 1 << 20};
    g_autoptr(RenderResult) result = render(bytes, size, recipes, G_N_ELEMENTS(recipes), &limits, error);

    return result != NULL;
}

gboolean engine_warm_up(GError **error)
{
    static const char *const suffixes[] = {".jpg", ".png", ".webp", ".tif"};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree void *bytes = NULL;
        gsize size = 0;

        if (!sample_write(suffixes[i], &bytes, &size)) {
            engine_take_error(ERROR_INTERNAL, "warming up", error);
            return FALSE;
        }
        if (!sample_render(bytes, size, error))
            return FALSE;
    }
    return sample_render(tiny_gif, sizeof tiny_gif, error);
}

#include "samples.h"

#include <stdio.h>

static void die(const char *where)
{
    fprintf(stderr, "sample %s: %s\n", where, vips_error_buffer());
    abort();
}

VipsImage *sample_plain(int width, int height, const double *colour, int n_bands)
{
    VipsImage *black = NULL;
    VipsImage *linear = NULL;
    VipsImage *image = NULL;
    const double zero[] = {1.0, 1.0, 1.0, 1.0};

    if (vips_black(&black, width, height, "bands", n_bands, NULL) != 0 ||
        vips_linear(black, &linear, zero, colour, n_bands, NULL) != 0 ||
        vips_cast(linear, &image, VIPS_FORMAT_UCHAR, NULL) != 0)
        die("plain");
    image->Type = n_bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    g_object_unref(black);
    g_object_unref(linear);
    return image;
}

VipsImage *sample_quarters(int width, int height)
{
    static const double colours[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
    int left = width / 2;
    int top = height / 2;
    VipsImage *image = sample_plain(width, height, colours[3], 3);

    for (int i = 0; i < 3; i++) {
        int x = i % 2 == 0 ? 0 : left;
        int y = i / 2 == 0 ? 0 : top;
        VipsImage *part =
            sample_plain(x == 0 ? left : width - left, y == 0 ? top : height - top, colours[i], 3);
        VipsImage *out = NULL;

        if (vips_insert(image, part, &out, x, y, NULL) != 0)
            die("quarters");
        g_object_unref(part);
        g_object_unref(image);
        image = out;
    }
    image->Type = VIPS_INTERPRETATION_sRGB;
    return image;
}

VipsImage *sample_noise(int width, int height, int seed)
{
    VipsImage *bands[3];
    VipsImage *joined = NULL;
    VipsImage *image = NULL;

    for (int i = 0; i < 3; i++)
        if (vips_gaussnoise(&bands[i], width, height, "seed", seed + i, "mean", 128.0, "sigma", 40.0, NULL) !=
            0)
            die("noise");
    if (vips_bandjoin(bands, &joined, 3, NULL) != 0 ||
        vips_cast(joined, &image, VIPS_FORMAT_UCHAR, NULL) != 0)
        die("noise");
    image->Type = VIPS_INTERPRETATION_sRGB;
    for (int i = 0; i < 3; i++)
        g_object_unref(bands[i]);
    g_object_unref(joined);
    return image;
}

VipsImage *sample_16_bits(VipsImage *image)
{
    const VipsInterpretation type = image->Type == VIPS_INTERPRETATION_CMYK ? VIPS_INTERPRETATION_CMYK
                                    : image->Bands < 3                      ? VIPS_INTERPRETATION_GREY16
                                                                            : VIPS_INTERPRETATION_RGB16;
    VipsImage *wide = NULL;
    VipsImage *out = NULL;

    if (vips_linear1(image, &wide, 257.0, 0.0, NULL) != 0 ||
        vips_cast(wide, &out, VIPS_FORMAT_USHORT, NULL) != 0)
        die("16 bits");
    out->Type = type;
    g_object_unref(image);
    g_object_unref(wide);
    return out;
}

GBytes *sample_save(VipsImage *image, const char *suffix)
{
    void *bytes = NULL;
    gsize size = 0;

    if (vips_image_write_to_buffer(image, suffix, &bytes, &size, NULL) != 0)
        die(suffix);
    g_object_unref(image);
    return g_bytes_new_take(bytes, size);
}

VipsImage *sample_decode(const Rendition *rendition)
{
    VipsImage *image =
        vips_image_new_from_buffer(blob_data(rendition->blob), blob_size(rendition->blob), "", NULL);

    if (image == NULL)
        die("decode");
    return image;
}

static Pixel pixel_of(const double *values, int n)
{
    if (n < 3)
        return (Pixel){(int)values[0], (int)values[0], (int)values[0], n == 2 ? (int)values[1] : 255};
    return (Pixel){(int)values[0], (int)values[1], (int)values[2], n == 4 ? (int)values[3] : 255};
}

Pixel sample_pixel(const Rendition *rendition, int x, int y)
{
    VipsImage *image = sample_decode(rendition);
    double *values = NULL;
    int n = 0;
    Pixel pixel;

    if (vips_getpoint(image, &values, &n, x, y, NULL) != 0)
        die("pixel");
    pixel = pixel_of(values, n);
    g_free(values);
    g_object_unref(image);
    return pixel;
}

Pixel sample_area(VipsImage *image, int x, int y, int side)
{
    VipsImage *part = NULL;
    double values[4];
    int n = image->Bands;

    if (vips_crop(image, &part, x - side / 2, y - side / 2, side, side, NULL) != 0)
        die("area");
    for (int band = 0; band < n; band++) {
        VipsImage *one = NULL;

        if (vips_extract_band(part, &one, band, NULL) != 0 || vips_avg(one, &values[band], NULL) != 0)
            die("area");
        values[band] += 0.5;
        g_object_unref(one);
    }
    g_object_unref(part);
    return pixel_of(values, n);
}

gboolean pixel_is_near(Pixel pixel, int red, int green, int blue, int tolerance)
{
    return ABS(pixel.red - red) <= tolerance && ABS(pixel.green - green) <= tolerance &&
           ABS(pixel.blue - blue) <= tolerance;
}

RenderResult *sample_render_all(GBytes *bytes, const Recipe *recipes, guint n_recipes, GError **error)
{
    const RenderLimits limits = {.max_pixels = 100000000, .max_output_bytes = 100000000};
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    return render(data, size, recipes, n_recipes, &limits, error);
}

Rendition *sample_render_recipe(GBytes *bytes, const Recipe *recipe, GError **error)
{
    g_autoptr(RenderResult) result = sample_render_all(bytes, recipe, 1, error);
    Rendition *rendition;

    if (result == NULL)
        return NULL;
    rendition = g_ptr_array_steal_index(result->renditions, 0);
    if (rendition->error == NULL)
        return rendition;
    g_propagate_error(error, g_steal_pointer(&rendition->error));
    rendition_free(rendition);
    return NULL;
}

Rendition *sample_render(GBytes *bytes, Fit fit, guint32 width, guint32 height, ImageFormat format,
                         GError **error)
{
    const Recipe recipe = {.width = width,
                           .height = height,
                           .fit = fit,
                           .background = RECIPE_WHITE,
                           .format = format,
                           .quality = 95};

    return sample_render_recipe(bytes, &recipe, error);
}

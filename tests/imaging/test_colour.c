#include <criterion/criterion.h>
#include <string.h>

#include "imaging/engine.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(colour, .init = setup);

static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP};

/* Tests a pixel in the middle, in every format, at full size and reduced. Takes ownership of bytes. */
static void expect_pixel(GBytes *bytes, int red, int green, int blue, int tolerance)
{
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++)
        for (guint32 side = 20; side <= 100; side += 80) {
            GError *error = NULL;
            Rendition *rendition = sample_render(bytes, FIT_INSIDE, side, side, formats[i], &error);
            Pixel pixel;

            cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
            pixel = sample_pixel(rendition, (int)side / 2, (int)side / 2);
            cr_expect(pixel_is_near(pixel, red, green, blue, tolerance),
                      "format %d, side %u: %d %d %d, not %d %d %d", (int)formats[i], side, pixel.red,
                      pixel.green, pixel.blue, red, green, blue);
            rendition_free(rendition);
        }
    g_bytes_unref(bytes);
}

static VipsImage *converted(VipsImage *image, VipsInterpretation space)
{
    VipsImage *out = NULL;

    cr_assert_eq(vips_colourspace(image, &out, space, NULL), 0, "%s", vips_error_buffer());
    g_object_unref(image);
    return out;
}

static const double orange[] = {220, 120, 40, 255};

Test(colour, plain_rgb)
{
    expect_pixel(sample_save(sample_plain(100, 100, orange, 3), ".png"), 220, 120, 40, 4);
    expect_pixel(sample_save(sample_plain(100, 100, orange, 3), ".jpg[Q=95]"), 220, 120, 40, 6);
    expect_pixel(sample_save(sample_plain(100, 100, orange, 3), ".webp[lossless]"), 220, 120, 40, 4);
    expect_pixel(sample_save(sample_plain(100, 100, orange, 3), ".tif"), 220, 120, 40, 4);
    expect_pixel(sample_save(sample_plain(100, 100, orange, 3), ".gif"), 220, 120, 40, 4);
}

Test(colour, grey)
{
    static const double grey[] = {77, 255};

    expect_pixel(sample_save(sample_plain(100, 100, grey, 1), ".jpg[Q=95]"), 77, 77, 77, 3);
    expect_pixel(sample_save(sample_plain(100, 100, grey, 1), ".png"), 77, 77, 77, 3);
    expect_pixel(sample_save(sample_plain(100, 100, grey, 2), ".png"), 77, 77, 77, 3);
    expect_pixel(sample_save(sample_plain(100, 100, grey, 1), ".tif"), 77, 77, 77, 3);
}

Test(colour, sixteen_bits)
{
    expect_pixel(sample_save(converted(sample_plain(100, 100, orange, 3), VIPS_INTERPRETATION_RGB16), ".png"),
                 220, 120, 40, 4);
    expect_pixel(sample_save(converted(sample_plain(100, 100, orange, 4), VIPS_INTERPRETATION_RGB16), ".png"),
                 220, 120, 40, 4);
    expect_pixel(
        sample_save(converted(sample_plain(100, 100, orange, 1), VIPS_INTERPRETATION_GREY16), ".png"), 220,
        220, 220, 4);
    expect_pixel(sample_save(converted(sample_plain(100, 100, orange, 3), VIPS_INTERPRETATION_RGB16), ".tif"),
                 220, 120, 40, 4);
}

Test(colour, sixteen_bit_alpha)
{
    static const double half[] = {0, 0, 0, 128};
    g_autoptr(GBytes) bytes =
        sample_save(converted(sample_plain(100, 100, half, 4), VIPS_INTERPRETATION_RGB16), ".png");
    Rendition *rendition = sample_render(bytes, FIT_INSIDE, 50, 50, FORMAT_PNG, NULL);

    cr_expect(ABS(sample_pixel(rendition, 25, 25).alpha - 128) <= 1);
    rendition_free(rendition);
    rendition = sample_render(bytes, FIT_INSIDE, 50, 50, FORMAT_JPEG, NULL);
    cr_expect(pixel_is_near(sample_pixel(rendition, 25, 25), 127, 127, 127, 3));
    rendition_free(rendition);
}

Test(colour, lab_and_float_tiff)
{
    expect_pixel(sample_save(converted(sample_plain(100, 100, orange, 3), VIPS_INTERPRETATION_LAB), ".tif"),
                 220, 120, 40, 5);
    expect_pixel(sample_save(converted(sample_plain(100, 100, orange, 3), VIPS_INTERPRETATION_scRGB), ".tif"),
                 220, 120, 40, 5);
}

static int count_colours(int index)
{
    return index == 1 ? 4 : 3;
}

Test(colour, palette_png)
{
    expect_pixel(sample_save(sample_plain(100, 100, orange, count_colours(0)), ".png[palette]"), 220, 120, 40,
                 4);
    expect_pixel(sample_save(sample_plain(100, 100, orange, count_colours(1)), ".png[palette,bitdepth=4]"),
                 220, 120, 40, 4);
}

/* libvips' own CMYK profile is a printer's: colours come back similar, not equal. */
Test(colour, cmyk)
{
    static const double white[] = {255, 255, 255};

    expect_pixel(
        sample_save(converted(sample_plain(100, 100, orange, 3), VIPS_INTERPRETATION_CMYK), ".jpg[Q=95]"),
        220, 120, 40, 25);
    expect_pixel(
        sample_save(converted(sample_plain(100, 100, white, 3), VIPS_INTERPRETATION_CMYK), ".jpg[Q=95]"), 255,
        255, 255, 8);
    expect_pixel(sample_save(converted(sample_plain(100, 100, orange, 3), VIPS_INTERPRETATION_CMYK), ".tif"),
                 220, 120, 40, 25);
}

/* Display P3 (libvips' built-in "p3") changes the numbers, and applying it restores them. */
Test(colour, profile_is_applied)
{
    VipsImage *image = sample_plain(100, 100, orange, 3);
    VipsImage *p3 = NULL;
    double *values = NULL;
    int n = 0;

    cr_assert_eq(vips_icc_transform(image, &p3, "p3", "input_profile", "srgb", NULL), 0);
    g_object_unref(image);
    cr_assert_eq(vips_getpoint(p3, &values, &n, 50, 50, NULL), 0);
    cr_assert(ABS(values[0] - 220) > 6, "the sample must differ: %f", values[0]);
    g_free(values);
    expect_pixel(sample_save(p3, ".jpg[Q=95,subsample-mode=off]"), 220, 120, 40, 6);
}

/* Most photographs have an sRGB profile. It changes nothing, whether skipped or applied. */
Test(colour, srgb_profile_changes_nothing)
{
    VipsImage *image = sample_plain(100, 100, orange, 3);
    VipsImage *out = NULL;

    cr_assert_eq(vips_icc_transform(image, &out, "srgb", "input_profile", "srgb", NULL), 0);
    g_object_unref(image);
    expect_pixel(sample_save(out, ".png"), 220, 120, 40, 4);
}

static GBytes *with_profile(VipsImage *image, const void *profile, gsize size, const char *suffix)
{
    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, profile, size);
    return sample_save(image, suffix);
}

Test(colour, broken_profile_is_ignored)
{
    static const char junk[4000] = "this is no profile at all";
    static const char *const suffixes[] = {".jpg[Q=95]", ".tif", ".webp[lossless]"};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        expect_pixel(with_profile(sample_plain(100, 100, orange, 3), junk, sizeof junk, suffixes[i]), 220,
                     120, 40, 6);
        expect_pixel(with_profile(sample_plain(100, 100, orange, 3), junk, 3, suffixes[i]), 220, 120, 40, 6);
    }
    expect_pixel(with_profile(converted(sample_plain(100, 100, orange, 3), VIPS_INTERPRETATION_CMYK), junk,
                              900, ".jpg[Q=95]"),
                 220, 120, 40, 25);
}

Test(colour, truncated_and_foreign_profiles_are_ignored)
{
    VipsBlob *profile = NULL;
    const void *bytes;
    gsize size;

    cr_assert_eq(vips_profile_load("p3", &profile, NULL), 0);
    bytes = vips_blob_get(profile, &size);
    expect_pixel(with_profile(sample_plain(100, 100, orange, 3), bytes, size / 2, ".tif"), 220, 120, 40, 30);
    expect_pixel(with_profile(sample_plain(100, 100, orange, 3), bytes, 131, ".tif"), 220, 120, 40, 6);
    vips_area_unref(VIPS_AREA(profile));
    cr_assert_eq(vips_profile_load("cmyk", &profile, NULL), 0);
    bytes = vips_blob_get(profile, &size);
    expect_pixel(with_profile(sample_plain(100, 100, orange, 3), bytes, size, ".tif"), 220, 120, 40, 6);
    expect_pixel(with_profile(sample_plain(100, 100, orange, 1), bytes, size, ".tif"), 220, 220, 220, 6);
    vips_area_unref(VIPS_AREA(profile));
}

/* Profiles with a valid header whose tables have wrong sizes and offsets, at every edge. */
Test(colour, lying_profile_tables_are_survived)
{
    guint8 profile[200] = {0};

    memcpy(profile + 16, "RGB ", 4);
    for (guint n_tags = 0; n_tags < 300; n_tags += 99)
        for (guint offset = 0; offset < 300; offset += 23) {
            profile[130] = (guint8)(n_tags >> 8);
            profile[131] = (guint8)n_tags;
            memcpy(profile + 132, "desc", 4);
            profile[138] = (guint8)(offset >> 8);
            profile[139] = (guint8)offset;
            expect_pixel(with_profile(sample_plain(100, 100, orange, 3), profile, sizeof profile, ".tif"),
                         220, 120, 40, 6);
        }
}

Test(colour, alpha_is_kept_or_flattened_on_white)
{
    static const double clear[] = {0, 0, 0, 0};
    static const double half[] = {255, 0, 0, 128};
    g_autoptr(GBytes) empty = sample_save(sample_plain(100, 100, clear, 4), ".png");
    g_autoptr(GBytes) pink = sample_save(sample_plain(100, 100, half, 4), ".png");
    Rendition *rendition;

    rendition = sample_render(empty, FIT_INSIDE, 50, 50, FORMAT_JPEG, NULL);
    cr_expect(pixel_is_near(sample_pixel(rendition, 25, 25), 255, 255, 255, 1));
    rendition_free(rendition);
    rendition = sample_render(pink, FIT_INSIDE, 50, 50, FORMAT_JPEG, NULL);
    cr_expect(pixel_is_near(sample_pixel(rendition, 25, 25), 255, 127, 127, 4));
    rendition_free(rendition);
    for (guint i = 1; i < G_N_ELEMENTS(formats); i++) {
        rendition = sample_render(empty, FIT_INSIDE, 50, 50, formats[i], NULL);
        cr_expect_eq(sample_pixel(rendition, 25, 25).alpha, 0);
        rendition_free(rendition);
        rendition = sample_render(pink, FIT_COVER, 50, 40, formats[i], NULL);
        cr_expect(ABS(sample_pixel(rendition, 25, 25).alpha - 128) <= 1);
        cr_expect(pixel_is_near(sample_pixel(rendition, 25, 25), 255, 0, 0, 4));
        rendition_free(rendition);
    }
}

/* Both kinds of output from one source: one flattens what the other keeps. */
Test(colour, alpha_of_mixed_outputs)
{
    static const double half[] = {255, 0, 0, 128};
    const Recipe recipes[] = {
        {.width = 80,
         .height = 80,
         .fit = FIT_INSIDE,
         .background = RECIPE_WHITE,
         .format = FORMAT_JPEG,
         .quality = 90},
        {.width = 40, .height = 40, .fit = FIT_INSIDE, .format = FORMAT_PNG, .quality = 90},
        {.width = 10,
         .height = 10,
         .fit = FIT_COVER,
         .background = RECIPE_WHITE,
         .format = FORMAT_JPEG,
         .quality = 90},
    };
    const RenderLimits limits = {.max_pixels = 100000, .max_output_bytes = 100000};
    g_autoptr(GBytes) pink = sample_save(sample_plain(100, 100, half, 4), ".png");
    g_autoptr(RenderResult) result =
        render(g_bytes_get_data(pink, NULL), g_bytes_get_size(pink), recipes, 3, &limits, NULL);

    cr_assert_not_null(result);
    cr_expect(
        pixel_is_near(sample_pixel(g_ptr_array_index(result->renditions, 0), 40, 40), 255, 127, 127, 4));
    cr_expect(ABS(sample_pixel(g_ptr_array_index(result->renditions, 1), 20, 20).alpha - 128) <= 1);
    cr_expect(pixel_is_near(sample_pixel(g_ptr_array_index(result->renditions, 1), 20, 20), 255, 0, 0, 4));
    cr_expect(pixel_is_near(sample_pixel(g_ptr_array_index(result->renditions, 2), 5, 5), 255, 127, 127, 4));
}

/* Transparent green next to opaque red must not tint the edge: averaging is premultiplied. */
Test(colour, transparent_colours_do_not_bleed)
{
    static const double red[] = {255, 0, 0, 255};
    static const double green[] = {0, 255, 0, 0};
    VipsImage *halves[] = {sample_plain(51, 100, red, 4), sample_plain(51, 100, green, 4)};
    VipsImage *joined = NULL;
    g_autoptr(GBytes) bytes = NULL;
    Rendition *rendition;

    cr_assert_eq(vips_arrayjoin(halves, &joined, 2, NULL), 0);
    g_object_unref(halves[0]);
    g_object_unref(halves[1]);
    bytes = sample_save(joined, ".png");
    rendition = sample_render(bytes, FIT_INSIDE, 17, 17, FORMAT_PNG, NULL);
    for (int x = 0; x < 17; x++) {
        Pixel pixel = sample_pixel(rendition, x, 8);

        cr_expect(pixel.alpha < 8 || pixel.green < 20, "x %d: %d %d %d %d", x, pixel.red, pixel.green,
                  pixel.blue, pixel.alpha);
    }
    rendition_free(rendition);
}

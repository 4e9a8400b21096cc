#include <criterion/criterion.h>

#include "imaging/engine.h"
#include "profiles.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(intent, .init = setup);

static void check(GBytes *profile, const double *colour, int red, int green, int blue, int tolerance)
{
    VipsImage *image = sample_plain(64, 64, colour, 3);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(Rendition) rendition = NULL;
    Pixel pixel;

    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, g_bytes_get_data(profile, NULL),
                             g_bytes_get_size(profile));
    bytes = sample_save(image, ".png");
    rendition = sample_render(bytes, FIT_INSIDE, 32, 32, FORMAT_PNG, NULL);
    cr_assert_not_null(rendition);
    pixel = sample_pixel(rendition, 16, 16);
    cr_expect(pixel_is_near(pixel, red, green, blue, tolerance), "%d %d %d, not %d %d %d", pixel.red,
              pixel.green, pixel.blue, red, green, blue);
}

/* The values are those of Chromium 156 for the same profiles: the perceptual table, else the relative one,
 * and no black point compensation. */
Test(intent, is_perceptual)
{
    static const struct {
        Table perceptual, relative;
        int red, green, blue;
        int black;
    } cases[] = {
        {TABLE_PLAIN, TABLE_NONE, 221, 57, 131, 0},    {TABLE_PLAIN, TABLE_SWAPPED, 221, 57, 131, 0},
        {TABLE_SWAPPED, TABLE_PLAIN, 57, 221, 131, 0}, {TABLE_NONE, TABLE_SWAPPED, 57, 221, 131, 0},
        {TABLE_LIFTED, TABLE_PLAIN, 221, 60, 132, 11}, {TABLE_PLAIN, TABLE_LIFTED, 221, 57, 131, 0},
    };
    static const double colour[] = {220, 60, 130};
    static const double black[] = {0, 0, 0};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) profile = profile_of_tables(cases[i].perceptual, cases[i].relative);

        check(profile, colour, cases[i].red, cases[i].green, cases[i].blue, 1);
        check(profile, black, cases[i].black, cases[i].black, cases[i].black, 1);
    }
}

/* With the relative intent these were all green. lcms applies the profile through a table of 33 colours a
 * side, which is wrong by up to 20 in a band that is nearly empty. */
Test(intent, xyb_is_not_green)
{
    static const int colours[][3] = {{51, 51, 51},   {153, 153, 153}, {255, 255, 255}, {220, 60, 130},
                                     {60, 130, 220}, {220, 220, 60},  {130, 60, 60}};
    g_autoptr(GBytes) profile = profile_xyb();

    for (guint i = 0; i < G_N_ELEMENTS(colours); i++) {
        const int *rgb = colours[i];
        double xyb[3];

        profile_to_xyb(rgb, xyb);
        check(profile, xyb, rgb[0], rgb[1], rgb[2], 6);
    }
}

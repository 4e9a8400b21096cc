#include <criterion/criterion.h>
#include <string.h>

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
 * side, which is off by up to 20 in a band that is almost empty. */
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

/* libvips does not write such a profile, so it is inserted behind the file's first marker (ICC.1, B.4). */
static GBytes *grey_jpeg(int value, const void *profile, gsize size)
{
    static const guint8 header[] = "ICC_PROFILE\0\1\1";
    const double grey[] = {value};
    g_autoptr(GBytes) plain = sample_save(sample_plain(64, 64, grey, 1), ".jpg[Q=100]");
    const guint8 *bytes = g_bytes_get_data(plain, NULL);
    const guint16 length = GUINT16_TO_BE((guint16)(2 + sizeof header - 1 + size));
    GByteArray *out = g_byte_array_new();

    g_byte_array_append(out, bytes, 2);
    g_byte_array_append(out, (const guint8 *)"\xff\xe2", 2);
    g_byte_array_append(out, (const guint8 *)&length, sizeof length);
    g_byte_array_append(out, header, sizeof header - 1);
    g_byte_array_append(out, profile, (guint)size);
    g_byte_array_append(out, bytes + 2, (guint)(g_bytes_get_size(plain) - 2));
    return g_byte_array_free_to_bytes(out);
}

/* The profile is written as a grey one, because of ENGINE_DROPS_UNFIT_PROFILES, and changed in the file. */
static GBytes *grey_tiff(int value, const void *profile, gsize size)
{
    const gsize space_at = 16;
    const double grey[] = {value};
    VipsImage *image = sample_plain(64, 64, grey, 1);
    g_autofree guint8 *disguised = g_memdup2(profile, size);
    g_autoptr(GBytes) file = NULL;
    guint8 *bytes;

    memcpy(disguised + space_at, "GRAY", 4);
    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, disguised, size);
    file = sample_save(image, ".tif");
    bytes = g_memdup2(g_bytes_get_data(file, NULL), g_bytes_get_size(file));
    memcpy(memmem(bytes, g_bytes_get_size(file), disguised, size), profile, size);
    return g_bytes_new_take(bytes, g_bytes_get_size(file));
}

static void check_grey_file(GBytes *bytes, int value, int expected)
{
    static const Profile wanted[] = {PROFILE_SRGB, PROFILE_KEEP, PROFILE_P3};

    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const Recipe recipe = {.width = 32, .format = FORMAT_PNG, .profile = wanted[i]};
        g_autoptr(RenderResult) result = sample_render_all(bytes, &recipe, 1, NULL);
        g_autoptr(GBytes) made = NULL;
        g_autoptr(Rendition) seen = NULL;
        const Rendition *rendition;
        Pixel pixel;

        cr_assert_not_null(result);
        cr_expect_eq(result->warnings->len, 0);
        rendition = g_ptr_array_index(result->renditions, 0);
        made = g_bytes_new(blob_data(rendition->blob), blob_size(rendition->blob));
        seen = sample_render(made, FIT_INSIDE, 32, 32, FORMAT_PNG, NULL);
        pixel = sample_pixel(seen, 16, 16);
        cr_expect(pixel_is_near(pixel, expected, expected, expected, 2), "%d, profile %d: %d, not %d", value,
                  (int)wanted[i], pixel.red, expected);
    }
}

static void check_grey(const void *profile, gsize size, int value, int expected)
{
    g_autoptr(GBytes) jpeg = grey_jpeg(value, profile, size);
    g_autoptr(GBytes) tiff = grey_tiff(value, profile, size);

    check_grey_file(jpeg, value, expected);
    check_grey_file(tiff, value, expected);
}

/* Chromium 156 applies an RGB profile to a grey JPEG; an sRGB profile changes nothing and causes no
 * warning. */
Test(intent, of_a_grey_image_with_an_rgb_profile)
{
    g_autoptr(GBytes) gamma = profile_of_tables(TABLE_PLAIN, TABLE_NONE);
    g_autoptr(GBytes) relative = profile_of_tables(TABLE_NONE, TABLE_PLAIN);
    VipsBlob *srgb = NULL;

    check_grey(g_bytes_get_data(gamma, NULL), g_bytes_get_size(gamma), 51, 48);
    check_grey(g_bytes_get_data(gamma, NULL), g_bytes_get_size(gamma), 204, 205);
    check_grey(g_bytes_get_data(relative, NULL), g_bytes_get_size(relative), 51, 48);
    cr_assert_eq(vips_profile_load("srgb", &srgb, NULL), 0);
    check_grey(VIPS_AREA(srgb)->data, VIPS_AREA(srgb)->length, 51, 51);
    check_grey(VIPS_AREA(srgb)->data, VIPS_AREA(srgb)->length, 204, 204);
    vips_area_unref(VIPS_AREA(srgb));
}

/* Such profiles are dropped, with a warning. */
Test(intent, of_a_grey_image_with_a_broken_rgb_profile)
{
    g_autoptr(GBytes) good = profile_of_tables(TABLE_PLAIN, TABLE_NONE);
    const gsize size = g_bytes_get_size(good);

    for (gsize cut = 140; cut < size; cut += 100) {
        g_autoptr(GBytes) bytes = grey_jpeg(51, g_bytes_get_data(good, NULL), cut);
        const Recipe recipe = {.width = 32, .format = FORMAT_PNG};
        g_autoptr(RenderResult) result = sample_render_all(bytes, &recipe, 1, NULL);

        cr_assert_not_null(result);
        cr_expect(
            pixel_is_near(sample_pixel(g_ptr_array_index(result->renditions, 0), 16, 16), 51, 51, 51, 1));
        cr_expect_geq(result->warnings->len, 1);
    }
}

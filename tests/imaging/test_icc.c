#include <criterion/criterion.h>
#include <lcms2.h>
#include <string.h>

#include "imaging/engine.h"
#include "imaging/formats/icc_tags.h"
#include "imaging/icc.h"
#include "patches.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(icc, .init = setup);

static IccVerdict judge(int n_bands, const void *profile, gsize size)
{
    static const double colour[] = {10, 20, 30, 40};
    VipsImage *image = sample_plain(8, 8, colour, n_bands);
    IccVerdict verdict;

    if (n_bands == 4)
        image->Type = VIPS_INTERPRETATION_CMYK;
    if (profile != NULL)
        vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, profile, size);
    verdict = icc_judge(image);
    g_object_unref(image);
    cr_expect_str_empty(vips_error_buffer());
    return verdict;
}

static IccVerdict judge_space(int n_bands, Space space)
{
    g_autoptr(GBytes) profile = patches_profile(space);

    return judge(n_bands, g_bytes_get_data(profile, NULL), g_bytes_get_size(profile));
}

/* Asks twice: the second answer is cached. */
Test(icc, tells_profiles_apart_by_what_they_do)
{
    g_autoptr(GBytes) black = patches_black_profile();

    for (int i = 0; i < 2; i++) {
        cr_expect_eq(judge(3, NULL, 0), ICC_NONE);
        cr_expect_eq(judge_space(3, SPACE_P3), ICC_OTHER);
        cr_expect_eq(judge_space(3, SPACE_ADOBE_RGB), ICC_OTHER);
        cr_expect_eq(judge_space(4, SPACE_CMYK), ICC_OTHER);
        cr_expect_eq(judge(3, g_bytes_get_data(black, NULL), g_bytes_get_size(black)), ICC_BROKEN);
    }
}

/* libvips' own profile of version 2 with a table for its curve, and one of version 4 with a formula. */
Test(icc, srgb_by_any_other_name)
{
    cmsHPROFILE profile = cmsCreate_sRGBProfile();
    cmsUInt32Number size = 0;
    g_autofree void *bytes = NULL;
    VipsBlob *blob = NULL;

    cr_assert_eq(vips_profile_load("srgb", &blob, NULL), 0);
    cr_expect_eq(judge(3, VIPS_AREA(blob)->data, VIPS_AREA(blob)->length), ICC_SRGB);
    vips_area_unref(VIPS_AREA(blob));
    cr_assert(cmsSaveProfileToMem(profile, NULL, &size));
    bytes = g_malloc(size);
    cr_assert(cmsSaveProfileToMem(profile, bytes, &size));
    cmsCloseProfile(profile);
    cr_expect_eq(judge(3, bytes, size), ICC_SRGB);
}

/* The relative intent finds the perceptual table; a profile with only a relative table keeps it. */
Test(icc, tables_are_found_by_the_relative_intent)
{
    g_autoptr(GBytes) press = patches_profile(SPACE_CMYK);
    const gsize size = g_bytes_get_size(press);
    g_autofree guint8 *profile = g_memdup2(g_bytes_get_data(press, NULL), size);
    guint8 *tag = memmem(profile, size, "A2B0", 4);

    cr_assert_not_null(tag);
    cr_expect(icc_tags_swap_intents(profile, size));
    cr_expect_arr_eq(tag, "A2B1", 4);
    if (!icc_tags_has(profile, size, "A2B0"))
        cr_expect_not(icc_tags_swap_intents(profile, size));
    else
        cr_expect(icc_tags_swap_intents(profile, size));
    for (gsize cut = 0; cut < 132; cut++)
        cr_expect_not(icc_tags_swap_intents(profile, cut));
}

Test(icc, profiles_of_another_kind_of_image)
{
    cr_expect_eq(judge_space(1, SPACE_P3), ICC_BROKEN);
    cr_expect_eq(judge_space(4, SPACE_P3), ICC_BROKEN);
    cr_expect_eq(judge_space(3, SPACE_CMYK), ICC_BROKEN);
}

Test(icc, junk_of_any_length)
{
    g_autofree guint8 *junk = g_malloc0(4000);

    memcpy(junk + 16, "RGB ", 4);
    for (gsize size = 1; size <= 4000; size += size / 3 + 1)
        cr_expect_eq(judge(3, junk, size), ICC_BROKEN);
}

/* More profiles than are cached: each is still judged by itself. */
Test(icc, forgets)
{
    for (int i = 0; i < 40; i++) {
        g_autoptr(GBytes) good = patches_profile(SPACE_P3);
        g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(good, NULL), g_bytes_get_size(good));

        copy[80] = (guint8)i; /* profile creator */
        cr_expect_eq(judge(3, copy, g_bytes_get_size(good)), ICC_OTHER);
    }
    cr_expect_eq(judge_space(3, SPACE_ADOBE_RGB), ICC_OTHER);
}

/* It never makes pixels black, and there is a warning. */
Test(icc, black_profile_is_ignored_with_a_warning)
{
    g_autoptr(GBytes) black = patches_black_profile();
    VipsImage *image = patches_picture(SPACE_SRGB, 80, 60);
    const Recipe recipes[] = {
        {.width = 40, .format = FORMAT_PNG, .profile = PROFILE_SRGB},
        {.width = 40, .format = FORMAT_PNG, .profile = PROFILE_KEEP},
        {.width = 40, .format = FORMAT_PNG, .profile = PROFILE_P3},
    };
    g_autoptr(GBytes) source = NULL;
    g_autoptr(RenderResult) result = NULL;

    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, g_bytes_get_data(black, NULL),
                             g_bytes_get_size(black));
    source = sample_save(image, ".png");
    result = sample_render_all(source, recipes, G_N_ELEMENTS(recipes), NULL);
    cr_assert_not_null(result);
    for (guint i = 0; i < 2; i++) {
        Pixel pixel = sample_pixel(g_ptr_array_index(result->renditions, i), 8, 8);

        cr_expect_lt(pixel_delta_e(pixel, patch_colours[0]), 1.0);
    }
    cr_assert_eq(result->warnings->len, 1);
    cr_expect_str_eq(g_ptr_array_index(result->warnings, 0),
                     "the colour profile is damaged or does not match the image; ignored");
}

static gsize profile_size(const Rendition *rendition)
{
    VipsImage *image = sample_decode(rendition);
    const void *data;
    gsize size = 0;

    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0)
        cr_assert_eq(vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size), 0);
    g_object_unref(image);
    return size;
}

/* The colours that a viewer sees: those of the file, after its own profile. */
static Pixel seen(const Rendition *rendition)
{
    g_autoptr(GBytes) bytes = g_bytes_new(blob_data(rendition->blob), blob_size(rendition->blob));
    Rendition *plain = sample_render(bytes, FIT_INSIDE, 100, 100, FORMAT_PNG, NULL);
    Pixel pixel = sample_pixel(plain, 8, 8);

    rendition_free(plain);
    return pixel;
}

static void check_profiles(Space space, ImageFormat format, gboolean has_p3, gboolean keeps)
{
    const Recipe recipes[] = {
        {.width = 40, .format = format, .quality = 95, .profile = PROFILE_SRGB},
        {.width = 40, .format = format, .quality = 95, .profile = PROFILE_KEEP},
        {.width = 40, .format = format, .quality = 95, .profile = PROFILE_P3},
    };
    const Pixel expected = patches_expected(space, 0);
    g_autoptr(GBytes) source = sample_save(patches_picture(space, 80, 60), ".tif");
    g_autoptr(RenderResult) result = sample_render_all(source, recipes, G_N_ELEMENTS(recipes), NULL);

    cr_assert_not_null(result);
    cr_expect_eq(profile_size(g_ptr_array_index(result->renditions, 0)), 0);
    cr_expect_eq(profile_size(g_ptr_array_index(result->renditions, 1)) > 0, keeps, "space %d to %s", space,
                 format_info(format)->name);
    cr_expect_eq(profile_size(g_ptr_array_index(result->renditions, 2)) > 0, has_p3, "space %d to %s", space,
                 format_info(format)->name);
    for (guint i = 0; i < G_N_ELEMENTS(recipes); i++) {
        const Rendition *rendition = g_ptr_array_index(result->renditions, i);
        const double difference = pixel_delta_e(seen(rendition), expected);

        cr_expect_leq(difference, 2.5, "space %d to %s, profile %u: %f", space, format_info(format)->name, i,
                      difference);
    }
}

Test(icc, wanted_profiles)
{
    static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP, FORMAT_TIFF, FORMAT_AVIF};

    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        check_profiles(SPACE_ADOBE_RGB, formats[i], TRUE, TRUE);
        check_profiles(SPACE_SRGB, formats[i], TRUE, FALSE);
        check_profiles(SPACE_GREY, formats[i], TRUE, FALSE);
        check_profiles(SPACE_CMYK, formats[i], TRUE, FALSE);
    }
    check_profiles(SPACE_ADOBE_RGB, FORMAT_GIF, FALSE, FALSE);
}

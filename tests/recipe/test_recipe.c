#include <criterion/criterion.h>

#include "base/error.h"
#include "recipe/recipe.h"

static const Recipe sample = {.width = 1600,
                              .height = 900,
                              .fit = FIT_COVER,
                              .enlarge = TRUE,
                              .crop = CROP_ENTROPY,
                              .background = 0x123456,
                              .format = FORMAT_WEBP,
                              .quality = 77,
                              .effort = 9,
                              .lossless = TRUE,
                              .progressive = TRUE,
                              .subsampling = SUBSAMPLING_444,
                              .palette = TRUE,
                              .max_bytes = G_GUINT64_CONSTANT(5) << 32,
                              .profile = PROFILE_P3,
                              .metadata = METADATA_COPYRIGHT,
                              .linear = TRUE,
                              .sharpen = 33,
                              .max_frames = 12};

static gboolean survives(Recipe recipe)
{
    g_autoptr(GVariant) variant = g_variant_ref_sink(recipe_to_variant(&recipe));
    g_autoptr(GError) error = NULL;
    Recipe copy;

    if (recipe_from_variant(variant, &copy, &error))
        return memcmp(&copy, &recipe, sizeof copy) == 0;
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    return FALSE;
}

Test(recipe, crosses_processes_unchanged)
{
    Recipe plain = {.width = 10, .format = FORMAT_SOURCE};

    cr_assert(survives(sample));
    cr_assert(survives(plain), "a width alone is a size");
    plain = (Recipe){.height = 10};
    cr_assert(survives(plain));
}

Test(recipe, out_of_range_fields_are_refused)
{
#define REFUSED(field, value)                                                                                \
    do {                                                                                                     \
        Recipe r = sample;                                                                                   \
                                                                                                             \
        r.field = value;                                                                                     \
        cr_expect_not(survives(r), "%s", #field);                                                            \
    } while (0)
    REFUSED(width, RECIPE_MAX_SIDE + 1);
    REFUSED(height, RECIPE_MAX_SIDE + 1);
    REFUSED(fit, (Fit)(FIT_LAST + 1));
    REFUSED(enlarge, 2);
    REFUSED(crop, (Crop)(CROP_LAST + 1));
    REFUSED(background, RECIPE_WHITE + 1);
    REFUSED(format, (ImageFormat)99);
    REFUSED(format, FORMAT_HEIC);
    REFUSED(quality, 101);
    REFUSED(effort, RECIPE_MAX_EFFORT + 1);
    REFUSED(lossless, -1);
    REFUSED(progressive, 7);
    REFUSED(subsampling, (Subsampling)(SUBSAMPLING_LAST + 1));
    REFUSED(palette, 2);
    REFUSED(profile, (Profile)(PROFILE_LAST + 1));
    REFUSED(metadata, (Metadata)(METADATA_LAST + 1));
    REFUSED(linear, 2);
    REFUSED(sharpen, RECIPE_MAX_SHARPEN + 1);
    REFUSED(max_frames, RECIPE_MAX_FRAMES + 1);
#undef REFUSED
}

Test(recipe, without_any_size_it_is_refused)
{
    Recipe recipe = sample;

    recipe.width = recipe.height = 0;
    cr_assert_not(survives(recipe));
}

Test(recipe, of_other_shapes_is_refused)
{
    static const char *const texts[] = {"(1, 2)", "(@au [], uint64 0)", "([uint32 10, 10, 0], uint64 0)"};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GVariant) variant = g_variant_parse(NULL, texts[i], NULL, NULL, NULL);
        g_autoptr(GError) error = NULL;
        Recipe recipe;

        cr_expect_not(recipe_from_variant(variant, &recipe, &error), "%s", texts[i]);
        cr_expect_eq(error_class(error), ERROR_INTERNAL);
    }
}

Test(recipe, quality_is_the_formats_unless_given)
{
    Recipe recipe = {.width = 1};

    cr_expect_eq(recipe_quality(&recipe, FORMAT_JPEG), 80);
    cr_expect_eq(recipe_quality(&recipe, FORMAT_WEBP), 80);
    cr_expect_eq(recipe_quality(&recipe, FORMAT_AVIF), 50);
    cr_expect_eq(recipe_quality(&recipe, FORMAT_PNG), 0);
    recipe.quality = 33;
    cr_expect_eq(recipe_quality(&recipe, FORMAT_JPEG), 33);
    cr_expect_eq(recipe_quality(&recipe, FORMAT_PNG), 0);
}

Test(recipe, names_are_those_of_the_configuration)
{
    cr_expect_str_eq(recipe_fit_name(FIT_CONTAIN), "contain");
    cr_expect_str_eq(recipe_crop_name(CROP_NORTH_EAST), "north-east");
    cr_expect_str_eq(recipe_profile_name(PROFILE_P3), "p3");
    cr_expect_str_eq(recipe_metadata_name(METADATA_COPYRIGHT), "copyright");
    cr_expect_str_eq(recipe_subsampling_name(SUBSAMPLING_420), "4:2:0");
}

static gboolean allows(Fit fit, guint32 box_width, guint32 box_height, guint32 width, guint32 height)
{
    const Recipe recipe = {.width = box_width, .height = box_height, .fit = fit};

    return recipe_allows_size(&recipe, FORMAT_WEBP, width, height);
}

Test(recipe, formats_that_no_source_gives_are_not_allowed)
{
    const Recipe webp = {.format = FORMAT_WEBP}, as_source = {.format = FORMAT_SOURCE};

    for (guint32 format = 0; format <= FORMAT_LAST + 1; format++) {
        gboolean is_possible = format < FORMAT_SOURCE && format != FORMAT_HEIC;

        cr_expect_eq(recipe_allows_format(&webp, format), format == FORMAT_WEBP);
        cr_expect_eq(recipe_allows_format(&as_source, format), is_possible);
    }
}

Test(recipe, sizes_that_no_source_gives_are_not_allowed)
{
    for (Fit fit = FIT_INSIDE; fit <= FIT_LAST; fit++) {
        cr_expect(allows(fit, 300, 200, 300, 200));
        cr_expect_not(allows(fit, 300, 200, 0, 200));
        cr_expect_not(allows(fit, 300, 200, 300, 0));
        cr_expect_not(allows(fit, 300, 200, RECIPE_MAX_SIDE + 1, 200));
        cr_expect_eq(allows(fit, 300, 200, 301, 200), fit == FIT_OUTSIDE);
        cr_expect_eq(allows(fit, 300, 200, 300, 201), fit == FIT_OUTSIDE);
        cr_expect_eq(allows(fit, 300, 200, 299, 200), fit != FIT_CONTAIN);
        cr_expect(allows(fit, 300, 0, 300, RECIPE_MAX_SIDE), "the height follows");
        cr_expect_not(allows(fit, 300, 0, 301, 10));
        cr_expect_not(allows(fit, 0, 300, 10, 301));
    }
}

Test(recipe, a_side_that_follows_may_be_as_long_as_its_format_allows)
{
    const Recipe recipe = {.width = 300, .fit = FIT_INSIDE};

    for (ImageFormat format = FORMAT_JPEG; format < FORMAT_SOURCE; format++) {
        const guint32 side = format_info(format)->max_side;

        cr_expect_eq(format_info(format)->can_encode, side >= RECIPE_MAX_SIDE);
        cr_expect_eq(recipe_allows_size(&recipe, format, 300, MAX(side, 1)), side > 0);
        cr_expect_not(recipe_allows_size(&recipe, format, 300, side + 1));
    }
}

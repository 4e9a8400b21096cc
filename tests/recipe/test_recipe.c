#include <criterion/criterion.h>

#include "base/error.h"
#include "recipe/recipe.h"

static const Recipe sample = {
    .width = 1600, .height = 900, .fit = FIT_COVER, .format = FORMAT_WEBP, .quality = 80};

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
    cr_assert(survives(sample));
}

Test(recipe, out_of_range_fields_are_refused)
{
    Recipe r;

    r = sample, r.width = 0;
    cr_assert_not(survives(r));
    r = sample, r.height = RECIPE_MAX_SIDE + 1;
    cr_assert_not(survives(r));
    r = sample, r.fit = (Fit)7;
    cr_assert_not(survives(r));
    r = sample, r.format = FORMAT_GIF;
    cr_assert_not(survives(r), "GIF can be read only");
    r = sample, r.format = (ImageFormat)99;
    cr_assert_not(survives(r));
    r = sample, r.quality = 0;
    cr_assert_not(survives(r));
    r = sample, r.quality = 101;
    cr_assert_not(survives(r));
}

Test(recipe, names_are_those_of_the_configuration)
{
    ImageFormat format;
    Fit fit;

    cr_assert(format_parse("jpg", &format));
    cr_assert_eq(format, FORMAT_JPEG);
    cr_assert(format_parse("tiff", &format));
    cr_assert_eq(format, FORMAT_TIFF);
    cr_assert_not(format_parse("svg", &format));
    cr_assert(recipe_parse_fit("cover", &fit));
    cr_assert_eq(fit, FIT_COVER);
    cr_assert_not(recipe_parse_fit("stretch", &fit));
}

#include "recipe/recipe.h"

#include <string.h>

#include "base/error.h"

static const char *const fit_names[] = {[FIT_INSIDE] = "inside", [FIT_COVER] = "cover"};

GVariant *recipe_to_variant(const Recipe *recipe)
{
    return g_variant_new(RECIPE_VARIANT_TYPE, recipe->width, recipe->height, (guint32)recipe->fit,
                         (guint32)recipe->format, recipe->quality);
}

static gboolean side_is_legal(guint32 side)
{
    return side >= 1 && side <= RECIPE_MAX_SIDE;
}

gboolean recipe_from_variant(GVariant *variant, Recipe *ret_recipe, GError **error)
{
    guint32 width, height, fit, format, quality;

    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(RECIPE_VARIANT_TYPE))) {
        error_set(error, ERROR_INTERNAL, "recipe of type %s", g_variant_get_type_string(variant));
        return FALSE;
    }
    g_variant_get(variant, RECIPE_VARIANT_TYPE, &width, &height, &fit, &format, &quality);
    if (!side_is_legal(width) || !side_is_legal(height) || fit > FIT_LAST || format > FORMAT_LAST ||
        !format_info((ImageFormat)format)->can_encode || quality < 1 || quality > 100) {
        error_set(error, ERROR_INTERNAL, "recipe with a field out of range");
        return FALSE;
    }
    *ret_recipe = (Recipe){
        .width = width, .height = height, .fit = (Fit)fit, .format = (ImageFormat)format, .quality = quality};
    return TRUE;
}

gboolean recipe_parse_fit(const char *name, Fit *ret_fit)
{
    for (guint i = 0; i < G_N_ELEMENTS(fit_names); i++) {
        if (strcmp(name, fit_names[i]) == 0) {
            *ret_fit = (Fit)i;
            return TRUE;
        }
    }
    return FALSE;
}

const char *recipe_fit_name(Fit fit)
{
    return fit_names[fit];
}

/* A recipe that is accepted is unchanged by another transfer. */
#include "fuzz.h"
#include "recipe/recipe.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GVariant) variant =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(RECIPE_VARIANT_TYPE), bytes, FALSE));
    g_autoptr(GVariant) again = NULL;
    Recipe recipe;

    if (!recipe_from_variant(variant, &recipe, NULL))
        return 0;
    g_assert_cmpuint(recipe.width, <=, RECIPE_MAX_SIDE);
    g_assert_cmpuint(recipe.height, <=, RECIPE_MAX_SIDE);
    again = g_variant_ref_sink(recipe_to_variant(&recipe));
    g_assert_true(g_variant_equal(variant, again));
    return 0;
}

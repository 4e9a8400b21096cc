/* A file of recipes that is accepted is the same after being written and read again, can be compared and merged,
 * and then says that the configuration's recipes are in force. */
#include <string.h>

#include "batch/recipes.h"
#include "config/config.h"
#include "fuzz.h"

static const char text[] = "source: {url: 's3://photos'}\ndestination: {url: 's3://web/'}\n"
                           "outputs: [{name: thumb, width: 3}, {name: large, width: 9}]\n";

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    static const RecipeWish wishes[] = {RECIPE_WISH_ORDER, RECIPE_WISH_REPORT};
    g_autoptr(GError) error = NULL;
    g_autoptr(Recipes) recipes = recipes_parse((const char *)data, size, &error);
    g_autoptr(Recipes) again = NULL;
    g_autoptr(Config) config = NULL;
    g_autofree char *first = NULL, *second = NULL;

    if (recipes == NULL) {
        g_assert_cmpint(*error->message, !=, '\0');
        return 0;
    }
    first = recipes_format(recipes);
    g_assert_cmpuint(strlen(first), <=, RECIPES_MAX_BYTES);
    again = recipes_parse(first, strlen(first), NULL);
    g_assert_nonnull(again);
    second = recipes_format(again);
    g_assert_cmpstr(first, ==, second);
    config = config_parse(text, strlen(text), "fuzz", NULL);
    if (recipes_merge(recipes, config, wishes, RECIPES_MAX_TIME_S, NULL)) {
        g_assert_cmpint(recipes_standing(recipes, config, 0), ==, RECIPE_PRESENT);
        g_assert_cmpint(recipes_compare(recipes, config, wishes), ==, RECIPES_UNCHANGED);
    }
    return 0;
}

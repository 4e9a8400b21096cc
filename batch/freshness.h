/* Freshness: whether a stored output is up to date, and whether a run makes it. The one place that decides
 * it. Used by the supervisor. Pure. */
#pragma once

#include <glib.h>

#include "batch/recipes.h"
#include "config/model.h"

typedef enum {
    FRESHNESS_UP_TO_DATE,
    FRESHNESS_MISSING,
    FRESHNESS_OLDER,        /* not newer than its original */
    FRESHNESS_OTHER_RECIPE, /* newer than its original, and made with another recipe than the present one */
} Freshness;

#define FRESHNESS_COUNT (FRESHNESS_OTHER_RECIPE + 1)

/* The recipes in force, prepared for many decisions. */
typedef struct RecipeClocks RecipeClocks;

/* recipes as merged with the configuration, or as read if they could not be written: then nothing is made
 * only because of its recipe. Copies what it needs. */
RecipeClocks *recipe_clocks_new(const Recipes *recipes, const Config *config);

/* Has outputs of another recipe made again, as if recipes said so; not if the configuration is older than the
 * recipe in force. */
void recipe_clocks_remake(RecipeClocks *clocks, guint output);

/* mtime_s: of the output, and irrelevant if it does not exist. (An output of the same second as its original
 * may have been made from the original as it was before the end of that second; so it is older.) clocks may
 * be NULL: recipes are not tracked. */
Freshness freshness_of(const RecipeClocks *clocks, guint output, gboolean exists, gint64 mtime_s,
                       gint64 source_mtime_s);

/* Whether a run makes an output in this state: not one that is up to date; nothing if the configuration is
 * older than the recipe in force; and one of another recipe only if that is wanted. clocks may be NULL. */
gboolean freshness_demands(const RecipeClocks *clocks, guint output, Freshness freshness);

/* NULL is allowed. */
void recipe_clocks_free(RecipeClocks *clocks);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecipeClocks, recipe_clocks_free)

/* Recipes in force: a small file at the destination that says, for each output, which recipe made the outputs
 * of which time, by the store's clock. With it a changed recipe is noticed without a request per object: an
 * output's modification time tells its recipe. This part parses, merges and formats the file; it reads and
 * writes nothing. Used by the supervisor. Pure. docs/adr/0061-recipes-in-force.md gives the reasons.
 *
 *   {"format": 1, "generation": 2, "outputs": [
 *     {"name": "thumb", "scope": "5d41402a", "remake": true, "recipes": [
 *       {"recipe": "0123456789abcdef", "since": 0}, {"recipe": "fedcba9876543210", "since": 1796000000}]}]}
 *
 * name and scope identify a set of outputs: the scope is a hash of the source's URL and of the key template,
 * so that configurations which share a destination do not share recipes. recipes is in the order of time, the
 * last one is in force. remake: outputs that are older than the last one are to be made again, by any run
 * until none is left. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* The file in the state folder, and the object whose time is the store's. */
#define RECIPES_FILE  "recipes.json"
#define RECIPES_CLOCK "clock"

/* The version of the file. A reader refuses a later one. */
#define RECIPES_FORMAT 1

/* A full file, of RECIPES_MAX_OUTPUTS outputs with RECIPES_MAX_HISTORY recipes each, has 3 MB. */
#define RECIPES_MAX_BYTES (4u << 20)

/* 16 configurations of LIMIT_OUTPUTS outputs. */
#define RECIPES_MAX_OUTPUTS 1024u

/* The recipes kept per output. Outputs of earlier ones count as of another recipe, which they are; and a
 * configuration with such an early recipe counts as new. */
#define RECIPES_MAX_HISTORY 32u

/* 9999-12-31T23:59:59Z, the latest time in a file. */
#define RECIPES_MAX_TIME_S G_GINT64_CONSTANT(253402300799)

/* How to treat outputs whose recipe has changed. */
typedef enum {
    RECIPE_WISH_REPORT, /* they are counted and left */
    RECIPE_WISH_REMAKE, /* they are made again */
    /* They are made again, even with a recipe that was in force before another one: by the explicit order of
     * somebody who knows which configuration is the newer one. */
    RECIPE_WISH_ORDER,
} RecipeWish;

/* The recipe of a configured output, compared with the file. */
typedef enum {
    RECIPE_UNTRACKED, /* {recipe} is in the key: outputs of other recipes have other keys */
    RECIPE_FIRST,     /* the file does not know the output */
    RECIPE_PRESENT,   /* it is the one in force */
    RECIPE_NEW,       /* it is in force from now on */
    RECIPE_FORMER,    /* it was in force before another one: this configuration is the older one */
} RecipeStanding;

typedef struct Recipes Recipes;

/* The content of a file that does not exist yet. */
Recipes *recipes_new(void);

/* Class ERROR_INPUT, with the place of the error, if text is not such a file, or is one of a later version.
 */
Recipes *recipes_parse(const char *text, gsize size_bytes, GError **error);

/* The file's text, which ends with a line feed. Owned by the caller. */
char *recipes_format(const Recipes *recipes);

/* How often the file has been changed; 0 if it does not exist. */
guint64 recipes_generation(const Recipes *recipes);

/* Number i must be below config->outputs->len. */
RecipeStanding recipes_standing(const Recipes *recipes, const Config *config, guint i);

/* The changes that recipes_merge() would make. */
typedef enum {
    RECIPES_UNCHANGED,
    RECIPES_NOTED, /* outputs are added, or marked to be made again: the time does not matter */
    RECIPES_TIMED, /* a recipe comes into force, so the store's clock has to be asked */
} RecipesChange;

/* wishes: one RecipeWish for each output of the configuration. */
RecipesChange recipes_compare(const Recipes *recipes, const Config *config, const RecipeWish *wishes);

/* Brings the configuration's recipes into force at now_s (Unix seconds, by the store's clock), except former
 * ones without RECIPE_WISH_ORDER. An output that the file does not know is adopted: what is there counts as
 * made with its present recipe, unless it is ordered to be made again. Other outputs of the file are kept.
 * FALSE, without any change, with class ERROR_TRANSIENT if the clock is not later than the file says the last
 * recipe has been in force, and ERROR_LIMIT if the file has no room. */
gboolean recipes_merge(Recipes *recipes, const Config *config, const RecipeWish *wishes, gint64 now_s,
                       GError **error);

/* A time in which one recipe was in force: from the end of since_s to the next one's. */
typedef struct {
    gint64 since_s;
    gboolean is_present; /* it is the configuration's present recipe */
} RecipeSpan;

/* The spans of an output in the order of time (of RecipeSpan), owned by the caller; empty if the file does
 * not know it. *ret_remake: whether outputs of other recipes are to be made again. */
GArray *recipes_spans(const Recipes *recipes, const Config *config, guint i, gboolean *ret_remake);

/* NULL is allowed. */
void recipes_free(Recipes *recipes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recipes, recipes_free)

#include "batch/recipes.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "config/recipe_hash.h"

#define SCOPE_DIGITS  8u
#define RECIPE_DIGITS 16u

/* A configured name has up to 67 bytes. */
#define MAX_NAME_BYTES 128u

#define HEX_DIGITS     "0123456789abcdef"

/* jansson holds integers of 64 bits; other readers of JSON hold 53. */
#define MAX_GENERATION (G_GINT64_CONSTANT(1) << 53)

typedef struct {
    char recipe[RECIPE_DIGITS + 1];
    gint64 since_s;
} Entry;

typedef struct {
    char *name;
    char scope[SCOPE_DIGITS + 1];
    gboolean remake;
    GArray *entries; /* of Entry, in the order of time; at least one */
} Output;

struct Recipes {
    guint64 generation;
    GPtrArray *outputs; /* of Output */
};

static void output_free(void *data)
{
    Output *output = data;

    g_free(output->name);
    g_array_unref(output->entries);
    g_free(output);
}

static Output *output_new(const char *name, const char *scope)
{
    Output *output = g_new0(Output, 1);

    output->name = g_strdup(name);
    g_strlcpy(output->scope, scope, sizeof output->scope);
    output->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    return output;
}

static const Entry *entry_at(const Output *output, guint i)
{
    return &g_array_index(output->entries, Entry, i);
}

static const Entry *entry_last(const Output *output)
{
    return entry_at(output, output->entries->len - 1);
}

static void output_add(Output *output, const char *recipe, gint64 since_s)
{
    Entry entry = {.since_s = since_s};

    g_strlcpy(entry.recipe, recipe, sizeof entry.recipe);
    if (output->entries->len == RECIPES_MAX_HISTORY)
        g_array_remove_index(output->entries, 0);
    g_array_append_val(output->entries, entry);
}

Recipes *recipes_new(void)
{
    Recipes *recipes = g_new0(Recipes, 1);

    recipes->outputs = g_ptr_array_new_with_free_func(output_free);
    return recipes;
}

void recipes_free(Recipes *recipes)
{
    if (recipes == NULL)
        return;
    g_ptr_array_unref(recipes->outputs);
    g_free(recipes);
}

guint64 recipes_generation(const Recipes *recipes)
{
    return recipes->generation;
}

static Output *find(const Recipes *recipes, const char *name, const char *scope)
{
    for (guint i = 0; i < recipes->outputs->len; i++) {
        Output *output = recipes->outputs->pdata[i];

        if (strcmp(output->name, name) == 0 && strcmp(output->scope, scope) == 0)
            return output;
    }
    return NULL;
}

/* Parsing */

static gboolean is_hex(const char *text, gsize digits)
{
    return text != NULL && strlen(text) == digits && strspn(text, HEX_DIGITS) == digits;
}

static gboolean is_between(const json_t *number, gint64 min, gint64 max)
{
    return json_is_integer(number) && json_integer_value(number) >= min && json_integer_value(number) <= max;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* Returns what is wrong with the entry, or NULL. */
static const char *read_entry(const json_t *object, Output *output)
{
    const char *recipe = text_of(object, "recipe");
    const json_t *since = json_object_get(object, "since");

    if (!is_hex(recipe, RECIPE_DIGITS))
        return "a recipe that is not 16 hexadecimal digits";
    if (!is_between(since, 0, RECIPES_MAX_TIME_S))
        return "a 'since' that is not a time";
    if (output->entries->len == RECIPES_MAX_HISTORY)
        return "an output with too many recipes";
    if (output->entries->len > 0 && json_integer_value(since) <= entry_last(output)->since_s)
        return "recipes that are not in chronological order";
    if (output->entries->len > 0 && strcmp(entry_last(output)->recipe, recipe) == 0)
        return "the same recipe twice in a row";
    output_add(output, recipe, json_integer_value(since));
    return NULL;
}

static gboolean is_name(const char *name)
{
    if (name == NULL || *name == '\0' || strlen(name) > MAX_NAME_BYTES)
        return FALSE;
    for (; *name != '\0'; name++) {
        if (g_ascii_iscntrl(*name))
            return FALSE;
    }
    return TRUE;
}

/* Returns what is wrong with the output, or NULL. */
static const char *read_output(const json_t *object, Recipes *recipes)
{
    const char *name = text_of(object, "name"), *scope = text_of(object, "scope");
    const json_t *remake = json_object_get(object, "remake"), *entries = json_object_get(object, "recipes");
    Output *output;

    if (!is_name(name))
        return "an output without a name";
    if (!is_hex(scope, SCOPE_DIGITS))
        return "a scope that is not 8 hexadecimal digits";
    if (!json_is_boolean(remake))
        return "a 'remake' that is neither true nor false";
    if (json_array_size(entries) == 0)
        return "an output without recipes";
    if (recipes->outputs->len == RECIPES_MAX_OUTPUTS)
        return "too many outputs";
    if (find(recipes, name, scope) != NULL)
        return "a duplicate output";
    output = output_new(name, scope);
    output->remake = json_is_true(remake);
    g_ptr_array_add(recipes->outputs, output);
    for (gsize i = 0; i < json_array_size(entries); i++) {
        const char *problem = read_entry(json_array_get(entries, i), output);

        if (problem != NULL)
            return problem;
    }
    return NULL;
}

/* Returns what is wrong with the file, or NULL. */
static const char *read_root(const json_t *root, Recipes *recipes)
{
    const json_t *format = json_object_get(root, "format");
    const json_t *generation = json_object_get(root, "generation");
    const json_t *outputs = json_object_get(root, "outputs");

    if (json_is_integer(format) && json_integer_value(format) > RECIPES_FORMAT)
        return "it was written by a later version of thumbmill";
    if (!is_between(format, RECIPES_FORMAT, RECIPES_FORMAT))
        return "it has no 'format'";
    if (!is_between(generation, 1, MAX_GENERATION))
        return "it has no 'generation'";
    if (!json_is_array(outputs))
        return "it has no 'outputs'";
    recipes->generation = (guint64)json_integer_value(generation);
    for (gsize i = 0; i < json_array_size(outputs); i++) {
        const char *problem = read_output(json_array_get(outputs, i), recipes);

        if (problem != NULL)
            return problem;
    }
    return NULL;
}

Recipes *recipes_parse(const char *text, gsize size_bytes, GError **error)
{
    g_autoptr(Recipes) recipes = recipes_new();
    const char *problem;
    json_error_t why;
    json_t *root;

    if (size_bytes > RECIPES_MAX_BYTES) {
        error_set(error, ERROR_INPUT, "more than %u bytes", RECIPES_MAX_BYTES);
        return NULL;
    }
    root = json_loadb(text, size_bytes, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL) {
        error_set(error, ERROR_INPUT, "not JSON: line %d, column %d: %s", why.line, why.column, why.text);
        return NULL;
    }
    problem = read_root(root, recipes);
    json_decref(root);
    if (problem == NULL)
        return g_steal_pointer(&recipes);
    error_set(error, ERROR_INPUT, "%s", problem);
    return NULL;
}

/* Formatting */

static json_t *output_to_json(const Output *output)
{
    json_t *entries = json_array();

    for (guint i = 0; i < output->entries->len; i++) {
        const Entry *entry = entry_at(output, i);

        json_array_append_new(
            entries, json_pack("{s:s, s:I}", "recipe", entry->recipe, "since", (json_int_t)entry->since_s));
    }
    return json_pack("{s:s, s:s, s:b, s:o}", "name", output->name, "scope", output->scope, "remake",
                     output->remake, "recipes", entries);
}

char *recipes_format(const Recipes *recipes)
{
    json_t *root, *outputs = json_array();
    char *dump, *text;

    for (guint i = 0; i < recipes->outputs->len; i++)
        json_array_append_new(outputs, output_to_json(recipes->outputs->pdata[i]));
    root = json_pack("{s:i, s:I, s:o}", "format", RECIPES_FORMAT, "generation",
                     (json_int_t)recipes->generation, "outputs", outputs);
    dump = json_dumps(root, JSON_INDENT(1));
    text = g_strconcat(dump, "\n", NULL);
    free(dump);
    json_decref(root);
    return text;
}

/* Comparing and merging */

/* A configured output as the file names it. */
typedef struct {
    const char *name;
    char *scope;
    char *recipe;
} Wanted;

static void wanted_clear(Wanted *wanted)
{
    g_free(wanted->scope);
    g_free(wanted->recipe);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wanted, wanted_clear)

static Wanted wanted_of(const Config *config, guint i)
{
    const OutputConfig *output = config_output(config, i);
    g_autofree char *text = g_strconcat(config->source.url, "\n", key_template_text(output->key), NULL);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

    return (Wanted){.name = output->name,
                    .scope = g_strndup(hash, SCOPE_DIGITS),
                    .recipe = recipe_hash_of_bytes(&output->recipe, &config->limits)};
}

static gboolean was_in_force(const Output *output, const char *recipe)
{
    for (guint i = 0; i < output->entries->len; i++) {
        if (strcmp(entry_at(output, i)->recipe, recipe) == 0)
            return TRUE;
    }
    return FALSE;
}

static RecipeStanding standing_of(const Output *output, const char *recipe)
{
    if (output == NULL)
        return RECIPE_FIRST;
    if (strcmp(entry_last(output)->recipe, recipe) == 0)
        return RECIPE_PRESENT;
    return was_in_force(output, recipe) ? RECIPE_FORMER : RECIPE_NEW;
}

static gboolean is_untracked(const Config *config, guint i)
{
    return key_template_has_recipe(config_output(config, i)->key);
}

RecipeStanding recipes_standing(const Recipes *recipes, const Config *config, guint i)
{
    g_auto(Wanted) wanted = wanted_of(config, i);

    if (is_untracked(config, i))
        return RECIPE_UNTRACKED;
    return standing_of(find(recipes, wanted.name, wanted.scope), wanted.recipe);
}

static RecipesChange change_of(RecipeStanding standing, const Output *output, RecipeWish wish)
{
    switch (standing) {
    case RECIPE_UNTRACKED: break;
    case RECIPE_FIRST: return wish == RECIPE_WISH_ORDER ? RECIPES_TIMED : RECIPES_NOTED;
    case RECIPE_PRESENT:
        return wish != RECIPE_WISH_REPORT && !output->remake ? RECIPES_NOTED : RECIPES_UNCHANGED;
    case RECIPE_NEW: return RECIPES_TIMED;
    case RECIPE_FORMER: return wish == RECIPE_WISH_ORDER ? RECIPES_TIMED : RECIPES_UNCHANGED;
    }
    return RECIPES_UNCHANGED;
}

static RecipesChange compare_one(const Recipes *recipes, const Config *config, guint i, RecipeWish wish)
{
    g_auto(Wanted) wanted = wanted_of(config, i);
    const Output *output = find(recipes, wanted.name, wanted.scope);

    if (is_untracked(config, i))
        return RECIPES_UNCHANGED;
    return change_of(standing_of(output, wanted.recipe), output, wish);
}

RecipesChange recipes_compare(const Recipes *recipes, const Config *config, const RecipeWish *wishes)
{
    RecipesChange change = RECIPES_UNCHANGED;

    for (guint i = 0; i < config->outputs->len; i++)
        change = MAX(change, compare_one(recipes, config, i, wishes[i]));
    return change;
}

/* An output that was marked stays so until its recipe changes: runs that follow finish what was begun. */
static void merge_one(Recipes *recipes, const Config *config, guint i, RecipeWish wish, gint64 now_s)
{
    const RecipesChange change = compare_one(recipes, config, i, wish);
    g_auto(Wanted) wanted = wanted_of(config, i);
    Output *output = find(recipes, wanted.name, wanted.scope);

    if (change == RECIPES_UNCHANGED)
        return;
    if (output == NULL) {
        output = output_new(wanted.name, wanted.scope);
        g_ptr_array_add(recipes->outputs, output);
        output_add(output, wanted.recipe, change == RECIPES_TIMED ? now_s : 0);
    } else if (change == RECIPES_TIMED) {
        output_add(output, wanted.recipe, now_s);
    }
    output->remake = wish != RECIPE_WISH_REPORT;
}

static gboolean check_time(const Recipes *recipes, const Config *config, guint i, gint64 now_s,
                           GError **error)
{
    g_auto(Wanted) wanted = wanted_of(config, i);
    const Output *output = find(recipes, wanted.name, wanted.scope);

    if (output == NULL || entry_last(output)->since_s < now_s)
        return TRUE;
    error_set(error, ERROR_TRANSIENT,
              "the store's clock (%" G_GINT64_FORMAT ") is not later than the last recipe of output '%s' "
              "(%" G_GINT64_FORMAT ")",
              now_s, wanted.name, entry_last(output)->since_s);
    return FALSE;
}

gboolean recipes_merge(Recipes *recipes, const Config *config, const RecipeWish *wishes, gint64 now_s,
                       GError **error)
{
    guint added = 0;

    for (guint i = 0; i < config->outputs->len; i++) {
        if (recipes_standing(recipes, config, i) == RECIPE_FIRST)
            added++;
        if (compare_one(recipes, config, i, wishes[i]) == RECIPES_TIMED &&
            !check_time(recipes, config, i, now_s, error))
            return FALSE;
    }
    if (recipes->outputs->len + added > RECIPES_MAX_OUTPUTS) {
        error_set(error, ERROR_LIMIT, "it would name more than %u outputs", RECIPES_MAX_OUTPUTS);
        return FALSE;
    }
    if (recipes_compare(recipes, config, wishes) == RECIPES_UNCHANGED)
        return TRUE;
    for (guint i = 0; i < config->outputs->len; i++)
        merge_one(recipes, config, i, wishes[i], now_s);
    recipes->generation++;
    return TRUE;
}

GArray *recipes_spans(const Recipes *recipes, const Config *config, guint i, gboolean *ret_remake)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(RecipeSpan));
    g_auto(Wanted) wanted = wanted_of(config, i);
    const Output *output = find(recipes, wanted.name, wanted.scope);

    *ret_remake = output != NULL && output->remake;
    for (guint n = 0; output != NULL && n < output->entries->len; n++) {
        const Entry *entry = entry_at(output, n);
        const RecipeSpan span = {entry->since_s, strcmp(entry->recipe, wanted.recipe) == 0};

        g_array_append_val(spans, span);
    }
    return spans;
}

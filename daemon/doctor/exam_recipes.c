#include "base/error.h"
#include "batch/recipes.h"
#include "daemon/access/state_object.h"
#include "daemon/doctor/exam.h"

#define CHECK "recipes in force"

static void note_failure(const Exam *exam, const char *url, const GError *error)
{
    g_autofree char *words = g_strdup_printf("%s: %s", url, error->message);

    exam_note(
        exam, CHECK, FINDING_WARNING, words,
        "Runs cannot tell whether a recipe has changed, and log an error. Allow thumbmill to read and write "
        "this object (s3:GetObject, s3:PutObject), repair it, or delete it: existing outputs then count as "
        "made "
        "with the present recipes. Or set destination.state: none.");
}

/* Adds which outputs this configuration is too old for, or how many outputs are known. */
static void note_standing(const Exam *exam, const Recipes *recipes)
{
    g_autoptr(GString) former = g_string_new(NULL);
    g_autofree char *words = NULL;
    guint first = 0, changed = 0;

    for (guint i = 0; i < exam->config->outputs->len; i++) {
        const RecipeStanding standing = recipes_standing(recipes, exam->config, i);

        first += standing == RECIPE_FIRST;
        changed += standing == RECIPE_NEW;
        if (standing == RECIPE_FORMER)
            g_string_append_printf(former, "%s%s", former->len > 0 ? ", " : "",
                                   config_output(exam->config, i)->name);
    }
    if (former->len > 0) {
        words = g_strdup_printf("this configuration is older than the recipe in force of %s", former->str);
        exam_note(exam, CHECK, FINDING_WARNING, words,
                  "Runs do not make these outputs. Update the configuration of this machine; if it is the "
                  "right one, use `thumbmill run --remake` once.");
        return;
    }
    words = g_strdup_printf("%u outputs not recorded yet, %u changed since the last run", first, changed);
    exam_note(exam, CHECK, FINDING_OK, words, NULL);
}

void exam_recipes(const Exam *exam)
{
    g_autofree char *key = config_state_key(exam->config, RECIPES_FILE);
    g_autoptr(StateObject) file = NULL;
    g_autoptr(Recipes) recipes = NULL;
    g_autoptr(GBytes) content = NULL;
    g_autoptr(GError) error = NULL;

    if (key == NULL)
        return;
    file = state_object_new(exam->loop, exam->store, key);
    if (state_object_read(file, RECIPES_MAX_BYTES, &content, &error)) {
        gsize size = 0;
        const char *text = content != NULL ? g_bytes_get_data(content, &size) : NULL;

        recipes = content != NULL ? recipes_parse(text != NULL ? text : "", size, &error) : recipes_new();
    }
    if (recipes != NULL)
        note_standing(exam, recipes);
    else if (error_class(error) != ERROR_CANCELLED)
        note_failure(exam, state_object_url(file), error);
}

#include "daemon/upkeep/in_force.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/task.h"
#include "daemon/access/state_object.h"

/* How often a write may be lost to other machines, or the clock be too early. */
#define TRIES 10u

/* Outputs of the second in which a recipe came into force count as before. So the first is made in a later
 * one; clocks of file systems are some milliseconds behind. */
#define SECOND_US (CLOCK_US_PER_S + 50 * CLOCK_US_PER_MS)

/* Machines that write at the same moment try again at different ones. */
#define MIN_PAUSE_US (20 * CLOCK_US_PER_MS)
#define MAX_PAUSE_US (200 * CLOCK_US_PER_MS)

struct InForce {
    InForceOptions options;
    Loop *loop;
    StateObject *file;
    char *clock_key;
    Future *released;
    Future *life;
    RecipeStanding *before;
    Recipes *recipes;
};

static gboolean read_file(InForce *in_force, GError **error)
{
    g_autoptr(GBytes) content = NULL;
    gconstpointer text;
    gsize size;

    g_clear_pointer(&in_force->recipes, recipes_free);
    if (!state_object_read(in_force->file, RECIPES_MAX_BYTES, &content, error))
        return FALSE;
    if (content == NULL) {
        in_force->recipes = recipes_new();
        return TRUE;
    }
    text = g_bytes_get_data(content, &size);
    in_force->recipes = recipes_parse(size > 0 ? text : "", size, error);
    return in_force->recipes != NULL;
}

static void note_before(InForce *in_force)
{
    const Config *config = in_force->options.config;

    if (in_force->before != NULL)
        return;
    in_force->before = g_new0(RecipeStanding, config->outputs->len);
    for (guint i = 0; i < config->outputs->len; i++)
        in_force->before[i] = recipes_standing(in_force->recipes, config, i);
}

/* *ret_now_s stays 0 if the time does not matter. */
static gboolean find_now(const InForce *in_force, RecipesChange change, gint64 *ret_now_s, GError **error)
{
    if (change != RECIPES_TIMED)
        return TRUE;
    if (in_force->options.waits && await(in_force->released, error) == NULL)
        return FALSE;
    return state_object_clock(in_force->file, in_force->clock_key, ret_now_s, error);
}

/* Merges the configuration into what was read, in a copy, so that what was read stays if it cannot be
 * written. */
static Recipes *merge(const InForce *in_force, gint64 now_s, GError **error)
{
    g_autofree char *text = recipes_format(in_force->recipes);
    g_autoptr(Recipes) copy =
        recipes_generation(in_force->recipes) > 0 ? recipes_parse(text, strlen(text), error) : recipes_new();

    if (copy == NULL ||
        !recipes_merge(copy, in_force->options.config, in_force->options.wishes, now_s, error))
        return NULL;
    return g_steal_pointer(&copy);
}

typedef enum { STEP_DONE, STEP_AGAIN, STEP_FAILED } Step;

static Step pause_for(gint64 pause_us, GError **error)
{
    return task_sleep(pause_us, error) ? STEP_AGAIN : STEP_FAILED;
}

/* Writes what has changed. After that the file is read again, which shows whether it is in force. */
static Step write_change(InForce *in_force, RecipesChange change, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(Recipes) merged = NULL;
    g_autofree char *text = NULL;
    gint64 now_s = 0;

    if (!find_now(in_force, change, &now_s, error))
        return STEP_FAILED;
    merged = merge(in_force, now_s, &failure);
    if (merged == NULL && error_class(failure) == ERROR_TRANSIENT)
        return pause_for(SECOND_US, error); /* another recipe came into force in this second */
    if (merged == NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return STEP_FAILED;
    }
    text = recipes_format(merged);
    switch (state_object_replace(in_force->file, text, error)) {
    case STATE_OBJECT_WRITTEN: return pause_for(change == RECIPES_TIMED ? SECOND_US : 0, error);
    case STATE_OBJECT_LOST: return pause_for(g_random_int_range(MIN_PAUSE_US, MAX_PAUSE_US), error);
    case STATE_OBJECT_FAILED: break;
    }
    return STEP_FAILED;
}

static Step plan_change(InForce *in_force, GError **error)
{
    Recipes *merged = merge(in_force, RECIPES_MAX_TIME_S, error);

    if (merged == NULL)
        return STEP_FAILED;
    recipes_free(in_force->recipes);
    in_force->recipes = merged;
    return STEP_DONE;
}

static Step step(InForce *in_force, GError **error)
{
    const InForceOptions *options = &in_force->options;
    RecipesChange change;

    if (!read_file(in_force, error))
        return STEP_FAILED;
    note_before(in_force);
    change = recipes_compare(in_force->recipes, options->config, options->wishes);
    if (change == RECIPES_UNCHANGED)
        return STEP_DONE;
    return options->dry_run ? plan_change(in_force, error) : write_change(in_force, change, error);
}

static GVariant *in_force_life(void *data, GError **error)
{
    InForce *in_force = data;

    for (guint i = 0; i < TRIES; i++) {
        const Step result = step(in_force, error);

        if (result == STEP_DONE)
            return g_variant_new("()");
        if (result == STEP_FAILED)
            return NULL;
    }
    error_set(error, ERROR_PERMANENT, "each attempt to replace it finds that another machine has changed it");
    return NULL;
}

static void life_over(Future *life, void *data)
{
    InForce *in_force = data;
    g_autoptr(GError) error = NULL;
    const gboolean is_done = future_result(life, 0, &error) != NULL;

    if (!is_done && error_class(error) == ERROR_CANCELLED)
        return; /* it is being freed */
    in_force->options.func(
        &(InForceResult){in_force->recipes, in_force->before, state_object_url(in_force->file)}, error,
        in_force->options.data);
}

InForce *in_force_new(const InForceOptions *options, GMainContext *context, GError **error)
{
    Loop *loop = loop_new(context, error);
    g_autofree char *key = config_state_key(options->config, RECIPES_FILE);
    InForce *in_force;

    if (loop == NULL)
        return NULL;
    in_force = g_new0(InForce, 1);
    in_force->options = *options;
    in_force->loop = loop;
    in_force->file = state_object_new(loop, options->destination, key);
    in_force->clock_key = config_state_key(options->config, RECIPES_CLOCK);
    in_force->released = loop_create_future(loop);
    in_force->life = task_new(loop, in_force_life, in_force);
    future_add_done_callback(in_force->life, life_over, in_force);
    return in_force;
}

void in_force_release(InForce *in_force)
{
    if (!future_done(in_force->released))
        future_set_result(in_force->released, g_variant_new("()"), NULL);
}

void in_force_free(InForce *in_force)
{
    if (in_force == NULL)
        return;
    (void)loop_close(in_force->loop, NULL);
    future_unref(in_force->life);
    future_unref(in_force->released);
    loop_unref(in_force->loop);
    state_object_free(in_force->file);
    recipes_free(in_force->recipes);
    g_free(in_force->before);
    g_free(in_force->clock_key);
    g_free(in_force);
}

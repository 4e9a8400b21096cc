#include "daemon/supervisor/pass_recipes.h"

#include <string.h>

#include "base/error.h"
#include "daemon/supervisor/pass_log.h"
#include "daemon/supervisor/pass_state.h"

gboolean pass_recipes_are_kept(const Pass *pass)
{
    g_autofree char *key = config_state_key(pass->options.config, "");

    return key != NULL;
}

/* Whether output number i is ordered to be made again: no names stand for all. */
static gboolean is_ordered(const Pass *pass, guint i)
{
    const char *const *names = pass->options.remake;

    return names != NULL &&
           (*names == NULL || g_strv_contains(names, config_output(pass->options.config, i)->name));
}

/* A remake that other runs are to finish is written with the recipes. One that was ordered for a scope is not:
 * this run alone makes it (take_clocks()). */
static RecipeWish *wishes_of(const Pass *pass)
{
    const Config *config = pass->options.config;
    RecipeWish *wishes = g_new0(RecipeWish, config->outputs->len);

    for (guint i = 0; i < config->outputs->len; i++) {
        if (is_ordered(pass, i) && scope_is_whole(&pass->options.scope))
            wishes[i] = RECIPE_WISH_ORDER;
        else if (config->recipe_change == CONFIG_RECIPE_CHANGE_REMAKE)
            wishes[i] = RECIPE_WISH_REMAKE;
    }
    return wishes;
}

gboolean pass_recipes_begin(Pass *pass, InForceFunc func)
{
    g_autoptr(GError) error = NULL;

    in_force_free(pass->in_force);
    if (pass->wishes == NULL)
        pass->wishes = wishes_of(pass);
    pass->in_force = in_force_new(&(InForceOptions){.config = pass->options.config,
                                                    .destination = pass->stores->destination,
                                                    .wishes = pass->wishes,
                                                    .dry_run = pass->options.dry_run,
                                                    .waits = !held_is_released(pass->held),
                                                    .func = func,
                                                    .data = pass},
                                  pass->context, &error);
    pass->recipes_awaited = pass->in_force != NULL;
    if (error != NULL)
        pass_give_up(pass, "cannot read the recipes in force", NULL, error);
    return error == NULL;
}

static void take_standing(Pass *pass, guint i, RecipeStanding standing)
{
    const char *name = config_output(pass->options.config, i)->name;
    RunReport *report = pass->report;

    switch (standing) {
    case RECIPE_UNTRACKED:
    case RECIPE_PRESENT: break;
    case RECIPE_FIRST:
        report->recipes.adopted++;
        pass_log_adopted(name, pass->wishes[i] == RECIPE_WISH_ORDER);
        break;
    case RECIPE_NEW:
        report->recipes.changed++;
        pass_log_changed(name, pass->wishes[i] != RECIPE_WISH_REPORT);
        break;
    case RECIPE_FORMER:
        if (pass->wishes[i] == RECIPE_WISH_ORDER) {
            report->recipes.changed++;
            pass_log_changed(name, TRUE);
        } else {
            report->recipes.former++;
            pass_log_former(name);
        }
        break;
    }
}

static void take_clocks(Pass *pass, const Recipes *recipes)
{
    pass->clocks = recipe_clocks_new(recipes, pass->options.config);
    if (scope_is_whole(&pass->options.scope) && !pass->options.verification.is_wanted)
        return;
    for (guint i = 0; i < pass->options.config->outputs->len; i++) {
        if (is_ordered(pass, i) || pass->options.verification.is_wanted)
            recipe_clocks_remake(pass->clocks, i);
    }
}

gboolean pass_recipes_take(Pass *pass, const InForceResult *result, const GError *error)
{
    if (error != NULL && pass->options.remake != NULL) {
        pass_give_up(pass, "cannot bring the recipes into force: stopped", result->url, error);
        return FALSE;
    }
    if (error != NULL)
        pass_log_no_recipes(result->url, result->recipes != NULL, error);
    if (result->recipes != NULL)
        take_clocks(pass, result->recipes);
    for (guint i = 0; error == NULL && i < pass->options.config->outputs->len; i++)
        take_standing(pass, i, result->before[i]);
    return TRUE;
}

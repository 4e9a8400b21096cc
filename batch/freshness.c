#include "batch/freshness.h"

typedef struct {
    GArray *spans; /* of RecipeSpan; empty: every output counts as made with the present recipe */
    gboolean remakes;
    gboolean is_held; /* the configuration is older than the recipe in force */
} Clock;

struct RecipeClocks {
    GArray *clocks; /* of Clock, one for each output of the configuration */
};

static void clock_clear(void *data)
{
    g_array_unref(((Clock *)data)->spans);
}

static Clock clock_of(const Recipes *recipes, const Config *config, guint i)
{
    const RecipeStanding standing = recipes_standing(recipes, config, i);
    Clock clock = {.is_held = standing == RECIPE_FORMER};

    clock.spans = recipes_spans(recipes, config, i, &clock.remakes);
    clock.remakes = clock.remakes && standing == RECIPE_PRESENT;
    if (standing == RECIPE_UNTRACKED)
        g_array_set_size(clock.spans, 0);
    return clock;
}

RecipeClocks *recipe_clocks_new(const Recipes *recipes, const Config *config)
{
    RecipeClocks *clocks = g_new0(RecipeClocks, 1);

    clocks->clocks = g_array_new(FALSE, FALSE, sizeof(Clock));
    g_array_set_clear_func(clocks->clocks, clock_clear);
    for (guint i = 0; i < config->outputs->len; i++) {
        Clock clock = clock_of(recipes, config, i);

        g_array_append_val(clocks->clocks, clock);
    }
    return clocks;
}

void recipe_clocks_free(RecipeClocks *clocks)
{
    if (clocks == NULL)
        return;
    g_array_unref(clocks->clocks);
    g_free(clocks);
}

static const Clock *clock_at(const RecipeClocks *clocks, guint i)
{
    return &g_array_index(clocks->clocks, Clock, i);
}

void recipe_clocks_remake(RecipeClocks *clocks, guint output)
{
    g_array_index(clocks->clocks, Clock, output).remakes = TRUE;
}

/* Recipes change rarely, so the last span is looked at first. */
static gboolean is_of_present_recipe(const Clock *clock, gint64 mtime_s)
{
    for (guint i = clock->spans->len; i-- > 0;) {
        const RecipeSpan *span = &g_array_index(clock->spans, RecipeSpan, i);

        if (mtime_s > span->since_s)
            return span->is_present;
    }
    return clock->spans->len == 0;
}

Freshness freshness_of(const RecipeClocks *clocks, guint output, gboolean exists, gint64 mtime_s,
                       gint64 source_mtime_s)
{
    if (!exists)
        return FRESHNESS_MISSING;
    if (mtime_s <= source_mtime_s)
        return FRESHNESS_OLDER;
    if (clocks != NULL && !is_of_present_recipe(clock_at(clocks, output), mtime_s))
        return FRESHNESS_OTHER_RECIPE;
    return FRESHNESS_UP_TO_DATE;
}

gboolean freshness_demands(const RecipeClocks *clocks, guint output, Freshness freshness)
{
    if (freshness == FRESHNESS_UP_TO_DATE)
        return FALSE;
    if (clocks == NULL)
        return freshness != FRESHNESS_OTHER_RECIPE;
    if (clock_at(clocks, output)->is_held)
        return FALSE;
    return freshness != FRESHNESS_OTHER_RECIPE || clock_at(clocks, output)->remakes;
}

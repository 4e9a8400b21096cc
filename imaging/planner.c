#include "imaging/planner.h"

/* denominator: a side of an image or of a recipe's box, which probe and recipe have checked not to be 0. */
static guint32 round_ratio(guint32 value, guint32 numerator, guint32 denominator)
{
    guint64 rounded;

    g_assert(denominator > 0);
    rounded = ((guint64)value * numerator * 2 + denominator) / ((guint64)denominator * 2);

    return (guint32)MAX(rounded, 1);
}

static void plan_inside(guint32 source_width, guint32 source_height, const Recipe *recipe, PlanOutput *output)
{
    guint64 width_limits = (guint64)recipe->width * source_height;
    guint64 height_limits = (guint64)recipe->height * source_width;

    if (source_width <= recipe->width && source_height <= recipe->height) {
        output->scaled_width = source_width;
        output->scaled_height = source_height;
    } else if (width_limits <= height_limits) {
        output->scaled_width = recipe->width;
        output->scaled_height = round_ratio(source_height, recipe->width, source_width);
    } else {
        output->scaled_height = recipe->height;
        output->scaled_width = round_ratio(source_width, recipe->height, source_height);
    }
    output->width = output->scaled_width;
    output->height = output->scaled_height;
}

/* The source is smaller than the box on one side or both: only cropped. */
static void plan_cover_small(guint32 source_width, guint32 source_height, const Recipe *recipe,
                             PlanOutput *output)
{
    guint64 width_limits = (guint64)source_width * recipe->height;
    guint64 height_limits = (guint64)source_height * recipe->width;

    output->scaled_width = source_width;
    output->scaled_height = source_height;
    if (width_limits <= height_limits) {
        output->width = source_width;
        output->height = round_ratio(recipe->height, source_width, recipe->width);
    } else {
        output->height = source_height;
        output->width = round_ratio(recipe->width, source_height, recipe->height);
    }
}

static void plan_cover(guint32 source_width, guint32 source_height, const Recipe *recipe, PlanOutput *output)
{
    if (source_width < recipe->width || source_height < recipe->height) {
        plan_cover_small(source_width, source_height, recipe, output);
        return;
    }
    if ((guint64)recipe->width * source_height >= (guint64)recipe->height * source_width) {
        output->scaled_width = recipe->width;
        output->scaled_height = round_ratio(source_height, recipe->width, source_width);
    } else {
        output->scaled_height = recipe->height;
        output->scaled_width = round_ratio(source_width, recipe->height, source_height);
    }
    output->width = recipe->width;
    output->height = recipe->height;
}

void plan_output(guint32 source_width, guint32 source_height, const Recipe *recipe, PlanOutput *ret_output)
{
    PlanOutput output = {.parent = PLAN_BASE};

    if (recipe->fit == FIT_COVER)
        plan_cover(source_width, source_height, recipe, &output);
    else
        plan_inside(source_width, source_height, recipe, &output);
    output.left = (output.scaled_width - output.width) / 2;
    output.top = (output.scaled_height - output.height) / 2;
    *ret_output = output;
}

/* Scaled sizes are the source's times a factor, so that their areas order them. */
static guint64 scaled_area(const PlanOutput *output)
{
    return (guint64)output->scaled_width * output->scaled_height;
}

/* By insertion: there are few, and equal ones stay in the order of the configuration. */
static void plan_sort(Plan *plan)
{
    for (guint i = 0; i < plan->n_outputs; i++) {
        guint64 area = scaled_area(&plan->outputs[i]);
        guint place = i;

        while (place > 0 && scaled_area(&plan->outputs[plan->order[place - 1]]) < area) {
            plan->order[place] = plan->order[place - 1];
            place--;
        }
        plan->order[place] = i;
    }
}

static gboolean may_be_parent(const PlanOutput *parent, const PlanOutput *child)
{
    gboolean whole = parent->width == parent->scaled_width && parent->height == parent->scaled_height;

    return whole && parent->scaled_width >= 2 * (guint64)child->scaled_width &&
           parent->scaled_height >= 2 * (guint64)child->scaled_height;
}

void plan_make(guint32 source_width, guint32 source_height, const Recipe *recipes, guint n_recipes,
               Plan *ret_plan)
{
    Plan plan = {.base_width = 1, .base_height = 1, .n_outputs = MIN(n_recipes, LIMIT_OUTPUTS)};

    for (guint i = 0; i < plan.n_outputs; i++) {
        plan_output(source_width, source_height, &recipes[i], &plan.outputs[i]);
        plan.base_width = MAX(plan.base_width, plan.outputs[i].scaled_width);
        plan.base_height = MAX(plan.base_height, plan.outputs[i].scaled_height);
    }
    plan_sort(&plan);
    for (guint i = 1; i < plan.n_outputs; i++) {
        PlanOutput *child = &plan.outputs[plan.order[i]];

        for (guint j = i; j-- > 0 && child->parent == PLAN_BASE;) {
            PlanOutput *parent = &plan.outputs[plan.order[j]];

            if (may_be_parent(parent, child)) {
                child->parent = (int)plan.order[j];
                parent->is_parent = TRUE;
            }
        }
    }
    *ret_plan = plan;
}

double plan_shrink(const Plan *plan, guint32 source_width, guint32 source_height)
{
    double horizontal = (double)source_width / plan->base_width;
    double vertical = (double)source_height / plan->base_height;

    return MAX(1.0, MIN(horizontal, vertical));
}

guint plan_jpeg_shrink(double shrink)
{
    if (shrink >= 16.0)
        return 8;
    if (shrink >= 8.0)
        return 4;
    return shrink >= 4.0 ? 2 : 1;
}

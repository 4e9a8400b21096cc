#include "imaging/planning/planner.h"

#include "base/error.h"

/* The factor f of the header. */
typedef struct {
    guint64 numerator;
    guint64 denominator;
} Ratio;

static const Ratio unchanged = {1, 1};

/* The result is at most 2^32 x RECIPE_MAX_SIDE, which fits. */
static guint64 ratio_scale(Ratio ratio, guint32 side)
{
    return MAX((side * ratio.numerator * 2 + ratio.denominator) / (ratio.denominator * 2), 1);
}

static gboolean ratio_enlarges(Ratio ratio)
{
    return ratio.numerator > ratio.denominator;
}

/* The smaller or the larger of both sides' factors; with only one side in the box, that side's factor. */
static Ratio fit_ratio(PlanSize source, const Recipe *recipe, gboolean larger)
{
    const guint64 by_width = (guint64)recipe->width * source.height;
    const guint64 by_height = (guint64)recipe->height * source.width;
    const gboolean both = recipe->width != 0 && recipe->height != 0;
    const gboolean by_width_wins = larger ? by_width >= by_height : by_width <= by_height;

    if (both ? by_width_wins : recipe->width != 0)
        return (Ratio){recipe->width, source.width};
    return (Ratio){recipe->height, source.height};
}

/* Refuses sizes beyond the longest side that an output may have, before the numbers are narrowed to 32
 * bits. */
static gboolean set_scaled(const PlanSource *source, Ratio horizontal, Ratio vertical, PlanOutput *output,
                           GError **error)
{
    const guint64 width = ratio_scale(horizontal, source->size.width);
    const guint64 height = ratio_scale(vertical, source->size.height);

    if ((ratio_enlarges(horizontal) || ratio_enlarges(vertical)) && width > PLAN_MAX_ENLARGED / height) {
        error_set(error, ERROR_LIMIT,
                  "%u x %u would be enlarged to %" G_GUINT64_FORMAT " x %" G_GUINT64_FORMAT
                  ", more than %" G_GUINT64_FORMAT " pixels",
                  source->size.width, source->size.height, width, height, PLAN_MAX_ENLARGED);
        return FALSE;
    }
    output->scaled = output->size = (PlanSize){(guint32)width, (guint32)height};
    return TRUE;
}

static gboolean plan_inside(const PlanSource *source, const Recipe *recipe, gboolean larger,
                            PlanOutput *output, GError **error)
{
    Ratio ratio = fit_ratio(source->size, recipe, larger);

    if (ratio_enlarges(ratio) && !recipe->enlarge)
        ratio = unchanged;
    return set_scaled(source, ratio, ratio, output, error);
}

static gboolean plan_contain(const PlanSource *source, const Recipe *recipe, PlanOutput *output,
                             GError **error)
{
    if (!plan_inside(source, recipe, FALSE, output, error))
        return FALSE;
    output->size = (PlanSize){recipe->width, recipe->height};
    output->pad_left = (recipe->width - output->scaled.width) / 2;
    output->pad_top = (recipe->height - output->scaled.height) / 2;
    return TRUE;
}

/* The largest part of the source that has the box's aspect ratio. */
static PlanSize largest_part(PlanSize source, const Recipe *recipe)
{
    const guint64 by_width = (guint64)source.width * recipe->height;
    const guint64 by_height = (guint64)source.height * recipe->width;

    if (by_width <= by_height)
        return (PlanSize){source.width,
                          (guint32)ratio_scale((Ratio){source.width, recipe->width}, recipe->height)};
    return (PlanSize){(guint32)ratio_scale((Ratio){source.height, recipe->height}, recipe->width),
                      source.height};
}

static void set_crop(Crop crop, PlanOutput *output)
{
    const guint32 right = output->scaled.width - output->size.width;
    const guint32 bottom = output->scaled.height - output->size.height;
    const gboolean west = crop == CROP_WEST || crop == CROP_NORTH_WEST || crop == CROP_SOUTH_WEST;
    const gboolean east = crop == CROP_EAST || crop == CROP_NORTH_EAST || crop == CROP_SOUTH_EAST;
    const gboolean north = crop == CROP_NORTH || crop == CROP_NORTH_EAST || crop == CROP_NORTH_WEST;
    const gboolean south = crop == CROP_SOUTH || crop == CROP_SOUTH_EAST || crop == CROP_SOUTH_WEST;

    output->left = west ? 0 : east ? right : right / 2;
    output->top = north ? 0 : south ? bottom : bottom / 2;
    output->is_crop_open = (crop == CROP_ATTENTION || crop == CROP_ENTROPY) && right + bottom > 0;
}

static gboolean plan_cover(const PlanSource *source, const Recipe *recipe, PlanOutput *output, GError **error)
{
    Ratio ratio = fit_ratio(source->size, recipe, TRUE);

    if (ratio_enlarges(ratio) && !recipe->enlarge) {
        output->scaled = source->size;
        output->size = largest_part(source->size, recipe);
    } else {
        if (!set_scaled(source, ratio, ratio, output, error))
            return FALSE;
        output->size = (PlanSize){recipe->width, recipe->height};
    }
    set_crop(recipe->crop, output);
    return TRUE;
}

static gboolean plan_fill(const PlanSource *source, const Recipe *recipe, PlanOutput *output, GError **error)
{
    Ratio horizontal = {recipe->width, source->size.width};
    Ratio vertical = {recipe->height, source->size.height};

    if (ratio_enlarges(horizontal) && !recipe->enlarge)
        horizontal = unchanged;
    if (ratio_enlarges(vertical) && !recipe->enlarge)
        vertical = unchanged;
    return set_scaled(source, horizontal, vertical, output, error);
}

static gboolean plan_fit(const PlanSource *source, const Recipe *recipe, PlanOutput *output, GError **error)
{
    if (recipe->width == 0 || recipe->height == 0)
        return plan_inside(source, recipe, FALSE, output, error);
    switch (recipe->fit) {
    case FIT_INSIDE: return plan_inside(source, recipe, FALSE, output, error);
    case FIT_OUTSIDE: return plan_inside(source, recipe, TRUE, output, error);
    case FIT_COVER: return plan_cover(source, recipe, output, error);
    case FIT_CONTAIN: return plan_contain(source, recipe, output, error);
    case FIT_FILL: return plan_fill(source, recipe, output, error);
    }
    g_return_val_if_reached(FALSE);
}

gboolean plan_output(const PlanSource *source, const Recipe *recipe, PlanOutput *ret_output, GError **error)
{
    PlanOutput output = {.parent = PLAN_BASE, .format = format_resolve(recipe->format, source->format)};
    const FormatInfo *format;

    if (!plan_fit(source, recipe, &output, error))
        return FALSE;
    format = format_info(output.format);
    if (output.size.width > format->max_side || output.size.height > format->max_side) {
        error_set(error, ERROR_LIMIT, "an output of %u x %u exceeds the %u pixels per side of %s",
                  output.size.width, output.size.height, format->max_side, format->name);
        return FALSE;
    }
    *ret_output = output;
    return TRUE;
}

gboolean plan_output_is_cropped(const PlanOutput *output)
{
    return output->size.width < output->scaled.width || output->size.height < output->scaled.height;
}

gboolean plan_output_is_padded(const PlanOutput *output)
{
    return output->size.width > output->scaled.width || output->size.height > output->scaled.height;
}

/* The order */

static guint64 scaled_area(const PlanOutput *output)
{
    return (guint64)output->scaled.width * output->scaled.height;
}

/* Insertion sort: there are few outputs, and equal ones must stay in the order of the configuration. A parent
 * has at least four times its child's area. */
static void plan_sort(Plan *plan)
{
    for (guint i = 0; i < plan->n_outputs; i++) {
        guint64 area = scaled_area(&plan->outputs[i]);
        guint place = plan->n_made;

        if (plan->outputs[i].is_refused)
            continue;
        while (place > 0 && scaled_area(&plan->outputs[plan->order[place - 1]]) < area) {
            plan->order[place] = plan->order[place - 1];
            place--;
        }
        plan->order[place] = i;
        plan->n_made++;
    }
}

/* The bases */

static PlanKey key_of(const PlanSource *source, const Recipe *recipe, const PlanOutput *output)
{
    const guint32 wanted = recipe->max_frames != 0 ? recipe->max_frames : source->frames;
    const gboolean moves = format_has_option(output->format, OPTION_FRAMES);
    /* A file without a profile is taken for sRGB, and GIF cannot hold a profile. */
    const gboolean to_srgb = !format_has_option(output->format, OPTION_METADATA) ||
                             (source->is_srgb && recipe->profile == PROFILE_KEEP);

    return (PlanKey){
        .linear = recipe->linear,
        .profile = to_srgb ? PROFILE_SRGB : recipe->profile,
        .frames = moves ? MIN(wanted, source->frames) : 1,
    };
}

static gboolean key_equal(const PlanKey *a, const PlanKey *b)
{
    return a->linear == b->linear && a->profile == b->profile && a->frames == b->frames;
}

/* Returns the index of the base with this key. If there is none, begins one for its first output. */
static guint plan_find_base(Plan *plan, const PlanKey *key, const Recipe *first)
{
    guint i = 0;

    while (i < plan->n_bases && !key_equal(&plan->bases[i].key, key))
        i++;
    if (i == plan->n_bases)
        plan->bases[plan->n_bases++] =
            (PlanBase){.key = *key, .size = {1, 1}, .is_flat = TRUE, .background = first->background};
    return i;
}

static void plan_assign_base(Plan *plan, const PlanSource *source, const Recipe *recipe, PlanOutput *output)
{
    const PlanKey key = key_of(source, recipe, output);
    PlanBase *base;

    output->base = plan_find_base(plan, &key, recipe);
    base = &plan->bases[output->base];
    base->size.width = MAX(base->size.width, MIN(output->scaled.width, source->size.width));
    base->size.height = MAX(base->size.height, MIN(output->scaled.height, source->size.height));
    if (format_info(output->format)->has_alpha || recipe->background != base->background)
        base->is_flat = FALSE;
}

/* The tree */

static gboolean may_be_parent(const Plan *plan, const PlanOutput *parent, const PlanOutput *child)
{
    const PlanSize base = plan->bases[parent->base].size;

    return parent->base == child->base && !plan_output_is_cropped(parent) &&
           parent->scaled.width <= base.width && parent->scaled.height <= base.height &&
           parent->scaled.width >= 2 * (guint64)child->scaled.width &&
           parent->scaled.height >= 2 * (guint64)child->scaled.height;
}

/* Chooses the smallest possible parent: the last one among those sorted before this output. */
static void plan_find_parent(Plan *plan, guint place)
{
    PlanOutput *child = &plan->outputs[plan->order[place]];

    for (guint j = place; j-- > 0 && child->parent == PLAN_BASE;) {
        PlanOutput *parent = &plan->outputs[plan->order[j]];

        if (may_be_parent(plan, parent, child)) {
            child->parent = (int)plan->order[j];
            parent->is_parent = TRUE;
        }
    }
}

void plan_make(const PlanSource *source, const Recipe *recipes, guint n_recipes, Plan *ret_plan)
{
    Plan plan = {.n_outputs = n_recipes};

    g_return_if_fail(n_recipes <= LIMIT_OUTPUTS);
    for (guint i = 0; i < n_recipes; i++) {
        if (!plan_output(source, &recipes[i], &plan.outputs[i], NULL))
            plan.outputs[i] = (PlanOutput){.parent = PLAN_BASE,
                                           .format = format_resolve(recipes[i].format, source->format),
                                           .is_refused = TRUE};
    }
    plan_sort(&plan);
    for (guint i = 0; i < plan.n_made; i++)
        plan_assign_base(&plan, source, &recipes[plan.order[i]], &plan.outputs[plan.order[i]]);
    for (guint i = 1; i < plan.n_made; i++)
        plan_find_parent(&plan, i);
    *ret_plan = plan;
}

/* Loading */

guint32 plan_frames(const Plan *plan)
{
    guint32 frames = 1;

    for (guint i = 0; i < plan->n_bases; i++)
        frames = MAX(frames, plan->bases[i].key.frames);
    return frames;
}

double plan_shrink(const Plan *plan, PlanSize source)
{
    double shrink = MAX(source.width, source.height);

    for (guint i = 0; i < plan->n_bases; i++) {
        const PlanSize base = plan->bases[i].size;

        shrink = MIN(shrink, (double)source.width / base.width);
        shrink = MIN(shrink, (double)source.height / base.height);
    }
    return MAX(shrink, 1.0);
}

guint plan_jpeg_shrink(double shrink)
{
    if (shrink >= 16.0)
        return 8;
    if (shrink >= 8.0)
        return 4;
    return shrink >= 4.0 ? 2 : 1;
}

/* Resized directly from the base to a different size, of more than half of the base's. */
static gboolean is_close_to_base(const Plan *plan, const PlanOutput *output)
{
    const PlanSize base = plan->bases[output->base].size;
    const PlanSize scaled = output->scaled;

    return output->parent == PLAN_BASE && (scaled.width != base.width || scaled.height != base.height) &&
           (2 * (guint64)scaled.width > base.width || 2 * (guint64)scaled.height > base.height);
}

double plan_webp_scale(const Plan *plan, PlanSize source)
{
    const double shrink = plan_shrink(plan, source);

    for (guint i = 0; i < plan->n_made; i++)
        if (is_close_to_base(plan, &plan->outputs[plan->order[i]]))
            return MIN(2.0 / shrink, 1.0);
    return 1.0 / shrink;
}

static gboolean level_suffices(const Plan *plan, PlanSize level)
{
    for (guint i = 0; i < plan->n_bases; i++) {
        const PlanSize base = plan->bases[i].size;

        if (level.width < 2 * (guint64)base.width || level.height < 2 * (guint64)base.height)
            return FALSE;
    }
    return TRUE;
}

guint plan_level(const Plan *plan, const PlanSize *levels, guint n_levels)
{
    guint level = 0;

    while (level + 1 < n_levels && level_suffices(plan, levels[level + 1]))
        level++;
    return level;
}

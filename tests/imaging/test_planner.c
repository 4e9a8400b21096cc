#include <criterion/criterion.h>
#include <math.h>

#include "imaging/planner.h"

static PlanOutput plan_one(guint32 sw, guint32 sh, Fit fit, guint32 bw, guint32 bh)
{
    Recipe recipe = {.width = bw, .height = bh, .fit = fit, .format = FORMAT_JPEG, .quality = 80};
    PlanOutput output;

    plan_output(sw, sh, &recipe, &output);
    return output;
}

static void check(Fit fit, const guint32 numbers[6])
{
    PlanOutput o = plan_one(numbers[0], numbers[1], fit, numbers[2], numbers[3]);

    cr_expect(o.width == numbers[4] && o.height == numbers[5], "%ux%u in %ux%u: %ux%u, not %ux%u", numbers[0],
              numbers[1], numbers[2], numbers[3], o.width, o.height, numbers[4], numbers[5]);
    cr_expect(o.parent == PLAN_BASE && !o.is_parent);
}

Test(planner, inside_sizes)
{
    static const guint32 cases[][6] = {
        {4000, 3000, 1600, 1600, 1600, 1200},
        {3000, 4000, 1600, 1600, 1200, 1600},
        {100, 80, 1600, 1600, 100, 80},
        {1600, 1200, 1600, 1600, 1600, 1200},
        {1601, 1200, 1600, 1600, 1600, 1199},
        {1, 5000, 256, 256, 1, 256},
        {5000, 1, 256, 256, 256, 1},
        {1, 1, 1, 1, 1, 1},
        {20000, 300, 1600, 1600, 1600, 24},
        {5640, 3172, 1600, 1600, 1600, 900},
        {4000, 3000, 1600, 100, 133, 100},
        {2000, 1000, 3000, 100, 200, 100},
        {60000, 60000, 16383, 16383, 16383, 16383},
        {3, 2, 2, 2, 2, 1},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        check(FIT_INSIDE, cases[i]);
}

Test(planner, cover_sizes)
{
    static const guint32 cases[][6] = {
        {4000, 3000, 256, 256, 256, 256}, {3000, 4000, 256, 256, 256, 256}, {256, 256, 256, 256, 256, 256},
        {200, 300, 256, 256, 200, 200},   {300, 200, 256, 256, 200, 200},   {1, 5000, 256, 256, 1, 1},
        {5000, 1, 256, 256, 1, 1},        {100, 80, 1600, 800, 100, 50},    {100, 80, 800, 1600, 40, 80},
        {255, 256, 256, 256, 255, 255},   {10, 10, 16383, 1, 10, 1},        {4000, 3000, 400, 100, 400, 100},
        {20000, 300, 256, 256, 256, 256},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        check(FIT_COVER, cases[i]);
}

Test(planner, cover_crops_around_the_centre)
{
    PlanOutput o = plan_one(400, 200, FIT_COVER, 100, 100);

    cr_expect(o.scaled_width == 200 && o.scaled_height == 100);
    cr_expect(o.left == 50 && o.top == 0);
    o = plan_one(200, 401, FIT_COVER, 100, 100);
    cr_expect(o.scaled_width == 100 && o.scaled_height == 201);
    cr_expect(o.left == 0 && o.top == 50);
}

/* The formulas of the header in floating point, for sizes drawn by seed. */
static void check_formula(guint32 sw, guint32 sh, guint32 bw, guint32 bh)
{
    PlanOutput in = plan_one(sw, sh, FIT_INSIDE, bw, bh);
    PlanOutput cover = plan_one(sw, sh, FIT_COVER, bw, bh);
    double f = MIN(1.0, MIN((double)bw / sw, (double)bh / sh));
    double g = MIN(1.0, MIN((double)sw / bw, (double)sh / bh));

    cr_assert(in.width <= MIN(sw, bw) && in.height <= MIN(sh, bh) && in.width >= 1 && in.height >= 1);
    cr_assert(fabs(MAX(1.0, sw * f) - in.width) <= 0.5001 && fabs(MAX(1.0, sh * f) - in.height) <= 0.5001,
              "%ux%u in %ux%u", sw, sh, bw, bh);
    cr_assert(cover.width <= bw && cover.height <= bh && cover.width >= 1 && cover.height >= 1);
    cr_assert(cover.scaled_width <= sw && cover.scaled_height <= sh);
    cr_assert(cover.left + cover.width <= cover.scaled_width &&
              cover.top + cover.height <= cover.scaled_height);
    cr_assert(fabs(MAX(1.0, bw * g) - cover.width) <= 0.5001 &&
                  fabs(MAX(1.0, bh * g) - cover.height) <= 0.5001,
              "%ux%u cover %ux%u: %ux%u", sw, sh, bw, bh, cover.width, cover.height);
}

Test(planner, formula_holds_for_any_size)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);

    for (int i = 0; i < 200000; i++) {
        guint32 sides[4];

        for (int k = 0; k < 4; k++)
            sides[k] = (guint32)g_rand_int_range(random, 1, k < 2 && i % 2 == 0 ? 100000 : 400);
        check_formula(sides[0], sides[1], MIN(sides[2], RECIPE_MAX_SIDE), MIN(sides[3], RECIPE_MAX_SIDE));
    }
}

static Recipe box(Fit fit, guint32 width, guint32 height)
{
    return (Recipe){.width = width, .height = height, .fit = fit, .format = FORMAT_JPEG, .quality = 80};
}

Test(planner, derives_from_the_smallest_that_is_twice_as_large)
{
    const Recipe recipes[] = {box(FIT_COVER, 100, 100), box(FIT_INSIDE, 800, 800),
                              box(FIT_INSIDE, 1600, 1600), box(FIT_INSIDE, 300, 300)};
    Plan plan;

    plan_make(4000, 3000, recipes, 4, &plan);
    cr_expect(plan.base_width == 1600 && plan.base_height == 1200);
    cr_expect(plan.order[0] == 2 && plan.order[1] == 1 && plan.order[2] == 3 && plan.order[3] == 0);
    cr_expect(plan.outputs[2].parent == PLAN_BASE);
    cr_expect(plan.outputs[1].parent == 2);
    cr_expect(plan.outputs[3].parent == 1);
    cr_expect(plan.outputs[0].parent == 3 || plan.outputs[0].parent == 1);
    /* 133 x 100 scaled: 300 x 225 is twice as large */
    cr_expect(plan.outputs[0].parent == 3);
    cr_expect(plan.outputs[1].is_parent && plan.outputs[2].is_parent && plan.outputs[3].is_parent);
    cr_expect(!plan.outputs[0].is_parent);
}

Test(planner, does_not_derive_from_crops_or_near_sizes)
{
    const Recipe recipes[] = {box(FIT_COVER, 1000, 1000), box(FIT_INSIDE, 700, 700),
                              box(FIT_INSIDE, 600, 600)};
    Plan plan;

    plan_make(4000, 3000, recipes, 3, &plan);
    cr_expect(plan.base_width == 1333 && plan.base_height == 1000);
    for (guint i = 0; i < 3; i++)
        cr_expect(plan.outputs[i].parent == PLAN_BASE && !plan.outputs[i].is_parent);
}

Test(planner, equal_outputs_keep_their_order)
{
    const Recipe recipes[] = {box(FIT_INSIDE, 50, 50), box(FIT_INSIDE, 50, 50), box(FIT_INSIDE, 50, 50)};
    Plan plan;

    plan_make(20, 30, recipes, 3, &plan);
    for (guint i = 0; i < 3; i++)
        cr_expect(plan.order[i] == i && plan.outputs[i].parent == PLAN_BASE);
    cr_expect(plan.base_width == 20 && plan.base_height == 30);
}

Test(planner, parents_come_first)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(2);

    for (int round = 0; round < 2000; round++) {
        Recipe recipes[LIMIT_OUTPUTS];
        gboolean seen[LIMIT_OUTPUTS] = {FALSE};
        guint n = (guint)g_rand_int_range(random, 1, LIMIT_OUTPUTS + 1);
        Plan plan;

        for (guint i = 0; i < n; i++)
            recipes[i] =
                box(g_rand_boolean(random) ? FIT_INSIDE : FIT_COVER,
                    (guint32)g_rand_int_range(random, 1, 3000), (guint32)g_rand_int_range(random, 1, 3000));
        plan_make((guint32)g_rand_int_range(random, 1, 6000), (guint32)g_rand_int_range(random, 1, 6000),
                  recipes, n, &plan);
        for (guint i = 0; i < n; i++) {
            const PlanOutput *output = &plan.outputs[plan.order[i]];

            cr_assert(!seen[plan.order[i]]);
            seen[plan.order[i]] = TRUE;
            cr_assert(output->parent == PLAN_BASE || seen[output->parent]);
            cr_assert(output->parent == PLAN_BASE || plan.outputs[output->parent].is_parent);
            cr_assert(output->scaled_width <= plan.base_width && output->scaled_height <= plan.base_height);
        }
    }
}

Test(planner, no_more_than_the_limit)
{
    Recipe recipes[LIMIT_OUTPUTS + 1];
    Plan plan;

    for (guint i = 0; i <= LIMIT_OUTPUTS; i++)
        recipes[i] = box(FIT_INSIDE, 10, 10);
    plan_make(100, 100, recipes, LIMIT_OUTPUTS + 1, &plan);
    cr_expect(plan.n_outputs == LIMIT_OUTPUTS);
    plan_make(100, 100, recipes, 0, &plan);
    cr_expect(plan.n_outputs == 0 && plan.base_width == 1 && plan.base_height == 1);
}

Test(planner, shrink_is_the_smaller_axis)
{
    const Recipe recipes[] = {box(FIT_INSIDE, 1600, 1600)};
    Plan plan;

    plan_make(6400, 3200, recipes, 1, &plan);
    cr_expect_float_eq(plan_shrink(&plan, 6400, 3200), 4.0, 1e-9);
    plan_make(100, 100, recipes, 1, &plan);
    cr_expect_float_eq(plan_shrink(&plan, 100, 100), 1.0, 1e-9);
    plan_make(16000, 5, recipes, 1, &plan);
    cr_expect_float_eq(plan_shrink(&plan, 16000, 5), 5.0, 1e-9);
}

Test(planner, jpeg_leaves_a_factor_of_two)
{
    cr_expect_eq(plan_jpeg_shrink(1.0), 1);
    cr_expect_eq(plan_jpeg_shrink(3.99), 1);
    cr_expect_eq(plan_jpeg_shrink(4.0), 2);
    cr_expect_eq(plan_jpeg_shrink(7.99), 2);
    cr_expect_eq(plan_jpeg_shrink(8.0), 4);
    cr_expect_eq(plan_jpeg_shrink(16.0), 8);
    cr_expect_eq(plan_jpeg_shrink(1000.0), 8);
}

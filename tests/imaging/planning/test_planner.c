#include <criterion/criterion.h>
#include <math.h>

#include "base/error.h"
#include "imaging/planning/planner.h"

static PlanSource photo(guint32 width, guint32 height)
{
    return (PlanSource){.size = {width, height}, .frames = 1, .format = FORMAT_JPEG};
}

static Recipe box(Fit fit, guint32 width, guint32 height)
{
    return (Recipe){
        .width = width, .height = height, .fit = fit, .background = RECIPE_WHITE, .format = FORMAT_JPEG};
}

static Recipe enlarged(Recipe recipe)
{
    recipe.enlarge = TRUE;
    return recipe;
}

static PlanOutput plan_one(PlanSource source, Recipe recipe)
{
    g_autoptr(GError) error = NULL;
    PlanOutput output;

    cr_assert(plan_output(&source, &recipe, &output, &error), "%s", error != NULL ? error->message : "");
    return output;
}

static void plan_all(PlanSource source, const Recipe *recipes, guint n_recipes, Plan *ret_plan)
{
    plan_make(&source, recipes, n_recipes, ret_plan);
    cr_assert_eq(ret_plan->n_made, n_recipes);
}

/* numbers: source, box, output. */
static void check_one(Recipe recipe, const guint32 numbers[6])
{
    PlanOutput o;

    recipe.width = numbers[2];
    recipe.height = numbers[3];
    o = plan_one(photo(numbers[0], numbers[1]), recipe);
    cr_expect(o.size.width == numbers[4] && o.size.height == numbers[5],
              "%s, %ux%u in %ux%u: %ux%u, not %ux%u", recipe_fit_name(recipe.fit), numbers[0], numbers[1],
              numbers[2], numbers[3], o.size.width, o.size.height, numbers[4], numbers[5]);
    cr_expect(o.parent == PLAN_BASE && !o.is_parent);
}

#define CHECK(recipe, cases)                                                                                 \
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)                                                          \
    check_one(recipe, cases[i])

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
    static const guint32 larger[][6] = {
        {100, 80, 1600, 1600, 1600, 1280},
        {4000, 3000, 1600, 1600, 1600, 1200},
        {1, 1, 7, 9, 7, 7},
        {1600, 1200, 1600, 1600, 1600, 1200},
        {3, 2, 400, 10, 15, 10},
    };

    CHECK(box(FIT_INSIDE, 0, 0), cases);
    CHECK(enlarged(box(FIT_INSIDE, 0, 0)), larger);
}

Test(planner, one_side_leaves_the_other_to_the_image)
{
    static const guint32 cases[][6] = {
        {4000, 3000, 1600, 0, 1600, 1200}, {4000, 3000, 0, 300, 400, 300}, {100, 80, 200, 0, 100, 80},
        {5000, 1, 256, 0, 256, 1},         {10, 9000, 5, 0, 5, 4500},
    };
    static const guint32 larger[][6] = {{100, 80, 200, 0, 200, 160}, {100, 80, 0, 40, 50, 40}};

    for (Fit fit = FIT_INSIDE; fit <= FIT_LAST; fit++) {
        CHECK(box(fit, 0, 0), cases);
        CHECK(enlarged(box(fit, 0, 0)), larger);
    }
}

Test(planner, outside_sizes)
{
    static const guint32 cases[][6] = {
        {4000, 3000, 1600, 1600, 2133, 1600},
        {3000, 4000, 1600, 1600, 1600, 2133},
        {100, 80, 1600, 1600, 100, 80},
        {100, 80, 50, 80, 100, 80},
        {100, 80, 50, 10, 50, 40},
        {5000, 1, 256, 256, 5000, 1},
    };
    static const guint32 larger[][6] = {{100, 80, 160, 160, 200, 160}, {100, 80, 50, 10, 50, 40}};

    CHECK(box(FIT_OUTSIDE, 0, 0), cases);
    CHECK(enlarged(box(FIT_OUTSIDE, 0, 0)), larger);
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
    static const guint32 larger[][6] = {{100, 80, 1600, 800, 1600, 800}, {4000, 3000, 400, 100, 400, 100}};

    CHECK(box(FIT_COVER, 0, 0), cases);
    CHECK(enlarged(box(FIT_COVER, 0, 0)), larger);
}

Test(planner, contain_and_fill_sizes)
{
    static const guint32 exact[][6] = {
        {4000, 3000, 256, 100, 256, 100}, {10, 10, 256, 100, 256, 100}, {1, 60000, 300, 300, 300, 300}};
    static const guint32 no_larger[][6] = {
        {4000, 3000, 256, 100, 256, 100}, {10, 200, 256, 100, 10, 100}, {10, 10, 256, 100, 10, 10}};

    CHECK(box(FIT_CONTAIN, 0, 0), exact);
    CHECK(enlarged(box(FIT_CONTAIN, 0, 0)), exact);
    CHECK(enlarged(box(FIT_FILL, 0, 0)), exact);
    CHECK(box(FIT_FILL, 0, 0), no_larger);
}

Test(planner, contain_pads_around_the_middle)
{
    PlanOutput o = plan_one(photo(400, 200), box(FIT_CONTAIN, 100, 100));

    cr_expect(o.scaled.width == 100 && o.scaled.height == 50);
    cr_expect(o.pad_left == 0 && o.pad_top == 25);
    cr_expect(plan_output_is_padded(&o) && !plan_output_is_cropped(&o));
    o = plan_one(photo(20, 10), box(FIT_CONTAIN, 101, 100));
    cr_expect(o.scaled.width == 20 && o.scaled.height == 10);
    cr_expect(o.pad_left == 40 && o.pad_top == 45);
    o = plan_one(photo(400, 400), box(FIT_CONTAIN, 100, 100));
    cr_expect_not(plan_output_is_padded(&o));
}

static void check_crop(PlanSource source, Recipe recipe, Crop crop, guint32 left, guint32 top)
{
    PlanOutput o;

    recipe.crop = crop;
    o = plan_one(source, recipe);
    cr_expect(o.left == left && o.top == top, "%s: %u, %u, not %u, %u", recipe_crop_name(crop), o.left, o.top,
              left, top);
    cr_expect_eq(o.is_crop_open, (crop == CROP_ATTENTION || crop == CROP_ENTROPY));
    cr_expect(plan_output_is_cropped(&o) && !plan_output_is_padded(&o));
}

Test(planner, crops_keep_the_side_that_they_name)
{
    /* 200 x 100 scaled: 100 to cut off horizontally */
    static const guint32 wide[CROP_LAST + 1] = {
        [CROP_CENTRE] = 50,    [CROP_NORTH] = 50,       [CROP_NORTH_EAST] = 100, [CROP_EAST] = 100,
        [CROP_SOUTH] = 50,     [CROP_SOUTH_EAST] = 100, [CROP_ATTENTION] = 50,   [CROP_ENTROPY] = 50,
        [CROP_SOUTH_WEST] = 0, [CROP_WEST] = 0,         [CROP_NORTH_WEST] = 0,
    };
    /* 100 x 201 scaled: 101 to cut off vertically */
    static const guint32 tall[CROP_LAST + 1] = {
        [CROP_CENTRE] = 50,      [CROP_NORTH] = 0,        [CROP_NORTH_EAST] = 0, [CROP_EAST] = 50,
        [CROP_SOUTH] = 101,      [CROP_SOUTH_EAST] = 101, [CROP_ATTENTION] = 50, [CROP_ENTROPY] = 50,
        [CROP_SOUTH_WEST] = 101, [CROP_WEST] = 50,        [CROP_NORTH_WEST] = 0,
    };

    for (Crop crop = CROP_CENTRE; crop <= CROP_LAST; crop++) {
        check_crop(photo(400, 200), box(FIT_COVER, 100, 100), crop, wide[crop], 0);
        check_crop(photo(200, 401), box(FIT_COVER, 100, 100), crop, 0, tall[crop]);
        check_crop(photo(60, 80), box(FIT_COVER, 100, 100), crop, 0,
                   tall[crop] == 101 ? 20
                   : tall[crop] == 0 ? 0
                                     : 10);
    }
}

Test(planner, nothing_to_crop_leaves_nothing_open)
{
    Recipe recipe = box(FIT_COVER, 100, 100);
    PlanOutput o;

    recipe.crop = CROP_ATTENTION;
    o = plan_one(photo(400, 400), recipe);
    cr_expect_not(o.is_crop_open);
    cr_expect_not(plan_output_is_cropped(&o));
}

/* Whether a side is rounded correctly; at least 1. */
static gboolean is_rounded(double exact, guint32 value)
{
    return fabs(MAX(1.0, exact) - value) <= 0.5001;
}

/* Computes the formulas of the header in floating point. */
static void check_formula(PlanSource source, Recipe recipe)
{
    const double sw = source.size.width, sh = source.size.height, bw = recipe.width, bh = recipe.height;
    const double inner = MIN(bw / sw, bh / sh), outer = MAX(bw / sw, bh / sh);
    const double most = recipe.enlarge ? 1e9 : 1.0;
    const double f = MIN(most, recipe.fit == FIT_COVER || recipe.fit == FIT_OUTSIDE ? outer : inner);
    const double horizontal = recipe.fit == FIT_FILL ? MIN(most, bw / sw) : f;
    const double vertical = recipe.fit == FIT_FILL ? MIN(most, bh / sh) : f;
    const PlanOutput o = plan_one(source, recipe);
    double width = sw * horizontal, height = sh * vertical;

    cr_assert(is_rounded(width, o.scaled.width) && is_rounded(height, o.scaled.height),
              "%s %gx%g in %gx%g: scaled %ux%u", recipe_fit_name(recipe.fit), sw, sh, bw, bh, o.scaled.width,
              o.scaled.height);
    if (recipe.fit == FIT_CONTAIN || (recipe.fit == FIT_COVER && (outer <= 1 || recipe.enlarge))) {
        cr_assert(o.size.width == recipe.width && o.size.height == recipe.height, "the box exactly");
    } else if (recipe.fit == FIT_COVER) {
        const double g = MIN(1.0, MIN(sw / bw, sh / bh));

        cr_assert(is_rounded(bw * g, o.size.width) && is_rounded(bh * g, o.size.height));
    } else {
        cr_assert(o.size.width == o.scaled.width && o.size.height == o.scaled.height);
    }
    cr_assert(recipe.enlarge ||
              (o.scaled.width <= source.size.width && o.scaled.height <= source.size.height));
    cr_assert(o.left + MIN(o.size.width, o.scaled.width) <= o.scaled.width);
    cr_assert(o.top + MIN(o.size.height, o.scaled.height) <= o.scaled.height);
    cr_assert(o.pad_left + MIN(o.size.width, o.scaled.width) <= o.size.width);
    cr_assert(o.pad_top + MIN(o.size.height, o.scaled.height) <= o.size.height);
    cr_assert(recipe_allows_size(&recipe, o.format, o.size.width, o.size.height));
}

Test(planner, formula_holds_for_any_size)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);

    for (int i = 0; i < 200000; i++) {
        const Fit fit = (Fit)g_rand_int_range(random, 0, FIT_LAST + 1);
        guint32 sides[4];
        Recipe recipe;

        for (int k = 0; k < 4; k++)
            sides[k] = (guint32)g_rand_int_range(random, 1, k < 2 && i % 2 == 0 ? 16000 : 400);
        recipe = box(fit, sides[2], sides[3]);
        recipe.crop = (Crop)g_rand_int_range(random, 0, CROP_LAST + 1);
        /* a line that is enlarged to a box may be refused, which has a test of its own */
        recipe.enlarge = i % 6 == 3 && MIN(sides[0], sides[1]) > 20;
        check_formula(photo(sides[0], sides[1]), recipe);
    }
}

static void check_refused(PlanSource source, Recipe recipe, const char *message)
{
    g_autoptr(GError) error = NULL;
    PlanOutput output;

    cr_assert_not(plan_output(&source, &recipe, &output, &error));
    cr_expect_eq(error_class(error), ERROR_LIMIT);
    cr_expect_str_eq(error->message, message);
}

Test(planner, what_would_get_too_large_is_refused)
{
    check_refused(photo(65535, 1), enlarged(box(FIT_COVER, 16383, 16383)),
                  "65535 x 1 would be enlarged to 1073659905 x 16383, more than 268402689 pixels");
    check_refused(photo(G_MAXUINT32, 1), enlarged(box(FIT_OUTSIDE, 16383, 16383)),
                  "4294967295 x 1 would be enlarged to 70364449193985 x 16383, more than 268402689 pixels");
}

static Recipe as(ImageFormat format, Recipe recipe)
{
    recipe.format = format;
    return recipe;
}

/* The longest side of each format is possible. */
Test(planner, sides_are_limited_by_the_format)
{
    static const struct {
        ImageFormat format;
        guint32 side;
    } limits[] = {{FORMAT_JPEG, 65500}, {FORMAT_PNG, 1000000},  {FORMAT_WEBP, 16383},
                  {FORMAT_GIF, 65535},  {FORMAT_TIFF, 1000000}, {FORMAT_AVIF, 16384}};

    for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
        const Recipe recipe = as(limits[i].format, box(FIT_INSIDE, 100, 0));
        g_autofree char *message =
            g_strdup_printf("an output of 10 x %u exceeds the %u pixels per side of %s", limits[i].side + 1,
                            limits[i].side, format_info(limits[i].format)->name);

        cr_expect_eq(plan_one(photo(10, limits[i].side), recipe).size.height, limits[i].side);
        check_refused(photo(10, limits[i].side + 1), recipe, message);
    }
    check_refused(photo(2, 1), as(FORMAT_WEBP, enlarged(box(FIT_OUTSIDE, 10000, 10000))),
                  "an output of 20000 x 10000 exceeds the 16383 pixels per side of webp");
}

Test(planner, lines_do_not_overflow)
{
    static const guint32 sides[] = {1, 2, 255, 16383, 65535, 10000000, G_MAXUINT32};

    for (guint w = 0; w < G_N_ELEMENTS(sides); w++)
        for (guint h = 0; h < G_N_ELEMENTS(sides); h++)
            for (Fit fit = FIT_INSIDE; fit <= FIT_LAST; fit++) {
                const PlanSource source = photo(sides[w], sides[h]);
                const Recipe recipe = enlarged(box(fit, 300, 200));
                PlanOutput o;

                if (plan_output(&source, &recipe, &o, NULL))
                    cr_expect(o.scaled.width >= 1 && o.scaled.height >= 1 &&
                                  recipe_allows_size(&recipe, o.format, o.size.width, o.size.height),
                              "%s %ux%u: %ux%u", recipe_fit_name(fit), sides[w], sides[h], o.size.width,
                              o.size.height);
                else
                    cr_expect_neq(fit, FIT_INSIDE, "never larger than its box");
            }
}

Test(planner, format_source_is_resolved)
{
    Recipe recipe = box(FIT_INSIDE, 10, 10);
    PlanSource source = photo(100, 100);

    cr_expect_eq(plan_one(source, recipe).format, FORMAT_JPEG);
    recipe.format = FORMAT_SOURCE;
    source.format = FORMAT_PNG;
    cr_expect_eq(plan_one(source, recipe).format, FORMAT_PNG);
    source.format = FORMAT_HEIC;
    cr_expect_eq(plan_one(source, recipe).format, FORMAT_JPEG);
}

Test(planner, derives_from_the_smallest_that_is_twice_as_large)
{
    const Recipe recipes[] = {box(FIT_COVER, 100, 100), box(FIT_INSIDE, 800, 800),
                              box(FIT_CONTAIN, 1600, 1600), box(FIT_INSIDE, 300, 300)};
    Plan plan;

    plan_all(photo(4000, 3000), recipes, 4, &plan);
    cr_expect_eq(plan.n_bases, 1);
    cr_expect(plan.bases[0].size.width == 1600 && plan.bases[0].size.height == 1200);
    cr_expect(plan.order[0] == 2 && plan.order[1] == 1 && plan.order[2] == 3 && plan.order[3] == 0);
    cr_expect(plan.outputs[2].parent == PLAN_BASE);
    cr_expect(plan.outputs[1].parent == 2, "padding comes after scaling");
    cr_expect(plan.outputs[3].parent == 1);
    /* 133 x 100 scaled: the output of 300 x 225 is twice as large */
    cr_expect(plan.outputs[0].parent == 3);
    cr_expect(plan.outputs[1].is_parent && plan.outputs[2].is_parent && plan.outputs[3].is_parent);
    cr_expect(!plan.outputs[0].is_parent);
}

Test(planner, does_not_derive_from_crops_or_near_sizes)
{
    const Recipe recipes[] = {box(FIT_COVER, 1000, 1000), box(FIT_INSIDE, 700, 700),
                              box(FIT_INSIDE, 600, 600)};
    Plan plan;

    plan_all(photo(4000, 3000), recipes, 3, &plan);
    cr_expect(plan.bases[0].size.width == 1333 && plan.bases[0].size.height == 1000);
    for (guint i = 0; i < 3; i++)
        cr_expect(plan.outputs[i].parent == PLAN_BASE && !plan.outputs[i].is_parent);
}

Test(planner, does_not_derive_from_what_was_enlarged)
{
    const Recipe recipes[] = {enlarged(box(FIT_INSIDE, 2000, 2000)), box(FIT_INSIDE, 300, 300)};
    Plan plan;

    plan_all(photo(400, 300), recipes, 2, &plan);
    cr_expect(plan.bases[0].size.width == 400 && plan.bases[0].size.height == 300, "not beyond the source");
    cr_expect(plan.outputs[0].scaled.width == 2000 && plan.outputs[1].parent == PLAN_BASE);
    cr_expect_float_eq(plan_shrink(&plan, (PlanSize){400, 300}), 1.0, 1e-9);
}

Test(planner, equal_outputs_keep_their_order)
{
    const Recipe recipes[] = {box(FIT_INSIDE, 50, 50), box(FIT_INSIDE, 50, 50), box(FIT_INSIDE, 50, 50)};
    Plan plan;

    plan_all(photo(20, 30), recipes, 3, &plan);
    for (guint i = 0; i < 3; i++)
        cr_expect(plan.order[i] == i && plan.outputs[i].parent == PLAN_BASE);
    cr_expect(plan.bases[0].size.width == 20 && plan.bases[0].size.height == 30);
}

Test(planner, what_must_not_be_shared_is_not)
{
    Recipe recipes[4];
    Plan plan;

    for (guint i = 0; i < 4; i++)
        recipes[i] = box(FIT_INSIDE, 1000 >> i, 1000 >> i);
    recipes[1].linear = TRUE;
    recipes[2].profile = PROFILE_P3;
    plan_all(photo(4000, 4000), recipes, 4, &plan);
    cr_expect_eq(plan.n_bases, 3);
    cr_expect_eq(plan.outputs[1].parent, PLAN_BASE);
    cr_expect_eq(plan.outputs[2].parent, PLAN_BASE);
    cr_expect_eq(plan.outputs[3].parent, 0);
    cr_expect(plan.bases[plan.outputs[1].base].key.linear);
    cr_expect_eq(plan.bases[plan.outputs[1].base].size.width, 500);
    cr_expect_eq(plan.bases[plan.outputs[2].base].key.profile, PROFILE_P3);
    cr_expect_float_eq(plan_shrink(&plan, (PlanSize){4000, 4000}), 4.0, 1e-9, "the largest base decides");
}

Test(planner, a_kept_profile_is_apart_only_if_it_differs)
{
    Recipe recipes[] = {box(FIT_INSIDE, 100, 100), box(FIT_INSIDE, 50, 50)};
    PlanSource source = photo(400, 400);
    Plan plan;

    recipes[1].profile = PROFILE_KEEP;
    plan_all(source, recipes, 2, &plan);
    cr_expect_eq(plan.n_bases, 2);
    source.is_srgb = TRUE;
    plan_all(source, recipes, 2, &plan);
    cr_expect_eq(plan.n_bases, 1);
    cr_expect_eq(plan.outputs[1].parent, 0);
}

Test(planner, a_base_is_flat_when_nothing_shows_through)
{
    Recipe recipes[] = {box(FIT_INSIDE, 100, 100), box(FIT_INSIDE, 50, 50)};
    Plan plan;

    plan_all(photo(400, 400), recipes, 2, &plan);
    cr_expect(plan.bases[0].is_flat && plan.bases[0].background == RECIPE_WHITE);
    recipes[1].background = 0;
    plan_all(photo(400, 400), recipes, 2, &plan);
    cr_expect_not(plan.bases[0].is_flat, "two backgrounds");
    recipes[1].background = RECIPE_WHITE;
    recipes[1].format = FORMAT_WEBP;
    plan_all(photo(400, 400), recipes, 2, &plan);
    cr_expect_not(plan.bases[0].is_flat, "transparency is kept");
    cr_expect_eq(plan.n_bases, 1);
}

Test(planner, frames_are_kept_where_they_can_be)
{
    Recipe recipes[] = {box(FIT_INSIDE, 100, 100), box(FIT_INSIDE, 90, 90), box(FIT_INSIDE, 80, 80),
                        box(FIT_INSIDE, 40, 40)};
    PlanSource source = photo(400, 400);
    Plan plan;

    recipes[1].format = FORMAT_WEBP;
    recipes[2].format = FORMAT_SOURCE;
    recipes[3].format = FORMAT_GIF;
    recipes[3].max_frames = 5;
    source.format = FORMAT_GIF;
    plan_all(source, recipes, 4, &plan);
    cr_expect_eq(plan.n_bases, 1, "a still image");
    cr_expect_eq(plan_frames(&plan), 1);

    source.frames = 12;
    plan_all(source, recipes, 4, &plan);
    cr_expect_eq(plan.n_bases, 3);
    cr_expect_eq(plan_frames(&plan), 12);
    cr_expect_eq(plan.bases[plan.outputs[0].base].key.frames, 1);
    cr_expect_eq(plan.bases[plan.outputs[1].base].key.frames, 12);
    cr_expect_eq(plan.outputs[2].base, plan.outputs[1].base);
    cr_expect_eq(plan.bases[plan.outputs[3].base].key.frames, 5);
    recipes[1].max_frames = recipes[2].max_frames = recipes[3].max_frames = 1;
    plan_all(source, recipes, 4, &plan);
    cr_expect_eq(plan.n_bases, 1);
}

static Recipe random_recipe(GRand *random)
{
    Recipe recipe =
        box((Fit)g_rand_int_range(random, 0, FIT_LAST + 1), (guint32)g_rand_int_range(random, 1, 3000),
            (guint32)g_rand_int_range(random, 1, 3000));

    recipe.linear = g_rand_int_range(random, 0, 4) == 0;
    recipe.profile = (Profile)g_rand_int_range(random, 0, PROFILE_LAST + 1);
    recipe.enlarge = g_rand_int_range(random, 0, 4) == 0;
    recipe.format = g_rand_boolean(random) ? FORMAT_JPEG : FORMAT_WEBP;
    recipe.max_frames = (guint32)g_rand_int_range(random, 0, 3);
    if (g_rand_int_range(random, 0, 8) == 0)
        recipe.width = 0;
    return recipe;
}

static void check_tree(const Plan *plan, PlanSize source)
{
    gboolean seen[LIMIT_OUTPUTS] = {FALSE};

    for (guint i = 0; i < plan->n_made; i++) {
        const PlanOutput *o = &plan->outputs[plan->order[i]];
        const PlanBase *base = &plan->bases[o->base];

        cr_assert(!seen[plan->order[i]]);
        seen[plan->order[i]] = TRUE;
        cr_assert(o->base < plan->n_bases);
        cr_assert(base->size.width >= MIN(o->scaled.width, source.width));
        cr_assert(base->size.height >= MIN(o->scaled.height, source.height));
        cr_assert(base->size.width <= source.width && base->size.height <= source.height);
        if (o->parent != PLAN_BASE) {
            const PlanOutput *parent = &plan->outputs[o->parent];

            cr_assert(seen[o->parent] && parent->is_parent && parent->base == o->base);
            cr_assert(!plan_output_is_cropped(parent));
            cr_assert(parent->scaled.width <= source.width && parent->scaled.height <= source.height);
            cr_assert(parent->scaled.width >= 2 * o->scaled.width);
            cr_assert(parent->scaled.height >= 2 * o->scaled.height);
        }
    }
}

Test(planner, parents_come_first_and_are_twice_as_large)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(2);
    guint derived = 0;

    for (int round = 0; round < 2000; round++) {
        Recipe recipes[LIMIT_OUTPUTS];
        guint n = (guint)g_rand_int_range(random, 1, LIMIT_OUTPUTS + 1);
        PlanSource source =
            photo((guint32)g_rand_int_range(random, 500, 6000), (guint32)g_rand_int_range(random, 500, 6000));
        Plan plan;

        source.frames = (guint32)g_rand_int_range(random, 1, 4);
        for (guint i = 0; i < n; i++)
            recipes[i] = random_recipe(random);
        plan_make(&source, recipes, n, &plan);
        check_tree(&plan, source.size);
        cr_assert_geq(plan_shrink(&plan, source.size), 1.0);
        for (guint i = 0; i < n; i++)
            derived += plan.outputs[i].parent != PLAN_BASE;
    }
    cr_assert_gt(derived, 10000);
}

/* The others share bases and parents as if the refused output did not exist. */
Test(planner, a_refused_output_leaves_the_others)
{
    const Recipe recipes[] = {
        box(FIT_INSIDE, 10, 10), as(FORMAT_WEBP, enlarged(box(FIT_OUTSIDE, 16383, 16383))),
        box(FIT_INSIDE, 20, 20), as(FORMAT_WEBP, enlarged(box(FIT_OUTSIDE, 16383, 16383)))};
    const PlanSource source = photo(20, 10);
    Plan plan;

    plan_make(&source, recipes, 4, &plan);
    cr_expect(plan.n_outputs == 4 && plan.n_made == 2 && plan.n_bases == 1);
    cr_expect(!plan.outputs[0].is_refused && plan.outputs[1].is_refused && !plan.outputs[2].is_refused &&
              plan.outputs[3].is_refused);
    cr_expect(plan.order[0] == 2 && plan.order[1] == 0);
    cr_expect_eq(plan.outputs[0].parent, 2);
    cr_expect(plan.bases[0].size.width == 20 && plan.bases[0].size.height == 10);
    plan_make(&source, recipes + 1, 1, &plan);
    cr_expect(plan.n_outputs == 1 && plan.n_made == 0 && plan.n_bases == 0);
    cr_expect_eq(plan_frames(&plan), 1);
}

Test(planner, shrink_is_the_smaller_axis)
{
    const Recipe recipes[] = {box(FIT_INSIDE, 1600, 1600)};
    Plan plan;

    plan_all(photo(6400, 3200), recipes, 1, &plan);
    cr_expect_float_eq(plan_shrink(&plan, (PlanSize){6400, 3200}), 4.0, 1e-9);
    plan_all(photo(100, 100), recipes, 1, &plan);
    cr_expect_float_eq(plan_shrink(&plan, (PlanSize){100, 100}), 1.0, 1e-9);
    plan_all(photo(16000, 5), recipes, 1, &plan);
    cr_expect_float_eq(plan_shrink(&plan, (PlanSize){16000, 5}), 5.0, 1e-9);
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

Test(planner, webp_leaves_it_where_an_output_is_close_to_the_base)
{
    const Recipe apart[] = {box(FIT_INSIDE, 400, 400), box(FIT_INSIDE, 200, 200)};
    const Recipe close[] = {box(FIT_INSIDE, 400, 400), box(FIT_INSIDE, 300, 300)};
    const PlanSize source = {4000, 3000};
    Plan plan;

    plan_all(photo(4000, 3000), apart, 2, &plan);
    cr_expect_float_eq(plan_webp_scale(&plan, source), 0.1, 1e-9);
    plan_all(photo(4000, 3000), close, 2, &plan);
    cr_expect_float_eq(plan_webp_scale(&plan, source), 0.2, 1e-9);
    plan_all(photo(500, 375), close, 2, &plan);
    cr_expect_float_eq(plan_webp_scale(&plan, (PlanSize){500, 375}), 1.0, 1e-9);
}

Test(planner, a_pyramid_leaves_it_too)
{
    static const PlanSize levels[] = {{4000, 3000}, {2000, 1500}, {1000, 750}, {500, 375}};
    const Recipe recipes[] = {box(FIT_INSIDE, 500, 500)};
    Plan plan;

    plan_all(photo(4000, 3000), recipes, 1, &plan);
    cr_expect_eq(plan_level(&plan, levels, 4), 2);
    cr_expect_eq(plan_level(&plan, levels, 2), 1);
    cr_expect_eq(plan_level(&plan, levels, 1), 0);
    cr_expect_eq(plan_level(&plan, levels, 0), 0);
}

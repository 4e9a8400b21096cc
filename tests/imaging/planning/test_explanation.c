#include <criterion/criterion.h>

#include "base/error.h"
#include "imaging/planning/explanation.h"

static const char *const names[] = {"large", "small", "thumb", "sticker"};

/* A rotated photograph that is reduced while it is loaded; one output in linear light, one padded. */
static void make_sample(Explanation *ret_explanation)
{
    const PlanSource source = {.size = {3000, 4000}, .frames = 1, .format = FORMAT_JPEG};
    const Recipe recipes[] = {
        {.width = 800, .height = 800},
        {.width = 300, .format = FORMAT_WEBP},
        {.width = 64, .height = 64, .fit = FIT_COVER, .crop = CROP_SOUTH, .linear = TRUE},
        {.width = 100, .height = 90, .fit = FIT_CONTAIN, .format = FORMAT_SOURCE},
    };

    *ret_explanation = (Explanation){.format = FORMAT_JPEG,
                                     .size_bytes = 2000000,
                                     .orientation = 8,
                                     .frames = 1,
                                     .stored = {4000, 3000},
                                     .loaded = {1500, 2000},
                                     .memory_bytes = 23000000};
    plan_make(&source, recipes, G_N_ELEMENTS(recipes), &ret_explanation->plan);
}

Test(explanation, reads_as_a_tree)
{
    g_autofree char *text = NULL;
    Explanation sample;

    make_sample(&sample);
    text = explanation_text(&sample, "a.jpg", names);
    cr_assert_str_eq(text, "a.jpg: jpeg, 4000 x 3000, 2.0 MB, orientation 8 (upright: 3000 x 4000)\n"
                           "loaded at 1/2 of each side: 1500 x 2000, using up to 23.0 MB of memory\n"
                           "  base: 600 x 800, sRGB\n"
                           "    large: 600 x 800 jpeg\n"
                           "      small: 300 x 400 webp\n"
                           "        sticker: 100 x 90 jpeg, around 68 x 90 at 16, 0\n"
                           "  base: 64 x 85, sRGB, in linear light, on #000000\n"
                           "    thumb: 64 x 64 jpeg, cropped from 64 x 85 at 0, 21\n");
}

Test(explanation, tells_frames_and_crops_that_are_open)
{
    const PlanSource source = {.size = {60, 50}, .frames = 7, .format = FORMAT_GIF, .is_srgb = TRUE};
    const Recipe recipes[] = {
        {.width = 20, .height = 20, .fit = FIT_COVER, .crop = CROP_ENTROPY, .format = FORMAT_SOURCE},
        {.width = 30, .format = FORMAT_TIFF, .profile = PROFILE_P3},
    };
    Explanation e = {.format = FORMAT_GIF,
                     .size_bytes = 999,
                     .orientation = 1,
                     .frames = 9,
                     .stored = {60, 50},
                     .loaded = {60, 50},
                     .memory_bytes = 6000000};
    g_autofree char *text = NULL;

    plan_make(&source, recipes, 2, &e.plan);
    text = explanation_text(&e, "a.gif", names);
    cr_assert_str_eq(text, "a.gif: gif, 60 x 50, 999 bytes, 9 frames\n"
                           "loaded at full size, using up to 6.0 MB of memory\n"
                           "  base: 30 x 25, Display P3\n"
                           "    small: 30 x 25 tiff\n"
                           "  base: 24 x 20, sRGB, 7 frames\n"
                           "    large: 20 x 20 gif, cropped from 24 x 20 by content\n");
}

Test(explanation, crosses_processes_unchanged)
{
    g_autoptr(GVariant) variant = NULL;
    g_autofree char *before = NULL, *after = NULL;
    Explanation sample, copy;

    make_sample(&sample);
    variant = g_variant_ref_sink(explanation_to_variant(&sample));
    cr_assert(explanation_from_variant(variant, 4, &copy, NULL));
    before = explanation_text(&sample, "x", names);
    after = explanation_text(&copy, "x", names);
    cr_expect_str_eq(before, after);
    cr_expect_not(explanation_from_variant(variant, 3, &copy, NULL), "an output too many");
}

/* An imager that was taken over by a hostile image may send anything. */
Test(explanation, lies_are_refused)
{
#define LIE(statement)                                                                                       \
    do {                                                                                                     \
        g_autoptr(GVariant) variant = NULL;                                                                  \
        g_autoptr(GError) error = NULL;                                                                      \
        Explanation lie, copy;                                                                               \
                                                                                                             \
        make_sample(&lie);                                                                                   \
        statement;                                                                                           \
        variant = g_variant_ref_sink(explanation_to_variant(&lie));                                          \
        cr_expect_not(explanation_from_variant(variant, 4, &copy, &error), "%s", #statement);                \
        cr_expect_eq(error_class(error), ERROR_INTERNAL);                                                    \
    } while (0)
    LIE(lie.format = FORMAT_SOURCE);
    LIE(lie.format = (ImageFormat)4711);
    LIE(lie.plan.outputs[1].format = FORMAT_SOURCE);
    LIE(lie.plan.outputs[1].base = lie.plan.n_bases);
    LIE(lie.plan.outputs[1].parent = 4);
    LIE(lie.plan.outputs[1].parent = -2);
    LIE(lie.plan.outputs[1].parent = 1);
    LIE(lie.plan.outputs[0].parent = 1);
    LIE(lie.plan.outputs[2].parent = 0);
    LIE(lie.plan.bases[0].key.profile = (Profile)(PROFILE_LAST + 1));
    LIE(lie.plan.n_bases = 0);
#undef LIE
}

Test(explanation, of_another_type_is_refused)
{
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new("(s)", "x"));
    g_autoptr(GVariant) boxed = g_variant_ref_sink(g_variant_new("(v)", g_variant_new_string("x")));
    g_autoptr(GError) error = NULL;
    Explanation explanation;

    cr_assert_not(explanation_from_variant(variant, 0, &explanation, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    g_clear_error(&error);
    cr_assert_not(explanation_from_variant(boxed, 0, &explanation, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
}

#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "imaging/engine.h"
#include "imaging/load.h"
#include "imaging/planning/planner.h"
#include "imaging/probe.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(render, .init = setup);

static Recipe box(Fit fit, guint32 width, guint32 height, ImageFormat format)
{
    return (Recipe){.width = width,
                    .height = height,
                    .fit = fit,
                    .background = RECIPE_WHITE,
                    .format = format,
                    .quality = 90};
}

static RenderResult *render_all(GBytes *bytes, const Recipe *recipes, guint n)
{
    GError *error = NULL;
    RenderResult *result = sample_render_all(bytes, recipes, n, &error);

    cr_assert_not_null(result, "%s", error != NULL ? error->message : "");
    return result;
}

static const Rendition *nth(const RenderResult *result, guint i)
{
    return g_ptr_array_index(result->renditions, i);
}

/* The file's own header agrees with the rendition. */
static void expect_true_to(const Rendition *rendition, guint32 width, guint32 height, ImageFormat format)
{
    ImageInfo info;

    cr_assert(probe(blob_data(rendition->blob), blob_size(rendition->blob), &info, NULL));
    cr_expect_eq(info.format, format);
    cr_expect(info.width == width && info.height == height, "%ux%u, not %ux%u", info.width, info.height,
              width, height);
    cr_expect(rendition->width == width && rendition->height == height && rendition->format == format);
}

static void check_sizes(guint32 sw, guint32 sh, const char *suffix)
{
    static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP};
    const Recipe recipes[] = {
        box(FIT_INSIDE, 256, 256, FORMAT_JPEG), box(FIT_COVER, 256, 256, FORMAT_WEBP),
        box(FIT_INSIDE, 100, 37, FORMAT_PNG),   box(FIT_COVER, 31, 200, FORMAT_JPEG),
        box(FIT_INSIDE, 1, 1, FORMAT_JPEG),     box(FIT_COVER, 64, 1, FORMAT_PNG),
    };
    g_autoptr(GBytes) bytes = sample_save(sample_quarters((int)sw, (int)sh), suffix);
    g_autoptr(RenderResult) result = render_all(bytes, recipes, G_N_ELEMENTS(recipes));

    cr_assert_eq(result->renditions->len, G_N_ELEMENTS(recipes));
    for (guint i = 0; i < G_N_ELEMENTS(recipes); i++) {
        PlanOutput expected;
        Rendition *alone;

        plan_output(&(PlanSource){.size = {sw, sh}, .frames = 1}, &recipes[i], &expected, NULL);
        expect_true_to(nth(result, i), expected.size.width, expected.size.height, recipes[i].format);
        alone =
            sample_render(bytes, recipes[i].fit, recipes[i].width, recipes[i].height, formats[i % 3], NULL);
        cr_assert_not_null(alone);
        expect_true_to(alone, expected.size.width, expected.size.height, formats[i % 3]);
        rendition_free(alone);
    }
}

Test(render, sizes_by_formula_jpeg, .timeout = 120)
{
    static const guint32 sizes[][2] = {{640, 480},   {481, 641},  {2, 5000}, {5000, 2}, {3000, 50},
                                       {1023, 1025}, {4097, 100}, {33, 17},  {8, 8},    {2049, 1999}};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
        check_sizes(sizes[i][0], sizes[i][1], ".jpg");
}

Test(render, sizes_by_formula_other_formats, .timeout = 120)
{
    static const char *const suffixes[] = {".png", ".webp", ".gif", ".tif", ".tif[tile,pyramid]"};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        check_sizes(640, 480, suffixes[i]);
        check_sizes(481, 641, suffixes[i]);
        check_sizes(2, 1000, suffixes[i]);
        check_sizes(1000, 3, suffixes[i]);
    }
}

Test(render, one_pixel_lines)
{
    static const double colour[] = {200, 100, 50};
    g_autoptr(GBytes) tall = sample_save(sample_plain(1, 5000, colour, 3), ".png");
    g_autoptr(GBytes) wide = sample_save(sample_plain(5000, 1, colour, 3), ".png");
    g_autoptr(GBytes) dot = sample_save(sample_plain(1, 1, colour, 3), ".png");
    Rendition *rendition = sample_render(tall, FIT_INSIDE, 256, 256, FORMAT_JPEG, NULL);

    expect_true_to(rendition, 1, 256, FORMAT_JPEG);
    rendition_free(rendition);
    rendition = sample_render(wide, FIT_INSIDE, 256, 256, FORMAT_WEBP, NULL);
    expect_true_to(rendition, 256, 1, FORMAT_WEBP);
    rendition_free(rendition);
    rendition = sample_render(wide, FIT_COVER, 256, 256, FORMAT_PNG, NULL);
    expect_true_to(rendition, 1, 1, FORMAT_PNG);
    rendition_free(rendition);
    rendition = sample_render(dot, FIT_COVER, 16383, 1, FORMAT_PNG, NULL);
    expect_true_to(rendition, 1, 1, FORMAT_PNG);
    cr_expect(pixel_is_near(sample_pixel(rendition, 0, 0), 200, 100, 50, 0));
    rendition_free(rendition);
}

/* The corners with red, green, blue and white for each of the eight orientations (CIPA DC-008, 4.6.4.A,
 * Orientation): top left, top right, bottom left, bottom right. */
static const char upright[8][5] = {"rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"};

static gboolean is_colour(Pixel pixel, char colour)
{
    switch (colour) {
    case 'r': return pixel_is_near(pixel, 255, 0, 0, 12);
    case 'g': return pixel_is_near(pixel, 0, 255, 0, 12);
    case 'b': return pixel_is_near(pixel, 0, 0, 255, 12);
    default: return pixel_is_near(pixel, 255, 255, 255, 12);
    }
}

static void expect_corners(const Rendition *rendition, const char *corners, int orientation)
{
    int right = (int)rendition->width - 5;
    int bottom = (int)rendition->height - 5;

    cr_expect(is_colour(sample_pixel(rendition, 4, 4), corners[0]), "orientation %d, top left", orientation);
    cr_expect(is_colour(sample_pixel(rendition, right, 4), corners[1]), "orientation %d, top right",
              orientation);
    cr_expect(is_colour(sample_pixel(rendition, 4, bottom), corners[2]), "orientation %d, bottom left",
              orientation);
    cr_expect(is_colour(sample_pixel(rendition, right, bottom), corners[3]), "orientation %d, bottom right",
              orientation);
}

static void check_orientation(int orientation, const char *suffix)
{
    const Recipe recipes[] = {box(FIT_INSIDE, 100, 100, FORMAT_JPEG), box(FIT_COVER, 60, 60, FORMAT_PNG),
                              box(FIT_INSIDE, 40, 40, FORMAT_WEBP)};
    VipsImage *image = sample_quarters(400, 200);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(RenderResult) result = NULL;
    Rendition *alone;
    gboolean swap = orientation >= 5;

    vips_image_set_int(image, "orientation", orientation);
    bytes = sample_save(image, suffix);
    result = render_all(bytes, recipes, 3);
    alone = sample_render(bytes, FIT_INSIDE, 100, 100, FORMAT_PNG, NULL);
    expect_true_to(nth(result, 0), swap ? 50 : 100, swap ? 100 : 50, FORMAT_JPEG);
    expect_true_to(nth(result, 1), 60, 60, FORMAT_PNG);
    expect_true_to(nth(result, 2), swap ? 20 : 40, swap ? 40 : 20, FORMAT_WEBP);
    expect_true_to(alone, swap ? 50 : 100, swap ? 100 : 50, FORMAT_PNG);
    for (guint i = 0; i < 3; i++)
        expect_corners(nth(result, i), upright[orientation - 1], orientation);
    expect_corners(alone, upright[orientation - 1], orientation);
    rendition_free(alone);
}

Test(render, all_orientations_of_jpeg)
{
    for (int orientation = 1; orientation <= 8; orientation++)
        check_orientation(orientation, ".jpg[Q=95]");
}

Test(render, all_orientations_of_tiff_and_webp)
{
    for (int orientation = 1; orientation <= 8; orientation++) {
        check_orientation(orientation, ".tif");
        check_orientation(orientation, ".webp[Q=95]");
    }
}

Test(render, impossible_orientation_is_none)
{
    VipsImage *image = sample_quarters(40, 20);
    g_autoptr(GBytes) bytes = NULL;
    Rendition *rendition;

    vips_image_set_int(image, "orientation", 99);
    bytes = sample_save(image, ".jpg");
    rendition = sample_render(bytes, FIT_INSIDE, 40, 40, FORMAT_PNG, NULL);
    expect_true_to(rendition, 40, 20, FORMAT_PNG);
    expect_corners(rendition, "rgbw", 99);
    rendition_free(rendition);
}

/* The crop's centre is in the middle of the four quarters: the crop is symmetric. */
Test(render, cover_keeps_the_centre)
{
    g_autoptr(GBytes) bytes = sample_save(sample_quarters(600, 200), ".png");
    Rendition *rendition = sample_render(bytes, FIT_COVER, 50, 50, FORMAT_PNG, NULL);

    expect_true_to(rendition, 50, 50, FORMAT_PNG);
    expect_corners(rendition, "rgbw", 1);
    cr_expect(is_colour(sample_pixel(rendition, 22, 10), 'r'));
    cr_expect(is_colour(sample_pixel(rendition, 27, 10), 'g'));
    rendition_free(rendition);
}

Test(render, never_enlarged_and_then_not_resampled)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(50, 40, 3), ".png");
    Rendition *rendition = sample_render(bytes, FIT_INSIDE, 5000, 5000, FORMAT_PNG, NULL);
    VipsImage *out = sample_decode(rendition);
    VipsImage *in = sample_noise(50, 40, 3);
    VipsImage *difference = NULL;
    double most = -1;

    expect_true_to(rendition, 50, 40, FORMAT_PNG);
    cr_assert_eq(vips_subtract(in, out, &difference, NULL), 0);
    cr_assert_eq(vips_max(difference, &most, NULL), 0);
    cr_expect_float_eq(most, 0.0, 1e-9);
    g_object_unref(difference);
    g_object_unref(in);
    g_object_unref(out);
    rendition_free(rendition);
}

Test(render, first_frame_only)
{
    static const char *const suffixes[] = {".gif", ".webp", ".tif"};
    static const double colours[3][4] = {{250, 0, 0, 255}, {0, 250, 0, 255}, {0, 0, 250, 255}};

    for (guint s = 0; s < G_N_ELEMENTS(suffixes); s++) {
        VipsImage *frames[3];
        VipsImage *joined = NULL;
        g_autoptr(GBytes) bytes = NULL;
        Rendition *rendition;

        for (int i = 0; i < 3; i++)
            frames[i] = sample_plain(60, 40, colours[i], 4);
        cr_assert_eq(vips_arrayjoin(frames, &joined, 3, "across", 1, NULL), 0);
        for (int i = 0; i < 3; i++)
            g_object_unref(frames[i]);
        vips_image_set_int(joined, "page-height", 40);
        bytes = sample_save(joined, suffixes[s]);
        rendition = sample_render(bytes, FIT_INSIDE, 30, 30, FORMAT_PNG, NULL);
        expect_true_to(rendition, 30, 20, FORMAT_PNG);
        cr_expect(pixel_is_near(sample_pixel(rendition, 15, 18), 250, 0, 0, 6), "%s", suffixes[s]);
        rendition_free(rendition);
    }
}

Test(render, metadata_is_gone)
{
    static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP};
    VipsImage *image = sample_noise(100, 80, 1);
    g_autoptr(GBytes) bytes = NULL;

    vips_image_set_string(image, "exif-ifd0-Artist", "Jane Doe (Jane Doe, ASCII, 9 components, 9 bytes)");
    vips_image_set_blob_copy(image, VIPS_META_XMP_NAME, "<x:xmpmeta/>", 12);
    vips_image_set_int(image, "orientation", 6);
    bytes = sample_save(image, ".jpg");
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        Rendition *rendition = sample_render(bytes, FIT_INSIDE, 50, 50, formats[i], NULL);
        VipsImage *out = sample_decode(rendition);

        cr_expect_eq(vips_image_get_typeof(out, VIPS_META_EXIF_NAME), 0, "%s", format_info(formats[i])->name);
        cr_expect_eq(vips_image_get_typeof(out, VIPS_META_XMP_NAME), 0);
        cr_expect_eq(vips_image_get_typeof(out, VIPS_META_ICC_NAME), 0);
        cr_expect_leq(vips_image_get_orientation(out), 1);
        cr_expect_null(memmem(blob_data(rendition->blob), blob_size(rendition->blob), "Jane", 4));
        cr_expect_null(memmem(blob_data(rendition->blob), blob_size(rendition->blob), "Exif", 4));
        g_object_unref(out);
        rendition_free(rendition);
    }
}

/* Levels in pages and in sub-images are both used, and have at least twice the output's size. */
Test(render, pyramids_are_used)
{
    static const struct {
        const char *suffix;
        guint32 side;
        guint32 loaded;
    } cases[] = {{".tif[tile,pyramid]", 100, 200},         {".tif[tile,pyramid,subifd]", 100, 200},
                 {".tif[tile,pyramid]", 300, 800},         {".tif[tile,pyramid]", 1600, 1600},
                 {".tif[tile,pyramid,subifd]", 401, 1600}, {".tif", 100, 1600}};
    const RenderLimits limits = {.max_pixels = 10000000, .max_output_bytes = 10000000};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) bytes = sample_save(sample_quarters(1600, 800), cases[i].suffix);
        const Recipe recipe = {.width = cases[i].side, .format = FORMAT_PNG};
        g_autofree Explanation *explanation =
            render_explain(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &recipe, 1, &limits, NULL);
        g_autoptr(Rendition) rendition = sample_render_recipe(bytes, &recipe, NULL);

        cr_assert(explanation != NULL && rendition != NULL);
        cr_expect_eq(explanation->loaded.width, cases[i].loaded, "%s for %u: %u", cases[i].suffix,
                     cases[i].side, explanation->loaded.width);
        cr_expect_eq(rendition->width, cases[i].side);
    }
}

Test(render, quality_matters)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(200, 200, 1), ".png");
    Recipe recipes[] = {box(FIT_INSIDE, 200, 200, FORMAT_JPEG), box(FIT_INSIDE, 200, 200, FORMAT_JPEG),
                        box(FIT_INSIDE, 200, 200, FORMAT_WEBP), box(FIT_INSIDE, 200, 200, FORMAT_WEBP)};
    g_autoptr(RenderResult) result = NULL;
    guint64 sizes[4];

    recipes[0].quality = recipes[2].quality = 20;
    result = render_all(bytes, recipes, 4);
    for (guint i = 0; i < 4; i++)
        sizes[i] = blob_size(nth(result, i)->blob);
    cr_expect_lt(sizes[0] * 2, sizes[1]);
    cr_expect_lt(sizes[2], sizes[3]);
}

/* A derived rendition looks like one that is made from the source directly. */
Test(render, derived_is_close_to_direct)
{
    g_autoptr(GBytes) bytes = sample_save(sample_quarters(1200, 900), ".jpg[Q=95]");
    const Recipe recipes[] = {box(FIT_INSIDE, 800, 800, FORMAT_PNG), box(FIT_INSIDE, 400, 400, FORMAT_PNG),
                              box(FIT_COVER, 99, 99, FORMAT_PNG)};
    g_autoptr(RenderResult) result = render_all(bytes, recipes, 3);

    for (guint i = 0; i < 3; i++) {
        Rendition *alone =
            sample_render(bytes, recipes[i].fit, recipes[i].width, recipes[i].height, FORMAT_PNG, NULL);
        VipsImage *a = sample_decode(nth(result, i));
        VipsImage *b = sample_decode(alone);
        VipsImage *difference = NULL;
        VipsImage *absolute = NULL;
        double mean = 1000;

        cr_assert_eq(vips_subtract(a, b, &difference, NULL), 0);
        cr_assert_eq(vips_abs(difference, &absolute, NULL), 0);
        cr_assert_eq(vips_avg(absolute, &mean, NULL), 0);
        cr_expect_lt(mean, 1.5, "output %u differs by %f", i, mean);
        g_object_unref(a);
        g_object_unref(b);
        g_object_unref(difference);
        g_object_unref(absolute);
        rendition_free(alone);
    }
}

Test(render, as_many_outputs_as_allowed)
{
    g_autoptr(GBytes) bytes = sample_save(sample_quarters(200, 150), ".jpg");
    Recipe recipes[LIMIT_OUTPUTS + 1];
    const RenderLimits limits = {.max_pixels = 1000000, .max_output_bytes = 1000000};
    g_autoptr(RenderResult) result = NULL;
    GError *error = NULL;

    for (guint i = 0; i <= LIMIT_OUTPUTS; i++)
        recipes[i] = box(i % 2 == 0 ? FIT_INSIDE : FIT_COVER, i + 1, 2 * i + 1, FORMAT_JPEG);
    result = render_all(bytes, recipes, LIMIT_OUTPUTS);
    for (guint i = 0; i < LIMIT_OUTPUTS; i++) {
        PlanOutput expected;

        plan_output(&(PlanSource){.size = {200, 150}, .frames = 1}, &recipes[i], &expected, NULL);
        expect_true_to(nth(result, i), expected.size.width, expected.size.height, FORMAT_JPEG);
    }
    cr_expect_null(render(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), recipes, LIMIT_OUTPUTS + 1,
                          &limits, &error));
    cr_expect_eq(error_class(error), ERROR_INTERNAL);
    g_clear_error(&error);
    cr_expect_null(
        render(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), recipes, 0, &limits, &error));
    cr_expect_eq(error_class(error), ERROR_INTERNAL);
    g_error_free(error);
}

Test(render, refuses_recipes_that_cannot_be_obeyed)
{
    const Recipe bad[] = {box(FIT_INSIDE, 0, 0, FORMAT_JPEG),
                          box(FIT_COVER, RECIPE_MAX_SIDE + 1, 10, FORMAT_JPEG),
                          box(FIT_INSIDE, 10, 10, FORMAT_HEIC)};
    g_autoptr(GBytes) bytes = sample_save(sample_quarters(20, 15), ".jpg");
    const RenderLimits limits = {.max_pixels = 1000000, .max_output_bytes = 1000000};

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        GError *error = NULL;

        cr_expect_null(
            render(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &bad[i], 1, &limits, &error));
        cr_expect_eq(error_class(error), ERROR_INTERNAL);
        g_error_free(error);
    }
}

Test(render, refuses_more_pixels_than_allowed)
{
    g_autoptr(GBytes) bytes = sample_save(sample_quarters(200, 150), ".jpg");
    Recipe recipe = box(FIT_INSIDE, 10, 10, FORMAT_JPEG);
    RenderLimits limits = {.max_pixels = 29999, .max_output_bytes = 1000000};
    GError *error = NULL;
    RenderResult *result;

    cr_assert_null(
        render(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &recipe, 1, &limits, &error));
    cr_expect_eq(error_class(error), ERROR_LIMIT);
    cr_expect_str_eq(error->message, "200 x 150 = 30000 pixels exceed the limit of 29999");
    g_clear_error(&error);
    limits.max_pixels = 30000;
    result = render(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &recipe, 1, &limits, &error);
    cr_assert_not_null(result);
    render_result_free(result);
}

/* Nothing is decoded, so that damaged pixels are not detected either. */
Test(render, only_says_how_much_memory_is_too_much)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(400, 300, 1), ".png");
    const gsize size = g_bytes_get_size(bytes) / 2;
    Recipe recipe = box(FIT_INSIDE, 100, 100, FORMAT_JPEG);
    RenderLimits limits = {.max_pixels = 1000000, .max_output_bytes = 1000000, .max_memory_bytes = 100000};
    g_autoptr(GError) error = NULL;
    RenderResult *result = render(g_bytes_get_data(bytes, NULL), size, &recipe, 1, &limits, &error);

    cr_assert_not_null(result);
    cr_expect_eq(result->renditions->len, 0);
    cr_expect_gt(result->memory_bytes, 100000);
    limits.max_memory_bytes = result->memory_bytes;
    render_result_free(result);
    cr_assert_null(render(g_bytes_get_data(bytes, NULL), size, &recipe, 1, &limits, &error));
    cr_expect_eq(error_class(error), ERROR_INPUT, "so much is enough to begin");
}

Test(render, only_says_how_much_memory_what_takes_long_needs)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(400, 300, 1), ".png");
    const gsize size = g_bytes_get_size(bytes);
    Recipe recipe = box(FIT_INSIDE, 100, 100, FORMAT_JPEG);
    RenderLimits limits = {.max_pixels = 1000000, .max_output_bytes = 1000000, .light_pixels = 400 * 300 - 1};
    RenderResult *result = render(g_bytes_get_data(bytes, NULL), size, &recipe, 1, &limits, NULL);

    cr_assert_not_null(result);
    cr_expect_eq(result->renditions->len, 0);
    cr_expect_gt(result->memory_bytes, 0);
    render_result_free(result);
    limits.light_pixels++;
    result = render(g_bytes_get_data(bytes, NULL), size, &recipe, 1, &limits, NULL);
    cr_assert_not_null(result);
    cr_expect_eq(result->renditions->len, 1);
    render_result_free(result);
}

static void expect_failed(const Rendition *rendition, const char *reason)
{
    cr_assert_not_null(rendition->error);
    cr_expect_null(rendition->blob);
    cr_expect_eq(error_class(rendition->error), ERROR_LIMIT);
    cr_expect_str_eq(rendition->error->message, reason);
}

Test(render, refuses_outputs_larger_than_allowed)
{
    static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP};
    g_autoptr(GBytes) bytes = sample_save(sample_noise(200, 150, 1), ".png");

    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        Recipe recipe = box(FIT_INSIDE, 200, 200, formats[i]);
        RenderLimits limits = {.max_pixels = 30000, .max_output_bytes = 1000};
        g_autoptr(RenderResult) result =
            render(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &recipe, 1, &limits, NULL);

        cr_assert(result != NULL && result->renditions->len == 1);
        expect_failed(nth(result, 0), "output of 200 x 150: more than 1000 bytes");
    }
}

/* Only WebP is limited to shorter sides: its limit does not affect the others. */
Test(render, one_output_too_large_for_its_format_leaves_the_others)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(16, 20000, 1), ".jpg");
    const Recipe recipes[] = {box(FIT_INSIDE, 1200, 0, FORMAT_WEBP), box(FIT_COVER, 256, 256, FORMAT_WEBP),
                              box(FIT_INSIDE, 1200, 0, FORMAT_JPEG)};
    g_autoptr(RenderResult) result = render_all(bytes, recipes, 3);

    expect_failed(nth(result, 0), "an output of 16 x 20000 exceeds the 16383 pixels per side of webp");
    cr_expect(nth(result, 1)->error == NULL && nth(result, 1)->width == 16 && nth(result, 1)->height == 16);
    cr_expect(nth(result, 2)->error == NULL && nth(result, 2)->width == 16 &&
              nth(result, 2)->height == 20000);
}

/* Nothing is decoded then, so that damaged pixels do not matter. */
Test(render, an_object_of_which_no_output_can_be_made)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(16, 20000, 1), ".jpg");
    g_autoptr(GBytes) half = g_bytes_new_from_bytes(bytes, 0, g_bytes_get_size(bytes) / 2);
    const Recipe recipe = box(FIT_INSIDE, 1200, 0, FORMAT_AVIF);
    g_autoptr(RenderResult) result = render_all(half, &recipe, 1);
    const RenderLimits limits = {.max_pixels = 1000000, .max_output_bytes = 1000000};
    g_autofree Explanation *explanation =
        render_explain(g_bytes_get_data(half, NULL), g_bytes_get_size(half), &recipe, 1, &limits, NULL);

    expect_failed(nth(result, 0), "an output of 16 x 20000 exceeds the 16384 pixels per side of avif");
    cr_assert_not_null(explanation);
    cr_expect(explanation->plan.outputs[0].is_refused);
}

/* Outputs that are made from it are still made, and do not change. */
Test(render, an_output_of_too_many_bytes_leaves_the_others)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(400, 400, 1), ".png");
    Recipe recipes[] = {box(FIT_INSIDE, 400, 400, FORMAT_JPEG), box(FIT_INSIDE, 100, 100, FORMAT_PNG)};
    g_autoptr(RenderResult) whole = render_all(bytes, recipes, 2);
    g_autoptr(RenderResult) result = NULL;
    const Blob *expected = nth(whole, 1)->blob, *found;

    recipes[0].max_bytes = 500;
    result = render_all(bytes, recipes, 2);
    expect_failed(nth(result, 0), "output of 400 x 400: more than 500 bytes even at quality 1");
    found = nth(result, 1)->blob;
    cr_assert(found != NULL && blob_size(found) == blob_size(expected));
    cr_expect_eq(memcmp(blob_data(found), blob_data(expected), blob_size(expected)), 0);
}

Test(render, blobs_are_sealed)
{
    g_autoptr(GBytes) bytes = sample_save(sample_quarters(20, 15), ".jpg");
    Rendition *rendition = sample_render(bytes, FIT_INSIDE, 10, 10, FORMAT_JPEG, NULL);
    int copy = dup(blob_fd(rendition->blob));
    GError *error = NULL;
    Blob *adopted = blob_adopt(copy, 1000000, &error);

    cr_assert_not_null(adopted);
    cr_expect_eq(blob_size(adopted), blob_size(rendition->blob));
    blob_unref(adopted);
    rendition_free(rendition);
    rendition_free(NULL);
}

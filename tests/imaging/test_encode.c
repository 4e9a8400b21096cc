#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "imaging/engine.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(encode, .init = setup);

/* A picture that is neither flat nor noise. */
static GBytes *make_source(void)
{
    VipsImage *noise = sample_noise(300, 200, 1);
    VipsImage *soft = NULL;

    cr_assert_eq(vips_gaussblur(noise, &soft, 2.0, NULL), 0);
    g_object_unref(noise);
    return sample_save(soft, ".png");
}

static Rendition *make(Recipe recipe)
{
    g_autoptr(GBytes) source = make_source();
    GError *error = NULL;
    Rendition *rendition;

    recipe.width = 300;
    rendition = sample_render_recipe(source, &recipe, &error);
    cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
    return rendition;
}

static guint64 size_of(Recipe recipe)
{
    Rendition *rendition = make(recipe);
    guint64 size = blob_size(rendition->blob);

    rendition_free(rendition);
    return size;
}

/* The result fits, and that of the next quality does not. */
static void check_search(ImageFormat format, guint64 limit)
{
    Recipe recipe = {.format = format, .quality = 95, .effort = 1, .max_bytes = limit};
    Rendition *rendition = make(recipe);
    const guint32 quality = rendition->quality;

    cr_expect_leq(blob_size(rendition->blob), limit);
    rendition_free(rendition);
    cr_assert(quality >= 1 && quality < 95, "%u", quality);
    recipe.max_bytes = 0;
    recipe.quality = quality;
    cr_expect_leq(size_of(recipe), limit);
    recipe.quality = quality + 1;
    cr_expect_gt(size_of(recipe), limit, "%s: %u would have fitted", format_info(format)->name, quality + 1);
}

Test(encode, highest_quality_within_a_limit, .timeout = 100)
{
    static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_WEBP, FORMAT_AVIF};

    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        const guint64 best = size_of((Recipe){.format = formats[i], .quality = 95, .effort = 1});

        check_search(formats[i], best * 3 / 4);
        check_search(formats[i], best / 4);
    }
}

Test(encode, a_limit_that_is_kept_changes_nothing)
{
    Rendition *rendition = make((Recipe){.format = FORMAT_JPEG, .max_bytes = 1000000});

    cr_expect_eq(rendition->quality, 80);
    cr_expect_eq(blob_size(rendition->blob), size_of((Recipe){.format = FORMAT_JPEG}));
    rendition_free(rendition);
}

Test(encode, a_limit_that_cannot_be_kept)
{
    static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_WEBP, FORMAT_PNG, FORMAT_GIF, FORMAT_TIFF};
    g_autoptr(GBytes) source = make_source();

    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        const Recipe recipe = {.width = 300, .format = formats[i], .max_bytes = 100};
        const gboolean lossy = format_has_option(formats[i], OPTION_QUALITY);
        GError *error = NULL;

        cr_expect_null(sample_render_recipe(source, &recipe, &error));
        cr_expect_eq(error_class(error), ERROR_LIMIT);
        cr_expect_str_eq(error->message, lossy ? "output of 300 x 200: more than 100 bytes even at quality 1"
                                               : "output of 300 x 200: more than 100 bytes");
        g_error_free(error);
    }
}

static void expect_quality(Recipe recipe, guint32 quality)
{
    Rendition *rendition = make(recipe);

    cr_expect_eq(rendition->quality, quality, "%s: %u", format_info(recipe.format)->name, rendition->quality);
    rendition_free(rendition);
}

Test(encode, quality_is_told)
{
    expect_quality((Recipe){.format = FORMAT_JPEG}, 80);
    expect_quality((Recipe){.format = FORMAT_WEBP}, 80);
    expect_quality((Recipe){.format = FORMAT_AVIF, .effort = 1}, 50);
    expect_quality((Recipe){.format = FORMAT_JPEG, .quality = 33}, 33);
    expect_quality((Recipe){.format = FORMAT_PNG, .quality = 33}, 0);
    expect_quality((Recipe){.format = FORMAT_WEBP, .quality = 33, .lossless = TRUE}, 0);
    expect_quality((Recipe){.format = FORMAT_JPEG, .quality = 33, .lossless = TRUE}, 33);
}

static double largest_difference(const Rendition *rendition)
{
    g_autoptr(GBytes) source = make_source();
    gsize size;
    const void *bytes = g_bytes_get_data(source, &size);
    VipsImage *before = vips_image_new_from_buffer(bytes, size, "", NULL);
    VipsImage *after = sample_decode(rendition);
    VipsImage *difference = NULL;
    VipsImage *absolute = NULL;
    double most = -1;

    cr_assert_eq(vips_subtract(before, after, &difference, NULL), 0);
    cr_assert_eq(vips_abs(difference, &absolute, NULL), 0);
    cr_assert_eq(vips_max(absolute, &most, NULL), 0);
    g_object_unref(before);
    g_object_unref(after);
    g_object_unref(difference);
    g_object_unref(absolute);
    return most;
}

Test(encode, lossless_loses_nothing)
{
    static const Recipe recipes[] = {
        {.format = FORMAT_WEBP, .lossless = TRUE}, {.format = FORMAT_PNG}, {.format = FORMAT_TIFF}};

    for (guint i = 0; i < G_N_ELEMENTS(recipes); i++) {
        Rendition *rendition = make(recipes[i]);

        cr_expect_eq(largest_difference(rendition), 0.0, "%s", format_info(recipes[i].format)->name);
        rendition_free(rendition);
    }
}

/* Checks the frame header: SOF2 (ITU-T T.81, B.1.1.3), or the interlace method of IHDR. */
Test(encode, progressive_is_progressive)
{
    Rendition *jpeg = make((Recipe){.format = FORMAT_JPEG, .progressive = TRUE});
    Rendition *plain = make((Recipe){.format = FORMAT_JPEG});
    Rendition *png = make((Recipe){.format = FORMAT_PNG, .progressive = TRUE});

    cr_expect_not_null(memmem(blob_data(jpeg->blob), 2000, "\xff\xc2", 2));
    cr_expect_null(memmem(blob_data(plain->blob), 2000, "\xff\xc2", 2));
    cr_expect_eq(((const guint8 *)blob_data(png->blob))[28], 1);
    rendition_free(jpeg);
    rendition_free(plain);
    rendition_free(png);
}

static void expect_subsampling(Recipe recipe, const char *expected)
{
    Rendition *rendition = make(recipe);
    VipsImage *image = sample_decode(rendition);
    const char *found = NULL;

    cr_assert_eq(vips_image_get_string(image, "jpeg-chroma-subsample", &found), 0);
    cr_expect_str_eq(found, expected);
    g_object_unref(image);
    rendition_free(rendition);
}

Test(encode, subsampling_of_chroma)
{
    expect_subsampling((Recipe){.format = FORMAT_JPEG}, "4:2:0");
    expect_subsampling((Recipe){.format = FORMAT_JPEG, .quality = 95}, "4:4:4");
    expect_subsampling((Recipe){.format = FORMAT_JPEG, .quality = 95, .subsampling = SUBSAMPLING_420},
                       "4:2:0");
    expect_subsampling((Recipe){.format = FORMAT_JPEG, .subsampling = SUBSAMPLING_444}, "4:4:4");
    cr_expect_lt(size_of((Recipe){.format = FORMAT_AVIF, .effort = 1, .subsampling = SUBSAMPLING_420}),
                 size_of((Recipe){.format = FORMAT_AVIF, .effort = 1, .subsampling = SUBSAMPLING_444}));
}

Test(encode, palette_and_effort_make_it_smaller)
{
    cr_expect_lt(size_of((Recipe){.format = FORMAT_PNG, .palette = TRUE}),
                 size_of((Recipe){.format = FORMAT_PNG}));
    cr_expect_lt(size_of((Recipe){.format = FORMAT_PNG, .effort = 10}),
                 size_of((Recipe){.format = FORMAT_PNG, .effort = 1}));
    cr_expect_lt(size_of((Recipe){.format = FORMAT_WEBP, .effort = 10}),
                 size_of((Recipe){.format = FORMAT_WEBP, .effort = 1}));
}

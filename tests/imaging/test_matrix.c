/* Every kind of source x every output format x every fit, checked after decoding: sizes by formula, colours
 * within a delta E of 2, transparency kept or laid over the background. */
#include <criterion/criterion.h>
#include <math.h>

#include "imaging/engine.h"
#include "patches.h"

#define SOURCE_WIDTH  360
#define SOURCE_HEIGHT 240

/* Not white, which would hide errors. */
#define BACKGROUND 0x2060a0u

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(matrix, .init = setup, .timeout = 580);

typedef enum {
    PLAIN = 0,
    DEEP = 1 << 0,   /* 16 bits */
    CLEAR = 1 << 1,  /* the last patch is transparent, with black as its colour */
    MOVING = 1 << 2, /* two frames, the second one mirrored */
} Trait;

typedef struct {
    const char *suffix; /* the format with options, as for libvips */
    ImageFormat format;
    Space space;
    guint traits; /* or-ed */
} Kind;

static gboolean is(const Kind *kind, Trait trait)
{
    return (kind->traits & (guint)trait) != 0;
}

static const Kind kinds[] = {
    {".jpg[Q=95,subsample-mode=off]", FORMAT_JPEG, SPACE_SRGB, PLAIN},
    {".jpg[Q=95]", FORMAT_JPEG, SPACE_GREY, PLAIN},
    {".jpg[Q=95]", FORMAT_JPEG, SPACE_CMYK, PLAIN},
    {".jpg[Q=95]", FORMAT_JPEG, SPACE_ADOBE_RGB, PLAIN},
    {".jpg[Q=95]", FORMAT_JPEG, SPACE_P3, PLAIN},
    {".jpg[Q=95,interlace]", FORMAT_JPEG, SPACE_SRGB, PLAIN},
    {".png", FORMAT_PNG, SPACE_SRGB, PLAIN},
    {".png", FORMAT_PNG, SPACE_GREY, PLAIN},
    {".png", FORMAT_PNG, SPACE_GREY, DEEP},
    {".png", FORMAT_PNG, SPACE_SRGB, CLEAR},
    {".png", FORMAT_PNG, SPACE_GREY, CLEAR},
    {".png", FORMAT_PNG, SPACE_SRGB, DEEP},
    {".png", FORMAT_PNG, SPACE_SRGB, DEEP | CLEAR},
    {".png", FORMAT_PNG, SPACE_ADOBE_RGB, DEEP},
    {".png", FORMAT_PNG, SPACE_P3, DEEP | CLEAR},
    {".png[interlace]", FORMAT_PNG, SPACE_SRGB, PLAIN},
    {".png[palette]", FORMAT_PNG, SPACE_SRGB, PLAIN},
    {".png[palette]", FORMAT_PNG, SPACE_SRGB, CLEAR},
    {".webp[Q=95]", FORMAT_WEBP, SPACE_SRGB, PLAIN},
    {".webp[Q=95]", FORMAT_WEBP, SPACE_P3, PLAIN},
    {".webp[lossless]", FORMAT_WEBP, SPACE_SRGB, CLEAR},
    {".webp[lossless]", FORMAT_WEBP, SPACE_SRGB, MOVING},
    {".gif", FORMAT_GIF, SPACE_SRGB, PLAIN},
    {".gif", FORMAT_GIF, SPACE_SRGB, CLEAR},
    {".gif", FORMAT_GIF, SPACE_SRGB, MOVING},
    {".tif", FORMAT_TIFF, SPACE_SRGB, PLAIN},
    {".tif", FORMAT_TIFF, SPACE_CMYK, PLAIN},
    {".tif", FORMAT_TIFF, SPACE_SRGB, CLEAR},
    {".tif[compression=lzw]", FORMAT_TIFF, SPACE_ADOBE_RGB, DEEP},
    {".tif[tile,pyramid]", FORMAT_TIFF, SPACE_SRGB, PLAIN},
    {".tif[tile,pyramid,subifd]", FORMAT_TIFF, SPACE_P3, PLAIN},
    {".heic[Q=95]", FORMAT_HEIC, SPACE_SRGB, PLAIN},
    {".heic[Q=95]", FORMAT_HEIC, SPACE_P3, PLAIN},
    {".heic[Q=95,bitdepth=10]", FORMAT_HEIC, SPACE_SRGB, DEEP},
    {".avif[Q=90]", FORMAT_AVIF, SPACE_SRGB, PLAIN},
    /* not 10 bits: ENGINE_HEIF_10_BITS_ABORTS */
    {".avif[Q=90,bitdepth=12,subsample-mode=off]", FORMAT_AVIF, SPACE_SRGB, DEEP},
    {".avif[Q=90]", FORMAT_AVIF, SPACE_SRGB, CLEAR},
};

/* Adds to 3 bands or 1 an alpha band that is opaque except in the last patch. */
static VipsImage *with_clear_patch(VipsImage *image)
{
    static const double opaque[] = {255, 255, 255, 255};
    const int width = image->Xsize / 2, height = image->Ysize / 2;
    static const double nothing[] = {0, 0, 0, 0};
    VipsImage *alpha = sample_plain(image->Xsize, image->Ysize, opaque, 1);
    VipsImage *joined = NULL;
    VipsImage *hole = sample_plain(width, height, nothing, image->Bands + 1);
    VipsImage *out = NULL;

    cr_assert_eq(vips_bandjoin2(image, alpha, &joined, NULL), 0);
    cr_assert_eq(vips_insert(joined, hole, &out, width, height, NULL), 0);
    g_object_unref(image);
    g_object_unref(alpha);
    g_object_unref(joined);
    g_object_unref(hole);
    return out;
}

static VipsImage *twice(VipsImage *image)
{
    VipsImage *frames[] = {image, NULL};
    VipsImage *out = NULL;

    cr_assert_eq(vips_flip(image, &frames[1], VIPS_DIRECTION_HORIZONTAL, NULL), 0);
    cr_assert_eq(vips_arrayjoin(frames, &out, 2, "across", 1, NULL), 0);
    vips_image_set_int(out, VIPS_META_PAGE_HEIGHT, image->Ysize);
    g_object_unref(frames[1]);
    g_object_unref(image);
    return out;
}

static GBytes *make_source(const Kind *kind)
{
    VipsImage *image = patches_picture(kind->space, SOURCE_WIDTH, SOURCE_HEIGHT);

    if (is(kind, CLEAR))
        image = with_clear_patch(image);
    if (is(kind, DEEP))
        image = sample_16_bits(image);
    if (is(kind, MOVING))
        image = twice(image);
    return sample_save(image, kind->suffix);
}

/* A box and the expected result, computed by hand from 360 x 240: the output's size, and position and size of
 * the picture in it. */
typedef struct {
    guint32 width, height;
    Fit fit;
    guint32 out_width, out_height;
    double x, y, picture_width, picture_height;
} Case;

static const Case cases[] = {
    {60, 60, FIT_INSIDE, 60, 40, 0, 0, 60, 40},  {60, 60, FIT_OUTSIDE, 90, 60, 0, 0, 90, 60},
    {60, 60, FIT_COVER, 60, 60, -15, 0, 90, 60}, {60, 60, FIT_CONTAIN, 60, 60, 0, 10, 60, 40},
    {60, 70, FIT_FILL, 60, 70, 0, 0, 60, 70},    {0, 50, FIT_INSIDE, 75, 50, 0, 0, 75, 50},
    {133, 0, FIT_COVER, 133, 89, 0, 0, 133, 89},
};

static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_PNG,  FORMAT_WEBP,  FORMAT_GIF,
                                      FORMAT_TIFF, FORMAT_AVIF, FORMAT_SOURCE};

#define N_CASES   G_N_ELEMENTS(cases)
#define N_OUTPUTS (N_CASES * G_N_ELEMENTS(formats))

static Recipe recipe_of(guint number)
{
    const Case *box = &cases[number % N_CASES];

    return (Recipe){.width = box->width,
                    .height = box->height,
                    .fit = box->fit,
                    .background = BACKGROUND,
                    .format = formats[number / N_CASES],
                    .quality = 95,
                    .effort = 1,
                    .subsampling = SUBSAMPLING_444};
}

static void expect_colour(const Kind *kind, const Rendition *rendition, const Case *box, Pixel found,
                          Pixel expected, int patch)
{
    const double difference = pixel_delta_e(found, expected);

    cr_expect(difference <= 2.0,
              "%s of space %d to %s, fit %d, patch %d: delta E %.1f: %d %d %d, not %d %d %d", kind->suffix,
              kind->space, format_info(rendition->format)->name, box->fit, patch, difference, found.red,
              found.green, found.blue, expected.red, expected.green, expected.blue);
}

static void check_patch(const Kind *kind, const Rendition *rendition, VipsImage *image, const Case *box,
                        int patch)
{
    static const Pixel background = {BACKGROUND >> 16, BACKGROUND >> 8 & 255, BACKGROUND & 255, 255};
    const double x = box->x + box->picture_width * (patch % 2 == 0 ? 0.25 : 0.75);
    const double y = box->y + box->picture_height * (patch / 2 == 0 ? 0.25 : 0.75);
    const Pixel found = sample_area(image, (int)floor(x), (int)floor(y), 5);
    const gboolean clear = is(kind, CLEAR) && patch == N_PATCHES - 1;

    if (clear && format_info(rendition->format)->has_alpha)
        cr_expect_lt(found.alpha, 3, "%s to %s", kind->suffix, format_info(rendition->format)->name);
    else
        expect_colour(kind, rendition, box, found, clear ? background : patches_expected(kind->space, patch),
                      patch);
    if (!clear)
        cr_expect_gt(found.alpha, 252, "%s to %s", kind->suffix, format_info(rendition->format)->name);
}

static void check_output(const Kind *kind, const Rendition *rendition, guint number)
{
    static const Pixel background = {BACKGROUND >> 16, BACKGROUND >> 8 & 255, BACKGROUND & 255, 255};
    const Case *box = &cases[number % N_CASES];
    const ImageFormat format = format_resolve(formats[number / N_CASES], kind->format);
    VipsImage *lazy = sample_decode(rendition);
    VipsImage *image = vips_image_copy_memory(lazy);

    cr_assert_not_null(image);
    cr_expect_eq(rendition->format, format);
    cr_expect_eq(rendition->frames, is(kind, MOVING) && format_has_option(format, OPTION_FRAMES) ? 2 : 1);
    cr_expect(rendition->width == box->out_width && rendition->height == box->out_height, "fit %d: %u x %u",
              box->fit, rendition->width, rendition->height);
    cr_expect((guint32)image->Xsize == box->out_width &&
                  (guint32)vips_image_get_page_height(image) == box->out_height,
              "%s to %s, fit %d: %d x %d", kind->suffix, format_info(format)->name, box->fit, image->Xsize,
              image->Ysize);
    for (int patch = 0; patch < N_PATCHES; patch++)
        check_patch(kind, rendition, image, box, patch);
    if (box->fit == FIT_CONTAIN)
        expect_colour(kind, rendition, box, sample_area(image, 30, 3, 3), background, -1);
    g_object_unref(image);
    g_object_unref(lazy);
}

static void check_kinds(ImageFormat first, ImageFormat last)
{
    Recipe recipes[N_OUTPUTS];
    guint n_checked = 0;

    for (guint i = 0; i < N_OUTPUTS; i++)
        recipes[i] = recipe_of(i);
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
        g_autoptr(GBytes) source = NULL;
        g_autoptr(RenderResult) result = NULL;
        GError *error = NULL;

        if (kinds[k].format < first || kinds[k].format > last)
            continue;
        source = make_source(&kinds[k]);
        result = sample_render_all(source, recipes, N_OUTPUTS, &error);
        cr_assert_not_null(result, "%s: %s", kinds[k].suffix, error != NULL ? error->message : "");
        for (guint i = 0; i < N_OUTPUTS; i++)
            check_output(&kinds[k], g_ptr_array_index(result->renditions, i), i);
        cr_expect_eq(result->warnings->len, 0, "%s", kinds[k].suffix);
        n_checked++;
    }
    cr_expect_gt(n_checked, 0);
}

Test(matrix, from_jpeg)
{
    check_kinds(FORMAT_JPEG, FORMAT_JPEG);
}

Test(matrix, from_png)
{
    check_kinds(FORMAT_PNG, FORMAT_PNG);
}

Test(matrix, from_webp)
{
    check_kinds(FORMAT_WEBP, FORMAT_WEBP);
}

Test(matrix, from_gif)
{
    check_kinds(FORMAT_GIF, FORMAT_GIF);
}

Test(matrix, from_tiff)
{
    check_kinds(FORMAT_TIFF, FORMAT_TIFF);
}

Test(matrix, from_heic_and_avif)
{
    check_kinds(FORMAT_HEIC, FORMAT_AVIF);
}

/* A single output takes another path: it is streamed. */
Test(matrix, one_by_one)
{
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
        g_autoptr(GBytes) source = make_source(&kinds[k]);

        for (guint i = k % 7; i < N_OUTPUTS; i += 8) {
            const Recipe recipe = recipe_of(i);
            GError *error = NULL;
            g_autoptr(Rendition) rendition = sample_render_recipe(source, &recipe, &error);

            cr_assert_not_null(rendition, "%s: %s", kinds[k].suffix, error != NULL ? error->message : "");
            check_output(&kinds[k], rendition, i);
        }
    }
}

/* Crops, padding, sharpening and linear light: operations on an output during and after resizing. */
#include <criterion/criterion.h>

#include "imaging/engine.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(finish, .init = setup);

static Rendition *make(GBytes *source, const Recipe *recipe)
{
    GError *error = NULL;
    Rendition *rendition = sample_render_recipe(source, recipe, &error);

    cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
    return rendition;
}

/* Returns the quarter (0 to 3, in reading order) next to the corner of the crop. */
static int quarter_kept(GBytes *source, Crop crop, guint32 width, guint32 height)
{
    static const int colours[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
    const Recipe recipe = {
        .width = width, .height = height, .fit = FIT_COVER, .crop = crop, .format = FORMAT_PNG};
    Rendition *rendition = make(source, &recipe);
    Pixel pixel = sample_pixel(rendition, (int)width / 4, (int)height / 4);
    int found = -1;

    cr_expect(rendition->width == width && rendition->height == height);
    for (int i = 0; i < 4; i++)
        if (pixel_is_near(pixel, colours[i][0], colours[i][1], colours[i][2], 2))
            found = i;
    rendition_free(rendition);
    return found;
}

/* A wide box keeps a row of the picture, a tall one a column. */
Test(finish, crops_by_compass)
{
    static const struct {
        Crop crop;
        gboolean south, east;
    } crops[] = {
        {CROP_NORTH_WEST, FALSE, FALSE}, {CROP_NORTH, FALSE, FALSE},    {CROP_WEST, FALSE, FALSE},
        {CROP_NORTH_EAST, FALSE, TRUE},  {CROP_EAST, FALSE, TRUE},      {CROP_SOUTH, TRUE, FALSE},
        {CROP_SOUTH_WEST, TRUE, FALSE},  {CROP_SOUTH_EAST, TRUE, TRUE},
    };
    g_autoptr(GBytes) source = sample_save(sample_quarters(400, 400), ".png");

    for (guint i = 0; i < G_N_ELEMENTS(crops); i++) {
        const Crop crop = crops[i].crop;
        const gboolean middle_row = crop == CROP_WEST || crop == CROP_EAST;
        const gboolean middle_column = crop == CROP_NORTH || crop == CROP_SOUTH;

        if (!middle_row)
            cr_expect_eq(quarter_kept(source, crop, 101, 20) / 2, crops[i].south, "crop %d", crop);
        if (!middle_column)
            cr_expect_eq(quarter_kept(source, crop, 20, 101) % 2, crops[i].east, "crop %d", crop);
    }
}

/* A grey picture with detail at one end only. */
static GBytes *lonely_detail(int left)
{
    static const double grey[] = {128, 128, 128};
    VipsImage *field = sample_plain(800, 200, grey, 3);
    VipsImage *detail = sample_noise(120, 120, 4);
    VipsImage *image = NULL;

    cr_assert_eq(vips_insert(field, detail, &image, left, 40, NULL), 0);
    g_object_unref(field);
    g_object_unref(detail);
    return sample_save(image, ".png");
}

static double deviation(const Rendition *rendition)
{
    VipsImage *image = sample_decode(rendition);
    double result = 0;

    cr_assert_eq(vips_deviate(image, &result, NULL), 0);
    g_object_unref(image);
    return result;
}

static void check_detail_is_kept(Crop crop, int left)
{
    const Recipe recipe = {.width = 100, .height = 100, .fit = FIT_COVER, .crop = crop, .format = FORMAT_PNG};
    g_autoptr(GBytes) source = lonely_detail(left);
    Rendition *rendition = make(source, &recipe);

    cr_expect_gt(deviation(rendition), 3.0, "crop %d, detail at %d", crop, left);
    rendition_free(rendition);
}

Test(finish, crops_where_something_is)
{
    const Recipe centre = {.width = 100, .height = 100, .fit = FIT_COVER, .format = FORMAT_PNG};
    g_autoptr(GBytes) source = lonely_detail(20);
    Rendition *rendition = make(source, &centre);

    cr_expect_lt(deviation(rendition), 1.0, "the middle is empty");
    rendition_free(rendition);
    for (int left = 20; left <= 660; left += 320) {
        check_detail_is_kept(CROP_ATTENTION, left);
        check_detail_is_kept(CROP_ENTROPY, left);
    }
}

Test(finish, pads_with_the_background)
{
    static const double grey[] = {77};
    const Recipe recipes[] = {
        {.width = 60, .height = 60, .fit = FIT_CONTAIN, .background = 0x204060, .format = FORMAT_PNG},
        {.width = 60, .height = 60, .fit = FIT_CONTAIN, .background = 0x404040, .format = FORMAT_PNG},
    };
    g_autoptr(GBytes) source = sample_save(sample_plain(200, 100, grey, 1), ".png");
    g_autoptr(RenderResult) result = sample_render_all(source, recipes, 2, NULL);
    const Rendition *blue, *plain;

    cr_assert_not_null(result);
    blue = g_ptr_array_index(result->renditions, 0);
    plain = g_ptr_array_index(result->renditions, 1);
    cr_expect(pixel_is_near(sample_pixel(blue, 30, 14), 0x20, 0x40, 0x60, 0));
    cr_expect(pixel_is_near(sample_pixel(blue, 30, 15), 77, 77, 77, 1));
    cr_expect(pixel_is_near(sample_pixel(blue, 30, 44), 77, 77, 77, 1));
    cr_expect(pixel_is_near(sample_pixel(blue, 30, 45), 0x20, 0x40, 0x60, 0));
    cr_expect(pixel_is_near(sample_pixel(plain, 30, 3), 0x40, 0x40, 0x40, 0));
    cr_expect(pixel_is_near(sample_pixel(plain, 30, 30), 77, 77, 77, 1));
}

/* Alternating black and white pixels emit as much light as 50 %, which is 188 of 255, not 128. */
static GBytes *checkers(gboolean transparent)
{
    static const guint8 tile[] = {0, 255, 255, 0};
    VipsImage *small = vips_image_new_from_memory_copy(tile, sizeof tile, 2, 2, 1, VIPS_FORMAT_UCHAR);
    VipsImage *grey = NULL;
    VipsImage *image = NULL;

    small->Type = VIPS_INTERPRETATION_B_W;
    cr_assert_eq(vips_replicate(small, &grey, 100, 100, NULL), 0);
    g_object_unref(small);
    if (!transparent)
        return sample_save(grey, ".png");
    cr_assert_eq(vips_bandjoin_const1(grey, &image, 128.0, NULL), 0);
    g_object_unref(grey);
    return sample_save(image, ".png");
}

Test(finish, linear_light)
{
    Recipe recipe = {.width = 20, .height = 20, .format = FORMAT_PNG};

    for (int transparent = 0; transparent < 2; transparent++) {
        g_autoptr(GBytes) source = checkers(transparent);
        Rendition *rendition;
        Pixel pixel;

        recipe.linear = FALSE;
        rendition = make(source, &recipe);
        cr_expect(pixel_is_near(sample_pixel(rendition, 10, 10), 128, 128, 128, 3));
        rendition_free(rendition);
        recipe.linear = TRUE;
        rendition = make(source, &recipe);
        pixel = sample_pixel(rendition, 10, 10);
        cr_expect(pixel_is_near(pixel, 188, 188, 188, 3), "%d", pixel.red);
        cr_expect(ABS(pixel.alpha - (transparent ? 128 : 255)) <= 1, "%d", pixel.alpha);
        rendition_free(rendition);
    }
}

/* Linear light for a source with more bands, and for a JPEG, whose decoder must not average before. */
Test(finish, linear_light_of_jpeg)
{
    const Recipe recipes[] = {{.width = 10, .height = 10, .format = FORMAT_PNG, .linear = TRUE},
                              {.width = 10, .height = 10, .format = FORMAT_PNG}};
    g_autoptr(GBytes) grey = checkers(FALSE);
    gsize size;
    const void *bytes = g_bytes_get_data(grey, &size);
    VipsImage *image = vips_image_new_from_buffer(bytes, size, "", NULL);
    g_autoptr(GBytes) source = sample_save(image, ".jpg[Q=100]");
    g_autoptr(RenderResult) result = sample_render_all(source, recipes, 2, NULL);

    cr_assert_not_null(result);
    cr_expect(pixel_is_near(sample_pixel(g_ptr_array_index(result->renditions, 0), 5, 5), 188, 188, 188, 4));
    cr_expect(pixel_is_near(sample_pixel(g_ptr_array_index(result->renditions, 1), 5, 5), 128, 128, 128, 4));
}

/* A step from dark to light gets brighter on its light side, and flat areas do not change. */
Test(finish, sharpening)
{
    static const double dark[] = {100, 100, 100};
    static const double light[] = {160, 160, 160};
    const Recipe recipes[] = {{.width = 100, .height = 75, .format = FORMAT_PNG},
                              {.width = 100, .height = 75, .format = FORMAT_PNG, .sharpen = 50},
                              {.width = 100, .height = 75, .format = FORMAT_PNG, .sharpen = 100}};
    VipsImage *field = sample_plain(400, 300, dark, 3);
    VipsImage *block = sample_plain(202, 300, light, 3);
    VipsImage *image = NULL;
    g_autoptr(GBytes) source = NULL;
    g_autoptr(RenderResult) result = NULL;
    double contrast[3];

    cr_assert_eq(vips_insert(field, block, &image, 198, 0, NULL), 0);
    g_object_unref(field);
    g_object_unref(block);
    source = sample_save(image, ".png");
    result = sample_render_all(source, recipes, 3, NULL);
    cr_assert_not_null(result);
    for (guint i = 0; i < 3; i++) {
        const Rendition *rendition = g_ptr_array_index(result->renditions, i);

        contrast[i] = deviation(rendition);
        cr_expect(pixel_is_near(sample_pixel(rendition, 10, 40), 100, 100, 100, 1));
        cr_expect(pixel_is_near(sample_pixel(rendition, 90, 40), 160, 160, 160, 1));
    }
    cr_expect(contrast[0] < contrast[1] && contrast[1] < contrast[2], "%f %f %f", contrast[0], contrast[1],
              contrast[2]);
}

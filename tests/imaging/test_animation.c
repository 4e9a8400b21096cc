#include <criterion/criterion.h>

#include "base/error.h"
#include "imaging/engine.h"
#include "samples.h"

#define N_FRAMES 4

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(animation, .init = setup);

static const double colours[N_FRAMES][4] = {
    {250, 0, 0, 255}, {0, 250, 0, 255}, {0, 0, 250, 255}, {250, 250, 0, 255}};
static const int delays[N_FRAMES] = {50, 100, 200, 70};

/* 60 x 40, one colour per frame, repeated three times. */
static GBytes *make_source(const char *suffix)
{
    VipsImage *frames[N_FRAMES];
    VipsImage *joined = NULL;

    for (int i = 0; i < N_FRAMES; i++)
        frames[i] = sample_plain(60, 40, colours[i], 4);
    cr_assert_eq(vips_arrayjoin(frames, &joined, N_FRAMES, "across", 1, NULL), 0);
    for (int i = 0; i < N_FRAMES; i++)
        g_object_unref(frames[i]);
    vips_image_set_int(joined, VIPS_META_PAGE_HEIGHT, 40);
    vips_image_set_array_int(joined, "delay", delays, N_FRAMES);
    vips_image_set_int(joined, "loop", 3);
    return sample_save(joined, suffix);
}

/* All frames, one below the other. */
static VipsImage *decode_all(const Rendition *rendition)
{
    VipsImage *image = NULL;
    void *bytes = (void *)(guintptr)blob_data(rendition->blob);
    gsize size = blob_size(rendition->blob);

    if (rendition->format == FORMAT_GIF)
        cr_assert_eq(vips_gifload_buffer(bytes, size, &image, "n", -1, NULL), 0);
    else
        cr_assert_eq(vips_webpload_buffer(bytes, size, &image, "n", -1, NULL), 0);
    return image;
}

static void expect_frame_colour(VipsImage *image, int frame, int x, int y)
{
    double *values = NULL;
    int n = 0;

    cr_assert_eq(vips_getpoint(image, &values, &n, x, y, NULL), 0);
    for (int band = 0; band < 3; band++)
        cr_expect_float_eq(values[band], colours[frame][band], 12.0, "frame %d, %d %d, band %d: %f", frame, x,
                           y, band, values[band]);
    g_free(values);
}

static void expect_animation(const Rendition *rendition, int width, int height, int n_frames)
{
    VipsImage *image = decode_all(rendition);
    int *found = NULL;
    int n = 0, loop = 0;

    cr_assert_eq(image->Xsize, width);
    cr_assert_eq(image->Ysize, height * n_frames);
    cr_expect_eq((int)rendition->frames, n_frames);
    cr_expect_eq((int)rendition->height, height);
    cr_assert_eq(vips_image_get_array_int(image, "delay", &found, &n), 0);
    cr_assert_eq(n, n_frames);
    cr_assert_eq(vips_image_get_int(image, "loop", &loop), 0);
    cr_expect_eq(loop, 3);
    /* before any pixel is read, since reading replaces the fields */
    for (int i = 0; i < n_frames; i++)
        cr_expect_eq(found[i], delays[i], "delay %d: %d", i, found[i]);
    for (int i = 0; i < n_frames; i++) {
        /* also at the edges: no pixel of the frames above and below */
        expect_frame_colour(image, i, width / 2, i * height);
        expect_frame_colour(image, i, width / 2, i * height + height / 2);
        expect_frame_colour(image, i, width / 2, i * height + height - 1);
    }
    g_object_unref(image);
}

/* Animated in two sizes and a crop, and as a still, from one decode. */
static void check_source(const char *suffix)
{
    static const Recipe recipes[] = {
        {.width = 30, .height = 30, .format = FORMAT_WEBP, .quality = 90},
        {.width = 30, .height = 30, .format = FORMAT_GIF},
        {.width = 14, .height = 14, .fit = FIT_COVER, .crop = CROP_ATTENTION, .format = FORMAT_WEBP},
        {.width = 20, .height = 20, .fit = FIT_CONTAIN, .format = FORMAT_GIF, .max_frames = 2},
        {.width = 30, .height = 30, .format = FORMAT_JPEG, .quality = 95},
        {.width = 30, .height = 30, .format = FORMAT_WEBP, .max_frames = 1},
    };
    g_autoptr(GBytes) source = make_source(suffix);
    GError *error = NULL;
    g_autoptr(RenderResult) result = sample_render_all(source, recipes, G_N_ELEMENTS(recipes), &error);
    GPtrArray *made;

    cr_assert_not_null(result, "%s", error != NULL ? error->message : "");
    made = result->renditions;
    expect_animation(g_ptr_array_index(made, 0), 30, 20, N_FRAMES);
    expect_animation(g_ptr_array_index(made, 1), 30, 20, N_FRAMES);
    expect_animation(g_ptr_array_index(made, 2), 14, 14, N_FRAMES);
    for (guint i = 4; i < 6; i++) {
        const Rendition *still = g_ptr_array_index(made, i);

        cr_expect_eq(still->frames, 1);
        cr_expect(pixel_is_near(sample_pixel(still, 15, 10), 250, 0, 0, 12));
    }
    cr_expect_eq(((const Rendition *)g_ptr_array_index(made, 3))->frames, 2);
    cr_expect_eq(result->warnings->len, 0);
}

Test(animation, from_gif)
{
    check_source(".gif");
}

Test(animation, from_webp)
{
    check_source(".webp[lossless]");
}

/* One output in the source's size is streamed, frame after frame. */
Test(animation, alone)
{
    static const Recipe recipes[] = {{.width = 60, .format = FORMAT_WEBP, .lossless = TRUE},
                                     {.width = 25, .format = FORMAT_GIF},
                                     {.width = 120, .enlarge = TRUE, .format = FORMAT_WEBP}};
    static const int heights[] = {40, 17, 80};
    g_autoptr(GBytes) source = make_source(".gif");

    for (guint i = 0; i < G_N_ELEMENTS(recipes); i++) {
        Rendition *rendition = sample_render_recipe(source, &recipes[i], NULL);

        cr_assert_not_null(rendition);
        expect_animation(rendition, (int)recipes[i].width, heights[i], N_FRAMES);
        rendition_free(rendition);
    }
}

static RenderResult *render_with(const RenderLimits *limits, const Recipe *recipe, GError **error)
{
    g_autoptr(GBytes) source = make_source(".gif");

    return render(g_bytes_get_data(source, NULL), g_bytes_get_size(source), recipe, 1, limits, error);
}

Test(animation, frames_beyond_the_limit_are_left_out)
{
    const RenderLimits limits = {.max_pixels = 1000000, .max_output_bytes = 100000, .max_frames = 3};
    const Recipe moving = {.width = 30, .format = FORMAT_GIF};
    const Recipe still = {.width = 30, .format = FORMAT_PNG};
    RenderResult *result = render_with(&limits, &moving, NULL);

    cr_assert_not_null(result);
    expect_animation(g_ptr_array_index(result->renditions, 0), 30, 20, 3);
    cr_assert_eq(result->warnings->len, 1);
    cr_expect_str_eq(g_ptr_array_index(result->warnings, 0), "only the first 3 of 4 frames are used");
    render_result_free(result);
    result = render_with(&limits, &still, NULL);
    cr_assert_not_null(result);
    cr_expect_eq(result->warnings->len, 0, "a still image never had the others");
    render_result_free(result);
}

Test(animation, pixels_of_all_frames_count)
{
    RenderLimits limits = {.max_pixels = 60 * 40 * N_FRAMES, .max_output_bytes = 100000};
    const Recipe moving = {.width = 30, .format = FORMAT_GIF};
    const Recipe still = {.width = 30, .format = FORMAT_PNG};
    RenderResult *result = render_with(&limits, &moving, NULL);
    GError *error = NULL;

    cr_assert_not_null(result);
    render_result_free(result);
    limits.max_pixels--;
    cr_expect_null(render_with(&limits, &moving, &error));
    cr_expect_eq(error_class(error), ERROR_LIMIT);
    cr_expect_str_eq(error->message, "60 x 40 x 4 frames = 9600 pixels exceed the limit of 9599");
    g_error_free(error);
    result = render_with(&limits, &still, NULL);
    cr_assert_not_null(result, "one frame is within it");
    render_result_free(result);
}

/* The result is what browsers show, whatever the frames cover, clear and restore. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "imaging/engine.h"
#include "imaging/formats/gif.h"
#include "imaging/formats/gif_canvas.h"
#include "imaging/gif_load.h"
#include "imaging/probe.h"
#include "tests/imaging/cases.h"
#include "tests/imaging/gifs.h"
#include "tests/imaging/samples.h"

#define SIDE 6

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(gif_canvas, .init = setup, .timeout = 280);

/* The pixel as an RGBA number; all transparent pixels are equal. */
static guint32 pixel_at(const guint8 *values, int n_bands, gsize index)
{
    const guint8 *pixel = values + index * (gsize)n_bands;

    if (n_bands == 4 && pixel[3] == 0)
        return 0;
    return (guint32)pixel[0] << 24 | (guint32)pixel[1] << 16 | (guint32)pixel[2] << 8 |
           (n_bands == 4 ? pixel[3] : 255u);
}

static char *describe(const Gifs *gifs)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < gifs->n_frames; i++)
        g_string_append_printf(text, "[%u,%u %ux%u disposal %u%s] ", gifs->frames[i].left,
                               gifs->frames[i].top, gifs->frames[i].width, gifs->frames[i].height,
                               gifs->frames[i].disposal,
                               gifs->frames[i].has_transparency ? " transparent" : "");
    g_string_append_printf(text, "%u bits", gifs->code_bits);
    return g_string_free(text, FALSE);
}

static void expect_pixels(const Gifs *gifs, VipsImage *image, guint n_frames)
{
    gsize size;
    g_autofree guint8 *values = vips_image_write_to_memory(image, &size);
    g_autofree char *text = describe(gifs);

    cr_assert_not_null(values, "%s: %s", text, vips_error_buffer());
    cr_assert_eq((guint)image->Xsize, gifs->width, "%s", text);
    cr_assert_eq((guint)image->Ysize, gifs->height * n_frames, "%s", text);
    for (guint i = 0; i < gifs->width * gifs->height * n_frames; i++) {
        const guint y = i / gifs->width, frame = y / gifs->height;
        const guint32 expected = gifs_expected(gifs, frame, i % gifs->width, y % gifs->height);
        const guint32 found = pixel_at(values, image->Bands, i);

        cr_assert_eq(found, expected, "%s: frame %u, %u %u: %08x, not %08x", text, frame, i % gifs->width,
                     y % gifs->height, found, expected);
    }
}

/* Checks the first frames of the file, for each number of them. */
static void check(const Gifs *gifs)
{
    g_autoptr(GBytes) bytes = gifs_make(gifs);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    for (guint n = 1; n <= gifs->n_frames; n++) {
        g_autoptr(GError) error = NULL;
        VipsImage *image = gif_load(data, size, n, VIPS_FAIL_ON_ERROR, &error);

        cr_assert_not_null(image, "%s", error != NULL ? error->message : "");
        cr_expect_eq(vips_image_get_n_pages(image), (int)gifs->n_frames);
        expect_pixels(gifs, image, n);
        g_object_unref(image);
    }
}

/* Combines, for each of three frames, 4 disposals (except for the last frame), transparent or not, and the
 * whole canvas or a part of it; with and without an unused colour number. */
static GifsFrame frame_of(guint number, guint place)
{
    GifsFrame frame = {.width = SIDE, .height = SIDE};

    frame.disposal = number % 4;
    frame.has_transparency = number / 4 % 2 != 0;
    if (number / 8 % 2 != 0) {
        frame.left = place;
        frame.top = 2 * place;
        frame.width = 3;
        frame.height = place == 2 ? 5 : 2; /* exceeds the canvas */
    }
    return frame;
}

static void check_all(guint code_bits)
{
    for (guint i = 0; i < 16 * 16 * 4; i++) {
        Gifs gifs = {.width = SIDE, .height = SIDE, .code_bits = code_bits, .n_frames = 3};

        gifs.frames[0] = frame_of(i % 16, 0);
        gifs.frames[1] = frame_of(i / 16 % 16, 1);
        gifs.frames[2] = frame_of(i / 256 * 4, 2);
        check(&gifs);
    }
}

Test(gif_canvas, every_row_of_three_frames_of_few_colours)
{
    check_all(2);
}

Test(gif_canvas, every_row_of_three_frames_of_256_colours)
{
    check_all(8);
}

/* The frame's data ends before its last pixel, which the decoder accepts. */
Test(gif_canvas, what_a_frame_lacks_is_transparent)
{
    for (guint lacking = 0; lacking < SIDE * SIDE; lacking++)
        for (guint bits = 2; bits <= 8; bits += 6) {
            const Gifs gifs = {.width = SIDE,
                               .height = SIDE,
                               .code_bits = bits,
                               .n_frames = 2,
                               .frames = {{.width = SIDE, .height = SIDE, .n_lacking = lacking},
                                          {.width = 2, .height = 3, .n_lacking = lacking % 5}}};

            check(&gifs);
        }
}

/* Compressed pixels are counted correctly: none is taken for missing, however long the codes. */
Test(gif_canvas, frames_of_encoders_are_whole)
{
    static const int sides[] = {1, 7, 64, 300};

    for (guint i = 0; i < G_N_ELEMENTS(sides); i++)
        for (guint noise = 0; noise < 2; noise++) {
            const double grey[] = {90, 90, 90};
            g_autoptr(GBytes) bytes = sample_save(noise != 0 ? sample_noise(sides[i], sides[i], 1)
                                                             : sample_plain(sides[i], sides[i], grey, 3),
                                                  ".gif[effort=1]");
            g_autoptr(GArray) frames = g_array_new(FALSE, FALSE, sizeof(GifFrame));
            gsize size;
            const void *data = g_bytes_get_data(bytes, &size);
            GifScreen screen;

            cr_assert(gif_read_frames(data, size, &screen, frames));
            cr_assert_eq(frames->len, 1);
            cr_expect(gif_frame_is_whole(data, size, &g_array_index(frames, GifFrame, 0)), "%d", sides[i]);
            g_array_index(frames, GifFrame, 0).area.height++;
            cr_expect(!gif_frame_is_whole(data, size, &g_array_index(frames, GifFrame, 0)), "%d", sides[i]);
        }
}

/* libnsgif would shrink a screen of 640 x 480 to the first frame. */
Test(gif_canvas, old_screen_sizes_and_large_ones_are_kept)
{
    static const guint sizes[][2] = {{640, 480}, {640, 512},   {800, 600},   {1024, 768},
                                     {32, 32},   {1280, 1024}, {1600, 1200}, {2049, 3}};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        Gifs gifs = {.width = sizes[i][0], .height = sizes[i][1], .code_bits = 2, .n_frames = 2};

        gifs.frames[0] = (GifsFrame){.width = 3, .height = 3, .disposal = i % 3};
        gifs.frames[1] = (GifsFrame){.left = 10, .width = 3, .height = 3};
        check(&gifs);
    }
}

/* A first frame that is larger than the screen enlarges it, as in browsers. */
Test(gif_canvas, the_first_frame_may_enlarge_the_canvas)
{
    const Gifs larger = {.width = 9,
                         .height = 8,
                         .code_bits = 2,
                         .n_frames = 1,
                         .frames = {{.left = 2, .top = 1, .width = 7, .height = 7}}};
    g_autoptr(GBytes) bytes = gifs_make(&larger);
    g_autoptr(GByteArray) small = g_bytes_unref_to_array(g_bytes_ref(bytes));
    g_autoptr(GError) error = NULL;
    VipsImage *image;

    small->data[6] = 4;
    small->data[8] = 4;
    image = gif_load(small->data, small->len, 1, VIPS_FAIL_ON_ERROR, &error);
    cr_assert_not_null(image, "%s", error != NULL ? error->message : "");
    expect_pixels(&larger, image, 1);
    g_object_unref(image);
}

/* Frames that are to be cleared and cannot name a transparent colour are followed by an extra frame. */
static const Gifs cleared = {.width = SIDE,
                             .height = SIDE,
                             .code_bits = 8,
                             .n_frames = 4,
                             .frames = {{.width = SIDE, .height = SIDE, .disposal = 2},
                                        {.width = 3, .height = SIDE, .disposal = 2},
                                        {.left = 3, .width = 3, .height = SIDE, .disposal = 2},
                                        {.width = 2, .height = 2}}};

Test(gif_canvas, animations_keep_their_frames_and_delays)
{
    g_autoptr(GBytes) bytes = gifs_make(&cleared);
    const Recipe recipe = {
        .width = SIDE, .height = SIDE, .format = FORMAT_WEBP, .lossless = TRUE, .quality = 80};
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) rendition = sample_render_recipe(bytes, &recipe, &error);
    VipsImage *image = NULL;
    int *delays = NULL;
    int n = 0;

    cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
    cr_expect_eq(rendition->frames, 4);
    cr_assert_eq(vips_webpload_buffer((void *)(guintptr)blob_data(rendition->blob),
                                      blob_size(rendition->blob), &image, "n", -1, NULL),
                 0);
    expect_pixels(&cleared, image, 4);
    cr_assert_eq(vips_image_get_array_int(image, "delay", &delays, &n), 0);
    cr_assert_eq(n, 4);
    for (int i = 0; i < n; i++)
        cr_expect_eq(delays[i], 100 * (i + 1), "frame %d: %d", i, delays[i]);
    g_object_unref(image);
}

/* A file without frames to clear needs no copy. */
Test(gif_canvas, most_files_are_decoded_as_they_are)
{
    static const Gifs plain[] = {
        {.width = 4, .height = 4, .code_bits = 2, .n_frames = 1, .frames = {{.width = 4, .height = 4}}},
        {.width = 4,
         .height = 4,
         .code_bits = 2,
         .n_frames = 2,
         .frames = {{.width = 2, .height = 4, .has_transparency = TRUE}, {.width = 4, .height = 4}}},
        {.width = 4,
         .height = 4,
         .code_bits = 8,
         .n_frames = 2,
         .frames = {{.width = 4, .height = 4, .disposal = 2}, {.width = 4, .height = 4, .disposal = 2}}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(plain); i++) {
        g_autoptr(GBytes) bytes = gifs_make(&plain[i]);
        GifCanvas canvas;

        cr_assert(gif_canvas_make(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), 9, &canvas, NULL));
        cr_expect_null(canvas.bytes, "%u", i);
    }
}

/* Checks the last frame: blue at the top left, and the remains of earlier frames in the middle. */
static void expect_case(const char *name, int n_frames, guint32 expected_middle)
{
    g_autoptr(GBytes) bytes = case_file(name);
    VipsImage *image = gif_load(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), (guint)n_frames,
                                VIPS_FAIL_ON_ERROR, NULL);
    gsize size;
    g_autofree guint8 *values = image != NULL ? vips_image_write_to_memory(image, &size) : NULL;
    const gsize last = (gsize)16 * 16 * (gsize)(n_frames - 1);

    cr_assert_not_null(values, "%s", name);
    cr_assert_eq(image->Bands, 4, "%s", name);
    cr_expect_eq(pixel_at(values, 4, last), 0x0000ffff, "%s", name);
    cr_expect_eq(pixel_at(values, 4, last + 8 * 16 + 8), expected_middle, "%s", name);
    cr_expect_eq(pixel_at(values, 4, last + 15 * 16 + 15), 0, "%s", name);
    g_object_unref(image);
}

Test(gif_canvas, what_is_cleared_or_never_painted_was_opaque)
{
    expect_case("gif-first-partial.gif", 2, 0x00ff00ff);
    expect_case("gif3-restore-bg-white.gif", 3, 0);
    expect_case("gif3-restore-bg-with-transparency.gif", 3, 0);
}

/* A truncated file yields an image or an error. */
Test(gif_canvas, a_file_may_end_anywhere)
{
    g_autoptr(GBytes) bytes = gifs_make(&cleared);
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    for (gsize kept = 0; kept < size; kept++) {
        g_autofree guint8 *copy = g_memdup2(data, kept);
        VipsImage *image = gif_load(copy, kept, 1, VIPS_FAIL_ON_NONE, NULL);

        if (image != NULL) {
            const int n_pages = vips_image_get_n_pages(image);

            g_object_unref(image);
            image = gif_load(copy, kept, (guint)n_pages, VIPS_FAIL_ON_NONE, NULL);
            cr_assert_not_null(image, "%zu bytes", kept);
            cr_expect_eq(image->Ysize, n_pages * SIDE, "%zu bytes", kept);
            g_object_unref(image);
        }
    }
}

/* More frames than libnsgif reads. */
Test(gif_canvas, too_many_frames_to_clear_are_refused)
{
    g_autoptr(GBytes) bytes = gifs_make(&cleared);
    g_autoptr(GByteArray) many = g_byte_array_new();
    g_autoptr(GArray) frames = g_array_new(FALSE, FALSE, sizeof(GifFrame));
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autoptr(GError) error = NULL;
    GifScreen screen;
    const GifFrame *first;
    VipsImage *image;

    cr_assert(gif_read_frames(data, size, &screen, frames));
    first = (const GifFrame *)(void *)frames->data;
    g_byte_array_append(many, data, (guint)screen.end_at);
    for (guint i = 0; i < GIF_MAX_FRAMES / 3; i++)
        g_byte_array_append(many, data + first[0].end_at, (guint)(first[2].end_at - first[0].end_at));
    g_byte_array_append(many, (const guint8 *)";", 1);
    image = gif_load(many->data, many->len, 2000, VIPS_FAIL_ON_ERROR, NULL);
    cr_assert_not_null(image);
    g_object_unref(image);
    image = gif_load(many->data, many->len, 2700, VIPS_FAIL_ON_ERROR, &error);
    cr_assert_null(image);
    cr_expect_eq(error_class(error), ERROR_LIMIT);
}

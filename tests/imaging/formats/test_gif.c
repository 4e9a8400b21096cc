#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "imaging/engine.h"
#include "imaging/formats/gif.h"
#include "imaging/probe.h"
#include "tests/imaging/samples.h"

#define N_FRAMES 3

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(gif, .init = setup);

/* Two sub-blocks of data, a comment, a local colour table with two colours. */
static const guint8 small[] = {
    'G', 'I',  'F', '8', '9', 'a', 1, 0, 1, 0,    0x80, 0, 0,          /* a table of two colours */
    1,   2,    3,   4,   5,   6,                                       /* the table's data */
    '!', 0xfe, 3,   'x', 'y', 'z', 0,                                  /* a comment */
    ',', 0,    0,   0,   0,   1,   0, 1, 0, 0x80, 9,    8, 7, 6, 5, 4, /* a frame, and its table */
    2,   1,    'D', 1,   1,   0,                                       /* its data */
    ';',
};

static GBytes *animation(void)
{
    VipsImage *frames[N_FRAMES];
    VipsImage *joined = NULL;

    for (int i = 0; i < N_FRAMES; i++)
        frames[i] = sample_noise(40, 30, i);
    cr_assert_eq(vips_arrayjoin(frames, &joined, N_FRAMES, "across", 1, NULL), 0);
    for (int i = 0; i < N_FRAMES; i++)
        g_object_unref(frames[i]);
    vips_image_set_int(joined, VIPS_META_PAGE_HEIGHT, 30);
    return sample_save(joined, ".gif");
}

/* A file that ends between two blocks is not recognisably incomplete. */
Test(gif, each_cut_inside_a_block_is_seen)
{
    static const gsize boundaries[] = {19, 26, sizeof small - 1};

    cr_expect(!gif_is_cut_off(small, sizeof small));
    for (gsize kept = 13; kept < sizeof small; kept++) {
        g_autofree guint8 *copy = g_memdup2(small, kept);
        gboolean expected = TRUE;

        for (guint i = 0; i < G_N_ELEMENTS(boundaries); i++)
            expected = expected && kept != boundaries[i];
        cr_expect_eq(gif_is_cut_off(copy, kept), expected, "%zu bytes", kept);
    }
}

Test(gif, what_is_not_known_is_left_to_the_decoder)
{
    g_autofree guint8 *copy = g_memdup2(small, sizeof small);

    copy[19] = 0;
    cr_expect(!gif_is_cut_off(copy, 24));
    cr_expect(!gif_is_cut_off("no GIF at all", 13));
    cr_expect(!gif_is_cut_off("GIF89a", 6));
    cr_expect(!gif_is_cut_off(NULL, 0));
}

/* libvips reads a truncated animation as one of fewer frames. */
Test(gif, regression_a_cut_off_animation_was_rendered)
{
    g_autoptr(GBytes) whole = animation();
    g_autoptr(GBytes) cut = g_bytes_new_from_bytes(whole, 0, g_bytes_get_size(whole) * 9 / 10);
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) good = sample_render(whole, FIT_INSIDE, 20, 20, FORMAT_WEBP, &error);

    cr_assert_not_null(good, "%s", error->message);
    cr_expect_eq(good->frames, N_FRAMES);
    cr_expect_null(sample_render(cut, FIT_INSIDE, 20, 20, FORMAT_WEBP, &error));
    cr_assert_eq(error_class(error), ERROR_INPUT);
    cr_expect_str_eq(error->message, "damaged gif: the file ends in the middle of a block");
}

Test(gif, a_cut_off_animation_is_accepted_with_a_warning)
{
    static const Recipe recipe = {.width = 20, .height = 20, .format = FORMAT_WEBP, .quality = 80};
    const RenderLimits limits = {
        .max_pixels = 1 << 20, .max_output_bytes = 1 << 20, .accept_truncated = TRUE};
    g_autoptr(GBytes) whole = animation();
    const gsize kept = g_bytes_get_size(whole) * 9 / 10;
    g_autoptr(RenderResult) result = render(g_bytes_get_data(whole, NULL), kept, &recipe, 1, &limits, NULL);

    cr_assert_not_null(result);
    cr_assert_eq(result->warnings->len, 1);
    cr_expect_str_eq(
        result->warnings->pdata[0],
        "damaged; rendered as far as it could be decoded: the file ends in the middle of a block");
}

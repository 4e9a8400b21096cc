#include <criterion/criterion.h>
#include <string.h>

#include "cases.h"
#include "imaging/engine.h"
#include "imaging/formats/heif_tags.h"
#include "samples.h"

/* AVIF and HEIC files that libvips misinterprets. */

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(heif, .init = setup);

static void expect_pixel(const Rendition *rendition, int x, Pixel expected)
{
    const Pixel pixel = sample_pixel(rendition, x, 16);

    cr_expect(ABS(pixel.red - expected.red) <= 2 && ABS(pixel.green - expected.green) <= 2 &&
                  ABS(pixel.blue - expected.blue) <= 2 && ABS(pixel.alpha - expected.alpha) <= 1,
              "at %d: %d %d %d %d", x, pixel.red, pixel.green, pixel.blue, pixel.alpha);
}

/* Expects two colours side by side in a file. */
static void expect_halves(const char *name, Pixel left, Pixel right)
{
    g_autoptr(GBytes) bytes = case_file(name);
    g_autoptr(Rendition) made = sample_render(bytes, FIT_INSIDE, 32, 32, FORMAT_PNG, NULL);

    cr_assert_not_null(made);
    expect_pixel(made, 5, left);
    expect_pixel(made, 26, right);
}

/* Made by avifenc -p from a PNG of these colours. */
Test(heif, colours_that_were_multiplied_with_alpha)
{
    expect_halves("premultiplied.avif", (Pixel){200, 100, 50, 128}, (Pixel){40, 80, 160, 255});
}

/* 60 and 180 with a grey profile of linear light: sRGB has 255 * (1.055 * (60 / 255)^(1 / 2.4) - 0.055) for
 * 60. */
Test(heif, a_profile_of_grey)
{
    expect_halves("grey-linear.avif", (Pixel){133, 133, 133, 255}, (Pixel){218, 218, 218, 255});
}

static guint8 *with_replaced(GBytes *bytes, const char *word, const char *by)
{
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    guint8 *copy = g_memdup2(data, size);
    guint8 *at = memmem(copy, size, word, strlen(word));

    cr_assert_not_null(at);
    memcpy(at, by, strlen(by));
    return copy;
}

/* Only complete boxes of the file are used. */
Test(heif, tags_are_read_from_whole_boxes_only)
{
    g_autoptr(GBytes) multiplied = case_file("premultiplied.avif");
    g_autoptr(GBytes) grey = case_file("grey-linear.avif");
    const gsize multiplied_size = g_bytes_get_size(multiplied);
    const gsize grey_size = g_bytes_get_size(grey);
    g_autofree guint8 *other = with_replaced(multiplied, "prem", "othr");
    g_autofree guint8 *unsaid = with_replaced(grey, "pixi", "free");

    cr_expect(heif_tags_is_premultiplied(g_bytes_get_data(multiplied, NULL), multiplied_size));
    cr_expect_not(heif_tags_is_grey(g_bytes_get_data(multiplied, NULL), multiplied_size));
    cr_expect(heif_tags_is_grey(g_bytes_get_data(grey, NULL), grey_size));
    cr_expect_not(heif_tags_is_premultiplied(g_bytes_get_data(grey, NULL), grey_size));
    cr_expect_not(heif_tags_is_premultiplied(other, multiplied_size));
    cr_expect_not(heif_tags_is_grey(unsaid, grey_size));
    for (gsize cut = 0; cut < 100; cut++) {
        cr_expect_not(heif_tags_is_premultiplied(g_bytes_get_data(multiplied, NULL), cut));
        cr_expect_not(heif_tags_is_grey(g_bytes_get_data(grey, NULL), cut));
    }
}

Test(heif, the_largest_side_is_read_from_whole_boxes_only)
{
    g_autoptr(GBytes) bytes = case_file("premultiplied.avif");
    const gsize size = g_bytes_get_size(bytes);
    g_autofree guint8 *unsaid = with_replaced(bytes, "ispe", "free");

    cr_expect_eq(heif_tags_largest_side(g_bytes_get_data(bytes, NULL), size), 32);
    cr_expect_eq(heif_tags_largest_side(unsaid, size), 0);
    for (gsize cut = 0; cut < 100; cut++)
        cr_expect_eq(heif_tags_largest_side(g_bytes_get_data(bytes, NULL), cut), 0);
}

/* Begins a box; box_end() sets its length. */
static gsize box_begin(GByteArray *out, const char *type)
{
    const gsize at = out->len;

    g_byte_array_append(out, (const guint8 *)"\0\0\0", 4);
    g_byte_array_append(out, (const guint8 *)type, 4);
    return at;
}

static void box_end(GByteArray *out, gsize at)
{
    const guint32 size = GUINT32_TO_BE(out->len - (guint32)at);

    memcpy(out->data + at, &size, sizeof size);
}

static void put_box(GByteArray *out, const char *type, const void *content, gsize size)
{
    const gsize at = box_begin(out, type);

    g_byte_array_append(out, content, (guint)size);
    box_end(out, at);
}

/* A box with this many references to a property of image 1. */
static void put_ipma(GByteArray *out, guint8 n_references, guint8 property)
{
    const guint8 head[] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 1, n_references};
    const gsize at = box_begin(out, "ipma");

    g_byte_array_append(out, head, sizeof head);
    for (guint i = 0; i < n_references; i++)
        g_byte_array_append(out, &property, 1);
    box_end(out, at);
}

/* The second property says that the image is grey. n_before references to the first one, in boxes of 100
 * each, precede the reference to the second. */
static GByteArray *with_references(guint n_before)
{
    static const guint8 full[] = {0, 0, 0, 0};
    static const guint8 pitm[] = {0, 0, 0, 0, 0, 1};
    static const guint8 pixi[] = {0, 0, 0, 0, 1, 8};
    const guint n_of_box = 100;
    GByteArray *out = g_byte_array_new();
    const gsize meta = box_begin(out, "meta");
    gsize iprp, ipco;

    g_byte_array_append(out, full, sizeof full);
    put_box(out, "pitm", pitm, sizeof pitm);
    iprp = box_begin(out, "iprp");
    ipco = box_begin(out, "ipco");
    put_box(out, "free", "", 0);
    put_box(out, "pixi", pixi, sizeof pixi);
    box_end(out, ipco);
    for (; n_before > n_of_box; n_before -= n_of_box)
        put_ipma(out, (guint8)n_of_box, 1);
    put_ipma(out, (guint8)n_before, 1);
    put_ipma(out, 1, 2);
    box_end(out, iprp);
    box_end(out, meta);
    return out;
}

/* Each reference costs time in proportion to the property's number, so that their total over all boxes is
 * limited. */
Test(heif, regression_references_of_several_boxes_have_one_limit)
{
    g_autoptr(GByteArray) few = with_references(254);
    g_autoptr(GByteArray) many = with_references(255);

    cr_expect(heif_tags_is_grey(few->data, few->len));
    cr_expect_not(heif_tags_is_grey(many->data, many->len));
}

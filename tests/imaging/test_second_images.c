#include <criterion/criterion.h>
#include <string.h>

#include "cases.h"
#include "imaging/engine.h"
#include "samples.h"

/* JPEG files with more images behind the first one: MPO, the gain map of an Ultra HDR JPEG. Browsers show the
 * first image on a screen without headroom. */

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(second_images, .init = setup);

static GBytes *join(GBytes *first, GBytes *second)
{
    GByteArray *both = g_byte_array_new();

    g_byte_array_append(both, g_bytes_get_data(first, NULL), (guint)g_bytes_get_size(first));
    g_byte_array_append(both, g_bytes_get_data(second, NULL), (guint)g_bytes_get_size(second));
    return g_byte_array_free_to_bytes(both);
}

static void expect_same(const Rendition *a, const Rendition *b)
{
    cr_assert(a != NULL && b != NULL);
    cr_expect(a->width == b->width && a->height == b->height);
    cr_assert_eq(blob_size(a->blob), blob_size(b->blob));
    cr_expect_eq(memcmp(blob_data(a->blob), blob_data(b->blob), blob_size(a->blob)), 0);
}

/* At full size, and reduced by the decoder, for which scans of a progressive file are left out. */
Test(second_images, are_not_looked_at)
{
    static const char *const suffixes[] = {".jpg[Q=90]", ".jpg[Q=90,interlace]"};
    static const guint32 sides[] = {400, 150, 40};
    g_autoptr(GBytes) second = sample_save(sample_noise(600, 500, 2), ".jpg");

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autoptr(GBytes) first = sample_save(sample_quarters(400, 400), suffixes[i]);
        g_autoptr(GBytes) both = join(first, second);

        for (guint k = 0; k < G_N_ELEMENTS(sides); k++) {
            g_autoptr(Rendition) alone =
                sample_render(first, FIT_INSIDE, sides[k], sides[k], FORMAT_PNG, NULL);
            g_autoptr(Rendition) made = sample_render(both, FIT_INSIDE, sides[k], sides[k], FORMAT_PNG, NULL);

            expect_same(alone, made);
        }
    }
}

static gboolean contains(const Rendition *rendition, const char *text)
{
    return memmem(blob_data(rendition->blob), blob_size(rendition->blob), text, strlen(text)) != NULL;
}

/* The colours are those of Chromium 156 for the same file, which are those of its first image. */
Test(second_images, ultra_hdr)
{
    static const struct {
        int x, y, red, green, blue;
    } places[] = {{4, 4, 0, 0, 0}, {60, 12, 255, 255, 255}, {44, 52, 220, 1, 131}};
    g_autoptr(GBytes) bytes = case_file("jpg-ultra-hdr.jpg");
    const Recipe recipe = {.width = 32, .format = FORMAT_JPEG, .metadata = METADATA_KEEP, .quality = 90};
    g_autoptr(Rendition) full = sample_render(bytes, FIT_INSIDE, 64, 64, FORMAT_PNG, NULL);
    g_autoptr(Rendition) kept = sample_render_recipe(bytes, &recipe, NULL);

    cr_assert(full != NULL && full->width == 64 && full->height == 64);
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        const Pixel pixel = sample_pixel(full, places[i].x, places[i].y);

        cr_expect(pixel_is_near(pixel, places[i].red, places[i].green, places[i].blue, 1), "%d %d %d",
                  pixel.red, pixel.green, pixel.blue);
    }
    cr_assert_not_null(kept);
    cr_expect(contains(kept, "x:xmpmeta"));
    cr_expect(!contains(kept, "hdrgm:Version") && !contains(kept, "Directory") && !contains(kept, "MPF"));
}

#include <criterion/criterion.h>
#include <string.h>

#include "imaging/engine.h"
#include "imaging/formats/sequence.h"
#include "tests/imaging/cases.h"
#include "tests/imaging/samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(sequence, .init = setup);

/* An APNG becomes its default image, a still, with a warning, since neither browsers nor users of libvips
 * would expect that. */
Test(sequence, an_apng_becomes_a_still_with_a_warning)
{
    static const ImageFormat formats[] = {FORMAT_JPEG, FORMAT_WEBP, FORMAT_SOURCE};
    g_autoptr(GBytes) apng = case_file("apng-2frames.png");

    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        const Recipe recipe = {.width = 8, .format = formats[i]};
        g_autoptr(RenderResult) result = sample_render_all(apng, &recipe, 1, NULL);

        cr_assert_not_null(result);
        cr_assert_eq(result->warnings->len, 1);
        cr_expect_str_eq(result->warnings->pdata[0],
                         "an animation of 2 frames; only its default image is used");
        cr_expect_eq(((const Rendition *)result->renditions->pdata[0])->frames, 1);
    }
}

/* A PNG is no animation if it has no acTL, one frame, or acTL behind its pixels. */
Test(sequence, other_pngs_are_stills)
{
    g_autoptr(GBytes) apng = case_file("apng-2frames.png");
    g_autoptr(GBytes) png = sample_save(sample_quarters(20, 20), ".png");
    gsize size;
    const guint8 *data = g_bytes_get_data(apng, &size);
    g_autofree guint8 *copy = g_memdup2(data, size);
    guint8 *actl = memmem(copy, size, "acTL", 4);

    cr_expect_not(sequence_find(FORMAT_PNG, g_bytes_get_data(png, NULL), g_bytes_get_size(png)).is_animation);
    cr_expect_eq(sequence_find(FORMAT_PNG, copy, size).n_frames, 2);
    actl[7] = 1;
    cr_expect_not(sequence_find(FORMAT_PNG, copy, size).is_animation);
    actl[7] = 2;
    for (gsize length = 0; length < (gsize)(actl - copy) + 12; length++)
        cr_expect_not(sequence_find(FORMAT_PNG, copy, length).is_animation, "the first %zu bytes", length);
    cr_expect_not(sequence_find(FORMAT_GIF, copy, size).is_animation);
}

Test(sequence, heif_sequences_have_a_brand)
{
    static const struct {
        const char *brand;
        gboolean is_animation;
    } brands[] = {{"avis", TRUE}, {"msf1", TRUE},  {"hevc", TRUE},
                  {"hevx", TRUE}, {"avif", FALSE}, {"heic", FALSE}};

    for (guint i = 0; i < G_N_ELEMENTS(brands); i++) {
        char file[] = "\0\0\0\x18"
                      "ftypxxxx\0\0\0\0mif1miaf";

        memcpy(file + 8, brands[i].brand, 4);
        cr_expect_eq(sequence_find(FORMAT_AVIF, file, sizeof file - 1).is_animation, brands[i].is_animation);
        cr_expect_eq(sequence_find(FORMAT_HEIC, file, sizeof file - 1).is_animation, brands[i].is_animation);
        cr_expect_not(sequence_find(FORMAT_HEIC, file, 11).is_animation);
    }
}

/* Files that used to be reported as videos, or as damaged by a seek. */
Test(sequence, heif_cases_have_their_real_reason)
{
    static const struct {
        const char *name, *reason; /* beginning of the reason; NULL if it is rendered */
        gboolean may_be_made;
    } cases[] = {
        {"heic-cut-by-20-bytes.heic", "damaged heic: ", FALSE},
        {"avif-irot-before-ispe.avif", "damaged avif: bad image dimensions on decode",
         TRUE}, /* ENGINE_HEIF_IROT_FIRST */
        {"avif-brands-mif1-only.avif", NULL, TRUE},
        {"heic-16x16.heic", NULL, TRUE},
        {"avif-16x16.avif", NULL, TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) bytes = case_file(cases[i].name);
        const Recipe recipe = {.width = 8, .format = FORMAT_PNG};
        g_autoptr(GError) error = NULL;
        g_autoptr(RenderResult) result = sample_render_all(bytes, &recipe, 1, &error);

        if (result != NULL) {
            cr_expect(cases[i].may_be_made, "%s", cases[i].name);
            cr_expect_eq(result->warnings->len, 0);
            continue;
        }
        cr_assert_not_null(cases[i].reason, "%s: %s", cases[i].name, error->message);
        cr_expect(g_str_has_prefix(error->message, cases[i].reason), "%s", error->message);
        cr_expect_null(strstr(error->message, "bad seek"));
    }
}

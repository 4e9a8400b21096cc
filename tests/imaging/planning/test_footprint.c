/* Compares the predicted memory of renderings with the measured one, each in a process of its own. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "imaging/codecs.h"
#include "imaging/engine.h"
#include "imaging/planning/footprint.h"
#include "tests/imaging/samples.h"

/* The prediction must never be too low; and not much too high, since it keeps other objects waiting. */
#define MOST_TIMES  2.5
#define MOST_BYTES  ((guint64)12 << 20)

#define MAX_OUTPUTS 4

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(footprint, .init = setup, .timeout = 600);

/* A file that resembles a photograph to an encoder: detail everywhere, but not only noise. */
static VipsImage *sample_image(int width, int height, const char *kind)
{
    VipsImage *noise = sample_noise(width, height, 1);
    VipsImage *soft = NULL;
    VipsImage *image = NULL;
    int result;

    cr_assert_eq(vips_gaussblur(noise, &soft, 1.5, NULL), 0);
    if (strcmp(kind, "grey") == 0)
        result = vips_extract_band(soft, &image, 0, NULL);
    else if (strcmp(kind, "alpha") == 0)
        result = vips_bandjoin((VipsImage *[]){soft, noise}, &image, 2, NULL);
    else if (strcmp(kind, "noise") == 0)
        result = vips_bandjoin((VipsImage *[]){noise, noise}, &image, 2, NULL);
    else if (strcmp(kind, "deep") == 0)
        result = vips_colourspace(soft, &image, VIPS_INTERPRETATION_RGB16, NULL);
    else if (strcmp(kind, "inks") == 0)
        result = vips_colourspace(soft, &image, VIPS_INTERPRETATION_CMYK, NULL);
    else
        result = vips_copy(soft, &image, NULL);
    cr_assert_eq(result, 0, "%s", vips_error_buffer());
    g_object_unref(noise);
    g_object_unref(soft);
    return image;
}

/* The first four of six bands. */
static VipsImage *first_four_bands(VipsImage *image)
{
    VipsImage *out = NULL;

    if (image->Bands <= 4)
        return image;
    cr_assert_eq(vips_extract_band(image, &out, 0, "n", 4, NULL), 0);
    out->Type = VIPS_INTERPRETATION_sRGB;
    g_object_unref(image);
    return out;
}

static char *sample_file(int width, int height, const char *kind, const char *suffix)
{
    GBytes *bytes = sample_save(first_four_bands(sample_image(width, height, kind)), suffix);
    char *path = NULL;
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    int fd = g_file_open_tmp("thumbmill-footprint-XXXXXX", &path, NULL);

    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert(g_file_set_contents(path, data, (gssize)size, NULL));
    g_bytes_unref(bytes);
    return path;
}

static void expect_foretold(const char *path, const char *const *recipes, const char *what)
{
    const char *argv[MAX_OUTPUTS + 3] = {TEST_BIN "/test_footprint_child", path};
    g_autofree char *said = NULL;
    g_autofree char *complaint = NULL;
    guint64 foretold, taken;
    int status;

    for (guint i = 0; i < MAX_OUTPUTS && recipes[i] != NULL; i++)
        argv[i + 2] = recipes[i];
    cr_assert(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said, &complaint, &status,
                           NULL));
    cr_assert_eq(status, 0, "%s: %s", what, complaint);
    cr_assert_eq(sscanf(said, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &foretold, &taken), 2);
    fprintf(stderr, "%-44s %-24s foretold %7.1f MB, taken %7.1f MB\n", what, recipes[0],
            (double)foretold / 1e6, (double)taken / 1e6);
    cr_expect_leq(taken, foretold, "%s to %s takes %" G_GUINT64_FORMAT " bytes, not %" G_GUINT64_FORMAT, what,
                  recipes[0], taken, foretold);
    cr_expect_leq((double)foretold, MOST_TIMES * (double)taken + (double)MOST_BYTES,
                  "%s to %s takes only %" G_GUINT64_FORMAT " bytes, not %" G_GUINT64_FORMAT, what, recipes[0],
                  taken, foretold);
}

/* Tests a thumbnail, a full-size copy, and several outputs from one decode. */
static void expect_source(int width, int height, const char *kind, const char *suffix)
{
    static const char *const sets[][MAX_OUTPUTS + 1] = {
        {"256x256 jpeg"},
        {"9000x9000 jpeg"},
        {"800x800 jpeg", "400x400 webp", "200x200 jpeg cover"},
    };
    g_autofree char *path = sample_file(width, height, kind, suffix);
    g_autofree char *what = g_strdup_printf("%s %s of %d x %d", kind, suffix, width, height);

    for (guint i = 0; i < G_N_ELEMENTS(sets); i++)
        expect_foretold(path, sets[i], what);
    g_remove(path);
}

static void expect_sources(const char *kind, const char *suffix)
{
    expect_source(900, 700, kind, suffix);
    expect_source(2700, 1800, kind, suffix);
}

Test(footprint, of_jpeg)
{
    expect_sources("plain", ".jpg[Q=85]");
    expect_sources("plain", ".jpg[Q=85,interlace]");
    expect_sources("plain", ".jpg[Q=92,interlace]");
    expect_sources("grey", ".jpg[Q=85,interlace]");
    expect_sources("inks", ".jpg[Q=85,interlace]");
    expect_source(800, 6000, "plain", ".jpg[Q=85]");
    expect_source(6000, 800, "plain", ".jpg[Q=85]");
}

Test(footprint, of_png)
{
    expect_sources("plain", ".png[compression=1]");
    expect_sources("plain", ".png[compression=1,interlace]");
    expect_sources("alpha", ".png[compression=1]");
    expect_sources("deep", ".png[compression=1,interlace]");
    expect_sources("grey", ".png[compression=1]");
}

Test(footprint, of_webp)
{
    expect_sources("plain", ".webp[effort=0]");
    expect_sources("plain", ".webp[effort=0,lossless]");
    expect_sources("alpha", ".webp[effort=0]");
}

Test(footprint, of_gif)
{
    expect_sources("plain", ".gif[effort=1]");
}

Test(footprint, of_tiff)
{
    expect_sources("plain", ".tif[compression=lzw]");
    expect_sources("plain", ".tif[compression=lzw,tile]");
    expect_sources("plain", ".tif[compression=deflate,tile,tile-width=1024,tile-height=1024]");
    expect_sources("plain", ".tif[compression=deflate,tile,pyramid]");
    expect_sources("deep", ".tif");
}

Test(footprint, of_heic_and_avif)
{
    expect_sources("plain", ".heic[Q=60,effort=0]");
    expect_sources("plain", ".avif[Q=50,effort=0]");
    expect_source(900, 700, "deep", ".avif[Q=50,effort=0,bitdepth=12,subsample-mode=off]");
    expect_source(900, 700, "alpha", ".avif[Q=50,effort=0]");
}

static void expect_outputs(const char *kind, const char *const *recipes)
{
    g_autofree char *path = sample_file(1500, 1000, kind, ".png[compression=1]");

    for (; *recipes != NULL; recipes++)
        expect_foretold(path, (const char *[]){*recipes, NULL}, kind);
    g_remove(path);
}

Test(footprint, of_encoders)
{
    static const char *const recipes[] = {
        "1000x1000 jpeg progressive",
        "1000x1000 png",
        "1000x1000 png palette",
        "1000x1000 png progressive",
        "1000x1000 webp",
        "1000x1000 webp lossless",
        "1000x1000 gif",
        "1000x1000 tiff",
        "300x300 gif",
        "300x300 webp lossless",
        NULL,
    };

    expect_outputs("plain", recipes);
    expect_outputs("alpha", recipes);
}

/* Every pixel has a colour of its own. */
Test(footprint, of_palettes)
{
    static const char *const recipes[] = {"1500x1500 png palette", "300x300 png palette", "1500x1500 gif",
                                          "300x300 gif", NULL};

    expect_outputs("noise", recipes);
}

/* With libaom, and with SVT-AV1 if libheif has it. */
Test(footprint, of_avif_encoders)
{
    static const char *const recipes[] = {
        "1000x1000 avif svt",      "300x300 avif svt", "1000x1000 avif",
        "1000x1000 avif lossless", "300x300 avif",     NULL,
    };

    cr_assert(engine_start(NULL));
    const char *const *there = recipes + (codecs_have_encoder(ENCODER_SVT) ? 0 : 2);
    expect_outputs("plain", there);
    expect_outputs("alpha", there);
}

Test(footprint, of_bases)
{
    static const char *const sets[][MAX_OUTPUTS + 1] = {
        {"900x900 jpeg linear"},
        {"900x900 jpeg p3"},
        {"900x900 jpeg", "800x800 png linear", "700x700 webp p3"},
        {"900x900 jpeg cover"},
    };
    g_autofree char *path = sample_file(2400, 1600, "plain", ".jpg");

    for (guint i = 0; i < G_N_ELEMENTS(sets); i++)
        expect_foretold(path, sets[i], "bases");
    g_remove(path);
}

Test(footprint, of_animations)
{
    static const char *const suffixes[] = {".gif[effort=1,page-height=300]",
                                           ".webp[effort=0,page-height=300]"};
    static const char *const sets[][MAX_OUTPUTS + 1] = {
        {"100x100 webp"}, {"9000x9000 webp"}, {"9000x9000 gif"}, {"200x200 gif", "100x100 jpeg"}};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = sample_file(400, 300 * 30, "plain", suffixes[i]);

        for (guint j = 0; j < G_N_ELEMENTS(sets); j++)
            expect_foretold(path, sets[j], suffixes[i]);
        g_remove(path);
    }
}

/* All its frames are decoded before the first one is used. */
Test(footprint, of_an_animation_with_many_large_frames)
{
    static const char *const set[MAX_OUTPUTS + 1] = {"100x100 webp"};
    g_autofree char *path = sample_file(700, 700 * 30, "plain", ".webp[effort=0,page-height=700]");

    expect_foretold(path, set, "animated WebP");
    g_remove(path);
}

/* Headers may announce any size. */
Test(footprint, of_the_largest_numbers)
{
    const Recipe recipe = {.width = 100, .height = 100, .format = FORMAT_JPEG};
    const PlanSource size = {.size = {G_MAXUINT32, G_MAXUINT32}, .frames = 1, .format = FORMAT_PNG};
    FootprintSource source = {.stored = size.size,
                              .loaded = size.size,
                              .size_bytes = 1000,
                              .tile = size.size,
                              .frames = G_MAXUINT32,
                              .bands = 8,
                              .sample_bytes = 8,
                              .is_multiscan = TRUE};
    Plan plan;

    plan_make(&size, &recipe, 1, &plan);
    for (source.format = FORMAT_JPEG; source.format < FORMAT_SOURCE; source.format++)
        cr_expect_gt(footprint_predict(&source, &plan, &recipe), G_GUINT64_CONSTANT(1) << 40, "%s",
                     format_info(source.format)->name);
}

#include <criterion/criterion.h>
#include <string.h>

#include "imaging/engine.h"
#include "imaging/formats/heif_tags.h"
#include "imaging/formats/icc_tags.h"
#include "imaging/formats/png_tags.h"
#include "imaging/tagged_profile.h"
#include "tests/imaging/cases.h"
#include "tests/imaging/png_chunks.h"
#include "tests/imaging/samples.h"

/* The expected colours were measured in Chromium 156 on the same bytes (headless, --force-color-profile=srgb,
 * read back from a canvas). */

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(colour_tags, .init = setup);

#define N_COLOURS 3

static const int originals[N_COLOURS][3] = {{51, 51, 51}, {220, 60, 130}, {60, 130, 220}};

/* Three stripes. */
static VipsImage *stripes(int n_bands)
{
    VipsImage *parts[N_COLOURS];
    VipsImage *image = NULL;

    for (int i = 0; i < N_COLOURS; i++) {
        const double colour[] = {originals[i][0], n_bands == 2 ? 128 : originals[i][1], originals[i][2], 128};

        parts[i] = sample_plain(32, 32, colour, n_bands);
    }
    cr_assert_eq(vips_arrayjoin(parts, &image, N_COLOURS, "across", N_COLOURS, NULL), 0);
    for (int i = 0; i < N_COLOURS; i++)
        g_object_unref(parts[i]);
    return image;
}

typedef struct {
    const char *type; /* or NULL, to end the list */
    guint32 size;
    const char *data;
} Chunk;

/* clang-format off */
#define GAMA(value) {"gAMA", 4, value}
#define CICP(codes) {"cICP", 4, codes}
#define GAMMA_1     GAMA("\0\1\x86\xa0") /* 100000 */
#define SRGB        {"sRGB", 1, "\0"}

/* White, red, green, blue: x and y, each times 100000. */
#define CHRM_SRGB                                                                                            \
    {"cHRM", 32,                                                                                             \
     "\0\0\x7a\x26\0\0\x80\x84\0\0\xfa\0\0\0\x80\xe8\0\0\x75\x30\0\0\xea\x60\0\0\x3a\x98\0\0\x17\x70"}
#define CHRM_PROPHOTO                                                                                        \
    {"cHRM", 32,                                                                                             \
     "\0\0\x87\x0a\0\0\x8c\x0a\0\1\x1e\xfe\0\0\x67\xa2\0\0\x3e\x58\0\1\x48\x48\0\0\x0e\x4c\0\0\0\x0a"}
#define CHRM_ZERO {"cHRM", 32, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"}
/* clang-format on */

typedef struct {
    const char *name;
    Chunk chunks[3];
    int expected[N_COLOURS][3];
} Case;

/* clang-format off */
#define UNCHANGED {{51, 51, 51}, {220, 60, 130}, {60, 130, 220}}
#define LINEAR    {{124, 124, 124}, {239, 133, 189}, {133, 189, 239}}
#define VIDEO     {{40, 40, 40}, {218, 49, 123}, {49, 123, 218}}
#define P3        {{51, 51, 51}, {239, 35, 131}, {16, 132, 227}}

static const Case cases[] = {
    {"nothing", {{NULL, 0, NULL}}, UNCHANGED},
    {"gAMA 1", {GAMMA_1}, LINEAR},
    {"gAMA 0.55556", {GAMA("\0\0\xd9\x04")}, {{66, 66, 66}, {227, 77, 148}, {77, 148, 227}}},
    {"gAMA 0.5", {GAMA("\0\0\xc3\x50")}, {{56, 56, 56}, {224, 67, 139}, {67, 139, 224}}},
    {"gAMA of sRGB", {GAMA("\0\0\xb1\x8f")}, UNCHANGED},
    {"gAMA near that of sRGB", {GAMA("\0\0\xaf\xc8")}, UNCHANGED},
    {"gAMA 0", {GAMA("\0\0\0\0")}, UNCHANGED},
    {"gAMA 2^31 - 1", {GAMA("\x7f\xff\xff\xff")}, UNCHANGED}, /* white in Chromium */
    {"gAMA of 5 bytes", {{"gAMA", 5, "\0\1\x86\xa0\0"}}, UNCHANGED},
    {"two gAMA", {GAMA("\0\0\xb1\x8f"), GAMMA_1}, LINEAR}, /* the last one inserted comes first */
    {"cHRM alone", {CHRM_PROPHOTO}, UNCHANGED},
    {"cHRM of sRGB and gAMA", {GAMA("\0\0\xb1\x8f"), CHRM_SRGB}, {{48, 48, 48}, {221, 57, 131}, {57, 131, 221}}},
    {"cHRM of ProPhoto", {GAMA("\0\0\xd9\x04"), CHRM_PROPHOTO}, {{66, 66, 66}, {255, 0, 155}, {0, 159, 237}}},
    {"cHRM of zeros", {GAMMA_1, CHRM_ZERO}, UNCHANGED},
    {"sRGB beats gAMA", {GAMMA_1, SRGB}, UNCHANGED},
    {"cICP P3", {CICP("\14\15\0\1")}, P3},
    {"cICP beats sRGB", {SRGB, CICP("\14\15\0\1")}, P3},
    {"cICP beats gAMA", {CICP("\14\15\0\1"), GAMMA_1}, P3},
    {"cICP that says nothing", {CICP("\2\2\0\1"), GAMMA_1}, LINEAR},
    {"cICP of unknown primaries", {CICP("\3\15\0\1")}, UNCHANGED},
    {"cICP of an unknown transfer function", {CICP("\14\3\0\1")}, UNCHANGED},
    {"cICP of narrow range", {CICP("\14\15\0\0")}, UNCHANGED},
    {"cICP of YCbCr", {CICP("\14\15\1\1")}, UNCHANGED}, /* nothing in Chromium */
    {"cICP of 5 bytes", {{"cICP", 5, "\14\15\0\1\0"}}, UNCHANGED},
    {"cICP 1/1", {CICP("\1\1\0\1")}, VIDEO},
    {"cICP 1/4", {CICP("\1\4\0\1")}, {{48, 48, 48}, {221, 57, 131}, {57, 131, 221}}},
    {"cICP 1/5", {CICP("\1\5\0\1")}, {{27, 27, 27}, {212, 36, 109}, {36, 109, 212}}},
    {"cICP 1/6", {CICP("\1\6\0\1")}, VIDEO},
    {"cICP 1/7", {CICP("\1\7\0\1")}, {{69, 69, 69}, {224, 77, 143}, {77, 143, 224}}},
    {"cICP 1/8", {CICP("\1\10\0\1")}, LINEAR},
    {"cICP 1/11", {CICP("\1\13\0\1")}, VIDEO},
    {"cICP 1/13", {CICP("\1\15\0\1")}, UNCHANGED},
    {"cICP 1/14", {CICP("\1\16\0\1")}, VIDEO},
    {"cICP 1/15", {CICP("\1\17\0\1")}, VIDEO},
    {"cICP 1/17", {CICP("\1\21\0\1")}, {{35, 35, 35}, {224, 44, 120}, {44, 120, 224}}},
    {"cICP 4/13", {CICP("\4\15\0\1")}, {{51, 51, 51}, {255, 57, 128}, {0, 140, 225}}},
    {"cICP 5/13", {CICP("\5\15\0\1")}, {{51, 51, 51}, {224, 60, 129}, {54, 130, 219}}},
    {"cICP 6/13", {CICP("\6\15\0\1")}, {{51, 51, 51}, {215, 69, 130}, {70, 131, 220}}},
    {"cICP 7/13", {CICP("\7\15\0\1")}, {{51, 51, 51}, {215, 69, 130}, {70, 131, 220}}},
    {"cICP 8/13", {CICP("\10\15\0\1")}, {{51, 51, 51}, {249, 26, 130}, {0, 130, 226}}},
    {"cICP 9/13", {CICP("\11\15\0\1")}, {{51, 51, 51}, {255, 0, 132}, {0, 135, 228}}},
    {"cICP 10/13", {CICP("\12\15\0\1")}, {{51, 51, 51}, {255, 0, 147}, {0, 173, 228}}},
    {"cICP 11/13", {CICP("\13\15\0\1")}, {{51, 51, 51}, {234, 35, 131}, {34, 131, 227}}},
    {"cICP 22/13", {CICP("\26\15\0\1")}, {{51, 51, 51}, {222, 72, 130}, {57, 133, 220}}},
    {"cICP PQ", {CICP("\11\20\0\1")}, {{18, 18, 18}, {255, 0, 41}, {0, 51, 255}}},
    {"cICP HLG", {CICP("\11\22\0\1")}, {{31, 31, 31}, {255, 0, 98}, {0, 99, 219}}},
    {"cICP PQ of sRGB", {CICP("\1\20\0\1")}, {{18, 18, 18}, {255, 8, 68}, {5, 57, 255}}},
    {"cICP HLG of sRGB", {CICP("\1\22\0\1")}, {{31, 31, 31}, {227, 48, 105}, {45, 99, 215}}},
    {"cICP PQ of P3", {CICP("\14\20\0\1")}, {{18, 18, 18}, {255, 0, 46}, {0, 55, 255}}},
    {"cICP HLG of P3", {CICP("\14\22\0\1")}, {{31, 31, 31}, {245, 0, 102}, {14, 99, 220}}},
};
/* clang-format on */

/* lcms rounds at other places than Chromium, and more coarsely for dark 16-bit values. High dynamic range is
 * converted by a table of 33 x 33 x 33, and transparent images are resized in 8 bits multiplied by alpha. */
static int tolerance_of(const Case *c, int n_bands, gboolean deep)
{
    const gboolean is_hdr = strstr(c->name, "PQ") != NULL || strstr(c->name, "HLG") != NULL;

    return is_hdr || deep || n_bands == 4 ? 3 : 1;
}

static void check_case(const Case *c, int n_bands, gboolean deep)
{
    VipsImage *image = deep ? sample_16_bits(stripes(n_bands)) : stripes(n_bands);
    GBytes *png = sample_save(image, ".png[compression=0]");
    Rendition *rendition;

    for (guint i = 0; i < G_N_ELEMENTS(c->chunks) && c->chunks[i].type != NULL; i++) {
        const Chunk *chunk = &c->chunks[i];
        GBytes *more = png_chunks_insert(png, chunk->type, chunk->data, chunk->size, FALSE);

        g_bytes_unref(png);
        png = more;
    }
    rendition = sample_render(png, FIT_INSIDE, 48, 16, FORMAT_PNG, NULL);
    cr_assert_not_null(rendition, "%s", c->name);
    for (int i = 0; i < N_COLOURS; i++) {
        const Pixel pixel = sample_pixel(rendition, 8 + 16 * i, 8);
        const int *rgb = c->expected[i];

        cr_expect(pixel_is_near(pixel, rgb[0], rgb[1], rgb[2], tolerance_of(c, n_bands, deep)),
                  "%s, %d bands, colour %d: %d %d %d, not %d %d %d", c->name, n_bands, i, pixel.red,
                  pixel.green, pixel.blue, rgb[0], rgb[1], rgb[2]);
        cr_expect(pixel.alpha == (n_bands == 4 ? 128 : 255), "%s: alpha %d", c->name, pixel.alpha);
    }
    rendition_free(rendition);
    g_bytes_unref(png);
}

Test(colour_tags, of_png_as_in_chromium)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        check_case(&cases[i], 3, FALSE);
        check_case(&cases[i], 3, TRUE);
        check_case(&cases[i], 4, FALSE);
    }
}

/* Grey stays neutral whatever the primaries are, with the same transfer function. */
Test(colour_tags, of_grey_png)
{
    static const Case greys[] = {
        {"gAMA 1", {GAMMA_1}, {{124, 124, 124}, {239, 239, 239}, {133, 133, 133}}},
        {"cICP P3", {CICP("\14\15\0\1")}, {{51, 51, 51}, {220, 220, 220}, {60, 60, 60}}},
        {"cICP PQ", {CICP("\11\20\0\1")}, {{18, 18, 18}, {255, 255, 255}, {26, 26, 26}}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(greys); i++) {
        check_case(&greys[i], 1, FALSE);
        check_case(&greys[i], 1, TRUE);
    }
}

Test(colour_tags, behind_the_pixels_mean_nothing)
{
    g_autoptr(GBytes) png = sample_save(stripes(3), ".png");
    g_autoptr(GBytes) late = png_chunks_insert(png, "gAMA", "\0\1\x86\xa0", 4, TRUE);
    ColourTags tags;

    cr_expect(!png_tags_read(g_bytes_get_data(late, NULL), g_bytes_get_size(late), FALSE, &tags));
}

Test(colour_tags, of_a_broken_checksum_mean_nothing)
{
    g_autoptr(GBytes) png = sample_save(stripes(3), ".png");
    g_autoptr(GBytes) tagged = png_chunks_insert(png, "gAMA", "\0\1\x86\xa0", 4, FALSE);
    g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(tagged, NULL), g_bytes_get_size(tagged));
    ColourTags tags;

    cr_expect(png_tags_read(bytes, g_bytes_get_size(tagged), FALSE, &tags));
    cr_expect(!png_tags_read(bytes, g_bytes_get_size(tagged), TRUE, &tags), "a profile decides");
    bytes[33 + 8 + 4] ^= 1;
    cr_expect(!png_tags_read(bytes, g_bytes_get_size(tagged), FALSE, &tags));
}

/* Red, green; blue, dark grey and light grey. */
typedef struct {
    int rgb[5][3];
} Quarters;

static void check_quarters(GBytes *bytes, const char *name, Profile profile, const Quarters *expected,
                           int tolerance)
{
    static const int places[5][2] = {{24, 16}, {72, 16}, {24, 48}, {60, 48}, {84, 48}};
    const Recipe recipe = {.width = 96, .format = FORMAT_PNG, .profile = profile};
    g_autoptr(Rendition) rendition = sample_render_recipe(bytes, &recipe, NULL);
    g_autoptr(GBytes) made = NULL;
    g_autoptr(Rendition) seen = NULL;

    cr_assert_not_null(rendition, "%s", name);
    made = g_bytes_new(blob_data(rendition->blob), blob_size(rendition->blob));
    seen = sample_render(made, FIT_INSIDE, 96, 64, FORMAT_PNG, NULL);
    for (guint i = 0; i < 5; i++) {
        const Pixel pixel = sample_pixel(seen, places[i][0], places[i][1]);
        const int *rgb = expected->rgb[i];

        cr_expect(pixel_is_near(pixel, rgb[0], rgb[1], rgb[2], tolerance),
                  "%s, profile %d, colour %u: %d %d %d, not %d %d %d", name, profile, i, pixel.red,
                  pixel.green, pixel.blue, rgb[0], rgb[1], rgb[2]);
    }
}

/* An output looks the same whatever its profile. */
Test(colour_tags, of_files_in_every_profile)
{
    static const struct {
        const char *name;
        Quarters expected;
    } files[] = {
        {"png-gama1.png",
         {{{239, 96, 96}, {96, 229, 110}, {110, 133, 234}, {136, 136, 136}, {224, 224, 224}}}},
        {"png-chrm-adobergb.png",
         {{{255, 24, 24}, {0, 201, 0}, {20, 57, 215}, {61, 61, 61}, {192, 192, 192}}}},
        {"png-cicp-p3.png", {{{240, 0, 0}, {0, 204, 0}, {34, 61, 218}, {63, 63, 63}, {191, 191, 191}}}},
        {"png-cicp-pq2020.png", {{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {29, 29, 29}, {254, 254, 254}}}},
        {"cicp-p3.avif", {{{241, 0, 0}, {0, 204, 0}, {34, 61, 217}, {64, 64, 64}, {191, 191, 191}}}},
        {"cicp-pq.avif", {{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {29, 29, 29}, {254, 254, 254}}}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GBytes) bytes = case_file(files[i].name);

        check_quarters(bytes, files[i].name, PROFILE_SRGB, &files[i].expected, 2);
        check_quarters(bytes, files[i].name, PROFILE_P3, &files[i].expected, 4);
        check_quarters(bytes, files[i].name, PROFILE_KEEP, &files[i].expected, 4);
    }
}

/* The file with other code points. */
static GBytes *with_codes(GBytes *avif, guint primaries, guint transfer)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(avif, &size);
    const guint8 *nclx = memmem(bytes, size, "nclx", 4);
    guint8 *copy = g_memdup2(bytes, size);
    guint8 *codes = copy + (nclx - bytes) + 4;

    cr_assert_not_null(nclx);
    codes[1] = (guint8)primaries;
    codes[3] = (guint8)transfer;
    return g_bytes_new_take(copy, size);
}

Test(colour_tags, of_avif_as_in_chromium)
{
    static const struct {
        guint primaries, transfer;
        int rgb[3][3]; /* red, green, blue */
    } codes[] = {
        {1, 13, {{221, 30, 30}, {30, 200, 41}, {40, 60, 209}}},
        {2, 2, {{221, 30, 30}, {30, 200, 41}, {40, 60, 209}}},
        {2, 13, {{221, 30, 30}, {30, 200, 41}, {40, 60, 209}}},
        {1, 1, {{221, 30, 30}, {30, 200, 41}, {40, 60, 209}}},
        {1, 255, {{221, 30, 30}, {30, 200, 41}, {40, 60, 209}}},
        {3, 13, {{221, 30, 30}, {30, 200, 41}, {40, 60, 209}}},
        {6, 6, {{215, 44, 28}, {57, 197, 38}, {47, 66, 210}}},
        {9, 1, {{255, 0, 0}, {0, 211, 0}, {0, 59, 219}}},
        {9, 14, {{255, 0, 0}, {0, 211, 0}, {0, 59, 219}}},
        {12, 2, {{241, 0, 0}, {0, 204, 0}, {34, 61, 217}}},
        {12, 1, {{241, 0, 0}, {0, 204, 0}, {34, 61, 217}}},
        {22, 13, {{223, 45, 28}, {0, 195, 40}, {40, 72, 209}}},
        {1, 4, {{222, 24, 24}, {24, 201, 36}, {35, 57, 210}}},
        {1, 5, {{214, 8, 8}, {8, 189, 18}, {17, 36, 199}}},
        {1, 7, {{225, 48, 48}, {48, 206, 59}, {58, 77, 214}}},
        {1, 8, {{239, 96, 96}, {96, 229, 112}, {110, 133, 234}}},
        {1, 17, {{225, 13, 13}, {13, 200, 25}, {23, 44, 211}}},
        {9, 16, {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}}},
        {9, 18, {{255, 0, 0}, {0, 208, 0}, {0, 40, 194}}},
    };
    static const int places[3][2] = {{24, 16}, {72, 16}, {24, 48}};
    g_autoptr(GBytes) avif = case_file("cicp-p3.avif");

    for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_autoptr(GBytes) bytes = with_codes(avif, codes[i].primaries, codes[i].transfer);
        g_autoptr(Rendition) rendition = sample_render(bytes, FIT_INSIDE, 96, 64, FORMAT_PNG, NULL);

        cr_assert_not_null(rendition);
        for (guint k = 0; k < 3; k++) {
            const Pixel pixel = sample_pixel(rendition, places[k][0], places[k][1]);
            const int *rgb = codes[i].rgb[k];

            cr_expect(pixel_is_near(pixel, rgb[0], rgb[1], rgb[2], 2),
                      "%u/%u, colour %u: %d %d %d, not %d %d %d", codes[i].primaries, codes[i].transfer, k,
                      pixel.red, pixel.green, pixel.blue, rgb[0], rgb[1], rgb[2]);
        }
    }
}

/* Codes that Sony's and Canon's cameras write. Chromium draws no HEIC: these are its colours for a PNG with
 * the same codes. */
Test(colour_tags, of_heic)
{
    g_autoptr(GBytes) bytes = case_file("heic-nclx-hlg.heic");
    g_autoptr(Rendition) rendition = sample_render(bytes, FIT_INSIDE, 64, 64, FORMAT_PNG, NULL);

    cr_assert_not_null(rendition);
    cr_expect(pixel_is_near(sample_pixel(rendition, 28, 4), 31, 31, 31, 2));
    cr_expect(pixel_is_near(sample_pixel(rendition, 44, 52), 255, 0, 99, 3));
    cr_expect(pixel_is_near(sample_pixel(rendition, 44, 20), 0, 40, 212, 3));
}

/* A file that is truncated anywhere is read within its bytes, or not at all. */
Test(colour_tags, of_cut_files)
{
    g_autoptr(GBytes) avif = case_file("cicp-p3.avif");
    g_autoptr(GBytes) png = case_file("png-chrm-adobergb.png");
    gsize first_avif = 0, first_png = 0;

    for (gsize size = 1; size <= g_bytes_get_size(avif); size++) {
        g_autofree void *copy = g_memdup2(g_bytes_get_data(avif, NULL), size);
        ColourTags tags;

        if (heif_tags_read(copy, size, &tags) && first_avif == 0)
            first_avif = size;
    }
    for (gsize size = 1; size <= g_bytes_get_size(png); size++) {
        g_autofree void *copy = g_memdup2(g_bytes_get_data(png, NULL), size);
        ColourTags tags;

        if (png_tags_read(copy, size, FALSE, &tags) && first_png == 0)
            first_png = size;
    }
    cr_expect_gt(first_avif, 200);
    cr_expect_gt(first_png, 60);
}

/* The curves and the matrix of this profile are for programs that do not support its tag cicp. */
static void expect_pq(const char *suffix)
{
    static const int expected[N_COLOURS][3] = {{18, 18, 18}, {255, 0, 41}, {0, 51, 255}};
    g_autoptr(GBytes) profile = case_file("cicp-pq.icc");
    VipsImage *image = stripes(3);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(Rendition) rendition = NULL;

    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, g_bytes_get_data(profile, NULL),
                             g_bytes_get_size(profile));
    bytes = sample_save(image, suffix);
    rendition = sample_render(bytes, FIT_INSIDE, 48, 16, FORMAT_PNG, NULL);
    for (int i = 0; i < N_COLOURS; i++)
        cr_expect(pixel_is_near(sample_pixel(rendition, 8 + 16 * i, 8), expected[i][0], expected[i][1],
                                expected[i][2], 3),
                  "%s, colour %d", suffix, i);
}

Test(colour_tags, of_a_profile_that_names_pq)
{
    expect_pq(".webp[lossless]");
    expect_pq(".png");
    expect_pq(".tif");
}

/* Sets each byte to its extremes, and truncates anywhere. */
Test(colour_tags, of_broken_profiles)
{
    g_autoptr(GBytes) profile = case_file("cicp-pq.icc");
    const gsize size = g_bytes_get_size(profile);
    ColourTags tags;
    guint n_found = 0;

    cr_expect(icc_tags_read_hdr(g_bytes_get_data(profile, NULL), size, &tags));
    cr_expect_str_eq(colour_tags_hdr_name(&tags), "PQ");
    for (gsize i = 0; i < size; i++) {
        g_autofree guint8 *cut = g_memdup2(g_bytes_get_data(profile, NULL), i + 1);

        n_found += icc_tags_read_hdr(cut, i + 1, &tags);
        cut[i] = 0xff;
        (void)icc_tags_read_hdr(cut, i + 1, &tags);
    }
    cr_expect_eq(n_found, 1, "its tag is at its end");
    cr_expect(!icc_tags_read_hdr(NULL, 0, &tags));
}

/* Outputs that keep the profile must be reproducible, although lcms writes the current time. */
Test(colour_tags, profiles_have_no_time)
{
    static const guint8 date[12] = {0x07, 0xd0, 0, 1, 0, 1}; /* 2000-01-01 (ICC.1, 7.2.10) */
    ColourTags tags = colour_tags_srgb;

    for (guint code = 1; code <= 18; code++) {
        g_autoptr(GBytes) profile = NULL;

        if (!colour_tags_set_transfer(&tags, code))
            continue;
        profile = tagged_profile_new(&tags, code % 2 == 0);
        cr_assert_not_null(profile);
        cr_expect_arr_eq((const guint8 *)g_bytes_get_data(profile, NULL) + 24, date, sizeof date);
    }
}

/* As for CMYK. An output would have a profile of 200 KiB. */
Test(colour_tags, of_high_dynamic_range_are_never_kept)
{
    static const char *const names[] = {"png-cicp-pq2020.png", "cicp-pq.avif", "heic-nclx-hlg.heic"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const Recipe recipes[] = {
            {.width = 32, .format = FORMAT_PNG, .profile = PROFILE_KEEP},
            {.width = 32, .format = FORMAT_PNG, .profile = PROFILE_SRGB},
            {.width = 32, .format = FORMAT_PNG, .profile = PROFILE_P3},
        };
        g_autoptr(GBytes) bytes = case_file(names[i]);
        g_autoptr(RenderResult) result = sample_render_all(bytes, recipes, G_N_ELEMENTS(recipes), NULL);
        gboolean has_profile[3];

        cr_assert_not_null(result);
        for (guint k = 0; k < 3; k++) {
            VipsImage *image = sample_decode(g_ptr_array_index(result->renditions, k));

            has_profile[k] = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
            g_object_unref(image);
        }
        cr_expect(!has_profile[0] && !has_profile[1] && has_profile[2], "%s", names[i]);
    }
}

/* libpng warns about the chunk each time that it reads the header; libspng does not warn. */
Test(colour_tags, that_make_no_sense_are_told_no_more_than_once)
{
    g_autoptr(GBytes) png = sample_save(stripes(3), ".png");
    g_autoptr(GBytes) tagged = png_chunks_insert(png, "gAMA", "\0\0\0\0", 4, FALSE);
    const Recipe recipe = {.width = 48, .format = FORMAT_PNG};
    g_autoptr(RenderResult) result = sample_render_all(tagged, &recipe, 1, NULL);

    cr_assert_not_null(result);
    cr_assert_leq(result->warnings->len, 1);
    if (result->warnings->len > 0)
        cr_expect_not_null(strstr(g_ptr_array_index(result->warnings, 0), "gAMA"));
}

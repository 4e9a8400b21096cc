/* TIFF files of every colour space x depth x sample format x extra samples x byte order x arrangement of
 * bands: each is rendered correctly, pixel by pixel, or refused as unsupported. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "cases.h"
#include "imaging/engine.h"
#include "samples.h"
#include "tiffs.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(tiff_samples, .init = setup, .timeout = 280);

enum { WHITE_IS_ZERO = 0, BLACK_IS_ZERO = 1, RGB = 2, PALETTE = 3, MASK = 4, SEPARATED = 5, YCBCR = 6 };
enum { UNSIGNED = 1, SIGNED = 2, FLOAT = 3, COMPLEX_INTEGER = 5, COMPLEX_FLOAT = 6 };

/* The expected red, green, blue and alpha of each quarter. */
static const double picture[TIFFS_QUARTERS][4] = {
    {0.2, 0.6, 0.8, 1.0}, {1.0, 0.0, 0.4, 0.6}, {0.0, 1.0, 0.6, 0.4}, {0.8, 0.8, 0.2, 0.0}};

static const char *const extra_names[] = {"none", "0", "1", "2", "0,2", "2,0", "0,0", "not said"};
static const guint extra_lists[][TIFFS_MAX_EXTRAS] = {{0}, {0}, {1}, {2}, {0, 2}, {2, 0}, {0, 0}, {0}};
static const guint extra_counts[] = {0, 1, 1, 1, 2, 2, 2, 1};
enum { NOT_SAID = 7 };

typedef struct {
    TiffsPage page;
    guint n_colours;
    int alpha; /* index among the extra samples, or -1 */
    gboolean is_associated;
} Kind;

static Kind kind_of(guint photometric, guint bits, guint format, guint extras)
{
    Kind kind = {.n_colours = photometric == RGB ? 3 : photometric == SEPARATED ? 4 : 1, .alpha = -1};

    kind.page = (TiffsPage){.photometric = photometric, .bits = bits, .format = format};
    kind.page.n_extras = extras == NOT_SAID ? 0 : extra_counts[extras];
    kind.page.samples = kind.n_colours + extra_counts[extras];
    for (guint i = 0; i < kind.page.n_extras; i++) {
        kind.page.extras[i] = extra_lists[extras][i];
        if (kind.alpha < 0 && extra_lists[extras][i] != 0) {
            kind.alpha = (int)i;
            kind.is_associated = extra_lists[extras][i] == 1;
        }
    }
    return kind;
}

/* The sample that yields the picture, if there is one. */
static double sample_of(const Kind *kind, guint quarter, guint band)
{
    const double alpha = kind->is_associated ? picture[quarter][3] : 1.0;
    double value;

    if (band >= kind->n_colours)
        return kind->alpha == (int)(band - kind->n_colours) ? picture[quarter][3] : 0.3;
    if (kind->page.photometric == SEPARATED)
        return band == 3 ? 0.0 : 1.0 - picture[quarter][band];
    value = picture[quarter][band] * alpha;
    return kind->page.photometric == WHITE_IS_ZERO ? 1.0 - value : value;
}

static gboolean is_supported(const Kind *kind)
{
    const TiffsPage *page = &kind->page;
    const gboolean is_grey = kind->n_colours == 1;
    const gboolean is_integer = page->format == UNSIGNED || page->format == SIGNED;
    gboolean is_good;

    if (page->is_planar && page->samples > 1 && (is_grey || page->is_tiled))
        return FALSE;
    if (page->bits < 8)
        return is_grey && page->samples == 1 && page->format == UNSIGNED &&
               (page->bits == 1 || page->bits == 2 || page->bits == 4);
    is_good = (page->format == FLOAT && page->bits == 32) ||
              (is_integer && (page->bits == 8 || page->bits == 16 || page->bits == 32));
    if (kind->is_associated)
        is_good =
            is_good && page->format == UNSIGNED && page->bits <= (page->photometric == SEPARATED ? 8u : 16u);
    return is_good;
}

/* The expected level, of 255. Few bits cannot represent every level; linear light is converted by sRGB's
 * curve (IEC 61966-2-1). */
static double level_of(const Kind *kind, guint quarter, guint band)
{
    double value = picture[quarter][kind->n_colours == 1 ? 0 : band];
    const double white = ldexp(1.0, (int)kind->page.bits) - 1.0;

    if (kind->page.bits < 8)
        value = floor((kind->page.photometric == WHITE_IS_ZERO ? 1.0 - value : value) * white + 0.5) / white;
    if (kind->page.bits < 8 && kind->page.photometric == WHITE_IS_ZERO)
        value = 1.0 - value;
    if (kind->page.format == FLOAT && kind->page.photometric == RGB)
        value = value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1.0 / 2.4) - 0.055;
    return 255.0 * value;
}

static char *describe(const Kind *kind, guint extras, guint file)
{
    return g_strdup_printf("photometric %u, %u bits, format %u, extras %s, file %u%s%s",
                           kind->page.photometric, kind->page.bits, kind->page.format, extra_names[extras],
                           file, kind->page.is_planar ? ", planar" : "",
                           kind->page.is_tiled ? ", tiled" : "");
}

static void expect_picture(const Kind *kind, const Rendition *rendition, const char *text)
{
    const double tolerance = kind->page.photometric == SEPARATED ? 255.0 : kind->is_associated ? 4.0 : 1.6;

    for (guint quarter = 0; quarter < TIFFS_QUARTERS; quarter++) {
        const Pixel found = sample_pixel(rendition, quarter % 2 == 0 ? 1 : 6, quarter / 2 == 0 ? 1 : 6);
        const int values[] = {found.red, found.green, found.blue};
        const double alpha = kind->alpha >= 0 ? 255.0 * picture[quarter][3] : 255.0;

        cr_expect(fabs(found.alpha - alpha) <= 1.6, "%s: quarter %u: alpha %d, not %g", text, quarter,
                  found.alpha, alpha);
        for (guint band = 0; band < 3 && alpha > 0.0; band++)
            cr_expect(fabs(values[band] - level_of(kind, quarter, band)) <= tolerance,
                      "%s: quarter %u, band %u: %d, not %g", text, quarter, band, values[band],
                      level_of(kind, quarter, band));
    }
}

typedef enum { STRIP, BANDS, TILE, TILE_OF_BANDS, N_ARRANGEMENTS } Arrangement;

static void check(guint photometric, guint bits, guint format, guint extras, guint file, guint arrangement)
{
    Kind kind = kind_of(photometric, bits, format, extras);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) rendition = NULL;
    g_autofree char *text = NULL;

    kind.page.is_planar = arrangement == BANDS || arrangement == TILE_OF_BANDS;
    kind.page.is_tiled = arrangement == TILE || arrangement == TILE_OF_BANDS;
    text = describe(&kind, extras, file);
    for (guint quarter = 0; quarter < TIFFS_QUARTERS; quarter++)
        for (guint band = 0; band < kind.page.samples; band++)
            kind.page.values[quarter][band] = sample_of(&kind, quarter, band);
    bytes = tiffs_make(&kind.page, 1, file);
    rendition = sample_render(bytes, FIT_INSIDE, TIFFS_SIDE, TIFFS_SIDE, FORMAT_PNG, &error);
    if (is_supported(&kind)) {
        cr_assert_not_null(rendition, "%s: %s", text, error != NULL ? error->message : "");
        expect_picture(&kind, rendition, text);
    } else {
        cr_assert_null(rendition, "%s was rendered", text);
        cr_expect_eq(error_class(error), ERROR_INPUT, "%s", text);
        cr_expect(g_str_has_prefix(error->message, "unsupported tiff: "), "%s: %s", text, error->message);
    }
}

static void check_all(guint photometric)
{
    static const guint depths[] = {1, 2, 4, 6, 8, 10, 12, 14, 16, 24, 32, 64};
    static const guint formats[] = {UNSIGNED, SIGNED, FLOAT, COMPLEX_INTEGER, COMPLEX_FLOAT};
    guint n = 0;

    for (guint depth = 0; depth < G_N_ELEMENTS(depths); depth++)
        for (guint format = 0; format < G_N_ELEMENTS(formats); format++)
            for (guint extras = 0; extras < G_N_ELEMENTS(extra_counts); extras++, n++)
                for (guint i = 0; i < N_ARRANGEMENTS; i++)
                    check(photometric, depths[depth], formats[format], extras, (n + i) % 4, i);
}

Test(tiff_samples, of_grey)
{
    check_all(BLACK_IS_ZERO);
}

Test(tiff_samples, of_grey_with_white_for_zero)
{
    check_all(WHITE_IS_ZERO);
}

Test(tiff_samples, of_rgb)
{
    check_all(RGB);
}

/* The colours of inks are a printer's: see below. */
Test(tiff_samples, of_inks)
{
    check_all(SEPARATED);
}

static Rendition *render_page(const TiffsPage *page, GError **error)
{
    g_autoptr(GBytes) bytes = tiffs_make(page, 1, TIFFS_LITTLE);

    return sample_render(bytes, FIT_INSIDE, TIFFS_SIDE, TIFFS_SIDE, FORMAT_PNG, error);
}

static Pixel quarter_of(const Rendition *rendition, guint quarter)
{
    return sample_pixel(rendition, quarter % 2 == 0 ? 1 : 6, quarter / 2 == 0 ? 1 : 6);
}

static void expect_refused(const TiffsPage *page, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) rendition = render_page(page, &error);

    cr_assert_null(rendition, "rendered, not: %s", expected);
    cr_expect_eq(error_class(error), ERROR_INPUT);
    cr_expect_str_eq(error->message, expected);
}

/* Formulas of profiles differ for inks, except for no ink and for all inks. */
Test(tiff_samples, inks_that_are_white_and_black)
{
    static const guint bits[] = {8, 16, 32};

    for (guint i = 0; i < G_N_ELEMENTS(bits); i++) {
        const TiffsPage page = {.photometric = SEPARATED,
                                .bits = bits[i],
                                .samples = 6,
                                .n_extras = 2,
                                .ink_set = 1,
                                .values = {{0}, {1, 1, 1, 1}, {0, 0, 0, 0, 1, 1}, {0, 1, 1, 0}}};
        g_autoptr(GError) error = NULL;
        g_autoptr(Rendition) rendition = render_page(&page, &error);
        Pixel pixel;

        cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
        cr_expect(pixel_is_near(quarter_of(rendition, 0), 255, 255, 255, 4));
        pixel = quarter_of(rendition, 1);
        cr_expect(pixel.red < 70 && pixel.green < 70 && pixel.blue < 70, "%d %d %d", pixel.red, pixel.green,
                  pixel.blue);
        cr_expect(pixel_is_near(quarter_of(rendition, 2), 255, 255, 255, 4), "spot inks are dropped");
        pixel = quarter_of(rendition, 3);
        cr_expect(pixel.red > 200 && pixel.green < 60 && pixel.blue < 60 && pixel.alpha == 255);
    }
}

Test(tiff_samples, inks_that_are_cmyk_by_name)
{
    static const char names[] = "Cyan\0Magenta\0Yellow\0Black\0Pantone 1";
    static const char other[] = "Black\0Cyan\0Magenta\0Yellow";
    TiffsPage page = {.photometric = SEPARATED,
                      .bits = 8,
                      .samples = 5,
                      .n_extras = 1,
                      .ink_set = 2,
                      .ink_names = names,
                      .ink_names_size = sizeof names,
                      .values = {{0}, {0}, {0}, {0, 0, 0, 0, 1}}};
    g_autoptr(Rendition) rendition = render_page(&page, NULL);

    cr_assert_not_null(rendition);
    cr_expect(pixel_is_near(quarter_of(rendition, 3), 255, 255, 255, 4));
    page.ink_names = other;
    page.ink_names_size = sizeof other;
    expect_refused(&page, "unsupported tiff: 5 inks that are not declared as CMYK");
    page.ink_names = NULL;
    expect_refused(&page, "unsupported tiff: 5 inks that are not declared as CMYK");
}

/* Inverts the formulas of TIFF 6.0, section 21: full range or that of video (section 20), with the luma of
 * Recommendation 601 or 709. */
static void set_ycbcr(TiffsPage *page, const double *luma, gboolean is_video)
{
    const double white = page->bits == 16 ? 65535.0 : 255.0, unit = page->bits == 16 ? 256.0 : 1.0;

    for (guint quarter = 0; quarter < TIFFS_QUARTERS; quarter++) {
        const double *rgb = picture[quarter];
        const double y = luma[0] * rgb[0] + luma[1] * rgb[1] + luma[2] * rgb[2];
        const double cb = (rgb[2] - y) / (2.0 - 2.0 * luma[2]), cr = (rgb[0] - y) / (2.0 - 2.0 * luma[0]);
        const double half = (white - 1.0) / 2.0;

        page->values[quarter][0] = is_video ? (16.0 + 219.0 * y) * unit / white : y;
        page->values[quarter][1] =
            (is_video ? 128.0 * unit + 224.0 * unit * cb : (white + 1.0) / 2.0 + 2.0 * half * cb) / white;
        page->values[quarter][2] =
            (is_video ? 128.0 * unit + 224.0 * unit * cr : (white + 1.0) / 2.0 + 2.0 * half * cr) / white;
    }
}

static void check_ycbcr(guint bits, const double *luma, gboolean says_luma, gboolean is_video)
{
    const double unit = bits == 16 ? 256.0 : 1.0;
    /* ReferenceBlackWhite: chroma from 128 to the value at half of the range above it (TIFF 6.0, page 86) */
    const double video[] = {16 * unit, 235 * unit, 128 * unit, 240 * unit, 128 * unit, 240 * unit};
    TiffsPage page = {.photometric = YCBCR, .bits = bits, .samples = 3};
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) rendition = NULL;

    page.coefficients = says_luma ? luma : NULL;
    page.reference = is_video ? video : NULL;
    set_ycbcr(&page, luma, is_video);
    rendition = render_page(&page, &error);
    cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
    for (guint quarter = 0; quarter < TIFFS_QUARTERS; quarter++) {
        const Pixel found = quarter_of(rendition, quarter);
        const double *rgb = picture[quarter];

        cr_expect(pixel_is_near(found, (int)(255 * rgb[0]), (int)(255 * rgb[1]), (int)(255 * rgb[2]), 3),
                  "%u bits, luma said %d, video %d, quarter %u: %d %d %d", bits, says_luma, is_video, quarter,
                  found.red, found.green, found.blue);
    }
}

Test(tiff_samples, ycbcr_that_no_codec_converts)
{
    static const double luma_601[] = {0.299, 0.587, 0.114}, luma_709[] = {0.2126, 0.7152, 0.0722};
    static const guint bits[] = {8, 16};

    for (guint i = 0; i < G_N_ELEMENTS(bits); i++)
        for (guint video = 0; video < 2; video++) {
            check_ycbcr(bits[i], luma_601, FALSE, video != 0);
            check_ycbcr(bits[i], luma_601, TRUE, video != 0);
            check_ycbcr(bits[i], luma_709, TRUE, video != 0);
        }
}

/* L*a*b* of four sRGB colours, by CIE's formulas: with the white of D65, and with that of D50 after
 * adaptation by Bradford's matrix (Lindbloom, "RGB/XYZ Matrices"). */
static const guint8 lab_rgb[TIFFS_QUARTERS][3] = {
    {180, 70, 60}, {90, 150, 80}, {60, 90, 160}, {235, 225, 200}};
static const double lab_d65[TIFFS_QUARTERS][3] = {
    {44.82, 44.05, 29.15}, {56.65, -33.82, 30.84}, {39.26, 11.69, -41.35}, {89.71, -0.69, 13.46}};
static const double lab_d50[TIFFS_QUARTERS][3] = {
    {45.39, 45.08, 30.23}, {56.71, -31.12, 30.40}, {38.67, 6.41, -42.12}, {89.84, 0.50, 13.57}};

static void check_lab(guint photometric, guint bits, gboolean has_alpha)
{
    const gboolean is_icc = photometric == 9;
    const double unit = bits == 16 ? 256.0 : 1.0, white = bits == 16 ? 65535.0 : 255.0;
    TiffsPage page = {.photometric = photometric, .bits = bits, .samples = has_alpha ? 5 : 3};
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) rendition = NULL;

    page.n_extras = has_alpha ? 2 : 0;
    page.extras[1] = 2;
    for (guint quarter = 0; quarter < TIFFS_QUARTERS; quarter++) {
        const double *lab = is_icc ? lab_d50[quarter] : lab_d65[quarter];

        /* a* and b* of CIELab are signed: encode() treats the sign as part of the number */
        page.values[quarter][0] = lab[0] / 100.0 * (is_icc ? 255.0 * unit / white : 1.0);
        for (guint i = 1; i < 3; i++)
            page.values[quarter][i] = (lab[i] + (is_icc ? 128.0 : 0.0)) * unit / white;
        page.values[quarter][3] = 0.1;
        page.values[quarter][4] = picture[quarter][3];
    }
    rendition = render_page(&page, &error);
    cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
    for (guint quarter = 0; quarter < TIFFS_QUARTERS; quarter++) {
        const Pixel found = quarter_of(rendition, quarter);
        const guint8 *rgb = lab_rgb[quarter];
        const double alpha = has_alpha ? picture[quarter][3] : 1.0;

        cr_expect(fabs(found.alpha - 255.0 * alpha) <= 1.0, "photometric %u, %u bits: alpha %d", photometric,
                  bits, found.alpha);
        cr_expect(alpha == 0.0 || pixel_is_near(found, rgb[0], rgb[1], rgb[2], 3),
                  "photometric %u, %u bits, alpha %d, quarter %u: %d %d %d", photometric, bits, has_alpha,
                  quarter, found.red, found.green, found.blue);
    }
}

Test(tiff_samples, lab_of_every_kind)
{
    for (guint photometric = 8; photometric <= 9; photometric++)
        for (guint bits = 8; bits <= 16; bits += 8)
            for (guint alpha = 0; alpha < 2; alpha++)
                check_lab(photometric, bits, alpha != 0);
}

Test(tiff_samples, what_is_known_and_not_shown_is_named)
{
    TiffsPage page = {.photometric = RGB, .bits = 8, .samples = 3};

    page.photometric = 10;
    expect_refused(&page, "unsupported tiff: ITU L*a*b* colours");
    page.photometric = 32844;
    expect_refused(&page, "unsupported tiff: high dynamic range samples (LogL)");
    page.photometric = 32845;
    expect_refused(&page, "unsupported tiff: high dynamic range colours (LogLuv)");
    page.photometric = 4711;
    expect_refused(&page, "unsupported tiff: colours with PhotometricInterpretation 4711");
    page.photometric = MASK;
    page.samples = 1;
    expect_refused(&page, "unsupported tiff: a transparency mask without its image");
    page.photometric = RGB;
    page.samples = 2;
    expect_refused(&page, "unsupported tiff: 2 samples per pixel; its colours need 3");
    page.samples = 3;
    page.has_mixed_depths = TRUE;
    expect_refused(&page, "unsupported tiff: samples with different depths or formats in one pixel");
    page.has_mixed_depths = FALSE;
    page.compression = 6;
    expect_refused(&page, "unsupported tiff: old-style JPEG compression (6)");
    page.compression = 4711;
    expect_refused(&page, "unsupported tiff: compression 4711");
    page.compression = 0;
    page.photometric = YCBCR;
    page.subsampling = 2;
    expect_refused(&page, "unsupported tiff: subsampled YCbCr colours (2 x 2) without JPEG compression");
    page.subsampling = 1;
    page.samples = 4;
    expect_refused(&page, "unsupported tiff: YCbCr colours with 4 samples per pixel");
    page = (TiffsPage){.photometric = BLACK_IS_ZERO, .bits = 16, .format = FLOAT, .samples = 1};
    expect_refused(&page, "unsupported tiff: floating-point 16-bit samples");
    page.format = UNSIGNED;
    page.bits = 12;
    expect_refused(&page, "unsupported tiff: 12-bit samples");
}

/* Entry i of n has a red of i / (n - 1), and other greens and blues, or is grey. */
static guint16 *map_of(guint bits, gboolean is_grey)
{
    const guint n = 1u << bits;
    guint16 *map = g_new(guint16, (gsize)3 * n);

    for (guint i = 0; i < n; i++) {
        const guint16 value = (guint16)(65535u * i / (n - 1));

        map[i] = value;
        map[n + i] = is_grey ? value : (guint16)(65535 - value);
        map[2 * n + i] = is_grey ? value : 0x4040;
    }
    return map;
}

static void check_palette(guint bits, gboolean is_grey, guint n_extras, gboolean is_tiled)
{
    g_autofree guint16 *map = map_of(bits, is_grey);
    const double white = ldexp(1.0, (int)bits) - 1.0;
    const TiffsPage page = {.photometric = PALETTE,
                            .bits = bits,
                            .samples = 1 + n_extras,
                            .n_extras = n_extras,
                            .extras = {2},
                            .is_tiled = is_tiled,
                            .map = map,
                            .values = {{0, 0.5}, {1, 0.5}, {floor(white / 2) / white, 0.5}, {1, 0.5}}};
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) rendition = render_page(&page, &error);

    cr_assert_not_null(rendition, "%u bits: %s", bits, error != NULL ? error->message : "");
    for (guint quarter = 0; quarter < TIFFS_QUARTERS; quarter++) {
        const int red = (int)floor(page.values[quarter][0] * 255.0 + 0.5);
        const Pixel found = quarter_of(rendition, quarter);

        cr_expect(pixel_is_near(found, red, is_grey ? red : 255 - red, is_grey ? red : 0x40, 1) &&
                      found.alpha == 255,
                  "%u bits, grey %d, %u extras, quarter %u: %d %d %d %d", bits, is_grey, n_extras, quarter,
                  found.red, found.green, found.blue, found.alpha);
    }
}

Test(tiff_samples, palettes)
{
    static const guint bits[] = {1, 2, 4, 8, 16};

    for (guint i = 0; i < G_N_ELEMENTS(bits); i++)
        for (guint grey = 0; grey < 2; grey++)
            for (guint extras = 0; extras < 2; extras++)
                for (guint tiled = 0; tiled < 2; tiled++)
                    check_palette(bits[i], grey != 0, extras, tiled != 0);
}

/* JPEG's codec converts YCbCr to RGB, subsampled or not. */
Test(tiff_samples, jpeg_in_tiff)
{
    static const char *const suffixes[] = {".tif[compression=jpeg,Q=95]", ".tif[compression=jpeg,Q=80]",
                                           ".tif[compression=jpeg,Q=95,tile]",
                                           ".tif[compression=jpeg,Q=95,tile,pyramid]"};
    static const double orange[] = {220, 120, 40};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autoptr(GBytes) bytes = sample_save(sample_plain(300, 300, orange, 3), suffixes[i]);

        for (guint32 side = 20; side <= 300; side += 140) {
            g_autoptr(GError) error = NULL;
            g_autoptr(Rendition) rendition = sample_render(bytes, FIT_INSIDE, side, side, FORMAT_PNG, &error);

            cr_assert_not_null(rendition, "%s: %s", suffixes[i], error != NULL ? error->message : "");
            cr_expect(pixel_is_near(sample_pixel(rendition, 10, 10), 220, 120, 40, 3), "%s", suffixes[i]);
        }
    }
}

static TiffsPage numbers(guint format, double a, double b, double c, double d)
{
    return (TiffsPage){.photometric = BLACK_IS_ZERO,
                       .bits = 32,
                       .format = format,
                       .samples = 1,
                       .is_absolute = TRUE,
                       .values = {{a}, {b}, {c}, {d}}};
}

Test(tiff_samples, ranges_without_black_and_white_are_refused)
{
    TiffsPage page = numbers(FLOAT, 200, 300, 2100, 400);
    g_autoptr(Rendition) rendition = NULL;

    expect_refused(&page,
                   "unsupported tiff: floating-point 32-bit samples from 200 to 2100, outside of 0 to 1");
    page = numbers(FLOAT, -0.5, 0, 1, 0);
    expect_refused(&page,
                   "unsupported tiff: floating-point 32-bit samples from -0.5 to 1, outside of 0 to 1");
    page = numbers(FLOAT, 0, 0.5, NAN, 1);
    expect_refused(&page, "unsupported tiff: floating-point 32-bit samples from 0 to 1, and not a number");
    page = numbers(SIGNED, -5, 0, 77, 1e9);
    expect_refused(
        &page, "unsupported tiff: signed 32-bit samples from -5 to 1e+09: negative samples have no colour");
    page = numbers(UNSIGNED, 0, 4000, 77, 12);
    expect_refused(&page, "unsupported tiff: 32-bit samples from 0 to 4000, which would all be black");
    page = numbers(UNSIGNED, 0, 0, 0, 0);
    rendition = render_page(&page, NULL);
    cr_assert_not_null(rendition, "what is all black may be");
    cr_expect(pixel_is_near(quarter_of(rendition, 0), 0, 0, 0, 0));
}

/* Values beyond black and white that may be due to rounding count as black and white. */
Test(tiff_samples, a_level_beyond_is_allowed)
{
    const TiffsPage page = numbers(FLOAT, -0.001, 0.5, 1.002, 0.25);
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) rendition = render_page(&page, &error);

    cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
    cr_expect(pixel_is_near(quarter_of(rendition, 0), 0, 0, 0, 0));
    cr_expect(pixel_is_near(quarter_of(rendition, 1), 128, 128, 128, 1));
    cr_expect(pixel_is_near(quarter_of(rendition, 2), 255, 255, 255, 0));
}

/* Expects red, green / blue, grey: a pair of samples for each, left and right. */
static void expect_case(const char *name, int tolerance)
{
    static const int colours[][3] = {{220, 30, 30}, {30, 200, 40}, {40, 60, 210}, {127, 127, 127}};
    g_autoptr(GBytes) bytes = case_file(name);
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) rendition = sample_render(bytes, FIT_INSIDE, 96, 64, FORMAT_PNG, &error);

    cr_assert_not_null(rendition, "%s: %s", name, error != NULL ? error->message : "");
    for (int i = 0; i < 4; i++) {
        const Pixel found = sample_pixel(rendition, i % 2 == 0 ? 24 : 72, i / 2 == 0 ? 16 : 48);

        cr_expect(pixel_is_near(found, colours[i][0], colours[i][1], colours[i][2], tolerance) &&
                      found.alpha == 255,
                  "%s, %d: %d %d %d %d", name, i, found.red, found.green, found.blue, found.alpha);
    }
}

static void expect_grey_case(const char *name)
{
    g_autoptr(GBytes) bytes = case_file(name);
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) rendition = sample_render(bytes, FIT_INSIDE, 96, 64, FORMAT_PNG, &error);

    cr_assert_not_null(rendition, "%s: %s", name, error != NULL ? error->message : "");
    for (int x = 0; x < 96; x++) {
        const Pixel found = sample_pixel(rendition, x, 30);
        const int expected = (int)floor(255.0 * x / 95.0 + 0.5);

        cr_expect(pixel_is_near(found, expected, expected, expected, 1) && found.alpha == 255,
                  "%s, %d: %d %d", name, x, found.red, found.alpha);
    }
}

static void expect_case_refused(const char *name, const char *expected)
{
    g_autoptr(GBytes) bytes = case_file(name);
    g_autoptr(GError) error = NULL;

    cr_expect_null(sample_render(bytes, FIT_INSIDE, 96, 64, FORMAT_PNG, &error), "%s", name);
    cr_assert_eq(error_class(error), ERROR_INPUT);
    cr_expect_str_eq(error->message, expected);
}

Test(tiff_samples, regression_wrong_pictures)
{
    expect_case("tif-rgb-extra0-zero.tif", 1);
    expect_case("tif-rgbn-extra0.tif", 1);
    expect_case("tif-thumbnail-first.tif", 1);
    expect_case("tif-ycbcr444-uncompressed.tif", 2);
    expect_case("tif-icclab.tif", 10);
    expect_grey_case("tif-grey-extra0.tif");
    expect_grey_case("tif-grey-float01.tif");
    expect_grey_case("tif-grey-u32.tif");
    expect_case_refused(
        "tif-grey-float-dem.tif",
        "unsupported tiff: floating-point 32-bit samples from 200 to 2100, outside of 0 to 1");
    expect_case_refused("tif-cmyk-spot-6inks.tif", "unsupported tiff: 6 inks that are not declared as CMYK");
}

/* 16 bits with Display P3: alphas says how much of the red is visible. */
Test(tiff_samples, regression_16_bit_alpha_beside_a_profile)
{
    static const char *const names[] = {"tif-rgba16-p3.tif", "rgba16-p3.png"};
    static const int alphas[] = {20, 20, 128, 128};

    for (guint n = 0; n < G_N_ELEMENTS(names); n++) {
        g_autoptr(GBytes) bytes = case_file(names[n]);
        g_autoptr(Rendition) rendition = sample_render(bytes, FIT_INSIDE, 96, 64, FORMAT_PNG, NULL);

        cr_assert_not_null(rendition, "%s", names[n]);
        for (int i = 0; i < 4; i++)
            cr_expect_eq(sample_pixel(rendition, i % 2 == 0 ? 24 : 72, i / 2 == 0 ? 16 : 48).alpha,
                         alphas[i]);
        cr_expect(pixel_is_near(sample_pixel(rendition, 24, 16), 240, 0, 4, 4),
                  "(220, 30, 30) in Display P3");
    }
}

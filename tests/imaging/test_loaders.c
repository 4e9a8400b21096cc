/* Errors for files that decoders refuse: for each format, damaged, unsupported and too large are
 * distinguished. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "imaging/engine.h"
#include "png_chunks.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(loaders, .init = setup);

/* Libraries use different words for the same error: reasons is a list separated by "|". */
static gboolean is_one_of(const char *message, const char *reasons)
{
    g_auto(GStrv) each = g_strsplit(reasons, "|", -1);

    return g_strv_contains((const char *const *)each, message);
}

static void expect_reason(const guint8 *data, gsize size, ErrorClass class, const char *reason)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    const Recipe recipe = {.width = 60, .format = FORMAT_PNG};
    g_autoptr(GError) error = NULL;
    g_autoptr(RenderResult) result = sample_render_all(bytes, &recipe, 1, &error);

    cr_assert_null(result, "%s", reason);
    cr_expect(is_one_of(error->message, reason), "%s, not %s", error->message, reason);
    cr_expect_eq(error_class(error), class, "%s", reason);
}

/* The frame header (SOF0): marker, length, precision, height, width. */
typedef struct {
    gsize offset;
    gsize length;
    const char *bytes;
} Patch;

/* clang-format off */
#define PATCH(offset, text) {offset, sizeof(text) - 1, text}
/* clang-format on */

Test(loaders, jpeg)
{
    static const struct {
        Patch patch;
        ErrorClass class;
        const char *reason;
    } cases[] = {
        {PATCH(1, "\xc3"), ERROR_INPUT, "unsupported jpeg: Unsupported JPEG process: SOF type 0xc3"},
        {PATCH(1, "\xc5"), ERROR_INPUT, "unsupported jpeg: Unsupported JPEG process: SOF type 0xc5"},
        {PATCH(1, "\xf7"), ERROR_INPUT, "unsupported jpeg: Unsupported marker type 0xf7"},
        {PATCH(1, "\xf2"), ERROR_INPUT, "damaged jpeg: Unsupported marker type 0xf2"},
        {PATCH(4, "\x0c"), ERROR_INPUT, "unsupported jpeg: Unsupported JPEG data precision 12"},
        {PATCH(5, "\xff\xff\xff\xff"), ERROR_LIMIT,
         "jpeg too large: Maximum supported image dimension is 65500 pixels"},
    };
    g_autoptr(GBytes) bytes = sample_save(sample_noise(160, 120, 1), ".jpg");
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree guint8 *copy = g_memdup2(data, size);
        guint8 *frame = memmem(copy, size, "\xff\xc0", 2);

        memcpy(frame + cases[i].patch.offset, cases[i].patch.bytes, cases[i].patch.length);
        expect_reason(copy, size, cases[i].class, cases[i].reason);
    }
    expect_reason(data, size / 2, ERROR_INPUT, "damaged jpeg: Premature end of input file");
}

/* Fields of the header chunk: width, height, depth, colour, compression, filter, interlacing; reasons in the
 * words of libpng and of libspng. */
Test(loaders, png)
{
    static const struct {
        Patch patch;
        ErrorClass class;
        const char *reason;
    } cases[] = {
        {PATCH(12, "IHDX"), ERROR_INPUT,
         "unsupported png: IHDX: unhandled critical chunk|damaged png: missing IHDR chunk"},
        {PATCH(24, "\x03"), ERROR_INPUT, "damaged png: Invalid IHDR data|damaged png: invalid bit depth"},
        {PATCH(28, "\x02"), ERROR_INPUT,
         "damaged png: Invalid IHDR data|damaged png: invalid interlace method"},
    };
    g_autoptr(GBytes) bytes = sample_save(sample_noise(160, 120, 1), ".png");
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree guint8 *copy = g_memdup2(data, size);

        memcpy(copy + cases[i].patch.offset, cases[i].patch.bytes, cases[i].patch.length);
        png_chunks_repair(copy, size);
        expect_reason(copy, size, cases[i].class, cases[i].reason);
    }
    expect_reason(data, size / 2, ERROR_INPUT, "damaged png: not enough data");
}

Test(loaders, webp_and_gif)
{
    g_autoptr(GBytes) webp = sample_save(sample_noise(160, 120, 1), ".webp[Q=20]");
    g_autoptr(GBytes) gif = sample_save(sample_noise(16, 12, 1), ".gif");
    const gsize size = g_bytes_get_size(webp);
    g_autofree char *cut = g_strdup_printf("damaged webp: only %zu of %zu bytes are present", size / 2, size);
    g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(webp, NULL), size);

    expect_reason(copy, size / 2, ERROR_INPUT, cut);
    memcpy(copy + 12, "ABCD", 4);
    expect_reason(copy, size, ERROR_INPUT, "damaged webp: unable to parse image");
    expect_reason(g_bytes_get_data(gif, NULL), 13, ERROR_INPUT,
                  "damaged gif: Unexpected end of GIF source data");
}

/* Changes the width that the file announces. */
static void expect_too_wide(GBytes *bytes, guint32 width, const char *reason)
{
    const guint32 field = GUINT32_TO_BE(width);
    const gsize size = g_bytes_get_size(bytes);
    const Recipe recipe = {.width = 60, .format = FORMAT_PNG};
    guint8 *copy = g_memdup2(g_bytes_get_data(bytes, NULL), size);
    g_autoptr(GBytes) wide = g_bytes_new_take(copy, size);
    g_autoptr(GError) error = NULL;

    memcpy((guint8 *)memmem(copy, size, "ispe", 4) + 8, &field, sizeof field);
    cr_assert_null(sample_render_all(wide, &recipe, 1, &error));
    cr_expect(g_str_has_prefix(error->message, reason), "%u: %s", width, error->message);
    cr_expect_eq(error_class(error), ERROR_LIMIT);
}

/* Sizes are refused before memory is allocated for them, as a limit and not as damage. Sizes that libvips
 * cannot hold are refused by us, if not by libheif before. */
Test(loaders, heif)
{
    static const char *const suffixes[] = {".heic", ".avif[effort=1]"};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        const char *name = i == 0 ? "heic" : "avif";
        g_autofree char *too_large = g_strdup_printf("%s too large: ", name);
        g_autofree char *far_too_large = g_strdup_printf("%s too large: 134217818 pixels a side", name);
        g_autofree char *no_meta = g_strdup_printf(
            "damaged %s: No 'meta' box|damaged %s: Unspecified: Insufficient input data", name, name);
        g_autoptr(GBytes) bytes = sample_save(sample_noise(160, 120, 1), suffixes[i]);
        const gsize size = g_bytes_get_size(bytes);
        g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(bytes, NULL), size);

        expect_reason(copy, 40, ERROR_INPUT, no_meta);
        expect_too_wide(bytes, 134217818, far_too_large);
        expect_too_wide(bytes, G_MAXUINT32, too_large);
    }
}

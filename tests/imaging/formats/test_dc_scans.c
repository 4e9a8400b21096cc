#include <criterion/criterion.h>
#include <string.h>

#include "imaging/engine.h"
#include "imaging/formats/dc_scans.h"
#include "imaging/load.h"
#include "tests/imaging/jpegs.h"
#include "tests/imaging/samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(dc_scans, .init = setup);

typedef struct {
    const char *options; /* options of cjpeg */
    const char *script;
    int width;
    int height;
} Case;

/* Detail in every block, and colours that differ. */
static GBytes *picture(int width, int height)
{
    return sample_save(sample_noise(width, height, 3), ".ppm");
}

static GBytes *make(const Case *one)
{
    g_autoptr(GBytes) ppm = picture(one->width, one->height);

    return jpeg_tool("cjpeg", one->options, one->script, ppm);
}

/* Expects a shorter file, without a warning of the decoder, with the same pixels, that cannot be shortened
 * again. */
static void expect_shorter(GBytes *jpeg, const char *what)
{
    g_autoptr(GBytes) extract = jpeg_extract(jpeg);
    g_autoptr(GBytes) again = NULL;
    g_autoptr(GBytes) vips_of_all = NULL;
    g_autoptr(GBytes) vips_of_extract = NULL;
    g_auto(JpegEighth) all = {0};
    g_auto(JpegEighth) part = {0};

    cr_assert_not_null(extract, "%s", what);
    cr_assert_lt(g_bytes_get_size(extract), g_bytes_get_size(jpeg), "%s", what);
    all = jpeg_decode(jpeg);
    part = jpeg_decode(extract);
    cr_assert(part.pixels != NULL && part.warnings == 0, "%s", what);
    cr_assert(jpeg_eighth_equal(&all, &part), "%s", what);
    vips_of_all = jpeg_pixels(jpeg);
    vips_of_extract = jpeg_pixels(extract);
    cr_assert(vips_of_all != NULL && vips_of_extract != NULL, "%s: %s", what, vips_error_buffer());
    cr_assert(g_bytes_equal(vips_of_all, vips_of_extract), "%s", what);
    again = jpeg_extract(extract);
    cr_assert_null(again, "%s", what);
}

static void expect_unchanged(GBytes *jpeg, const char *what)
{
    g_autoptr(GBytes) extract = jpeg_extract(jpeg);

    cr_assert_null(extract, "%s", what);
}

/* Each case has components whose blocks become one pixel. */
Test(dc_scans, same_pixels)
{
    static const Case cases[] = {
        {"-progressive -sample 1x1", NULL, 333, 217},
        {"-progressive -sample 2x1", NULL, 333, 217},
        {"-progressive -sample 2x2", NULL, 333, 217},
        {"-progressive -sample 1x2", NULL, 333, 217},
        {"-progressive -sample 4x1", NULL, 333, 217},
        {"-progressive -sample 4x2", NULL, 333, 217},
        {"-progressive -sample 2x2,1x2,1x1", NULL, 333, 217},
        {"-progressive -sample 1x1,2x2,1x1", NULL, 333, 217},
        {"-progressive -sample 1x1,2x1,2x1", NULL, 333, 217},
        {"-progressive -grayscale", NULL, 333, 217},
        {"-progressive -grayscale -sample 2x2", NULL, 333, 217},
        {"-progressive -rgb", NULL, 333, 217},
        {"-progressive -quality 100 -sample 1x1", NULL, 640, 480},
        {"-progressive -quality 10", NULL, 640, 480},
        {"-progressive -restart 1", NULL, 333, 217},
        {"-progressive -restart 3B -sample 1x1", NULL, 333, 217},
        {"-progressive -restart 1B -sample 2x1", NULL, 120, 90},
        {"-progressive", NULL, 65, 9},
        {"-progressive", NULL, 9, 65},
        {"-progressive", NULL, 31, 33},
        {"-progressive", NULL, 2000, 17},
        /* more blocks than the longest run of a single code */
        {"-progressive -sample 1x1", NULL, 1040, 1080},
        {"-progressive -arithmetic", NULL, 333, 217},
        {"-progressive -arithmetic -sample 1x1", NULL, 1040, 1080},
        {"-progressive -arithmetic -grayscale -restart 1", NULL, 333, 217},
        {"-progressive -arithmetic -sample 2x1 -restart 5B", NULL, 200, 100},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) jpeg = make(&cases[i]);

        expect_shorter(jpeg, cases[i].options);
    }
}

Test(dc_scans, same_pixels_from_any_order_of_scans)
{
    static const char *const scripts[] = {
        /* spectral selection alone */
        "0,1,2: 0-0, 0, 0; 0: 1-5, 0, 0; 1: 1-63, 0, 0; 2: 1-63, 0, 0; 0: 6-63, 0, 0;",
        /* each component's DC in a scan of its own, and AC of one component before DC of another */
        "0: 0-0, 0, 0; 0: 1-63, 0, 0; 1: 0-0, 0, 0; 2: 0-0, 0, 0; 2: 1-63, 0, 0; 1: 1-63, 0, 0;",
        /* DC bit by bit, between the AC bands */
        "0,1,2: 0-0, 0, 3; 0: 1-2, 0, 1; 0,1,2: 0-0, 3, 2; 1: 1-63, 0, 0; 2: 1-63, 0, 0; 0,1: 0-0, 2, 1;"
        "0: 3-63, 0, 0; 2: 0-0, 2, 1; 0: 1-2, 1, 0; 0,1,2: 0-0, 1, 0;",
        /* one coefficient at a time, in any order */
        "0,1,2: 0-0, 0, 0; 0: 63-63, 0, 0; 0: 1-1, 0, 0; 0: 3-62, 0, 4; 0: 2-2, 0, 0; 0: 3-40, 4, 3; 0: "
        "41-62, 4, 3;"
        "0: 3-62, 3, 2; 0: 3-62, 2, 1; 0: 3-62, 1, 0; 2: 1-63, 0, 0; 1: 1-63, 0, 0;",
        /* the last bits of DC come after all AC; smoothing does not depend on them */
        "0,1,2: 0-0, 0, 1; 0: 1-63, 0, 0; 1: 1-63, 0, 0; 2: 1-63, 0, 0; 0,1,2: 0-0, 1, 0;",
    };
    static const char *const options[] = {"-scans SCRIPT -sample 1x1", "-scans SCRIPT -sample 2x2 -restart 1",
                                          "-scans SCRIPT -arithmetic -sample 2x1"};

    for (guint i = 0; i < G_N_ELEMENTS(scripts); i++)
        for (guint j = 0; j < G_N_ELEMENTS(options); j++) {
            const Case one = {options[j], scripts[i], 150, 99};
            g_autoptr(GBytes) jpeg = make(&one);

            expect_shorter(jpeg, scripts[i]);
        }
}

/* In these files a decoder smooths, or may smooth. */
Test(dc_scans, unfinished_files_stay_as_they_are)
{
    static const char *const scripts[] = {
        "0,1,2: 0-0, 0, 0;",
        "0,1,2: 0-0, 0, 0; 0: 1-63, 0, 0; 1: 1-63, 0, 0;",
        "0,1,2: 0-0, 0, 0; 0: 1-62, 0, 0; 1: 1-63, 0, 0; 2: 1-63, 0, 0;",
        "0,1,2: 0-0, 0, 0; 0: 1-63, 0, 1; 1: 1-63, 0, 0; 2: 1-63, 0, 0;",
        "0,1,2: 0-0, 0, 2; 0: 1-63, 0, 0; 1: 1-63, 0, 0; 2: 1-63, 0, 0; 0,1,2: 0-0, 2, 1;",
    };

    for (guint i = 0; i < G_N_ELEMENTS(scripts); i++) {
        const Case one = {"-scans SCRIPT", scripts[i], 150, 99};
        g_autoptr(GBytes) jpeg = make(&one);

        expect_unchanged(jpeg, scripts[i]);
    }
}

Test(dc_scans, other_files_stay_as_they_are)
{
    static const Case cases[] = {
        {"-optimize", NULL, 100, 100},
        {"-arithmetic", NULL, 100, 100},
        {"-scans SCRIPT", "0: 0-63, 0, 0; 1: 0-63, 0, 0; 2: 0-63, 0, 0;", 100, 100},
        /* nothing to gain */
        {"-progressive -quality 1", NULL, 8, 8},
    };
    g_autoptr(GBytes) ppm = picture(20, 20);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) jpeg = make(&cases[i]);

        expect_unchanged(jpeg, cases[i].options);
    }
    expect_unchanged(ppm, "PPM");
}

static guint count_scans(GBytes *jpeg)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(jpeg, &size);
    guint count = 0;

    for (gsize i = 0; i + 1 < size; i++)
        count += bytes[i] == 0xff && bytes[i + 1] == 0xda;
    return count;
}

/* cjpeg's script: 2 scans with DC, 4 with AC of luma, 2 with AC of each chroma component. If only DC is
 * needed, a single scan holds it. */
Test(dc_scans, scans_that_are_left)
{
    static const struct {
        const char *options;
        const char *script;
        guint scans;
    } cases[] = {
        {"-progressive -sample 1x1", NULL, 1},
        {"-progressive -sample 2x1 -restart 1", NULL, 1},
        {"-progressive -grayscale", NULL, 1},
        {"-progressive -sample 2x2", NULL, 2 + 1 + 4},
        /* arithmetic coding */
        {"-progressive -sample 1x1 -arithmetic", NULL, 2 + 3},
        /* more blocks than a scan of several components may have */
        {"-scans SCRIPT -sample 4x2,2x2,1x2",
         "0: 0-0, 0, 0; 1: 0-0, 0, 0; 2: 0-0, 0, 0; 0: 1-63, 0, 0; 1: 1-63, 0, 0; 2: 1-63, 0, 0;", 3 + 3},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case one = {cases[i].options, cases[i].script, 200, 200};
        g_autoptr(GBytes) jpeg = make(&one);
        g_autoptr(GBytes) extract = jpeg_extract(jpeg);

        expect_shorter(jpeg, cases[i].options);
        cr_expect_eq(count_scans(extract), cases[i].scans, "%s", cases[i].options);
    }
}

Test(dc_scans, cmyk)
{
    static const double black[] = {40};
    VipsImage *inks[] = {sample_noise(120, 90, 5), sample_plain(120, 90, black, 1)};
    VipsImage *image = NULL;
    g_autoptr(GBytes) jpeg = NULL;

    cr_assert_eq(vips_bandjoin(inks, &image, 2, NULL), 0);
    image->Type = VIPS_INTERPRETATION_CMYK;
    jpeg = sample_save(image, ".jpg[interlace,Q=90]");
    g_object_unref(inks[0]);
    g_object_unref(inks[1]);
    expect_shorter(jpeg, "CMYK");
}

/* load_image() shortens the file by itself, and the image keeps the bytes that it reads from. */
Test(dc_scans, is_what_load_image_decodes)
{
    const Case one = {"-progressive -sample 2x1", NULL, 333, 217};
    const LoadOptions options = {.jpeg_shrink = 8, .webp_scale = 1.0};
    g_autoptr(GBytes) jpeg = make(&one);
    gsize size;
    const void *bytes = g_bytes_get_data(jpeg, &size);
    g_autoptr(GBytes) direct = jpeg_pixels(jpeg);
    g_autoptr(GBytes) loaded = image_pixels(load_image(FORMAT_JPEG, bytes, size, &options, NULL));

    cr_assert(direct != NULL && loaded != NULL);
    cr_expect(g_bytes_equal(direct, loaded));
}

/* Source of the parts for the files below. */
static GBytes *small_jpeg(void)
{
    const Case one = {"-progressive -sample 1x1 -quality 90", NULL, 64, 48};

    return make(&one);
}

static gsize find(GBytes *jpeg, guint8 marker)
{
    const guint8 pattern[] = {0xff, marker};
    gsize size;
    const guint8 *bytes = g_bytes_get_data(jpeg, &size);
    const guint8 *found = memmem(bytes, size, pattern, 2);

    cr_assert_not_null(found, "no marker %02x", marker);
    return (gsize)(found - bytes);
}

static gsize find_end(GBytes *jpeg)
{
    return g_bytes_get_size(jpeg) - 2;
}

static GBytes *with(GBytes *jpeg, gsize at, const void *bytes, gsize size)
{
    GByteArray *array = g_byte_array_new();
    const guint8 *old = g_bytes_get_data(jpeg, NULL);

    g_byte_array_append(array, old, (guint)at);
    g_byte_array_append(array, bytes, (guint)size);
    g_byte_array_append(array, old + at, (guint)(g_bytes_get_size(jpeg) - at));
    return g_byte_array_free_to_bytes(array);
}

static GBytes *changed(GBytes *jpeg, gsize at, guint8 byte)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(jpeg, &size);
    guint8 *copy = g_memdup2(bytes, size);

    copy[at] = byte;
    return g_bytes_new_take(copy, size);
}

Test(dc_scans, metadata_fill_bytes_and_what_follows_the_end)
{
    static const guint8 comment[] = {0xff, 0xfe, 0, 10, 0xff, 0xda, 0xff, 0xd9, 0xff, 0xd8, 0xff, 0xc2};
    static const guint8 fill[] = {0xff, 0xff, 0xff};
    static const guint8 rest[] = "a film, as telephones append it";
    g_autoptr(GBytes) plain = small_jpeg();
    g_autoptr(GBytes) expected = jpeg_extract(plain);
    g_autoptr(GBytes) commented = with(plain, 2, comment, sizeof comment);
    g_autoptr(GBytes) filled = with(plain, find(plain, 0xc2), fill, sizeof fill);
    g_autoptr(GBytes) filled_end = with(plain, find_end(plain), fill, sizeof fill);
    g_autoptr(GBytes) appended = with(plain, g_bytes_get_size(plain), rest, sizeof rest);
    g_autoptr(GBytes) extract = jpeg_extract(commented);

    expect_shorter(plain, "as it was made");
    expect_shorter(commented, "a comment full of markers");
    cr_expect_eq(g_bytes_get_size(extract), g_bytes_get_size(expected) + sizeof comment, "kept");
    expect_shorter(filled, "fill bytes");
    expect_shorter(filled_end, "fill bytes before the end");
    expect_shorter(appended, "something after the end");
    g_bytes_unref(extract);
    extract = jpeg_extract(appended);
    cr_expect(g_bytes_equal(extract, expected), "and that is left out");
}

/* Returns the end of the first scan. */
static gsize find_scan_end(GBytes *jpeg)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(jpeg, &size);
    gsize at = find(jpeg, 0xda) + 2;

    while (at + 1 < size && (bytes[at] != 0xff || bytes[at + 1] == 0))
        at++;
    return at;
}

/* All DC scans are then left as they were, for the decoder to judge. */
Test(dc_scans, surprises_in_dc_scans_are_not_read)
{
    static const guint8 comment[] = {0xff, 0xfe, 0, 2};
    static const guint8 more[] = {0x12, 0x34};
    static const guint8 restart[] = {0xff, 0xd0};
    g_autoptr(GBytes) jpeg = small_jpeg();
    const gsize data = find(jpeg, 0xda) + 14;
    const gsize end = find_scan_end(jpeg);
    struct {
        const char *what;
        GBytes *jpeg;
    } cases[] = {
        {"a comment between scans", with(jpeg, end, comment, sizeof comment)},
        {"more data than blocks", with(jpeg, end, more, sizeof more)},
        {"a restart that nobody announced", with(jpeg, data + 9, restart, sizeof restart)},
        {"a code of all ones", with(jpeg, data, (guint8[]){0xff, 0, 0xff, 0}, 4)},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) extract = jpeg_extract(cases[i].jpeg);
        g_auto(JpegEighth) all = jpeg_decode(cases[i].jpeg);
        g_auto(JpegEighth) part = {0};

        cr_assert_not_null(extract, "%s", cases[i].what);
        part = jpeg_decode(extract);
        cr_expect_eq(count_scans(extract), 2 + 3, "%s", cases[i].what);
        cr_expect(jpeg_eighth_equal(&all, &part), "%s", cases[i].what);
        cr_expect_eq(all.warnings == 0, part.warnings == 0, "%s", cases[i].what);
        g_bytes_unref(cases[i].jpeg);
    }
}

/* Files that a decoder refuses, that it tolerates, or that no encoder writes are left to the decoder. */
Test(dc_scans, surprises_stay_as_they_are)
{
    static const guint8 soi[] = {0xff, 0xd8};
    static const guint8 dnl[] = {0xff, 0xdc, 0, 4, 0, 48};
    static const guint8 restart[] = {0xff, 0xd0};
    static const guint8 tem[] = {0xff, 0x01};
    static const guint8 hierarchical[] = {0xff, 0xde, 0, 2};
    static const guint8 too_short[] = {0xff, 0xfe, 0, 1};
    static const guint8 garbage[] = {0x12};
    static const guint8 dht_half[] = {0xff, 0xc4, 0, 5, 0x10, 0, 0};
    g_autoptr(GBytes) jpeg = small_jpeg();
    gsize frame = find(jpeg, 0xc2);
    gsize scan = find(jpeg, 0xda);
    g_autoptr(GBytes) second_first = changed(jpeg, scan + 5, 2);
    struct {
        const char *what;
        GBytes *jpeg;
    } cases[] = {
        {"a second image", with(jpeg, find_end(jpeg), soi, sizeof soi)},
        {"a number of lines", with(jpeg, find_end(jpeg), dnl, sizeof dnl)},
        {"a restart between segments", with(jpeg, frame, restart, sizeof restart)},
        {"a marker without parameters", with(jpeg, find_end(jpeg), tem, sizeof tem)},
        {"a hierarchical progression", with(jpeg, frame, hierarchical, sizeof hierarchical)},
        {"a segment shorter than its length", with(jpeg, frame, too_short, sizeof too_short)},
        {"garbage between segments", with(jpeg, frame, garbage, sizeof garbage)},
        {"half a Huffman table", with(jpeg, frame, dht_half, sizeof dht_half)},
        {"12 bits", changed(jpeg, frame + 4, 12)},
        {"a frame without lines", changed(jpeg, frame + 6, 0)},
        {"a length of the frame that is wrong", changed(jpeg, frame + 3, 18)},
        {"sampling by 0", changed(jpeg, frame + 11, 0x01)},
        {"sampling by 5", changed(jpeg, frame + 11, 0x15)},
        {"two components of a name", changed(jpeg, frame + 13, 1)},
        {"a scan before the frame", changed(jpeg, frame + 1, 0xfe)},
        {"a scan of an unknown component", changed(jpeg, scan + 5, 9)},
        {"a scan of one component twice", changed(jpeg, scan + 7, 1)},
        {"components in another order than the frame's", changed(second_first, scan + 7, 1)},
        {"DC and AC in one scan", changed(jpeg, scan + 12, 5)},
        {"DC twice", changed(jpeg, scan + 13, 0)},
        {"a frame of none that is known", changed(jpeg, frame + 1, 0xc6)},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        expect_unchanged(cases[i].jpeg, cases[i].what);
        g_bytes_unref(cases[i].jpeg);
    }
}

/* A decoder stops at a scan without its table, even if that scan has no effect on the pixels. */
Test(dc_scans, a_missing_table_stays_an_error)
{
    g_autoptr(GBytes) jpeg = small_jpeg();
    gsize size;
    const guint8 *bytes = g_bytes_get_data(jpeg, &size);
    gsize at = find(jpeg, 0xda) + 14;
    g_autoptr(GBytes) other_table = NULL;
    g_autoptr(GBytes) impossible_table = NULL;

    while (bytes[at] != 0xff || bytes[at + 1] != 0xc4)
        at++;
    cr_assert_eq(bytes[at + 4], 0x10, "luma's first AC table");
    other_table = changed(jpeg, at + 4, 0x13);
    impossible_table = changed(jpeg, at + 5, 3);
    expect_unchanged(other_table, "a table that nobody defines");
    expect_unchanged(impossible_table, "three codes of one bit");
}

/* DC of all components, then one component coefficient by coefficient, then the others: 66 scans. */
static GBytes *one_by_one(int component, const char *others)
{
    g_autoptr(GString) script = g_string_new("0,1,2: 0-0, 0, 0;");
    Case one = {"-scans SCRIPT", NULL, 64, 48};

    for (int i = 1; i < 64; i++)
        g_string_append_printf(script, "%d: %d-%d, 0, 0;", component, i, i);
    g_string_append(script, others);
    one.script = script->str;
    return make(&one);
}

static gsize find_scan_of(GBytes *jpeg, guint8 id)
{
    const guint8 header[] = {0xff, 0xda, 0, 8, 1, id};
    gsize size;
    const guint8 *bytes = g_bytes_get_data(jpeg, &size);
    const guint8 *found = memmem(bytes, size, header, sizeof header);

    cr_assert_not_null(found);
    return (gsize)(found - bytes);
}

/* Returns the place of the table that the scan at this place needs. */
static gsize table_before(GBytes *jpeg, gsize at)
{
    const guint8 *bytes = g_bytes_get_data(jpeg, NULL);

    while (bytes[at] != 0xff || bytes[at + 1] != 0xc4)
        at--;
    return at;
}

/* cjpeg writes at most 100 scans, so two of its files are combined to one with 128. */
Test(dc_scans, more_scans_than_the_limit)
{
    g_autoptr(GBytes) luma = one_by_one(0, "1: 1-63, 0, 0; 2: 1-63, 0, 0;");
    g_autoptr(GBytes) chroma = one_by_one(1, "0: 1-63, 0, 0; 2: 1-63, 0, 0;");
    gsize from = table_before(chroma, find_scan_of(chroma, 2));
    gsize to = find_scan_of(chroma, 1);
    gsize skip_from = find_scan_of(luma, 2);
    gsize skip_to = table_before(luma, find_scan_of(luma, 3));
    g_autoptr(GBytes) rest = g_bytes_new_from_bytes(luma, skip_to, g_bytes_get_size(luma) - skip_to);
    g_autoptr(GBytes) tail = with(rest, 0, (const guint8 *)g_bytes_get_data(chroma, NULL) + from, to - from);
    g_autoptr(GBytes) both = with(tail, 0, g_bytes_get_data(luma, NULL), skip_from);
    g_auto(JpegEighth) eighth = jpeg_decode(both);

    cr_assert(eighth.pixels != NULL && eighth.warnings == 0, "a good file, but for its number of scans");
    expect_shorter(luma, "66 scans");
    expect_unchanged(both, "128 scans");
}

Test(dc_scans, more_segments_than_the_limit)
{
    static const guint8 comment[] = {0xff, 0xfe, 0, 2};
    g_autoptr(GBytes) jpeg = small_jpeg();
    g_autoptr(GByteArray) comments = g_byte_array_new();
    g_autoptr(GBytes) below = NULL;
    g_autoptr(GBytes) above = NULL;

    for (guint i = 0; i < DC_SCANS_MAX_SEGMENTS; i++)
        g_byte_array_append(comments, comment, sizeof comment);
    below = with(jpeg, 2, comments->data, comments->len - 100 * sizeof comment);
    above = with(jpeg, 2, comments->data, comments->len);
    expect_shorter(below, "a hundred less");
    expect_unchanged(above, "as many comments");
}

/* A file without an end is not shortened. */
Test(dc_scans, truncated_anywhere)
{
    g_autoptr(GBytes) jpeg = small_jpeg();

    for (gsize size = 0; size < g_bytes_get_size(jpeg); size++) {
        g_autoptr(GBytes) part = g_bytes_new_from_bytes(jpeg, 0, size);

        expect_unchanged(part, "truncated");
    }
}

/* Each damaged file is refused, or decoded like the full one; most damage is in the scans that are left
 * out. */
static guint flip_bits(const char *options, GRand *random)
{
    const Case one = {options, NULL, 64, 48};
    g_autoptr(GBytes) jpeg = make(&one);
    const guint8 *bytes = g_bytes_get_data(jpeg, NULL);
    guint extracts = 0;

    for (guint i = 0; i < 1000; i++) {
        gsize at = (gsize)g_rand_int_range(random, 0, (gint)g_bytes_get_size(jpeg));
        g_autoptr(GBytes) damaged = changed(jpeg, at, bytes[at] ^ (1u << g_rand_int_range(random, 0, 8)));
        g_autoptr(GBytes) extract = jpeg_extract(damaged);
        g_auto(JpegEighth) all = jpeg_decode(damaged);
        g_auto(JpegEighth) part = extract != NULL ? jpeg_decode(extract) : (JpegEighth){0};

        cr_assert(extract == NULL || jpeg_eighth_equal(&all, &part), "%s, number %u, byte %zu", options, i,
                  at);
        extracts += extract != NULL;
    }
    return extracts;
}

Test(dc_scans, flipped_bits)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(7);

    cr_expect_gt(flip_bits("-progressive -sample 2x2 -restart 1", random), 300);
    cr_expect_gt(flip_bits("-progressive -sample 1x1", random), 300);
    cr_expect_gt(flip_bits("-progressive -arithmetic -sample 2x1", random), 300);
}

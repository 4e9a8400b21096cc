/* Tests which picture of a TIFF file is shown, and which ones are smaller versions of it. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "imaging/engine.h"
#include "imaging/formats/signature.h"
#include "imaging/formats/tiff_pages.h"
#include "tests/imaging/cases.h"
#include "tests/imaging/samples.h"
#include "tests/imaging/tiffs.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(tiff_pages, .init = setup);

enum { REDUCED = 1, PAGE = 2, MASK = 4, OLD_REDUCED = 2, CFA = 32803 };

/* A page of one colour: 1 red, 2 green, 3 blue. */
static TiffsPage page_of(guint side, guint colour, guint subfile_type)
{
    TiffsPage page = {.side = side, .photometric = 2, .bits = 8, .samples = 3, .subfile_type = subfile_type};

    for (guint quarter = 0; quarter < TIFFS_QUARTERS; quarter++)
        page.values[quarter][colour - 1] = 1.0;
    return page;
}

static TiffsPage subifd_of(guint side, guint colour, guint subfile_type)
{
    TiffsPage page = page_of(side, colour, subfile_type);

    page.is_subifd = TRUE;
    return page;
}

/* Expects these colours when rendered at full size and at an eighth of it. */
static void expect_colours(const TiffsPage *pages, guint n_pages, guint side, guint whole, guint eighth)
{
    for (guint kind = 0; kind < 4; kind++) {
        g_autoptr(GBytes) bytes = tiffs_make(pages, n_pages, kind);
        const guint32 sides[] = {side, side / 8};
        const guint colours[] = {whole, eighth};

        for (guint i = 0; i < G_N_ELEMENTS(sides); i++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(Rendition) rendition =
                sample_render(bytes, FIT_INSIDE, sides[i], sides[i], FORMAT_PNG, &error);
            const guint colour = colours[i];

            cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
            cr_expect_eq(rendition->width, sides[i], "kind %u", kind);
            cr_expect(pixel_is_near(sample_pixel(rendition, 0, 0), colour == 1 ? 255 : 0,
                                    colour == 2 ? 255 : 0, colour == 3 ? 255 : 0, 0),
                      "kind %u, %u pixels: not colour %u", kind, sides[i], colour);
        }
    }
}

static void expect_levels(const TiffsPage *pages, guint n_pages, guint n_levels, int page, int subifd)
{
    g_autoptr(GBytes) bytes = tiffs_make(pages, n_pages, TIFFS_LITTLE);
    TiffFile file;

    cr_assert(tiff_file_read(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &file));
    cr_expect_eq(file.n_levels, n_levels, "%u levels", file.n_levels);
    cr_expect_eq(file.levels[0].page, page);
    cr_expect_eq(file.levels[0].subifd, subifd);
    cr_expect(!file.is_raw);
}

/* tif-2pages-second-is-half.tif was rendered from its second page. */
Test(tiff_pages, regression_a_second_page_of_half_the_size_is_no_level)
{
    const TiffsPage pages[] = {page_of(32, 1, 0), page_of(16, 2, 0), page_of(8, 3, PAGE)};

    expect_colours(pages, 3, 32, 1, 1);
    expect_levels(pages, 3, 1, 0, -1);
}

Test(tiff_pages, pages_that_say_that_they_are_reduced_are_levels)
{
    TiffsPage pages[] = {page_of(32, 1, 0), page_of(16, 2, REDUCED), page_of(8, 3, REDUCED | PAGE)};

    expect_colours(pages, 3, 32, 1, 3);
    expect_levels(pages, 3, 3, 0, -1);
    pages[1].subfile_type = 0;
    pages[1].old_subfile_type = OLD_REDUCED;
    expect_levels(pages, 3, 3, 0, -1);
    pages[1].old_subfile_type = 1;
    expect_levels(pages, 3, 1, 0, -1);
}

/* Reduced pages of another size, depth or colour space, and masks. */
Test(tiff_pages, what_is_reduced_otherwise_is_no_level)
{
    TiffsPage pages[] = {page_of(32, 1, 0), page_of(12, 2, REDUCED)};

    expect_colours(pages, 2, 32, 1, 1);
    expect_levels(pages, 2, 1, 0, -1);
    pages[1] = page_of(16, 2, REDUCED | MASK);
    expect_levels(pages, 2, 1, 0, -1);
    pages[1] = page_of(16, 2, REDUCED);
    pages[1].bits = 16;
    expect_levels(pages, 2, 1, 0, -1);
    pages[1] = page_of(16, 2, REDUCED);
    pages[1].photometric = 6;
    expect_levels(pages, 2, 1, 0, -1);
    pages[1] = page_of(16, 2, REDUCED);
    pages[1].samples = 4;
    expect_levels(pages, 2, 1, 0, -1);
}

/* The meaning of the samples is determined from the picture only. */
Test(tiff_pages, regression_what_is_stored_otherwise_is_no_level)
{
    static const double coefficients[] = {0.2126, 0.7152, 0.0722};
    TiffsPage pages[] = {page_of(32, 1, 0), page_of(16, 1, REDUCED)};
    TiffsPage *page = &pages[0], *level = &pages[1];

    page->samples = level->samples = 4;
    page->n_extras = level->n_extras = 1;
    page->extras[0] = level->extras[0] = 2;
    expect_levels(pages, 2, 2, 0, -1);
    level->extras[0] = 1;
    expect_levels(pages, 2, 1, 0, -1);
    level->n_extras = 0;
    expect_levels(pages, 2, 1, 0, -1);
    level->n_extras = 1;
    level->extras[0] = 2;
    page->has_profile = TRUE;
    expect_levels(pages, 2, 1, 0, -1);
    *page = page_of(32, 1, 0);
    *level = page_of(16, 1, REDUCED);
    level->is_planar = TRUE;
    expect_levels(pages, 2, 1, 0, -1);
    page->is_planar = TRUE;
    expect_levels(pages, 2, 2, 0, -1);
    page->photometric = level->photometric = 1;
    page->samples = level->samples = 1;
    expect_levels(pages, 2, 1, 0, -1);
    *page = page_of(32, 1, 0);
    *level = page_of(16, 1, REDUCED);
    level->compression = 7;
    expect_levels(pages, 2, 1, 0, -1);
    level->compression = 0;
    page->photometric = level->photometric = 6;
    expect_levels(pages, 2, 2, 0, -1);
    level->subsampling = 2;
    expect_levels(pages, 2, 1, 0, -1);
    level->subsampling = 0;
    level->coefficients = coefficients;
    expect_levels(pages, 2, 1, 0, -1);
}

Test(tiff_pages, subifds_are_levels)
{
    const TiffsPage pages[] = {page_of(32, 1, 0), subifd_of(16, 2, REDUCED), subifd_of(8, 3, 0)};
    const TiffsPage other[] = {page_of(32, 1, 0), subifd_of(10, 2, REDUCED), page_of(16, 3, REDUCED)};

    expect_colours(pages, 3, 32, 1, 3);
    expect_levels(pages, 3, 3, 0, -1);
    expect_colours(other, 3, 32, 1, 1);
    expect_levels(other, 3, 1, 0, -1);
}

Test(tiff_pages, the_first_whole_picture_is_shown)
{
    const TiffsPage thumbnail_first[] = {page_of(8, 2, REDUCED), page_of(32, 1, 0), page_of(16, 3, REDUCED)};
    const TiffsPage mask_first[] = {page_of(32, 2, MASK), page_of(32, 1, 0)};
    const TiffsPage in_subifd[] = {page_of(8, 2, REDUCED), subifd_of(16, 3, REDUCED), subifd_of(32, 1, 0)};
    const TiffsPage two[] = {page_of(8, 2, REDUCED), subifd_of(16, 3, 0), page_of(32, 1, 0)};

    expect_colours(thumbnail_first, 3, 32, 1, 3);
    expect_levels(thumbnail_first, 3, 2, 1, -1);
    expect_colours(mask_first, 2, 32, 1, 1);
    expect_colours(in_subifd, 3, 32, 1, 1);
    expect_levels(in_subifd, 3, 1, 0, 1);
    expect_levels(two, 3, 1, 1, -1);
}

/* tif-thumbnail-first.tif was taken for a raw file of a camera. */
Test(tiff_pages, regression_a_reduced_picture_alone_is_shown)
{
    const TiffsPage alone[] = {page_of(32, 1, REDUCED)};
    const TiffsPage several[] = {page_of(8, 2, REDUCED), page_of(32, 1, REDUCED), page_of(24, 3, REDUCED)};

    expect_colours(alone, 1, 32, 1, 1);
    expect_colours(several, 3, 32, 1, 1);
}

static void expect_raw(const TiffsPage *pages, guint n_pages)
{
    g_autoptr(GBytes) bytes = tiffs_make(pages, n_pages, TIFFS_BIG_ENDIAN);
    g_autoptr(GError) error = NULL;
    ImageFormat format;

    cr_expect(!signature_check(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &format, &error));
    cr_expect(strstr(error->message, "a camera raw file") != NULL, "%s", error->message);
}

Test(tiff_pages, data_of_a_sensor_is_a_camera_raw_file)
{
    TiffsPage pages[] = {page_of(8, 2, REDUCED), subifd_of(16, 3, REDUCED), subifd_of(32, 1, 0)};

    pages[2].photometric = CFA;
    expect_raw(pages, 3);
    pages[2].photometric = 34892; /* LinearRaw */
    expect_raw(pages, 3);
    pages[0].photometric = CFA;
    expect_raw(pages, 1);
}

/* A file with one directory of 8 x 8 white pixels, with these entries behind the necessary ones. */
static GByteArray *with_entries(const guint16 (*entries)[2], guint n)
{
    enum { N_NEEDED = 9, STRIPS = 273, SHORT = 3 };
    static const guint16 needed[N_NEEDED][2] = {{256, 8}, {257, 8}, {258, 8}, {259, 1}, {262, 1},
                                                {273, 8}, {277, 1}, {278, 8}, {279, 64}};
    GByteArray *out = g_byte_array_new();
    const guint8 head[] = {'I', 'I', 42, 0, 8 + 64, 0, 0, 0};
    const guint8 counter[] = {(guint8)(N_NEEDED + n), (guint8)((N_NEEDED + n) >> 8)};
    guint8 pixels[64];

    memset(pixels, 255, sizeof pixels);
    g_byte_array_append(out, head, sizeof head);
    g_byte_array_append(out, pixels, sizeof pixels);
    g_byte_array_append(out, counter, sizeof counter);
    for (guint i = 0; i < N_NEEDED + n; i++) {
        const guint16 *entry = i < N_NEEDED ? needed[i] : entries[i - N_NEEDED];
        const guint8 bytes[12] = {(guint8)entry[0], (guint8)(entry[0] >> 8), SHORT, 0, 1, 0, 0, 0,
                                  (guint8)entry[1], (guint8)(entry[1] >> 8)};

        g_byte_array_append(out, bytes, sizeof bytes);
    }
    g_byte_array_append(out, (const guint8 *)"\0\0\0", 4);
    return out;
}

/* libtiff, which decodes, uses the first entry: white does not become black, nor the width 4. */
Test(tiff_pages, regression_of_several_entries_with_one_tag_the_first_counts)
{
    static const guint16 repeated[][2] = {{256, 4}, {262, 0}, {277, 3}, {330, 8}, {330, 9}};
    g_autoptr(GByteArray) array = with_entries(repeated, G_N_ELEMENTS(repeated));
    g_autoptr(GBytes) bytes = g_bytes_new(array->data, array->len);
    g_autoptr(GError) error = NULL;
    g_autoptr(Rendition) rendition = NULL;
    TiffFile file;

    cr_assert(tiff_file_read(array->data, array->len, &file));
    cr_expect_eq(file.page.size.width, 8);
    cr_expect_eq(file.page.photometric, 1);
    cr_expect_eq(file.page.samples, 1);
    rendition = sample_render(bytes, FIT_INSIDE, 8, 8, FORMAT_PNG, &error);
    cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
    cr_expect_eq(rendition->width, 8);
    cr_expect(pixel_is_near(sample_pixel(rendition, 4, 4), 255, 255, 255, 0));
}

Test(tiff_pages, a_directory_with_too_many_tags_is_not_read_by_half)
{
    enum { MOST = 512, N_NEEDED = 9 };
    guint16 entries[MOST][2];
    TiffFile file;

    for (guint i = 0; i < MOST; i++) {
        entries[i][0] = (guint16)(40000 + i);
        entries[i][1] = 1;
    }
    for (guint n = MOST - N_NEEDED; n <= MOST - N_NEEDED + 1; n++) {
        g_autoptr(GByteArray) array = with_entries(entries, n);

        cr_expect_eq(tiff_file_read(array->data, array->len, &file), n + N_NEEDED <= MOST);
    }
}

/* The value that libvips misreads is patched in the file, for which the number needs two bytes. */
Test(tiff_pages, regression_bands_by_themselves_as_a_number_of_one_byte)
{
    static const guint depths[] = {1, 2, 4, 8};
    static const guint8 entry[] = {284 & 255, 284 >> 8, 3, 0, 1, 0, 0, 0, 2, 0, 0, 0};

    for (guint i = 0; i < G_N_ELEMENTS(depths); i++) {
        TiffsPage page = {.photometric = 1, .bits = depths[i], .samples = 1, .is_planar = TRUE};
        g_autoptr(GBytes) made = NULL;
        g_autoptr(GByteArray) array = NULL;
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(Rendition) rendition = NULL;
        guint8 *at;

        page.values[0][0] = 1.0;
        made = tiffs_make(&page, 1, TIFFS_LITTLE);
        array = g_bytes_unref_to_array(g_steal_pointer(&made));
        at = memmem(array->data, array->len, entry, sizeof entry);
        cr_assert_not_null(at);
        at[2] = 1;
        bytes = g_byte_array_free_to_bytes(g_steal_pointer(&array));
        rendition = sample_render(bytes, FIT_INSIDE, TIFFS_SIDE, TIFFS_SIDE, FORMAT_PNG, &error);
        if (depths[i] == 8) {
            cr_assert_not_null(rendition, "%s", error != NULL ? error->message : "");
            cr_expect(pixel_is_near(sample_pixel(rendition, 1, 1), 255, 255, 255, 0));
            cr_expect(pixel_is_near(sample_pixel(rendition, 6, 6), 0, 0, 0, 0));
        } else {
            cr_assert_null(rendition, "%u bits", depths[i]);
            cr_expect(strstr(error->message, "one-byte PlanarConfiguration") != NULL, "%s", error->message);
        }
    }
}

/* A circular chain of pages ends. */
Test(tiff_pages, a_circle_of_pages_ends)
{
    const TiffsPage pages[] = {page_of(8, 2, REDUCED), page_of(4, 1, REDUCED)};
    g_autoptr(GBytes) bytes = tiffs_make(pages, 2, TIFFS_LITTLE);
    g_autoptr(GByteArray) circle = g_bytes_unref_to_array(g_steal_pointer(&bytes));
    TiffFile file;

    memcpy(circle->data + circle->len - 4, circle->data + 4, 4);
    cr_assert(tiff_file_read(circle->data, circle->len, &file));
    cr_expect_eq(file.page.size.width, 8);
    cr_expect_eq(file.n_levels, 2, "%u", file.n_levels);
}

/* Truncated anywhere, and with any byte changed: AddressSanitizer detects invalid reads, and libvips may
 * refuse the file. */
Test(tiff_pages, damaged_directories_are_survived)
{
    const TiffsPage pages[] = {page_of(8, 1, 0), subifd_of(4, 2, 0), page_of(4, 3, REDUCED)};
    g_autoptr(GBytes) bytes = tiffs_make(pages, 3, TIFFS_LITTLE);
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    TiffFile file;

    for (gsize kept = 0; kept < size; kept++) {
        g_autofree guint8 *copy = g_memdup2(data, kept);

        (void)tiff_file_read(copy, kept, &file);
    }
    for (gsize at = 0; at < size; at++) {
        g_autofree guint8 *copy = g_memdup2(data, size);
        g_autoptr(GBytes) changed = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(Rendition) rendition = NULL;

        copy[at] ^= 0xff;
        changed = g_bytes_new(copy, size);
        rendition = sample_render(changed, FIT_INSIDE, 2, 2, FORMAT_PNG, &error);
        cr_expect(rendition != NULL || error != NULL);
    }
}

Test(tiff_pages, a_small_output_of_two_pages_is_of_the_first_one)
{
    g_autoptr(GBytes) bytes = case_file("tif-2pages-second-is-half.tif");

    for (guint32 side = 10; side <= 120; side += 10) {
        g_autoptr(Rendition) rendition = sample_render(bytes, FIT_INSIDE, side, side, FORMAT_PNG, NULL);

        cr_assert_not_null(rendition);
        cr_expect(pixel_is_near(sample_pixel(rendition, 2, 2), 220, 0, 0, 0), "%u", side);
    }
}

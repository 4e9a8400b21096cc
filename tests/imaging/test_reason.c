#include <criterion/criterion.h>
#include <string.h>

#include "imaging/reason.h"

static void expect_reason(const char *buffer, const char *expected)
{
    g_autofree char *reason = reason_from_buffer(buffer);

    cr_expect_str_eq(reason, expected);
}

/* Buffers as libvips leaves them for damaged files. */
Test(reason, is_the_line_that_says_why)
{
    expect_reason("", "");
    expect_reason("source: bad seek to 506\n", "");
    expect_reason(
        "source: bad seek to 506\nsource: bad seek to 506\nheif: Invalid input: Unexpected end of file: "
        "Extent in "
        "iloc box references data outside of file bounds (points to file position 358)\n (2.100)\n",
        "Unexpected end of file: Extent in iloc box references data outside of file bounds (points to file "
        "position 358)");
    expect_reason("source: bad seek to 412\nheifload_buffer: bad image dimensions on decode\n",
                  "bad image dimensions on decode");
    expect_reason("heif: Unsupported feature: Unsupported codec (4.3000)\n",
                  "Unsupported feature: Unsupported codec");
    expect_reason("VipsJpeg: Corrupt JPEG data: bad Huffman code\nVipsJpeg: Bogus Huffman table definition\n",
                  "Bogus Huffman table definition");
    expect_reason("VipsJpeg: Corrupt JPEG data: bad Huffman code\n", "Corrupt JPEG data: bad Huffman code");
    expect_reason("JPEGLib: Bogus marker length\ntiff2vips: read error\n", "Bogus marker length");
    expect_reason("two words: text (1)", "two words: text (1)");
    expect_reason("tab\tand\x1b[31m \xff", "tab and [31m \xef\xbf\xbd");
}

Test(reason, is_short)
{
    g_autofree char *text = g_strnfill(5000, 'x');
    g_autofree char *reason = reason_from_buffer(text);

    cr_expect_eq(strlen(reason), REASON_MAX_BYTES);
}

static void expect_warning(const char *line, const char *expected)
{
    g_autofree char *warning = reason_from_warning(line);

    cr_expect_str_eq(warning, expected);
}

Test(reason, warnings_that_nobody_needs_are_dropped)
{
    expect_warning("error in tile 0 x 40", "");
    expect_warning("read gave 2 warnings", "");
    expect_warning("heifload: ignoring nclx profile", "");
    expect_warning("Unknown field with tag 37724 (0x935c) encountered", "");
    expect_warning("iCCP: known incorrect sRGB profile", "");
    expect_warning("source: bad seek to 9", "");
    expect_warning("VipsJpeg: Corrupt JPEG data: 3 extraneous bytes before marker 0xd9",
                   "Corrupt JPEG data: 3 extraneous bytes before marker 0xd9");
    expect_warning("IDAT: CRC error", "IDAT: CRC error");
}

Test(reason, of_several_libraries_is_the_same)
{
    expect_reason("VipsJpeg: premature end of JPEG image\n", "Premature end of input file");
    expect_warning("spngload_buffer: end of stream", "not enough data");
    expect_warning("not enough data", "not enough data");
    expect_reason("spngload_buffer: unknown critical chunk\n", "unhandled critical chunk");
    cr_expect(reason_is_vague("libspng read error"));
}

/* Errors of libraries about valid files that they do not support; and errors about damage in similar
 * words. */
Test(reason, unsupported_is_not_damaged)
{
    static const struct {
        const char *reason;
        ReasonKind kind;
    } reasons[] = {
        {"Unsupported JPEG process: SOF type 0xc3", REASON_UNSUPPORTED},
        {"Unsupported JPEG data precision 12", REASON_UNSUPPORTED},
        {"Fractional sampling not implemented yet", REASON_UNSUPPORTED},
        {"Requested feature was omitted at compile time", REASON_UNSUPPORTED},
        {"Unsupported marker type 0x2b", REASON_DAMAGED},
        {"Unsupported marker type 0xf7", REASON_UNSUPPORTED},
        {"Premature end of input file", REASON_DAMAGED},
        {"CgBI: unhandled critical chunk", REASON_UNSUPPORTED},
        {"unhandled critical chunk", REASON_UNSUPPORTED},
        {"reached chunk/cache limits", REASON_TOO_LARGE},
        {"image width exceeds user limit", REASON_TOO_LARGE},
        {"IDAT: CRC error", REASON_DAMAGED},
        {"Image width exceeds user limit in IHDR", REASON_TOO_LARGE},
        {"Maximum supported image dimension is 65500 pixels", REASON_TOO_LARGE},
        {"Unsupported feature: Unsupported codec", REASON_UNSUPPORTED},
        {"Memory allocation error: Security limit exceeded: Image size 16385x8 exceeds the maximum image "
         "size 16384x16384",
         REASON_TOO_LARGE},
        {"No 'meta' box", REASON_DAMAGED},
        {"LERC compression support is not configured", REASON_UNSUPPORTED},
        {"Sorry, can not handle images with 5-bit samples", REASON_UNSUPPORTED},
        {"Cannot handle different values per sample for \"BitsPerSample\"", REASON_UNSUPPORTED},
        {"Sanity check on directory count failed, zero tag directories not supported", REASON_DAMAGED},
        {"Cannot handle zero number of tiles", REASON_DAMAGED},
        {"unable to read pixels", REASON_DAMAGED},
        {"Invalid frame data", REASON_DAMAGED},
        {"out of memory --- size == 9MB", REASON_TOO_LARGE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(reasons); i++)
        cr_expect_eq(reason_kind(reasons[i].reason), reasons[i].kind, "%s", reasons[i].reason);
}

Test(reason, vague_ones_leave_the_word_to_a_warning)
{
    cr_expect(reason_is_vague("") && reason_is_vague("libpng read error"));
    cr_expect_not(reason_is_vague("Premature end of input file"));
}

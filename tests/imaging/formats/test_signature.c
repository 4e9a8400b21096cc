#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "imaging/formats/signature.h"

typedef struct {
    const char *bytes;
    gsize size;
} Start;

/* A literal, including zeros but without its terminator. */
/* clang-format off */
#define START(literal) {literal, sizeof(literal) - 1}
/* clang-format on */

Test(signature, knows_each_format)
{
    static const struct {
        Start start;
        ImageFormat format;
    } starts[] = {
        {START("\xff\xd8\xff\xe0"), FORMAT_JPEG},
        {START("\x89PNG\r\n\x1a\n"), FORMAT_PNG},
        {START("RIFF\1\2\3\4WEBPVP8 "), FORMAT_WEBP},
        {START("GIF87a"), FORMAT_GIF},
        {START("GIF89a"), FORMAT_GIF},
        {START("II*\0\010\0\0\0"), FORMAT_TIFF},
        {START("MM\0*\0\0\0\010"), FORMAT_TIFF},
        {START("II+\0\010\0\0\0"), FORMAT_TIFF},
        {START("MM\0+\0\010\0\0"), FORMAT_TIFF},
        {START("\0\0\0\x18"
               "ftypheic\0\0\0\0mif1heic"),
         FORMAT_HEIC},
        {START("\0\0\0\x18"
               "ftypmif1\0\0\0\0mif1heic"),
         FORMAT_HEIC},
        {START("\0\0\0\x1c"
               "ftypavif\0\0\0\0avifmif1miaf"),
         FORMAT_AVIF},
        {START("\0\0\0\x1c"
               "ftypmif1\0\0\0\0mif1avifmiaf"),
         FORMAT_AVIF},
    };

    for (guint i = 0; i < G_N_ELEMENTS(starts); i++) {
        ImageFormat format = FORMAT_SOURCE;
        GError *error = NULL;

        cr_assert(signature_check(starts[i].start.bytes, starts[i].start.size, &format, &error), "%u", i);
        cr_expect_eq(format, starts[i].format, "%u", i);
    }
}

static void expect_refused(const char *bytes, gsize size, const char *reason)
{
    ImageFormat format = FORMAT_SOURCE;
    GError *error = NULL;

    cr_assert(!signature_check(bytes, size, &format, &error), "%s", reason);
    cr_expect_eq(error_class(error), ERROR_INPUT);
    cr_expect(g_str_has_suffix(error->message, reason), "%s", error->message);
    cr_expect_eq(format, FORMAT_SOURCE, "outputs are untouched on failure");
    g_error_free(error);
}

Test(signature, says_what_a_stranger_looks_like)
{
    static const struct {
        Start start;
        const char *name;
    } strangers[] = {
        {START("<svg xmlns='http://www.w3.org/2000/svg'/>"), "an SVG drawing"},
        {START("<?xml version='1.0'?><!-- a --><SVG/>"), "an SVG drawing"},
        {START("<!DOCTYPE html><title>404"), "an HTML page"},
        {START("%PDF-1.4\n1 0 obj\n"), "a PDF document"},
        {START("%!PS-Adobe-3.0"), "a PostScript document"},
        {START("8BPS\0\1"), "a Photoshop document"},
        {START("BM\x36"), "a BMP image"},
        {START("\xff\x0a\xfa\x7f\x02"), "a JPEG XL image"},
        {START("\0\0\0\x0cJXL \r\n"), "a JPEG XL image"},
        {START("\x76\x2f\x31\x01 more"), "an OpenEXR image"},
        {START("push graphic-context"), "an ImageMagick drawing"},
        {START("\0\0\0\x18"
               "ftypcrx \0\0\0\1crx isom"),
         "a camera raw file"},
        {START("\0\0\0\x18"
               "ftypisom\0\0\0\1isommp42"),
         "a video"},
        {START("RIFF\x10\1\1\1WAVEfmt "), "audio or video"},
        {START("PK\3\4\x14"), "a ZIP archive"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(strangers); i++) {
        g_autofree char *reason = g_strdup_printf("AVIF): it looks like %s", strangers[i].name);

        expect_refused(strangers[i].start.bytes, strangers[i].start.size, reason);
    }
}

/* A file with brands, and an item list with one image. */
#define HEIF(brands, item)                                                                                   \
    START("\0\0\0\x18"                                                                                       \
          "ftyp" brands "\0\0\0\x40"                                                                         \
          "meta\0\0\0\0"                                                                                     \
          "\0\0\0\x0e"                                                                                       \
          "pitm\0\0\0\0\0\1"                                                                                 \
          "\0\0\0\x26"                                                                                       \
          "iinf\0\0\0\0\0\1"                                                                                 \
          "\0\0\0\x18"                                                                                       \
          "infe\2\0\0\0"                                                                                     \
          "\0\1\0\0" item "\0\0\0\0")

Test(signature, a_heif_files_coding_decides)
{
    static const struct {
        Start start;
        const char *looks_like; /* NULL if it is of this format */
        ImageFormat format;
    } files[] = {
        {HEIF("mif1\0\0\0\0mif1miaf", "av01"), NULL, FORMAT_AVIF},
        {HEIF("mif1\0\0\0\0mif1miaf", "hvc1"), NULL, FORMAT_HEIC},
        {HEIF("heic\0\0\0\0mif1heic", "av01"), NULL, FORMAT_AVIF},
        {HEIF("avif\0\0\0\0mif1avif", "hvc1"), NULL, FORMAT_HEIC},
        {HEIF("heic\0\0\0\0mif1heic", "hvcX"), NULL, FORMAT_HEIC},
        {HEIF("avif\0\0\0\0mif1avif", "av0X"), NULL, FORMAT_AVIF},
        {HEIF("j2ki\0\0\0\0mif1j2ki", "j2k1"), "a JPEG 2000 image in a HEIF file", FORMAT_SOURCE},
        {HEIF("mif1\0\0\0\0mif1jpeg", "jpeg"), "a JPEG image in a HEIF file", FORMAT_SOURCE},
        {HEIF("mif1\0\0\0\0mif1avci", "avc1"), "an AVC (H.264) image in a HEIF file", FORMAT_SOURCE},
        {HEIF("vvic\0\0\0\0mif1vvic", "vvc1"), "a VVC (H.266) image in a HEIF file", FORMAT_SOURCE},
        {HEIF("mif1\0\0\0\0mif1evbi", "evc1"), "an EVC image in a HEIF file", FORMAT_SOURCE},
        {HEIF("mif2\0\0\0\0mif2unif", "unci"), "an uncompressed image in a HEIF file", FORMAT_SOURCE},
        {HEIF("mif1\0\0\0\0mif1miaf", "zzzz"), "a HEIF file with an unknown codec", FORMAT_SOURCE},
        {START("\0\0\0\x18"
               "ftypmif1\0\0\0\0mif1miaf\0\0\1\0meta"),
         "a HEIF file that does not name its codec", FORMAT_SOURCE},
        {START("\0\0\0\x18"
               "ftypmsf1\0\0\0\0msf1hevc\0\0\0\x0cmoovabcd"),
         "an image sequence or a video, without a still image", FORMAT_SOURCE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        ImageFormat format = FORMAT_SOURCE;

        if (files[i].looks_like != NULL) {
            expect_refused(files[i].start.bytes, files[i].start.size, files[i].looks_like);
            continue;
        }
        cr_expect(signature_check(files[i].start.bytes, files[i].start.size, &format, NULL), "%u", i);
        cr_expect_eq(format, files[i].format, "%u", i);
    }
}

Test(signature, refuses_what_it_does_not_know)
{
    static const char *const texts[] = {"hello world, this is text",
                                        "P6 3 3 255 aaaaaaaaa",
                                        "RIFX\1\1\1\1WEBPVP8 ",
                                        "GIF88a",
                                        "\xff\xd8",
                                        "\x89PNG",
                                        "{\"json\": 1}",
                                        "II*"};

    expect_refused("", 0, "empty object");
    expect_refused(NULL, 0, "empty object");
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        expect_refused(texts[i], strlen(texts[i]),
                       "not an image of a supported format (JPEG, PNG, WebP, GIF, TIFF, HEIC, AVIF)");
}

/* Tests a first directory with one tag, of type LONG, in both byte orders. */
static void check_tag(guint tag, guint value, gboolean is_raw)
{
    for (int big = 0; big < 2; big++) {
        guint8 file[22] = {0};
        ImageFormat format = FORMAT_SOURCE;
        guint16 n = big ? GUINT16_TO_BE(1) : GUINT16_TO_LE(1);
        guint16 name = big ? GUINT16_TO_BE(tag) : GUINT16_TO_LE(tag);
        guint32 at = big ? GUINT32_TO_BE(8) : GUINT32_TO_LE(8);
        guint16 type = big ? GUINT16_TO_BE(4) : GUINT16_TO_LE(4);
        guint32 count = big ? GUINT32_TO_BE(1) : GUINT32_TO_LE(1);
        guint32 number = big ? GUINT32_TO_BE(value) : GUINT32_TO_LE(value);

        memcpy(file, big ? "MM\0*" : "II*\0", 4);
        memcpy(file + 4, &at, sizeof at);
        memcpy(file + 8, &n, sizeof n);
        memcpy(file + 10, &name, sizeof name);
        memcpy(file + 12, &type, sizeof type);
        memcpy(file + 14, &count, sizeof count);
        memcpy(file + 18, &number, sizeof number);
        cr_expect_eq(signature_check(file, sizeof file, &format, NULL), !is_raw, "tag %u = %u", tag, value);
    }
}

Test(signature, raw_files_in_the_clothes_of_tiff)
{
    check_tag(50706, 0x01040000, TRUE); /* DNGVersion */
    check_tag(262, 32803, TRUE);        /* PhotometricInterpretation of a sensor */
    check_tag(262, 34892, TRUE);        /* of a sensor without colour filters */
    check_tag(254, 1, FALSE);           /* NewSubfileType: a reduced version of a picture that is not in the
                                         * file */
    check_tag(254, 0, FALSE);
    check_tag(254, 2, FALSE); /* one page of several */
    check_tag(256, 1, FALSE);
    expect_refused("II*\0\x10\0\0\0CR\2\0", 12, "it looks like a camera raw file");
    expect_refused("II*\0\x10\0\0\0IIII\1waR", 16, "it looks like a camera raw file");
}

/* Grey levels 67 and 82 spell "CR", and 73 four times spells "IIII". */
Test(signature, regression_pixels_behind_the_header_were_a_makers_mark)
{
    static const Start pixels[] = {START("II*\0\377\0\0\0CR\2\0CRCR"), START("II*\0\377\0\0\0IIIIIIII"),
                                   START("MM\0*\0\0\0\377MMMMMMMM")};

    for (guint i = 0; i < G_N_ELEMENTS(pixels); i++) {
        ImageFormat format = FORMAT_SOURCE;

        cr_expect(signature_check(pixels[i].bytes, pixels[i].size, &format, NULL), "%u", i);
    }
}

/* Lengths and offsets that point outside the file; AddressSanitizer detects reads there. */
Test(signature, lies_about_lengths)
{
    static const Start lies[] = {START("II*\0\377\377\377\377\0\0"), START("II*\0\010\0\0\0\377\377"),
                                 START("MM\0*\0\0\0\011\0\0\377"),
                                 START("\377\377\377\377ftypzzzz\0\0\0\0ab"),
                                 START("\0\0\0\0ftypheic\0\0\0\0")};

    for (guint i = 0; i < G_N_ELEMENTS(lies); i++) {
        g_autofree char *copy = g_memdup2(lies[i].bytes, lies[i].size);
        ImageFormat format = FORMAT_SOURCE;
        gboolean known = signature_check(copy, lies[i].size, &format, NULL);

        cr_expect_eq(known, i < 3, "%u", i);
    }
}

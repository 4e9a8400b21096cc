#include "imaging/formats/signature.h"

#include <string.h>

#include "base/error.h"
#include "imaging/formats/heif_tags.h"
#include "imaging/formats/tiff_pages.h"

#define SUPPORTED "JPEG, PNG, WebP, GIF, TIFF, HEIC, AVIF"

/* How far to search for text: an SVG file may begin with comments. */
#define MAX_TEXT_BYTES 1024u

typedef struct {
    gsize offset;
    gsize length;
    const char *bytes;
} Mark;

/* clang-format off */
#define MARK(offset, text) {offset, sizeof(text) - 1, text}
/* clang-format on */

static const struct {
    Mark mark;
    ImageFormat format;
} formats[] = {
    {MARK(0, "\xff\xd8\xff"), FORMAT_JPEG}, {MARK(0, "\x89PNG\r\n\x1a\n"), FORMAT_PNG},
    {MARK(0, "GIF87a"), FORMAT_GIF},        {MARK(0, "GIF89a"), FORMAT_GIF},
    {MARK(0, "II*\0"), FORMAT_TIFF},        {MARK(0, "MM\0*"), FORMAT_TIFF},
    {MARK(0, "II+\0"), FORMAT_TIFF},        {MARK(0, "MM\0+"), FORMAT_TIFF},
};

/* Only for the text of an error, never a reason to decode. */
static const struct {
    Mark mark;
    const char *name;
} strangers[] = {
    {MARK(0, "%PDF-"), "a PDF document"},
    {MARK(0, "%!PS"), "a PostScript document"},
    {MARK(0, "8BPS"), "a Photoshop document"},
    {MARK(0, "BM"), "a BMP image"},
    {MARK(0, "\0\0\1\0"), "an icon"},
    {MARK(0, "\xff\x0a"), "a JPEG XL image"},
    {MARK(0, "\0\0\0\x0cJXL "), "a JPEG XL image"},
    {MARK(0, "\0\0\0\x0cjP  "), "a JPEG 2000 image"},
    {MARK(0, "\xff\x4f\xff\x51"), "a JPEG 2000 image"},
    {MARK(0, "\x76\x2f\x31\x01"), "an OpenEXR image"},
    {MARK(0, "#?RADIANCE"), "a Radiance image"},
    {MARK(0, "SIMPLE  ="), "a FITS image"},
    {MARK(0, "gimp xcf"), "a GIMP document"},
    {MARK(0, "FUJIFILMCCD-RAW"), "a camera raw file"},
    {MARK(0, "IIRO"), "a camera raw file"},
    {MARK(0, "IIRS"), "a camera raw file"},
    {MARK(0, "IIU\0"), "a camera raw file"},
    {MARK(0, "push graphic-context"), "an ImageMagick drawing"},
    {MARK(0, "RIFF"), "audio or video"},
    {MARK(4, "ftypcrx "), "a camera raw file"},
    {MARK(4, "ftyp"), "a video"},
    {MARK(0, "\x1a\x45\xdf\xa3"), "a video"},
    {MARK(0, "PK\3\4"), "a ZIP archive"},
    {MARK(0, "\x1f\x8b"), "gzip-compressed data"},
};

static const struct {
    const char *text;
    const char *name;
} texts[] = {{"<svg", "an SVG drawing"}, {"<html", "an HTML page"}, {"<!doctype html", "an HTML page"}};

static gboolean has_mark(const guint8 *bytes, gsize size, const Mark *mark)
{
    return size >= mark->offset + mark->length &&
           memcmp(bytes + mark->offset, mark->bytes, mark->length) == 0;
}

static gboolean is_webp(const guint8 *bytes, gsize size)
{
    return size >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0;
}

/* An ISO base media file declares in its first box which specifications it follows (ISO/IEC 14496-12, 4.3): a
 * major brand, a version, and compatible brands. The brands of images are in ISO/IEC 23008-12 (annex B), AVIF
 * (section 6) and 23008-12's amendments. A file may have only general ones ("mif1"), which say that there is
 * an image but not how it is coded. */
static gboolean has_brand(const guint8 *bytes, gsize size, const char (*brands)[5], gsize n_brands)
{
    guint32 length;

    if (size < 16 || memcmp(bytes + 4, "ftyp", 4) != 0)
        return FALSE;
    memcpy(&length, bytes, sizeof length);
    length = (guint32)MIN(GUINT32_FROM_BE(length), size);
    for (gsize at = 8; at + 4 <= length; at += at == 8 ? 8 : 4)
        for (gsize i = 0; i < n_brands; i++)
            if (memcmp(bytes + at, brands[i], 4) == 0)
                return TRUE;
    return FALSE;
}

static gboolean has_heic_brand(const guint8 *bytes, gsize size)
{
    static const char brands[][5] = {"heic", "heix", "heim", "heis", "hevc", "hevx"};

    return has_brand(bytes, size, brands, G_N_ELEMENTS(brands));
}

static gboolean has_avif_brand(const guint8 *bytes, gsize size)
{
    static const char brands[][5] = {"avif", "avis"};

    return has_brand(bytes, size, brands, G_N_ELEMENTS(brands));
}

static gboolean has_image_brand(const guint8 *bytes, gsize size)
{
    static const char brands[][5] = {"mif1", "mif2", "mif3", "msf1", "miaf", "hevm", "hevs",
                                     "jpeg", "jpgs", "j2ki", "j2is", "avci", "avcs", "vvic",
                                     "vvis", "evbi", "evbs", "evmi", "evms", "unif", "heoi"};

    return has_heic_brand(bytes, size) || has_avif_brand(bytes, size) ||
           has_brand(bytes, size, brands, G_N_ELEMENTS(brands));
}

/* Types of items that are not supported, with their names. */
static const struct {
    char codec[5];
    const char *name;
} other_codecs[] = {
    {"jpeg", "a JPEG image in a HEIF file"},         {"j2k1", "a JPEG 2000 image in a HEIF file"},
    {"avc1", "an AVC (H.264) image in a HEIF file"}, {"vvc1", "a VVC (H.266) image in a HEIF file"},
    {"evc1", "an EVC image in a HEIF file"},         {"unci", "an uncompressed image in a HEIF file"},
};

/* An unknown type may be caused by damage: then the brands decide. */
static gboolean has_known_codec(const guint8 *bytes, gsize size, const char *codec, ImageFormat *ret_format,
                                const char **ret_stranger)
{
    const gboolean is_avif = strcmp(codec, "av01") == 0;
    const gboolean is_heic = strcmp(codec, "hvc1") == 0 || strcmp(codec, "lhv1") == 0;

    *ret_format = is_avif || (!is_heic && has_avif_brand(bytes, size)) ? FORMAT_AVIF : FORMAT_HEIC;
    *ret_stranger = "a HEIF file with an unknown codec";
    return is_avif || is_heic || has_avif_brand(bytes, size) || has_heic_brand(bytes, size);
}

/* Goes by the codec of the image, which the file's brands may leave open; if that cannot be read, by the
 * brands. *ret_stranger is set to a description if it is a HEIF file of another kind. */
static gboolean is_heif(const guint8 *bytes, gsize size, ImageFormat *ret_format, const char **ret_stranger)
{
    char codec[5];

    if (!has_image_brand(bytes, size))
        return FALSE;
    if (heif_tags_only_tracks(bytes, size)) {
        *ret_stranger = "an image sequence or a video, without a still image";
        return FALSE;
    }
    if (!heif_tags_codec(bytes, size, codec)) {
        *ret_format = has_avif_brand(bytes, size) ? FORMAT_AVIF : FORMAT_HEIC;
        *ret_stranger = "a HEIF file that does not name its codec";
        return has_avif_brand(bytes, size) || has_heic_brand(bytes, size);
    }
    for (guint i = 0; i < G_N_ELEMENTS(other_codecs); i++) {
        if (strcmp(codec, other_codecs[i].codec) == 0) {
            *ret_stranger = other_codecs[i].name;
            return FALSE;
        }
    }
    return has_known_codec(bytes, size, codec, ret_format, ret_stranger);
}

static gboolean detect(const guint8 *bytes, gsize size, ImageFormat *ret_format, const char **ret_stranger)
{
    if (is_webp(bytes, size)) {
        *ret_format = FORMAT_WEBP;
        return TRUE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (has_mark(bytes, size, &formats[i].mark)) {
            *ret_format = formats[i].format;
            return TRUE;
        }
    }
    return is_heif(bytes, size, ret_format, ret_stranger);
}

static const char *name_stranger(const guint8 *bytes, gsize size)
{
    g_autofree char *start = g_strndup((const char *)bytes, MIN(size, MAX_TEXT_BYTES));
    g_autofree char *lower = g_ascii_strdown(start, -1);

    for (guint i = 0; i < G_N_ELEMENTS(strangers); i++)
        if (has_mark(bytes, size, &strangers[i].mark))
            return strangers[i].name;
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        if (strstr(lower, texts[i].text) != NULL)
            return texts[i].name;
    return NULL;
}

/* Most raw files of cameras are TIFF files whose first directory holds a preview, with the sensor's data in
 * another directory; or whose first directory has the tag DNGVersion (Adobe, "Digital Negative
 * Specification"); or that have a maker's mark behind the header (Canon's and Phase One's). Other files may
 * have pixels at that place, so neighbouring bytes are compared too. Decoding such a file would silently
 * render a thumbnail. */
static gboolean tiff_is_raw(const guint8 *bytes, gsize size)
{
    const Mark canon = MARK(4, "\x10\0\0\0CR\2\0");
    const Mark phase_one[] = {MARK(8, "IIII"), MARK(13, "waR")};
    TiffFile file;

    if (has_mark(bytes, size, &canon) ||
        (has_mark(bytes, size, &phase_one[0]) && has_mark(bytes, size, &phase_one[1])))
        return TRUE;
    return tiff_file_read(bytes, size, &file) && file.is_raw;
}

gboolean signature_check(const void *bytes, gsize size, ImageFormat *ret_format, GError **error)
{
    const char *looks_like = NULL;
    ImageFormat format;

    if (size == 0) {
        error_set(error, ERROR_INPUT, "empty object");
        return FALSE;
    }
    if (!detect(bytes, size, &format, &looks_like))
        looks_like = looks_like != NULL ? looks_like : name_stranger(bytes, size);
    else if (format == FORMAT_TIFF && tiff_is_raw(bytes, size))
        looks_like = "a camera raw file";
    else {
        *ret_format = format;
        return TRUE;
    }
    if (looks_like != NULL)
        error_set(error, ERROR_INPUT, "not an image of a supported format (" SUPPORTED "): it looks like %s",
                  looks_like);
    else
        error_set(error, ERROR_INPUT, "not an image of a supported format (" SUPPORTED ")");
    return FALSE;
}

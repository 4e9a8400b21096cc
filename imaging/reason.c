#include "imaging/reason.h"

#include <string.h>

/* A marker that only JPEG-LS uses (ITU-T T.87, SOF55), as libjpeg prints it. */
#define JPEG_LS_FRAME "marker type 0xf7"

static gboolean has_one_of(const char *text, const char *const *parts, gsize n_parts)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);

    for (gsize i = 0; i < n_parts; i++)
        if (strstr(lower, parts[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* Cuts off libheif's error codes: "heif: Invalid input: No 'meta' box (2.100)". */
static void cut_code(char *line)
{
    char *open = strrchr(line, '(');
    const char *c;

    if (open == NULL || !g_ascii_isdigit(open[1]))
        return;
    c = open + 1 + strspn(open + 1, "0123456789");
    if (*c == '.' && c[1 + strspn(c + 1, "0123456789")] == ')')
        *open = '\0';
}

/* Skips the module name: "VipsJpeg: premature end" -> "premature end". A module name is a single word. */
static const char *skip_module(const char *line)
{
    const char *colon = strstr(line, ": ");

    if (colon == NULL || memchr(line, ' ', (gsize)(colon - line)) != NULL || colon[2] == '\0')
        return line;
    return colon + 2;
}

/* Warnings of libpng begin with the name of a chunk ("IDAT: CRC error"), which is not a module name. */
static gboolean has_chunk(const char *line)
{
    return strcspn(line, ":") == 4;
}

/* Translates one library's wording to that of another for the same error: libpng's to that of libspng, which
 * decodes PNG in some builds of libvips; and libjpeg-turbo's to that of libvips. */
static const char *in_usual_words(const char *text)
{
    static const char *const words[][2] = {
        {"end of stream", "not enough data"},
        {"end of file", "not enough data"},
        {"premature end of JPEG image", "Premature end of input file"},
        {"unknown critical chunk", "unhandled critical chunk"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(text, words[i][0]) == 0)
            return words[i][1];
    return text;
}

static char *line_clean(const char *line, gboolean is_warning)
{
    g_autofree char *copy = g_strndup(line, REASON_MAX_BYTES);
    const char *text;
    char *valid;

    cut_code(copy);
    text = is_warning && has_chunk(copy) ? copy : skip_module(copy);
    if (g_str_has_prefix(text, "Invalid input: "))
        text += strlen("Invalid input: ");
    valid = g_utf8_make_valid(in_usual_words(text), -1);
    for (char *c = valid; *c != '\0'; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    return g_strstrip(valid);
}

/* libvips' source reports this whenever a reader seeks beyond the end, which libheif does in every file. */
static gboolean is_noise(const char *line)
{
    return *line == '\0' || g_str_has_prefix(line, "bad seek to ");
}

/* Warnings of libjpeg-turbo about damage precede the final error in the buffer. */
static gboolean is_jpeg_warning(const char *line)
{
    return g_str_has_prefix(line, "Corrupt JPEG data");
}

char *reason_from_buffer(const char *buffer)
{
    g_auto(GStrv) lines = g_strsplit(buffer, "\n", -1);
    g_autofree char *warning = NULL;

    for (guint i = 0; lines[i] != NULL; i++) {
        g_autofree char *line = line_clean(lines[i], FALSE);

        if (is_noise(line))
            continue;
        if (!is_jpeg_warning(line))
            return g_steal_pointer(&line);
        if (warning == NULL)
            warning = g_steal_pointer(&line);
    }
    return warning != NULL ? g_steal_pointer(&warning) : g_strdup("");
}

char *reason_from_warning(const char *line)
{
    static const char *const useless[] = {
        "error in tile",                /* libvips, in addition to each error */
        "read gave ",                   /* libvips, before the warnings themselves */
        "ignoring nclx profile",        /* libvips, for nearly every AVIF file; we read those colours
                                         * ourselves */
        "Unknown field with tag",       /* libtiff, for private tags, which most cameras and programs write */
        "unknown EXIF resolution unit", /* libvips; the resolution of a picture is not used here */
        "iCCP: known incorrect sRGB",   /* libpng, for a profile in half of the PNG files of some years */
        "Invalid TIFF directory; tags are not sorted",
    };
    char *text = line_clean(line, TRUE);

    if (is_noise(text))
        *text = '\0';
    for (guint i = 0; i < G_N_ELEMENTS(useless); i++)
        if (g_str_has_prefix(text, useless[i]))
            *text = '\0';
    return text;
}

gboolean reason_is_vague(const char *reason)
{
    static const char *const vague[] = {"", "libpng read error", "libspng read error", "read error"};

    for (guint i = 0; i < G_N_ELEMENTS(vague); i++)
        if (strcmp(reason, vague[i]) == 0)
            return TRUE;
    return FALSE;
}

ReasonKind reason_kind(const char *reason)
{
    static const char *const too_large[] = {"out of memory",      "security limit exceeded",
                                            "exceeds user limit", "maximum supported image dimension",
                                            "too large",          "reached chunk/cache limits"};
    /* The first is libjpeg's text for a byte that cannot be a marker, the second is libtiff's for a directory
     * without tags. */
    static const char *const damaged[] = {"unsupported marker type", "zero tag directories not supported"};
    static const char *const unsupported[] = {"unsupported",
                                              "not supported",
                                              "not implemented",
                                              "not configured",
                                              "can not handle",
                                              "omitted at",
                                              "different values per sample",
                                              "unhandled critical chunk"};

    if (has_one_of(reason, too_large, G_N_ELEMENTS(too_large)))
        return REASON_TOO_LARGE;
    if (strstr(reason, JPEG_LS_FRAME) != NULL)
        return REASON_UNSUPPORTED;
    if (has_one_of(reason, damaged, G_N_ELEMENTS(damaged)) ||
        !has_one_of(reason, unsupported, G_N_ELEMENTS(unsupported)))
        return REASON_DAMAGED;
    return REASON_UNSUPPORTED;
}

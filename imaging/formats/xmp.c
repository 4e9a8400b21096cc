#include "imaging/formats/xmp.h"

#include <expat.h>
#include <string.h>

/* Separates the parts of a name that expat returns: namespace, local name, prefix. */
#define SEPARATOR '\n'

/* Properties that would be untrue for the output. A name that ends in * stands for all names with that
 * prefix. */
static const struct {
    const char *space;
    const char *name;
} untrue[] = {
    /* properties of the original's pixels */
    {"http://ns.adobe.com/tiff/1.0/", "Orientation"},
    {"http://ns.adobe.com/tiff/1.0/", "ImageWidth"},
    {"http://ns.adobe.com/tiff/1.0/", "ImageLength"},
    {"http://ns.adobe.com/tiff/1.0/", "BitsPerSample"},
    {"http://ns.adobe.com/tiff/1.0/", "Compression"},
    {"http://ns.adobe.com/tiff/1.0/", "PhotometricInterpretation"},
    {"http://ns.adobe.com/tiff/1.0/", "SamplesPerPixel"},
    {"http://ns.adobe.com/tiff/1.0/", "PlanarConfiguration"},
    {"http://ns.adobe.com/tiff/1.0/", "YCbCr*"},
    {"http://ns.adobe.com/tiff/1.0/", "TransferFunction"},
    {"http://ns.adobe.com/tiff/1.0/", "WhitePoint"},
    {"http://ns.adobe.com/tiff/1.0/", "PrimaryChromaticities"},
    {"http://ns.adobe.com/tiff/1.0/", "ReferenceBlackWhite"},
    {"http://ns.adobe.com/tiff/1.0/", "NativeDigest"},
    {"http://ns.adobe.com/exif/1.0/", "Pixel*"}, /* PixelXDimension, PixelYDimension */
    {"http://ns.adobe.com/exif/1.0/", "ColorSpace"},
    {"http://ns.adobe.com/exif/1.0/", "ComponentsConfiguration"},
    {"http://ns.adobe.com/exif/1.0/", "CompressedBitsPerPixel"},
    {"http://ns.adobe.com/exif/1.0/", "FocalPlane*"},
    {"http://ns.adobe.com/exif/1.0/", "NativeDigest"},
    {"http://cipa.jp/exif/1.0/", "Gamma"},
    {"http://cipa.jp/exif/1.0/", "InteroperabilityIndex"},
    {"http://ns.adobe.com/photoshop/1.0/", "ColorMode"},
    {"http://ns.adobe.com/photoshop/1.0/", "ICCProfile"},
    {"http://purl.org/dc/elements/1.1/", "format"},
    /* positions in the picture, which may have been rotated and cropped */
    {"http://ns.adobe.com/exif/1.0/", "SubjectArea"},
    {"http://ns.adobe.com/exif/1.0/", "SubjectLocation"},
    {"http://ns.adobe.com/camera-raw-settings/1.0/", "Crop*"},
    {"http://ns.adobe.com/camera-raw-settings/1.0/", "HasCrop"},
    {"http://www.metadataworkinggroup.com/schemas/regions/", "*"},
    {"http://ns.microsoft.com/photo/1.2/", "*"},
    {"http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "ImageRegion"},
    {"http://ns.apple.com/faceinfo/1.0/", "*"},
    {"http://ns.google.com/photos/1.0/panorama/", "*"},
    /* the original picture in small or in another form */
    {"http://ns.adobe.com/xap/1.0/", "Thumbnails"},
    {"http://ns.google.com/photos/1.0/image/", "*"},
    {"http://ns.google.com/photos/1.0/depthmap/", "*"},
    {"http://ns.google.com/photos/1.0/focus/", "*"},
    /* references to other parts of the original file: motion photos, gain maps, sound, more XMP, a signed
     * manifest */
    {"http://ns.google.com/photos/1.0/camera/", "Motion*"},
    {"http://ns.google.com/photos/1.0/camera/", "MicroVideo*"},
    {"http://ns.google.com/photos/1.0/container/", "*"},
    {"http://ns.google.com/photos/1.0/container/item/", "*"},
    {"http://ns.google.com/photos/1.0/audio/", "*"},
    {"http://ns.google.com/photos/dd/1.0/container/", "*"},
    {"http://ns.google.com/photos/dd/1.0/device/", "*"},
    {"http://ns.google.com/photos/dd/1.0/item/", "*"},
    {"http://ns.oplus.com/photos/1.0/camera/", "*"},
    {"http://ns.xiaomi.com/photos/1.0/camera/", "*"},
    {"http://ns.adobe.com/hdr-gain-map/1.0/", "*"},
    {"http://ns.apple.com/HDRGainMap/1.0/", "*"},
    {"http://ns.apple.com/pixeldatainfo/1.0/", "*"},
    {"http://ns.adobe.com/xmp/note/", "*"},
    {"http://purl.org/dc/terms/", "provenance"},
};

/* The parts of a name, which are not terminated. */
typedef struct {
    const char *space, *local, *prefix;
    gsize space_length, local_length, prefix_length;
} Name;

typedef struct {
    XML_Parser parser;
    GString *out;
    GString *spaces; /* namespace declarations for the next element */
    guint depth;
    guint skipped;        /* nesting depth inside a removed element; 0 outside */
    gboolean is_tag_open; /* ">" is still to be written */
} Cleaner;

static Name name_split(const char *name)
{
    const char *first = strchr(name, SEPARATOR);
    const char *second = first != NULL ? strchr(first + 1, SEPARATOR) : NULL;
    Name parts = {.space = "", .local = name, .local_length = strlen(name)};

    if (first != NULL) {
        parts.space = name;
        parts.space_length = (gsize)(first - name);
        parts.local = first + 1;
        parts.local_length = second != NULL ? (gsize)(second - parts.local) : strlen(parts.local);
    }
    if (second != NULL) {
        parts.prefix = second + 1;
        parts.prefix_length = strlen(parts.prefix);
    }
    return parts;
}

static gboolean is_untrue(const Name *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(untrue); i++) {
        const gsize length = strcspn(untrue[i].name, "*");
        const gboolean is_beginning = untrue[i].name[length] == '*';

        if (name->space_length == strlen(untrue[i].space) &&
            memcmp(name->space, untrue[i].space, name->space_length) == 0 &&
            (is_beginning ? name->local_length >= length : name->local_length == length) &&
            memcmp(name->local, untrue[i].name, length) == 0)
            return TRUE;
    }
    return FALSE;
}

static void write_name(GString *out, const Name *name)
{
    if (name->prefix_length > 0) {
        g_string_append_len(out, name->prefix, (gssize)name->prefix_length);
        g_string_append_c(out, ':');
    }
    g_string_append_len(out, name->local, (gssize)name->local_length);
}

/* Stops soon after XMP_MAX_BYTES: a character becomes at most five. */
static void write_text(GString *out, const char *text, gsize length, gboolean is_attribute)
{
    for (gsize i = 0; i < length && out->len <= XMP_MAX_BYTES; i++) {
        const char c = text[i];

        if (c == '&')
            g_string_append(out, "&amp;");
        else if (c == '<')
            g_string_append(out, "&lt;");
        else if (c == '>')
            g_string_append(out, "&gt;");
        else if (c == '\r' || (is_attribute && (c == '"' || c == '\n' || c == '\t')))
            g_string_append_printf(out, "&#%d;", c);
        else
            g_string_append_c(out, c);
    }
}

static void check_size(Cleaner *cleaner)
{
    if (cleaner->out->len > XMP_MAX_BYTES)
        XML_StopParser(cleaner->parser, XML_FALSE);
}

static void close_tag(Cleaner *cleaner)
{
    if (cleaner->is_tag_open)
        g_string_append_c(cleaner->out, '>');
    cleaner->is_tag_open = FALSE;
}

static void on_namespace(void *data, const XML_Char *prefix, const XML_Char *uri)
{
    Cleaner *cleaner = data;

    if (cleaner->skipped > 0)
        return;
    g_string_append(cleaner->spaces, prefix != NULL ? " xmlns:" : " xmlns");
    g_string_append_printf(cleaner->spaces, "%s=\"", prefix != NULL ? prefix : "");
    write_text(cleaner->spaces, uri != NULL ? uri : "", uri != NULL ? strlen(uri) : 0, TRUE);
    g_string_append_c(cleaner->spaces, '"');
}

static void write_attribute(GString *out, const char *attribute, const char *value)
{
    const Name name = name_split(attribute);

    if (is_untrue(&name))
        return;
    g_string_append_c(out, ' ');
    write_name(out, &name);
    g_string_append(out, "=\"");
    write_text(out, value, strlen(value), TRUE);
    g_string_append_c(out, '"');
}

static void on_start(void *data, const XML_Char *element, const XML_Char **attributes)
{
    Cleaner *cleaner = data;
    const Name name = name_split(element);

    if (++cleaner->depth > XMP_MAX_DEPTH)
        XML_StopParser(cleaner->parser, XML_FALSE);
    else if (cleaner->skipped > 0 || is_untrue(&name))
        cleaner->skipped++;
    else {
        close_tag(cleaner);
        g_string_append_c(cleaner->out, '<');
        write_name(cleaner->out, &name);
        g_string_append_len(cleaner->out, cleaner->spaces->str, (gssize)cleaner->spaces->len);
        for (; attributes[0] != NULL; attributes += 2)
            write_attribute(cleaner->out, attributes[0], attributes[1]);
        cleaner->is_tag_open = TRUE;
        check_size(cleaner);
    }
    g_string_truncate(cleaner->spaces, 0);
}

static void on_end(void *data, const XML_Char *element)
{
    Cleaner *cleaner = data;
    const Name name = name_split(element);

    cleaner->depth--;
    if (cleaner->skipped > 0) {
        cleaner->skipped--;
        return;
    }
    if (cleaner->is_tag_open) {
        g_string_append(cleaner->out, "/>");
        cleaner->is_tag_open = FALSE;
        return;
    }
    g_string_append(cleaner->out, "</");
    write_name(cleaner->out, &name);
    g_string_append_c(cleaner->out, '>');
}

static void on_text(void *data, const XML_Char *text, int length)
{
    Cleaner *cleaner = data;

    if (cleaner->skipped > 0)
        return;
    close_tag(cleaner);
    write_text(cleaner->out, text, (gsize)length, FALSE);
    check_size(cleaner);
}

/* XMP has no document type. It could define entities, which expand little text to much. */
static void on_doctype(void *data, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id,
                       int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    XML_StopParser(((Cleaner *)data)->parser, XML_FALSE);
}

static gboolean parse(Cleaner *cleaner, const char *bytes, gsize size)
{
    XML_Parser parser = cleaner->parser;

    XML_SetUserData(parser, cleaner);
    XML_SetReturnNSTriplet(parser, XML_TRUE);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    XML_SetNamespaceDeclHandler(parser, on_namespace, NULL);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    return XML_Parse(parser, bytes, (int)size, XML_TRUE) == XML_STATUS_OK;
}

GBytes *xmp_clean(const void *bytes, gsize size)
{
    Cleaner cleaner = {.out = NULL};
    const char *text = bytes;
    gboolean ok;

    if (size < 2 || size > XMP_MAX_BYTES)
        return NULL;
    /* Some writers end the text with NUL. In UTF-16, half of the bytes are NUL, so do not cut there. */
    while (text[0] == '<' && text[1] != '\0' && text[size - 1] == '\0')
        size--;
    cleaner.parser = XML_ParserCreateNS(NULL, SEPARATOR);
    if (cleaner.parser == NULL)
        return NULL;
    cleaner.out = g_string_sized_new(size);
    cleaner.spaces = g_string_new(NULL);
    ok = parse(&cleaner, text, size);
    XML_ParserFree(cleaner.parser);
    g_string_free(cleaner.spaces, TRUE);
    if (!ok) {
        g_string_free(cleaner.out, TRUE);
        return NULL;
    }
    return g_string_free_to_bytes(cleaner.out);
}

#include "s3/aws/xml.h"

#include <string.h>

#include <expat.h>

#include "base/error.h"
#include "base/secret.h"

struct XmlReader {
    XML_Parser parser;
    const XmlHandlers *handlers;
    void *data;
    gsize max_bytes;
    gsize seen_bytes;
    gsize token_bytes; /* since the last complete token */
    guint depth;
    char *text; /* of the open element: XML_MAX_TEXT_BYTES and a NUL. Never reallocated, so that no copy is
                 * left behind */
    gsize text_bytes;
    GError *error; /* set when the parser was stopped */
};

/* How much is passed to expat at once: an unfinished token that is too long is detected at the end of such a
 * slice. After each but the last, expat counts the lines of the whole slice, and copies: most documents are
 * one slice. */
#define SLICE_BYTES (1u << 20)

#define TOO_LONG    "an XML response with a tag of more than " G_STRINGIFY(XML_MAX_TOKEN_KB) " KiB"

static void stop(XmlReader *reader, const char *why)
{
    if (reader->error == NULL)
        error_set(&reader->error, ERROR_PERMANENT, "%s", why);
    XML_StopParser(reader->parser, XML_FALSE);
}

/* Later versions of expat call this function deprecated, in favour of one that earlier versions lack. Its range
 * is enough for a slice. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
/* A token is complete. */
static void check_token(XmlReader *reader)
{
    reader->token_bytes = 0;
    if (XML_GetCurrentByteCount(reader->parser) > (int)XML_MAX_TOKEN_BYTES)
        stop(reader, TOO_LONG);
}
#pragma GCC diagnostic pop

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    XmlReader *reader = data;

    (void)attributes;
    check_token(reader);
    if (reader->error != NULL)
        return;
    if (++reader->depth > XML_MAX_DEPTH) {
        stop(reader, "an XML response that is nested too deeply");
        return;
    }
    reader->text_bytes = 0;
    if (!reader->handlers->start(reader->depth, name, reader->data, &reader->error))
        XML_StopParser(reader->parser, XML_FALSE);
}

static void on_end(void *data, const XML_Char *name)
{
    XmlReader *reader = data;

    reader->token_bytes = 0;
    if (reader->error != NULL)
        return;
    reader->text[reader->text_bytes] = '\0';
    if (!reader->handlers->end(reader->depth, name, reader->text, reader->data, &reader->error))
        XML_StopParser(reader->parser, XML_FALSE);
    reader->text_bytes = 0;
    reader->depth--;
}

static void on_text(void *data, const XML_Char *text, int size)
{
    XmlReader *reader = data;

    reader->token_bytes = 0;
    if (reader->error != NULL)
        return;
    if (reader->text_bytes + (gsize)size > XML_MAX_TEXT_BYTES) {
        stop(reader, "an XML response with too long a text");
        return;
    }
    memcpy(reader->text + reader->text_bytes, text, (gsize)size);
    reader->text_bytes += (gsize)size;
}

/* Called for comments and everything else without a handler of its own. */
static void on_other(void *data, const XML_Char *text, int size)
{
    XmlReader *reader = data;

    (void)text;
    (void)size;
    check_token(reader);
}

static void on_doctype(void *data, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id,
                       int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    stop(data, "an XML response with a document type declaration");
}

XmlReader *xml_reader_new(const XmlHandlers *handlers, gsize max_bytes, void *data)
{
    static const XML_Memory_Handling_Suite memory = {wiping_malloc, wiping_realloc, wiping_free};
    XmlReader *reader = g_new0(XmlReader, 1);

    reader->parser = XML_ParserCreate_MM("UTF-8", &memory, NULL);
    if (reader->parser == NULL)
        g_error("out of memory for an XML parser");
    reader->handlers = handlers;
    reader->data = data;
    reader->max_bytes = max_bytes;
    reader->text = g_malloc(XML_MAX_TEXT_BYTES + 1);
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetDefaultHandler(reader->parser, on_other);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    return reader;
}

void xml_reader_free(XmlReader *reader)
{
    if (reader == NULL)
        return;
    XML_ParserFree(reader->parser);
    secret_wipe(reader->text, XML_MAX_TEXT_BYTES + 1);
    g_free(reader->text);
    g_clear_error(&reader->error);
    g_free(reader);
}

static gboolean feed_slice(XmlReader *reader, const char *data, gsize size_bytes, gboolean is_last,
                           GError **error)
{
    reader->token_bytes += size_bytes;
    if (XML_Parse(reader->parser, data, (int)size_bytes, is_last) == XML_STATUS_OK) {
        if (reader->token_bytes <= XML_MAX_TOKEN_BYTES)
            return TRUE;
        error_set(error, ERROR_PERMANENT, "%s", TOO_LONG);
        return FALSE;
    }
    if (reader->error != NULL)
        g_propagate_error(error, g_steal_pointer(&reader->error));
    else
        error_set(error, ERROR_TRANSIENT, "a response that is not XML (%s)",
                  XML_ErrorString(XML_GetErrorCode(reader->parser)));
    return FALSE;
}

gboolean xml_reader_feed(XmlReader *reader, const void *data, gsize size_bytes, gboolean is_last,
                         GError **error)
{
    const char *at = size_bytes > 0 ? data : "";

    if (size_bytes > reader->max_bytes - reader->seen_bytes) {
        error_set(error, ERROR_PERMANENT, "an XML response of more than %" G_GSIZE_FORMAT " bytes",
                  reader->max_bytes);
        return FALSE;
    }
    reader->seen_bytes += size_bytes;
    do {
        const gsize slice = MIN(size_bytes, SLICE_BYTES);

        if (!feed_slice(reader, at, slice, is_last && slice == size_bytes, error))
            return FALSE;
        at += slice;
        size_bytes -= slice;
    } while (size_bytes > 0);
    return TRUE;
}

#include "s3/aws/error_xml.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/quote.h"
#include "s3/aws/xml.h"

/* Limit of each field: real codes have 40 bytes, messages a sentence. */
#define MAX_FIELD_BYTES 300

void s3_error_clear(S3Error *error)
{
    g_clear_pointer(&error->code, g_free);
    g_clear_pointer(&error->message, g_free);
    g_clear_pointer(&error->region, g_free);
}

typedef struct {
    S3Error error;
    guint depth; /* of the error's fields */
} Parse;

static gboolean error_start(guint depth, const char *name, void *data, GError **error)
{
    Parse *parse = data;

    if (depth == 1 && strcmp(name, "ErrorResponse") == 0)
        parse->depth = 3;
    if (depth == parse->depth - 1 && strcmp(name, "Error") != 0) {
        error_set(error, ERROR_PERMANENT, "not an S3 error document");
        return FALSE;
    }
    return TRUE;
}

/* Makes text printable: a server's message ends up on terminals and in logs. */
static char *printable(const char *text)
{
    g_autofree char *quoted = quote_key(text);
    gsize length = strlen(quoted);

    if (length > MAX_FIELD_BYTES) {
        const char *end = g_utf8_find_prev_char(quoted, quoted + MAX_FIELD_BYTES + 1);

        length = end != NULL ? (gsize)(end - quoted) : 0;
    }
    return g_strndup(quoted, length);
}

static gboolean error_end(guint depth, const char *name, const char *text, void *data, GError **error)
{
    Parse *parse = data;
    char **field = NULL;

    (void)error;
    if (depth == parse->depth && strcmp(name, "Code") == 0)
        field = &parse->error.code;
    else if (depth == parse->depth && strcmp(name, "Message") == 0)
        field = &parse->error.message;
    else if (depth == parse->depth && strcmp(name, "Region") == 0)
        field = &parse->error.region;
    if (field != NULL && *field == NULL && *text != '\0')
        *field = printable(text);
    return TRUE;
}

S3Error error_xml_parse(const void *data, gsize size_bytes)
{
    static const XmlHandlers handlers = {error_start, error_end};
    Parse parse = {.depth = 2};
    g_autoptr(XmlReader) reader = xml_reader_new(&handlers, LIMIT_ERROR_BYTES, &parse);

    /* If the document is cut off or malformed, the fields read before that are still of use. */
    (void)xml_reader_feed(reader, data, MIN(size_bytes, LIMIT_ERROR_BYTES), TRUE, NULL);
    return parse.error;
}

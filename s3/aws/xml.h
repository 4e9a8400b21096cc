/* A streaming reader for S3's small XML responses, based on expat: elements and their text only. A document
 * type declaration is refused, so there are no entities to expand. Attributes and namespaces are ignored.
 * Copies that it makes are wiped, as some responses are secrets. Used by the supervisor and the workers;
 * single-threaded. */
#pragma once

#include <glib.h>

/* Real responses nest 4 deep. */
#define XML_MAX_DEPTH 16u

/* The longest text of one element: a percent-encoded key has 3 KiB, some servers' tokens more. */
#define XML_MAX_TEXT_BYTES (8u << 10)

/* The longest single token, such as a tag with its attributes or a comment. Text comes in parts and is not a
 * token. expat parses an incomplete token again from its beginning whenever more data comes. */
#define XML_MAX_TOKEN_KB    64
#define XML_MAX_TOKEN_BYTES (XML_MAX_TOKEN_KB * 1024u)

/* Return FALSE with *error set to stop. depth is 1 for the root. text is the text between the last start tag
 * and this end tag, which is the element's whole text if it has no children. */
typedef struct {
    gboolean (*start)(guint depth, const char *name, void *data, GError **error);
    gboolean (*end)(guint depth, const char *name, const char *text, void *data, GError **error);
} XmlHandlers;

typedef struct XmlReader XmlReader;

/* Refuses documents of more than max_bytes. handlers must outlive the reader. */
XmlReader *xml_reader_new(const XmlHandlers *handlers, gsize max_bytes, void *data);
void xml_reader_free(XmlReader *reader);

/* Parses the next part of the document. is_last is TRUE after all of it (size_bytes may then be 0). After a
 * failure only xml_reader_free() may follow. Class ERROR_TRANSIENT: malformed XML (most likely cut off);
 * ERROR_PERMANENT: a document type or an exceeded limit; or the error that a handler has set. */
gboolean xml_reader_feed(XmlReader *reader, const void *data, gsize size_bytes, gboolean is_last,
                         GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlReader, xml_reader_free)

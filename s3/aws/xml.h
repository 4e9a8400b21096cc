/* A streaming reader for the small XML of S3 answers, on expat: elements and their text, nothing else. A
 * document type declaration is refused, so there are no entities to expand. Attributes and namespaces are
 * ignored. What it copied is wiped: some answers are secrets. Used on both sides; single-threaded. */
#pragma once

#include <glib.h>

/* Real answers nest 4 deep. */
#define XML_MAX_DEPTH 16u

/* The longest text of one element: a percent-encoded key has 3 KiB, tokens of some servers more. */
#define XML_MAX_TEXT_BYTES (8u << 10)

/* The longest single token: a tag with its attributes, a comment. Text comes in parts and is none. expat
 * reads a token that is not complete again from its beginning whenever more of it comes. */
#define XML_MAX_TOKEN_BYTES (64u << 10)

/* Return FALSE with *error set to stop. depth is 1 for the root. text is what stands between the last start
 * tag and this end tag, so it is an element's text if that has no children. */
typedef struct {
    gboolean (*start)(guint depth, const char *name, void *data, GError **error);
    gboolean (*end)(guint depth, const char *name, const char *text, void *data, GError **error);
} XmlHandlers;

typedef struct XmlReader XmlReader;

/* Refuses documents of more than max_bytes. handlers must outlive the reader. */
XmlReader *xml_reader_new(const XmlHandlers *handlers, gsize max_bytes, void *data);
void xml_reader_free(XmlReader *reader);

/* The next part of the document; is_last after all of it (then size_bytes may be 0). After a failure only
 * xml_reader_free() may follow. Class ERROR_TRANSIENT if it is no well-formed XML (cut off, most likely),
 * ERROR_PERMANENT if it has a document type or exceeds a limit, or what a handler has set. */
gboolean xml_reader_feed(XmlReader *reader, const void *data, gsize size_bytes, gboolean is_last,
                         GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlReader, xml_reader_free)

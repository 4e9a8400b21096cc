/* The XML of a page of a listing, parsed as it arrives. Supervisor only.
 * (Amazon S3 API Reference, ListObjectsV2 and ListObjects.) */
#pragma once

#include <glib.h>

/* S3 answers with 1000 at most, whatever is asked for; others may allow more. */
#define LIST_XML_MAX_OBJECTS 10000u

typedef struct {
    char *key;
    guint64 size_bytes;
    gint64 mtime_s;       /* Unix seconds */
    char *etag;           /* without its quotes; may be NULL */
    char *storage_class;  /* may be NULL: STANDARD */
    gboolean is_restored; /* from an archive, for a while: there is a copy to read */
} S3Object;

/* Whether it cannot be read, because it is in an archive. (Intelligent tiering may have put an object away
 * without a listing that says so.) */
gboolean s3_object_is_archived(const S3Object *object);

void s3_object_free(S3Object *object);

typedef struct {
    GPtrArray *objects; /* of S3Object, in the order of the answer */
    char *next_token;   /* or marker; NULL: the last page */
} S3Page;

void s3_page_clear(S3Page *page);

typedef struct ListXml ListXml;

/* by_marker: of version 1, which goes on after its last key. (It may name a NextMarker, but need not, and not
 * all servers encode that as they do keys.) */
ListXml *list_xml_new(gboolean by_marker);
void list_xml_free(ListXml *list);

/* The next part of the answer; after a failure only list_xml_free() may follow. Class ERROR_TRANSIENT: no
 * well-formed XML, or an error where a page should be (S3 may answer 200 and then fail); ERROR_PERMANENT:
 * what no S3 server sends (limits exceeded, another document, a key over LIMIT_KEY_BYTES). */
gboolean list_xml_feed(ListXml *list, const void *data, gsize size_bytes, GError **error);

/* After all parts. Keys are percent-decoded if, and only if, the answer says that they are encoded. Clear
 * *ret_page with s3_page_clear(). */
gboolean list_xml_finish(ListXml *list, S3Page *ret_page, GError **error);

/* Whether an error came where a page should be. */
gboolean list_xml_is_error(const ListXml *list);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3Object, s3_object_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(S3Page, s3_page_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ListXml, list_xml_free)

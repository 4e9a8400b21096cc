/* The XML of a page of a listing. Supervisor only. (Amazon S3 API Reference,
 * ListObjectsV2 and ListObjects.) */
#pragma once

#include <glib.h>

/* S3 returns 1000 at most, whatever is requested; other servers may return more. */
#define LIST_XML_MAX_OBJECTS 10000u

/* One block with its texts. */
typedef struct {
    char *key;
    guint64 size_bytes;
    gint64 mtime_s;            /* Unix seconds */
    const char *etag;          /* without quotes; may be NULL */
    const char *storage_class; /* may be NULL, which means STANDARD */
    gboolean is_restored;      /* archived, but temporarily restored: there is a copy to read */
} S3Object;

/* Whether the object cannot be read because it is archived. (Intelligent tiering may have archived an object
 * without the listing saying so.) */
gboolean s3_object_is_archived(const S3Object *object);

void s3_object_free(S3Object *object);

typedef struct {
    GPtrArray *objects; /* of S3Object, in the order of the response */
    char *next_token;   /* or the next marker; NULL on the last page */
} S3Page;

void s3_page_clear(S3Page *page);

typedef struct ListXml ListXml;

/* by_marker: for listings of version 1, which continue after their last key. (The response may have a
 * NextMarker, but need not, and not all servers encode it as they encode keys.) */
ListXml *list_xml_new(gboolean by_marker);
void list_xml_free(ListXml *list);

/* Takes the next part of the response; after a failure only list_xml_free() may follow. Much of it, or all,
 * is parsed by list_xml_finish(), which fails likewise. Class ERROR_TRANSIENT: malformed XML, or an error
 * document instead of a page (S3 may send status 200 and then fail); ERROR_PERMANENT: what no S3 server sends
 * (limits exceeded, another document, a key over LIMIT_KEY_BYTES). */
gboolean list_xml_feed(ListXml *list, const void *data, gsize size_bytes, GError **error);

/* Returns the page after all parts. Keys are percent-decoded if, and only if, the response says that they are
 * encoded. Clear *ret_page with s3_page_clear(). */
gboolean list_xml_finish(ListXml *list, S3Page *ret_page, GError **error);

/* Whether the response was an error document instead of a page. */
gboolean list_xml_is_error(const ListXml *list);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3Object, s3_object_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(S3Page, s3_page_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ListXml, list_xml_free)

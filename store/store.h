/* A store: one interface over a bucket and a directory (store/store_type.h has its operations; store/open.h
 * opens one), for the supervisor. It lists objects, and makes references: URLs with which a worker can read
 * or write one object (store/reference.h) and nothing else.
 *
 * Keys are relative to the store's prefix. They are bytes without NUL: from a bucket always UTF-8, from a
 * directory whatever the file's name is. Single-threaded, on the GMainContext of the options. */
#pragma once

#include <glib.h>

#include "store/model.h"

/* Call it after the listings are freed. NULL is allowed. */
void store_close(Store *store);

/* "s3://photos/originals/": for messages. */
const char *store_url(const Store *store);
gboolean store_is_directory(const Store *store);

/* The prefix that all keys in the bucket, or all paths, start with. */
const char *store_prefix(const Store *store);

/* Makes a missing directory, as far as StoreOptions.may_create allows: a sandbox can only give workers access
 * to existing directories. Errors are ignored; the first upload reports them. Does nothing for a bucket. */
void store_make_directory(const Store *store);

/* Lists the whole store. Reads nothing before store_listing_next(). */
StoreListing *store_list(Store *store, StoreListMode mode, StoreListFunc func, void *data);

/* Lists everything in scope, or everything if scope is NULL. The texts in scope are copied. */
StoreListing *store_list_scope(Store *store, StoreListMode mode, const StoreScope *scope, StoreListFunc func,
                               void *data);

/* Lists one object in its current state: the only page contains it or is empty. */
StoreListing *store_list_one(Store *store, const char *key, StoreListFunc func, void *data);

/* Requests the next page: one callback follows from the main loop, never from within this call. Do not call
 * it while a page is awaited, nor after the last page or a failure, except as stated for StoreListFunc. */
void store_listing_next(StoreListing *listing);

/* The range that the page is of; only from within its callback, and valid until that returns. A listing that is
 * not divided has one range. */
StoreRange store_listing_range(const StoreListing *listing);

/* A range that is held delivers no page; others do. Nothing is known of a range before its first page. */
void store_listing_hold(StoreListing *listing, guint64 range, gboolean is_held);

/* The present end of a range; NULL if it has none, or has delivered its last page. Valid until the next
 * callback. */
const char *store_listing_until(const StoreListing *listing, guint64 range);

/* Why a bucket is listed without the configured ranges: returned once, then NULL. Owned by the caller. */
char *store_listing_take_problem(StoreListing *listing);

/* The parts of a directory that the pages so far have left out, each returned once: of DirectorySkip, owned
 * by the caller. Empty for a bucket. */
GPtrArray *store_listing_take_skips(StoreListing *listing);

/* The fraction of the whole that has been listed, 0 to 1; negative if unknown, as for a bucket. */
double store_listing_share(const StoreListing *listing);

/* Ends the listing; no callback follows. May be called from within the callback. NULL is allowed. */
void store_listing_free(StoreListing *listing);

/* Whether the store can hold key: not empty, and not over LIMIT_KEY_BYTES with the prefix; in a directory
 * also no empty, "." or ".." component, none over 255 bytes, and none that is named like our temporary files.
 * Class ERROR_INPUT, naming the key. */
gboolean store_key_is_representable(const Store *store, const char *key, GError **error);

/* Call this after a URL of this store was refused with class ERROR_STALE: finds out whether something is
 * wrong with our signatures, and corrects it for the next ones (s3_client_check()). */
void store_check(Store *store);

/* Whether there are credentials now to sign URLs with (s3_client_can_sign()); always TRUE for a directory. */
gboolean store_can_sign(const Store *store);

/* References for a worker: a presigned URL, valid for expires_s, or a file: URL, valid forever. The headers
 * (lines "Name: value"; may be NULL) must be passed to reference_put() unchanged. A presigned URL expires
 * with the current credentials at the latest. Class ERROR_INPUT as for store_key_is_representable();
 * ERROR_UNAVAILABLE: there are no credentials at the moment. Owned by the caller. */
char *store_get_reference(Store *store, const char *key, guint32 expires_s, GError **error);
char *store_put_reference(Store *store, const char *key, const char *const *headers, guint32 expires_s,
                          GError **error);

/* Signs the upload of an object together with its bytes, whose SHA-256 in hex is payload_hash. Returns the
 * URL, and in *ret_headers all lines to send, including headers. Servers accept it for about 15 minutes.
 * Errors as for store_put_reference(); ERROR_INTERNAL for a directory, which needs no signature. Both are
 * owned by the caller. */
char *store_sign_put(Store *store, const char *key, const char *const *headers, const char *payload_hash,
                     GStrv *ret_headers, GError **error);

/* Sends a HEAD request. A missing object has class ERROR_PERMANENT; a missing file, too. */
StoreHeadRequest *store_head(Store *store, const char *key, StoreHeadFunc func, void *data);

/* NULL is allowed. */
void store_head_cancel(StoreHeadRequest *request);

/* Deletes the object if it is the version that store_head() has told: by the condition If-Match, which not
 * every server heeds. Of a versioned bucket, the deletion only becomes the object's last version. */
StoreDeleteRequest *store_delete(Store *store, const char *key, const char *etag, StoreDeleteFunc func,
                                 void *data);

/* NULL is allowed. */
void store_delete_cancel(StoreDeleteRequest *request);

/* Notes at a file what the upload of an object carries as metadata: those of the lines that have the prefix
 * "x-amz-meta-". Does nothing for a bucket. FALSE with errno if the file system cannot keep it. */
gboolean store_mark(Store *store, const char *key, const char *const *lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreListing, store_listing_free)

/* A store: one interface over a bucket and a directory, for the supervisor. It lists objects, and makes
 * references: URLs with which a worker can read or write one object (store/reference.h) and nothing else.
 *
 * Keys are relative to the store's prefix. They are bytes without NUL: from a bucket always UTF-8, from a
 * directory whatever the file's name is. Single-threaded, on the GMainContext of the options. */
#pragma once

#include <glib.h>

#include "s3/client.h"
#include "store/directory.h"
#include "store/file.h"

typedef RequestCounters StoreCounters;

typedef struct Store Store;
typedef struct StoreListing StoreListing;

typedef struct {
    const char *url; /* s3://bucket[/prefix/], an ARN with ':' before its name in place of the bucket, or
                      * file:///directory/; taken literally */
    GMainContext *context;
    StoreCounters *counters; /* counts a directory's listings; borrowed */
    gboolean links_lead_out; /* symbolic links in a source directory may lead out of it */
    gboolean may_create;     /* of a missing directory, the parents are made, too */
    guint file_mode;         /* for files written into a directory; 0: FILE_DEFAULT_MODE */
    guint dir_mode;          /* for folders made for them; 0: FILE_DEFAULT_DIR_MODE */
    const char *endpoint;    /* this and the following are for buckets. NULL: AWS */
    const char *region;      /* NULL: AWS_DEFAULT_REGION */
    EndpointAddressing addressing;
    AwsHostOptions hosts;      /* which of AWS's own hosts */
    CredentialsKeeper *keeper; /* borrowed */
    HttpClient *http;          /* borrowed, may serve several stores; has the CA file and counts its own
                                * requests */
    guint attempts;            /* per request; 0: RETRY_DEFAULT_ATTEMPTS */
    guint list_ranges;         /* number of ranges listed concurrently, where that pays; 0 or 1: sequential */
    S3Dialect dialect;
} StoreOptions;

/* Does not access the network or disk. Class ERROR_CONFIG; ERROR_PERMANENT: a bucket without credentials. */
Store *store_open(const StoreOptions *options, GError **error);

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

/* For the supervisor's own requests. NULL for a directory. Borrowed. */
S3Client *store_client(const Store *store);

typedef struct {
    char *key;
    guint64 size_bytes;
    gint64 mtime_s;       /* Unix seconds, truncated, as S3 lists it; for a file its DirectoryEntry.time_s */
    char *etag;           /* NULL if unknown, as for a file */
    gboolean is_archived; /* it cannot be read before it is restored */
    guint32 mtime_ns;     /* for a file, the fraction truncated from mtime_s; else 0 */
} StoreObject;

/* A text that distinguishes versions of an object: its ETag, or a file's size and time. Owned by the
 * caller. */
char *store_object_version(const StoreObject *object);

void store_object_free(StoreObject *object);

typedef enum {
    STORE_LIST_SOURCE,
    STORE_LIST_DESTINATION, /* a directory that can be made may be missing, and is then empty; temporary files
                             * older than DIRECTORY_STALE_S are removed */
} StoreListMode;

/* One page: an array of StoreObject whose contents the callback may take over, in ascending byte order; may
 * be empty. For a directory, and a bucket without ranges, the order continues over pages. is_last: no more
 * pages follow. On failure objects is NULL, error is valid during the call, and no more pages follow; but
 * after a failure of a bucket that may pass (error_may_pass()) the same page can be requested again. */
typedef void (*StoreListFunc)(GPtrArray *objects, gboolean is_last, const GError *error, void *data);

/* Lists the whole store. Reads nothing before store_listing_next(). */
StoreListing *store_list(Store *store, StoreListMode mode, StoreListFunc func, void *data);

/* Limits the listing of a directory. */
typedef struct {
    gboolean (*may_enter)(const char *folder, void *data); /* as in DirectoryWalkOptions; NULL: all are
                                                            * entered */
    void *data;
    const Store *never_by_link; /* as in DirectoryWalkOptions; ignored if it is a bucket. May be NULL */
} StoreScope;

/* Lists everything in scope. A bucket is listed completely, and so is a directory if scope is NULL. */
StoreListing *store_list_scope(Store *store, StoreListMode mode, const StoreScope *scope, StoreListFunc func,
                               void *data);

/* Lists one object in its current state: the only page contains it or is empty. */
StoreListing *store_list_one(Store *store, const char *key, StoreListFunc func, void *data);

/* Requests the next page: one callback follows from the main loop, never from within this call. Do not call
 * it while a page is awaited, nor after the last page or a failure, except as stated for StoreListFunc. */
void store_listing_next(StoreListing *listing);

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

/* How files are written into a directory. Not for a bucket. */
FilePlace store_file_place(const Store *store);

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

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreListing, store_listing_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreObject, store_object_free)

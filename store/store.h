/* A store: one interface over a bucket and a directory, for the supervisor. It lists objects, and makes
 * references: strings by which a worker can read or write one object (store/reference.h) and nothing else.
 *
 * Keys are relative to the store's prefix. They are bytes without NUL; from a bucket always UTF-8, from a
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
    const char *url; /* s3://bucket[/prefix/], an ARN with a ':' before its name for the
                      * bucket, or file:///directory/; taken as it is */
    GMainContext *context;
    StoreCounters *counters; /* a directory's listings are counted here; borrowed */
    gboolean links_lead_out; /* of a directory that is read: whether symbolic links may lead out of it */
    gboolean may_create;     /* of a directory that is missing: whether those above it are made too */
    guint file_mode;         /* of what is written into a directory; 0: FILE_DEFAULT_MODE */
    guint dir_mode;          /* of the folders made for that; 0: FILE_DEFAULT_DIR_MODE */
    const char *endpoint;    /* the rest is for buckets. NULL: AWS */
    const char *region;      /* NULL: AWS_DEFAULT_REGION */
    EndpointAddressing addressing;
    AwsHostOptions hosts;      /* AWS's own */
    CredentialsKeeper *keeper; /* borrowed */
    HttpClient *http;          /* borrowed, may serve several stores; has the CA file and counts by itself */
    guint attempts;            /* of each request; 0: RETRY_DEFAULT_ATTEMPTS */
    guint list_ranges; /* that are listed at once, where that pays; 0 or 1: one page after the other */
    S3Dialect dialect;
} StoreOptions;

/* Asks nothing of the network or disk. Class ERROR_CONFIG; ERROR_PERMANENT: a bucket without credentials. */
Store *store_open(const StoreOptions *options, GError **error);

/* After its listings. NULL is allowed. */
void store_close(Store *store);

/* "s3://photos/originals/": for messages. */
const char *store_url(const Store *store);
gboolean store_is_directory(const Store *store);

/* What all keys in the bucket, or all paths, begin with. */
const char *store_prefix(const Store *store);

/* Makes a directory that is missing, as far as StoreOptions.may_create allows: a worker can only be confined
 * to what is there. A failure is left to the first upload to tell. A bucket stays as it is. */
void store_make_directory(const Store *store);

/* For requests that are the supervisor's own. NULL: a directory. Borrowed. */
S3Client *store_client(const Store *store);

typedef struct {
    char *key;
    guint64 size_bytes;
    gint64 mtime_s;       /* Unix seconds, truncated: what a listing of S3 tells; of a file its
                           * DirectoryEntry.time_s */
    char *etag;           /* NULL: unknown, as for a file */
    gboolean is_archived; /* it cannot be read */
    guint32 mtime_ns;     /* of a file: what was cut off mtime_s; else 0 */
} StoreObject;

/* What tells one version of an object from another: its ETag, or a file's size and time. Owned by the caller.
 */
char *store_object_version(const StoreObject *object);

void store_object_free(StoreObject *object);

typedef enum {
    STORE_LIST_SOURCE,
    STORE_LIST_DESTINATION, /* a directory may be missing if it can be made (it is empty then); temporary
                             * files older than DIRECTORY_STALE_S are removed */
} StoreListMode;

/* One page: an array of StoreObject to take from or leave, in ascending byte order (of a directory, and of a
 * bucket without ranges, also over pages); may be empty. is_last: no more follow. On failure objects is NULL,
 * error is valid during the call, and nothing more follows, except for a bucket after a failure that may pass
 * (error_may_pass()): the same page can be asked for again. */
typedef void (*StoreListFunc)(GPtrArray *objects, gboolean is_last, const GError *error, void *data);

/* Lists all of the store. Nothing is read before store_listing_next(). */
StoreListing *store_list(Store *store, StoreListMode mode, StoreListFunc func, void *data);

/* What need not be listed of a directory. */
typedef struct {
    gboolean (*may_enter)(const char *folder, void *data); /* as of DirectoryWalkOptions; NULL: all */
    void *data;
    const Store *never_by_link; /* the same; not looked at if it is a bucket. May be NULL */
} StoreScope;

/* Lists all that is in scope; of a bucket, and for a scope of NULL, everything. */
StoreListing *store_list_scope(Store *store, StoreListMode mode, const StoreScope *scope, StoreListFunc func,
                               void *data);

/* Lists one object, as it is now: a page that has it, or is empty, and is the last. */
StoreListing *store_list_one(Store *store, const char *key, StoreListFunc func, void *data);

/* Asks for the next page: one callback follows from the main loop, never from here. Not while one is awaited,
 * nor after the last or a failure, except as above. */
void store_listing_next(StoreListing *listing);

/* Why a bucket is listed without the ranges that were wished for; once, then NULL. Owned by the caller. */
char *store_listing_take_problem(StoreListing *listing);

/* The parts of a directory that the pages so far have left out, once each: of DirectorySkip, owned by the
 * caller. Empty for a bucket. */
GPtrArray *store_listing_take_skips(StoreListing *listing);

/* The share that the pages so far are of the whole, 0 to 1; negative if that cannot be told, as of a bucket.
 */
double store_listing_share(const StoreListing *listing);

/* Ends it; no callback follows. May be called from the callback. NULL is allowed. */
void store_listing_free(StoreListing *listing);

/* Whether the store can hold key: neither empty nor over LIMIT_KEY_BYTES with the prefix; in a directory also
 * no empty, "." or ".." component, none over 255 bytes, and no name of our temporary files. Class
 * ERROR_INPUT, naming the key. */
gboolean store_key_is_representable(const Store *store, const char *key, GError **error);

/* After a reference of this store was refused with class ERROR_STALE: finds out what is wrong with what is
 * signed, if anything is, and sets it right for the next (s3_client_check()). */
void store_check(Store *store);

/* Whether there are credentials now to sign references with (s3_client_can_sign()); TRUE of a directory. */
gboolean store_can_sign(const Store *store);

/* How files are written into a directory. Not of a bucket. */
FilePlace store_file_place(const Store *store);

/* References for a worker, valid for expires_s (for ever, to a file): a presigned URL or a file: URL. The
 * headers (lines "Name: value"; NULL: none) must be handed to reference_put() exactly so. A URL is not valid
 * beyond the credentials of the moment. Class ERROR_INPUT as above; ERROR_UNAVAILABLE: there are no
 * credentials at the moment. Owned by the caller. */
char *store_get_reference(Store *store, const char *key, guint32 expires_s, GError **error);
char *store_put_reference(Store *store, const char *key, const char *const *headers, guint32 expires_s,
                          GError **error);

/* The other way to put an object of a bucket: its URL, and in *ret_headers all lines to send, headers among
 * them, that sign it together with its bytes, whose SHA-256 in hex is payload_hash. Servers accept it for
 * about 15 minutes. Errors as above; ERROR_INTERNAL for a directory, which has no such thing. Both are owned
 * by the caller. */
char *store_sign_put(Store *store, const char *key, const char *const *headers, const char *payload_hash,
                     GStrv *ret_headers, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreListing, store_listing_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreObject, store_object_free)

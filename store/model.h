/* The data of stores: options, objects, and what is called back with them. Used by the supervisor. */
#pragma once

#include <glib.h>

#include "s3/client.h"

typedef RequestCounters StoreCounters;

typedef struct Store Store;
typedef struct StoreListing StoreListing;
typedef struct StoreHeadRequest StoreHeadRequest;
typedef struct StoreDeleteRequest StoreDeleteRequest;

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

/* One block with its texts (store_object_new()). */
typedef struct {
    const char *key;
    guint64 size_bytes;
    gint64 mtime_s;       /* Unix seconds, truncated, as S3 lists it; for a file its DirectoryEntry.time_s */
    const char *etag;     /* NULL if unknown, as for a file */
    gboolean is_archived; /* it cannot be read before it is restored */
    guint32 mtime_ns;     /* for a file, the fraction truncated from mtime_s; else 0 */
} StoreObject;

/* A text that distinguishes versions of an object: its ETag, or a file's size and time. Owned by the
 * caller. */
char *store_object_version(const StoreObject *object);

/* An object with copies of these texts, and all else 0. etag may be NULL. */
StoreObject *store_object_new(const char *key, const char *etag);
StoreObject *store_object_copy(const StoreObject *object);

/* NULL is allowed. */
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

/* Limits a listing. All zero: everything. */
typedef struct {
    const char *prefix;    /* only keys that begin with this; may be NULL */
    const char *after;     /* only keys greater than this, which begins with prefix; may be NULL */
    guint max_ranges;      /* at most so many ranges of a bucket at once; 0: as configured, 1: in order */
    guint pages_per_range; /* as in S3SplitOptions */
    gboolean (*may_enter)(const char *folder,
                          void *data); /* this and the following are for a directory; as in
                                                            * DirectoryWalkOptions. NULL: all are entered */
    void *data;
    const Store *never_by_link; /* as in DirectoryWalkOptions; ignored if it is a bucket. May be NULL */
} StoreScope;

/* The range of the listing that a page is of. Keys ascend over the pages of one range, and together the
 * ranges have every key once. */
typedef struct {
    guint64 id;
    const char *after; /* all keys of the range are greater than this; may be NULL */
    const char
        *until;      /* and none is greater than this; may be NULL. What has not been listed of a range may be
                        * cut: then this becomes a smaller key, or again a greater one */
    gboolean is_end; /* the page is the last one of its range */
} StoreRange;

/* The answer to a HEAD request, which tells more than a listing. */
typedef struct {
    char *etag;         /* without quotes, or NULL; of a file its version (file_version()) */
    guint64 size_bytes; /* G_MAXUINT64 if unknown */
    char *version_id;   /* NULL if the bucket is not versioned */
    char *content_type; /* NULL if unknown, as of a file */
    GStrv metadata;     /* lines "x-amz-meta-name: value"; of a file its mark (store_mark()) */
} StoreHead;

/* NULL is allowed. */
void store_head_free(StoreHead *head);

/* Called exactly once, from the main loop; never after store_head_cancel(). The receiver owns head, which is
 * NULL on an error; error is valid during the call, of class ERROR_TRANSIENT, ERROR_PERMANENT or
 * ERROR_INTERNAL. The request has ended by then: do not cancel it any more. */
typedef void (*StoreHeadFunc)(StoreHead *head, const GError *error, void *data);

typedef enum {
    STORE_DELETED, /* or the object was missing */
    STORE_CHANGED, /* it is another version, and stays */
    STORE_DELETE_FAILED,
} StoreDeletion;

/* Called exactly once, from the main loop; never after store_delete_cancel(). error is set for
 * STORE_DELETE_FAILED: the classes of store_head(). */
typedef void (*StoreDeleteFunc)(StoreDeletion deletion, const GError *error, void *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreObject, store_object_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreHead, store_head_free)

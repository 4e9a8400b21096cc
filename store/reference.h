/* Reads or writes the one object that a URL made by store/store.h grants access to, over HTTP or in a
 * directory. Used by the workers; needs no credentials. Single-threaded, on one GMainContext; work on files
 * is done in the main loop and blocks it.
 *
 * Writing a file is atomic: complete or absent, whatever dies and when. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "s3/http/http.h"

typedef struct ReferenceIo ReferenceIo;
typedef struct ReferenceOperation ReferenceOperation;

/* Called exactly once from the main loop, never from within the function that starts the operation, and never
 * after reference_cancel(). error is NULL on success, else valid during the call: ERROR_UNAVAILABLE,
 * ERROR_UNSENT, ERROR_FULL, ERROR_TRANSIENT, ERROR_PERMANENT, ERROR_INPUT (not a regular file), ERROR_LIMIT
 * or ERROR_INTERNAL. The operation is freed before the call. */
typedef void (*ReferenceFunc)(const GError *error, void *data);

/* http (borrowed) handles http: and https: URLs and counts its own requests; NULL if only files are used.
 * counters (borrowed) counts operations on files. attempts: per HTTP request; 0: RETRY_DEFAULT_ATTEMPTS. */
ReferenceIo *reference_io_new(GMainContext *context, HttpClient *http, RequestCounters *counters,
                              guint attempts);

/* Call it after the operations are done. NULL is allowed. */
void reference_io_free(ReferenceIo *io);

typedef struct {
    const char *reference;     /* copied */
    Blob *into;                /* empty, not sealed; a reference is kept; content undefined after a failure */
    guint64 max_bytes;         /* ERROR_LIMIT above that */
    gint64 expected_bytes;     /* as listed, or -1 for any. ERROR_TRANSIENT if the size differs: the object
                                * has changed */
    const char *expected_etag; /* as listed, or NULL for any; copied; ignored for files. ERROR_TRANSIENT if it
                                * differs */
    char **ret_version; /* where to store the version that was read, for reference_check(), or NULL. Set on
                         * success, to NULL if the version is unknown; owned by the caller */
} ReferenceGet;

/* Downloads an object, which may be empty. */
ReferenceOperation *reference_get(ReferenceIo *io, const ReferenceGet *get, ReferenceFunc func, void *data);

/* Checks that the object of this URL still has this version. Also succeeds if the object no longer exists;
 * ERROR_TRANSIENT if it has another version. Both strings are copied. */
ReferenceOperation *reference_check(ReferenceIo *io, const char *reference, const char *version,
                                    ReferenceFunc func, void *data);

typedef struct {
    const char *reference;      /* copied */
    const char *const *headers; /* lines "Name: value" as given to store_put_reference(); copied */
    const char *content_type;   /* not part of the signature, as it is only known after rendering; copied */
    const void *data;           /* borrowed until the callback or the cancellation */
    gsize size_bytes;
    const guint8 *md5;     /* as in s3/transfer.h; not needed for a file */
    gboolean ignore_etag;  /* ignore the answer's ETag, as in s3/transfer.h; files have none */
    gboolean *ret_existed; /* as in s3/transfer.h: an existing object is kept; a file is replaced
                            * regardless */
} ReferencePut;

/* Whether an upload to this URL needs the MD5 of the data. If it is not given, it is computed in one go. */
gboolean reference_takes_md5(const char *reference);

/* Uploads an object. Makes missing directories. */
ReferenceOperation *reference_put(ReferenceIo *io, const ReferencePut *put, ReferenceFunc func, void *data);

/* Cancels without a callback. The target is absent or complete. NULL is allowed. */
void reference_cancel(ReferenceOperation *operation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReferenceIo, reference_io_free)

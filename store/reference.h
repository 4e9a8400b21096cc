/* What a worker does with a reference (store/store.h): reads or writes the one object that it stands for,
 * over HTTP or in a directory. Needs no credentials. Single-threaded, on one GMainContext; work on files is
 * done in the main loop and blocks it.
 *
 * Writing a file is atomic: complete or absent, whatever dies and when. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "s3/http/http.h"

typedef struct ReferenceIo ReferenceIo;
typedef struct ReferenceOperation ReferenceOperation;

/* Called exactly once from the main loop, never from the function that starts; not at all after
 * reference_cancel(). error is NULL on success, else valid during the call: ERROR_UNAVAILABLE, ERROR_UNSENT,
 * ERROR_FULL, ERROR_TRANSIENT, ERROR_PERMANENT, ERROR_INPUT (not a regular file), ERROR_LIMIT or
 * ERROR_INTERNAL. The operation is gone by then. */
typedef void (*ReferenceFunc)(const GError *error, void *data);

/* http (borrowed) carries http: and https: references and counts for itself; NULL: only files. counters
 * (borrowed) counts files. attempts of each HTTP request; 0: RETRY_DEFAULT_ATTEMPTS. */
ReferenceIo *reference_io_new(GMainContext *context, HttpClient *http, RequestCounters *counters,
                              guint attempts);

/* After its operations. NULL is allowed. */
void reference_io_free(ReferenceIo *io);

typedef struct {
    const char *reference;     /* copied */
    Blob *into;                /* empty, not sealed; a reference is kept; undefined after a failure */
    guint64 max_bytes;         /* ERROR_LIMIT beyond */
    gint64 expected_bytes;     /* as listed; -1: any. Otherwise: ERROR_TRANSIENT, it has changed */
    const char *expected_etag; /* the same; NULL: any. Copied; not looked at for files */
    char **ret_version; /* of what was read, for reference_check(); NULL: it cannot be told. The caller's; set
                           on success; NULL: not wanted */
} ReferenceGet;

/* Empty objects succeed. */
ReferenceOperation *reference_get(ReferenceIo *io, const ReferenceGet *get, ReferenceFunc func, void *data);

/* Whether the object that was read by this reference is still that version. Success also if there is none any
 * more; ERROR_TRANSIENT if there is another. Both are copied. */
ReferenceOperation *reference_check(ReferenceIo *io, const char *reference, const char *version,
                                    ReferenceFunc func, void *data);

typedef struct {
    const char *reference;      /* copied */
    const char *const *headers; /* lines "Name: value" as given to store_put_reference(); copied */
    const char *content_type; /* no part of the reference: it is known only when there is an output; copied */
    const void *data;         /* borrowed until the callback or the cancellation */
    gsize size_bytes;
    const guint8 *md5;     /* as in s3/transfer.h; a file needs none */
    gboolean ignore_etag;  /* of the answer, as in s3/transfer.h; a file has none */
    gboolean *ret_existed; /* the same: whether what is there stays; a file is replaced */
} ReferencePut;

/* Whether putting to this reference takes the MD5 of the data, which is computed in one go if it is not
 * given.
 */
gboolean reference_takes_md5(const char *reference);

/* Missing directories are made. */
ReferenceOperation *reference_put(ReferenceIo *io, const ReferencePut *put, ReferenceFunc func, void *data);

/* No callback follows. What was written stays absent or complete. NULL is allowed. */
void reference_cancel(ReferenceOperation *operation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReferenceIo, reference_io_free)

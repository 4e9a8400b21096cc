/* Transfers one object's bytes by a presigned URL: GET into a blob, PUT from memory, with retries. Used by
 * the workers, as it needs no credentials. Runs on the HttpClient's GMainContext.
 *
 * A GET that breaks off is resumed (Range, with If-Match), if the server gave the object a strong ETag.
 *
 * Errors name operation, host and path, status, S3 code and message, never the URL's query, which is a secret
 * while it is valid. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "s3/http/http.h"

typedef struct Transfer Transfer;

/* Called exactly once from the main loop, not at all after transfer_cancel(). error is NULL on success, else
 * valid during the call:
 * - ERROR_UNAVAILABLE: retries are used up, or the breaker has opened.
 * - ERROR_UNSENT: the breaker was open.
 * - ERROR_TRANSIENT: retries are used up, but the server responds; or the object has changed since it was
 *   listed.
 * - ERROR_STALE: another URL may succeed. This one, its credentials or its time are no longer accepted, or
 *   the bucket is elsewhere.
 * - ERROR_LIMIT: the object is larger than max_bytes.
 * - ERROR_FULL, ERROR_PERMANENT or ERROR_INTERNAL.
 * The transfer is already freed. */
typedef void (*TransferFunc)(const GError *error, void *data);

typedef struct {
    const char *url;   /* copied */
    Blob *into;        /* empty, not sealed; a reference is kept; holds part of the object after a failure */
    guint64 max_bytes; /* a larger object is ERROR_LIMIT, before any byte is fetched if the server gives its
                        * size */
    gint64 expected_bytes;     /* or -1 for any; an object of another size has changed since it was listed */
    const char *expected_etag; /* with or without quotes; copied; or NULL for any */
    char **ret_etag; /* set on success only, never read: the bare ETag of the bytes that were read, owned by
                      * the caller, or NULL if the server gives none. The pointer itself may be NULL. */
    guint attempts;  /* including the first, or 0 for RETRY_DEFAULT_ATTEMPTS */
} TransferGet;

typedef struct {
    const char *url;  /* for a GET; copied */
    const char *etag; /* the expected one, bare; copied */
    guint attempts;
} TransferCheck;

typedef struct {
    const char *url;            /* copied */
    const char *const *headers; /* lines "Name: value", including the signed ones; copied */
    const char *content_type;   /* not signed, which S3 accepts; copied; may be NULL */
    const void *data;           /* borrowed until the callback or the cancellation */
    gsize size_bytes;
    const guint8 *md5; /* of data, DIGEST_MD5_BYTES, if the caller knows it; copied. NULL: it is computed */
    gboolean ignore_etag;  /* do not compare the response's ETag. It must otherwise be the MD5 of data, unless
                            * it cannot be an MD5 */
    gboolean *ret_existed; /* or NULL to replace an existing object. Otherwise an existing object is kept,
                            * which is a success, and TRUE is stored here (after a lost response the object
                            * may be our own); borrowed as long as data */
    guint attempts;
} TransferPut;

/* Fetches an object. Empty objects succeed. */
Transfer *transfer_get(HttpClient *client, const TransferGet *get, TransferFunc func, void *data);

/* Checks whether the object still has this ETag, by a conditional GET (RFC 9110, 13.1.2) for one byte at
 * most. Succeeds if it has, or if the object no longer exists; ERROR_TRANSIENT if there is another one. */
Transfer *transfer_check(HttpClient *client, const TransferCheck *check, TransferFunc func, void *data);

/* Uploads an object. Adds Content-MD5, so that the server refuses bytes damaged in transit. The ETag of the
 * response is compared too, unless the object is encrypted in a way whose ETags are no MD5: after a mismatch
 * the bytes are uploaded again, and in the end the upload fails with ERROR_PERMANENT. */
Transfer *transfer_put(HttpClient *client, const TransferPut *put, TransferFunc func, void *data);

/* Cancels the transfer. It may be NULL. */
void transfer_cancel(Transfer *transfer);

/* One object's bytes by a presigned URL: GET into a blob, PUT from memory, with retries. For the workers:
 * needs no credentials. Runs on the HttpClient's GMainContext.
 *
 * A GET that breaks off goes on where it was (Range, with If-Match), if the server gave the object a strong
 * ETag.
 *
 * Errors name operation, host and path, status, S3 code and message, never the URL's query, which is a secret
 * while it is valid. */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "s3/http/http.h"

typedef struct Transfer Transfer;

/* Called exactly once from the main loop, not at all after transfer_cancel(). error is NULL on success, else
 * valid during the call: ERROR_UNAVAILABLE (retries are used up, or the breaker has opened), ERROR_UNSENT (it
 * was open), ERROR_TRANSIENT (the same, but the server answers; or the object has changed since it was
 * listed), ERROR_FULL, ERROR_STALE (another URL may do: this one, its keys or its time are no longer
 * accepted, or the bucket is elsewhere), ERROR_PERMANENT, ERROR_LIMIT (larger than max_bytes) or
 * ERROR_INTERNAL. The transfer is gone by then. */
typedef void (*TransferFunc)(const GError *error, void *data);

typedef struct {
    const char *url;   /* copied */
    Blob *into;        /* empty, not sealed; a reference is kept; holds part of the object after a failure */
    guint64 max_bytes; /* ERROR_LIMIT beyond, before any byte is fetched if the server tells the size */
    gint64 expected_bytes;     /* -1: any; otherwise the object has changed if it has another size */
    const char *expected_etag; /* NULL: any; with or without quotes; copied */
    char **ret_etag; /* of what was read, bare; NULL if the server does not tell it; the caller's; set
                        on success, and not looked at before; NULL: not wanted */
    guint attempts;  /* the first included; 0: RETRY_DEFAULT_ATTEMPTS */
} TransferGet;

typedef struct {
    const char *url;  /* of a GET; copied */
    const char *etag; /* that it told, bare; copied */
    guint attempts;
} TransferCheck;

typedef struct {
    const char *url;            /* copied */
    const char *const *headers; /* lines "Name: value", those that were signed among them; copied */
    const char *content_type;   /* one that was not signed, which S3 takes as it comes; NULL: none; copied */
    const void *data;           /* borrowed until the callback or the cancellation */
    gsize size_bytes;
    const guint8
        *md5; /* of data, DIGEST_MD5_BYTES, where the caller knows it; NULL: it is computed. Copied */
    gboolean ignore_etag;  /* that of the answer, which otherwise must be the MD5 of what was sent, if it may
                              be one at all */
    gboolean *ret_existed; /* NULL: what is there is replaced. Else it stays, which is a success with TRUE in
                              here (after a lost answer it may be ours); borrowed as data is */
    guint attempts;
} TransferPut;

/* Empty objects succeed. */
Transfer *transfer_get(HttpClient *client, const TransferGet *get, TransferFunc func, void *data);

/* Whether the object is still the one that has this ETag: a conditional GET (RFC 9110, 13.1.2) that asks for
 * no more than a byte. Success if it is, and if there is none any more; ERROR_TRANSIENT if there is another.
 */
Transfer *transfer_check(HttpClient *client, const TransferCheck *check, TransferFunc func, void *data);

/* Adds Content-MD5, so that the server refuses what was damaged on the way. What it says that it has stored
 * is compared too, unless that is encrypted in a way by which an ETag is no MD5: what differs is sent again,
 * and in the end ERROR_PERMANENT. */
Transfer *transfer_put(HttpClient *client, const TransferPut *put, TransferFunc func, void *data);

/* NULL is allowed. */
void transfer_cancel(Transfer *transfer);

/* A request to a bucket that the supervisor makes itself: signed, with the client's retries. It is sent again
 * when its credentials have expired, or when the client has learnt the bucket's region or the server's time.
 * Single-threaded. */
#pragma once

#include <glib.h>

#include "s3/client.h"

/* Called exactly once, from the main loop; not at all after s3_call_cancel(). error is NULL after a 2xx
 * response that was accepted. Otherwise it is ERROR_UNAVAILABLE or ERROR_TRANSIENT (retries are used up, or
 * the breaker has opened), ERROR_UNSENT (the breaker was open), ERROR_FULL, ERROR_PERMANENT (refused) or
 * ERROR_INTERNAL. response is the last response, or NULL if none came because there were no credentials. Both
 * are valid during the call; the S3Call is already freed. */
typedef struct S3Call S3Call;

typedef void (*S3CallDone)(const HttpResponse *response, const GError *error, void *user);

typedef struct {
    HttpKind kind;
    const char *key;        /* "" for the bucket itself; copied */
    const Sigv4Pair *query; /* not encoded; query, headers and body are borrowed until the call is done */
    gsize query_count;
    const char *const *headers; /* lines "Name: value", all signed; may be NULL */
    const void *body;
    gsize body_bytes;
    guint attempts;            /* or 0 for the client's number */
    HttpSink sink;             /* or NULL to drop the body of a 2xx response */
    void (*begin)(void *user); /* an attempt starts: discard what the sink received before; may be NULL */
    /* Checks a 2xx response, or a failure of the sink. Returns FALSE to reject it, with *error and the
     * verdict that decides on a retry. NULL accepts all responses. */
    gboolean (*accept)(const HttpResponse *response, void *user, RetryVerdict *ret_verdict, GError **error);
    S3CallDone done;
    void *user; /* passed to all four callbacks */
} S3CallOptions;

/* Starts a request. done is called from the main loop, never from here. */
S3Call *s3_call_start(S3Client *client, const S3CallOptions *options);

/* Cancels the request. call may be NULL. */
void s3_call_cancel(S3Call *call);

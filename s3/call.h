/* A request to a bucket that the supervisor makes itself: signed, with the client's retries, and asked again
 * when credentials have expired or the client has learnt region or time. Single-threaded. */
#pragma once

#include <glib.h>

#include "s3/client.h"

/* Called exactly once, from the main loop; not at all after s3_call_cancel(). error is NULL after a 2xx that
 * was accepted; else ERROR_UNAVAILABLE or ERROR_TRANSIENT (retries are used up, or the breaker has opened),
 * ERROR_UNSENT (it was open), ERROR_FULL, ERROR_PERMANENT (refused) or ERROR_INTERNAL. response is the last,
 * NULL if there was none for want of credentials. Both are valid during the call; the call is gone by then.
 */
typedef struct S3Call S3Call;

typedef void (*S3CallDone)(const HttpResponse *response, const GError *error, void *user);

typedef struct {
    HttpKind kind;
    const char *key;        /* "": the bucket itself; copied */
    const Sigv4Pair *query; /* not encoded; borrowed until it is done, as are the next two */
    gsize query_count;
    const char *const *headers; /* lines "Name: value", all signed; NULL: none */
    const void *body;
    gsize body_bytes;
    guint attempts;            /* 0: the client's */
    HttpSink sink;             /* NULL: a 2xx body is dropped */
    void (*begin)(void *user); /* an attempt starts: what the sink took before is void; or NULL */
    /* Looks at a 2xx, or at what the sink failed with; NULL: all are good. FALSE: it is none, with *error and
     * what is to follow from it. */
    gboolean (*accept)(const HttpResponse *response, void *user, RetryVerdict *ret_verdict, GError **error);
    S3CallDone done;
    void *user; /* of all four */
} S3CallOptions;

/* done comes from the main loop, never from here. */
S3Call *s3_call_start(S3Client *client, const S3CallOptions *options);

/* NULL is allowed. */
void s3_call_cancel(S3Call *call);

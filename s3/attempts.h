/* Counts the attempts of one request and waits between them, as s3/http/retry.h says. Used by the supervisor
 * and the workers; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/http/breaker.h"
#include "s3/http/http.h"
#include "s3/http/retry.h"

typedef struct Attempts Attempts;

typedef struct {
    guint max;                   /* or 0 for RETRY_DEFAULT_ATTEMPTS */
    void (*start)(void *data);   /* sends one attempt */
    Breaker *breaker;            /* the server's, borrowed */
    BreakerSide side;            /* which requests of the breaker this one counts among */
    void (*refused)(void *data); /* called from the main loop if the breaker is open; no attempt follows */
    void *data;
} AttemptsOptions;

/* Copies options. Borrows client, whose retry quota and pace are used. */
Attempts *attempts_new(HttpClient *client, const AttemptsOptions *options);
void attempts_free(Attempts *attempts);

/* Starts the first attempt: at once, or from the main loop if the server has asked for fewer requests or the
 * breaker is open. */
void attempts_begin(Attempts *attempts);

/* Why the latest attempt is a retry; RETRY_NONE during the first attempt. */
RetryReason attempts_reason(const Attempts *attempts);

/* Whether the next attempt should avoid kept connections: the last attempt failed, and some servers fail on
 * one connection only. */
gboolean attempts_want_fresh_connection(const Attempts *attempts);

/* Called after a failure; error has its text. Returns TRUE if another attempt follows, from the main loop.
 * Returns FALSE if the failure is not retryable, the attempts or the client's retry quota are used up, or the
 * breaker is open. */
gboolean attempts_retry(Attempts *attempts, const RetryVerdict *verdict, const HttpResponse *response,
                        const GError *error);

/* Called when the request has succeeded. */
void attempts_succeed(Attempts *attempts);

/* Classifies a response that is not a success (status 2xx), as a verdict and as an error: "GET
 * http://host/path: 403 AccessDenied: text". The URL's query is left out. If the bucket is in another region,
 * the verdict is RETRY_REGION, not retryable, and *ret_region is the region's name as the server gave it,
 * owned by the caller. ret_region may be NULL. */
RetryVerdict attempts_judge(const HttpResponse *response, HttpKind kind, const char *url, char **ret_region,
                            GError **error);

/* The error of a request that was refused before its first attempt: ERROR_UNSENT. Owned by the caller. */
GError *attempts_refusal(const Attempts *attempts, HttpKind kind, const char *url);

/* "GET http://host/path", without the query. Owned by the caller. */
char *attempts_describe(HttpKind kind, const char *url);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Attempts, attempts_free)

/* The attempts of one request: counts them, and waits between them as s3/http/retry.h says. Used on both
 * sides; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/http/breaker.h"
#include "s3/http/http.h"
#include "s3/http/retry.h"

typedef struct Attempts Attempts;

typedef struct {
    guint max;                   /* 0 is RETRY_DEFAULT_ATTEMPTS */
    void (*start)(void *data);   /* an attempt is due */
    Breaker *breaker;            /* of the server, borrowed */
    BreakerSide side;            /* of the request */
    void (*refused)(void *data); /* from the main loop: the breaker is open, and no attempt follows */
    void *data;
} AttemptsOptions;

/* Copies options. Borrows client, whose quota of retries and whose pace it uses. */
Attempts *attempts_new(HttpClient *client, const AttemptsOptions *options);
void attempts_free(Attempts *attempts);

/* The first: starts it at once, or from the main loop if the server has asked for fewer requests or the
 * breaker is open. */
void attempts_begin(Attempts *attempts);

/* Why there is another attempt than the first; RETRY_NONE: it is the first that runs. */
RetryReason attempts_reason(const Attempts *attempts);

/* Whether the next attempt should avoid kept connections: the last failed, and some servers answer so only on
 * the one connection. */
gboolean attempts_want_fresh_connection(const Attempts *attempts);

/* After a failure, whose text is error's: TRUE if another attempt follows, from the main loop; FALSE if it is
 * not worth it, there were enough, the client has retried too much, or the breaker is open. */
gboolean attempts_retry(Attempts *attempts, const RetryVerdict *verdict, const HttpResponse *response,
                        const GError *error);

/* The request succeeded. */
void attempts_succeed(Attempts *attempts);

/* What kind of failure an answer without success (status 2xx) is, as verdict and as an error: "GET
 * http://host/path: 403 AccessDenied: text". The URL's query is left out. If the bucket is in another region
 * the verdict is RETRY_REGION, not retryable, and *ret_region (which may be NULL otherwise) the region's
 * name, as the server says it; owned by the caller. */
RetryVerdict attempts_judge(const HttpResponse *response, HttpKind kind, const char *url, char **ret_region,
                            GError **error);

/* The error of a request that was refused before its first attempt: ERROR_UNSENT. Owned by the caller. */
GError *attempts_refusal(const Attempts *attempts, HttpKind kind, const char *url);

/* "GET http://host/path", without the query. Owned by the caller. */
char *attempts_describe(HttpKind kind, const char *url);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Attempts, attempts_free)

/* The attempts of one request: counts them, and waits between them as s3/retry.h says. Used on both sides;
 * single-threaded. */
#pragma once

#include <glib.h>

#include "s3/http.h"
#include "s3/retry.h"

typedef struct Attempts Attempts;

/* Calls start(data) when an attempt is due. Borrows client, whose quota of retries and whose pace it uses.
 * max: 0 is RETRY_DEFAULT_ATTEMPTS. */
Attempts *attempts_new(HttpClient *client, guint max, void (*start)(void *data), void *data);
void attempts_free(Attempts *attempts);

/* The first: starts it at once, or from the main loop if the server has asked for fewer requests. */
void attempts_begin(Attempts *attempts);

/* Why there is another attempt than the first; RETRY_NONE: it is the first that runs. */
RetryReason attempts_reason(const Attempts *attempts);

/* Whether the next attempt should avoid kept connections: the last failed, and some servers answer so only on
 * the one connection. */
gboolean attempts_want_fresh_connection(const Attempts *attempts);

/* After a failure: TRUE if another attempt follows, from the main loop; FALSE if it is not worth it, there
 * were enough, or the client has retried too much. */
gboolean attempts_retry(Attempts *attempts, const RetryVerdict *verdict, const HttpResponse *response);

/* The request succeeded. */
void attempts_succeed(Attempts *attempts);

/* What kind of failure an answer without success (status 2xx) is, as verdict and as an error: "GET
 * http://host/path: 403 AccessDenied: text". The URL's query is left out. If the bucket is in another region
 * the verdict is RETRY_REGION, not retryable, and *ret_region (which may be NULL otherwise) the region's
 * name, as the server says it; owned by the caller. */
RetryVerdict attempts_judge(const HttpResponse *response, HttpKind kind, const char *url, char **ret_region,
                            GError **error);

/* "GET http://host/path", without the query. Owned by the caller. */
char *attempts_describe(HttpKind kind, const char *url);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Attempts, attempts_free)

/* The attempts of one request: counts them, and waits between them as s3/retry.h says. Used on both sides;
 * single-threaded. */
#pragma once

#include <glib.h>

#include "s3/http.h"
#include "s3/retry.h"

typedef struct Attempts Attempts;

/* Calls start(data) from the main loop when an attempt is due. max: 0 is RETRY_DEFAULT_ATTEMPTS. */
Attempts *attempts_new(GMainContext *context, guint max, void (*start)(void *data), void *data);
void attempts_free(Attempts *attempts);

/* The number of the attempt that runs, from 1. */
guint attempts_number(const Attempts *attempts);

/* Whether the next attempt should avoid kept connections: the last failed, and some servers answer so only on
 * the one connection. */
gboolean attempts_want_fresh_connection(const Attempts *attempts);

/* After a failure: TRUE if another attempt is now due; FALSE if it is not worth it, or there were enough. */
gboolean attempts_retry(Attempts *attempts, const RetryVerdict *verdict, const HttpResponse *response);

/* What kind of failure an answer without success (status 2xx) is, as verdict and as an error: "GET
 * http://host/path: 403 AccessDenied: text". The URL's query is left out. */
RetryVerdict attempts_judge(const HttpResponse *response, HttpKind kind, const char *url, GError **error);

/* "GET http://host/path", without the query. Owned by the caller. */
char *attempts_describe(HttpKind kind, const char *url);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Attempts, attempts_free)

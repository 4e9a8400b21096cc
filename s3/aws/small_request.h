/* A request to a local service for a small response, usually a secret. The response is kept whole in memory
 * that is wiped; the time limit is short and the attempts are few. Used to fetch credentials. Supervisor
 * only.
 *
 * Errors name the URL and the status, and the server's message in AWS's XML. */
#pragma once

#include <glib.h>

#include "s3/http/http.h"

/* Limit of a response: real ones are below 4 KiB. */
#define SMALL_REQUEST_MAX_BYTES (64u << 10)

typedef struct SmallRequest SmallRequest;

typedef struct {
    HttpKind kind;
    const char *url;
    const char *const *headers; /* lines "Name: value"; may be NULL */
    const char *body;           /* of a POST, wiped after use; may be NULL */
    guint timeout_ms;           /* of each attempt */
    guint attempts;             /* at least 1; a second apart, while the failure is retryable */
} SmallRequestOptions;

/* body is that of a 2xx response, NUL-terminated, or NULL if there is an error: ERROR_TRANSIENT if no
 * complete response came or the server failed, else ERROR_PERMANENT. status is 0 if no response came. All are
 * valid during the call; the request is already freed. */
typedef void (*SmallRequestDone)(const char *body, long status, const GError *error, void *user);

/* Copies options. done is called from the main loop, never from here. */
SmallRequest *small_request_start(HttpClient *http, const SmallRequestOptions *options, SmallRequestDone done,
                                  void *user);

/* request may be NULL. */
void small_request_cancel(SmallRequest *request);

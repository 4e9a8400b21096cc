/* A request for a small answer, most likely a secret, from a service beside us: whole in memory that is
 * wiped, with a short time limit and few attempts. What credentials are fetched with. Supervisor only.
 *
 * Errors name the URL and the status, and what the server says of it in AWS's XML. */
#pragma once

#include <glib.h>

#include "s3/http/http.h"

/* Of an answer: real ones are below 4 KiB. */
#define SMALL_REQUEST_MAX_BYTES (64u << 10)

typedef struct SmallRequest SmallRequest;

typedef struct {
    HttpKind kind;
    const char *url;
    const char *const *headers; /* lines, NULL: none */
    const char *body;           /* of a POST, wiped after use; NULL: none */
    guint timeout_ms;           /* of each attempt */
    guint attempts;             /* 1 or more, a second apart, while it is worth it */
} SmallRequestOptions;

/* body of a 2xx, NUL-terminated; or NULL and an error: ERROR_TRANSIENT if no whole answer came or the server
 * is to blame, else ERROR_PERMANENT. status 0: none came. All are valid during the call; the request is gone
 * by then. */
typedef void (*SmallRequestDone)(const char *body, long status, const GError *error, void *user);

/* Copies options. done comes from the main loop, never from here. */
SmallRequest *small_request_start(HttpClient *http, const SmallRequestOptions *options, SmallRequestDone done,
                                  void *user);

/* NULL is allowed. */
void small_request_cancel(SmallRequest *request);

/* Explains one object (`thumbmill plan --explain`): a worker fetches it and an imager inspects it. Used by
 * the supervisor, which passes the answer on without reading it and never sees the object. */
#pragma once

#include <glib.h>

#include "concurrent/call.h"
#include "config/model.h"
#include "daemon/access/store_credentials.h"
#include "s3/http/http_proxies.h"

typedef struct Explain Explain;

typedef struct {
    const Config *config;         /* borrowed during explain_new() */
    const HttpProxies *proxies;   /* borrowed during explain_new() */
    const StoreCredentials *keys; /* must outlive the Explain */
    const char *key;              /* relative to source.url */
} ExplainOptions;

/* Starts, and ends the call with EXPLAIN_RESULT_TYPE of messages.h when done. NULL if it cannot start, with
 * class ERROR_CONFIG, ERROR_PERMANENT or ERROR_INPUT; the caller then keeps the call. */
Explain *explain_new(const ExplainOptions *options, Call *call, GMainContext *context, GError **error);

/* Kills a worker that still runs. Not from within the call's end. NULL is allowed. */
void explain_free(Explain *explain);

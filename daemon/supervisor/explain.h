/* Explaining one object (`thumbmill plan --explain`): has a worker fetch it and an imager look at it. Used by
 * the supervisor, which looks into neither the object nor the answer. */
#pragma once

#include <glib.h>

#include "concurrent/call.h"
#include "config/model.h"
#include "daemon/access/store_credentials.h"
#include "s3/http/http_proxies.h"

typedef struct Explain Explain;

typedef struct {
    const Config *config;         /* borrowed during the call, as are the others */
    const HttpProxies *proxies;   /* borrowed during explain_new() */
    const StoreCredentials *keys; /* must outlive the Explain */
    const char *key;              /* relative to source.url */
} ExplainOptions;

/* Begins, and ends the call when done, with EXPLAIN_RESULT_TYPE of messages.h. NULL if it cannot begin, with
 * class ERROR_CONFIG, ERROR_PERMANENT or ERROR_INPUT: then the call is still the caller's. */
Explain *explain_new(const ExplainOptions *options, Call *call, GMainContext *context, GError **error);

/* Kills what still runs. Not from within the call's end. NULL is allowed. */
void explain_free(Explain *explain);

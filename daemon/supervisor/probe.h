/* Whether the stores answer: asks each for its first page, and leaves it at that. Used by the supervisor. */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "daemon/access/store_credentials.h"
#include "s3/http/http_proxies.h"

typedef struct Probe Probe;

typedef struct {
    const Config *config; /* borrowed, as are the others, until it ends */
    const HttpProxies *proxies;
    const StoreCredentials *keys;
    /* Once. error NULL: both answer; valid during the call. */
    void (*on_done)(const GError *error, void *data);
    void *data;
} ProbeOptions;

/* Begins. NULL with class ERROR_CONFIG or ERROR_PERMANENT if stores are unusable from the start. */
Probe *probe_new(const ProbeOptions *options, GMainContext *context, GError **error);

/* Not from within on_done. NULL is allowed. */
void probe_free(Probe *probe);

/* Checks that the stores answer: requests the first page of each listing, and no more. Used by the
 * supervisor. */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "daemon/access/store_credentials.h"
#include "s3/http/http_proxies.h"

typedef struct Probe Probe;

typedef struct {
    const Config *config; /* borrowed until the end, as are the others */
    const HttpProxies *proxies;
    const StoreCredentials *keys;
    /* Called once. error is NULL if both stores answer; valid during the call. */
    void (*on_done)(const GError *error, void *data);
    void *data;
} ProbeOptions;

/* Starts. NULL with class ERROR_CONFIG or ERROR_PERMANENT if the stores are unusable from the start. */
Probe *probe_new(const ProbeOptions *options, GMainContext *context, GError **error);

/* Not from within on_done. NULL is allowed. */
void probe_free(Probe *probe);

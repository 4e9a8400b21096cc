/* Source and destination of a configuration, opened, with their HTTP clients and counters. Used by the
 * supervisor. Single-threaded, on one GMainContext. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"
#include "daemon/access/store_credentials.h"
#include "store/store.h"

/* Lifetime of signed URLs, in seconds. They are signed when a task is handed to a worker, and outlive it by
 * far. */
#define STORES_REFERENCE_S 3600u

typedef struct {
    RequestCounters counters; /* this process's own requests: listings, HEAD requests, checks */
    HttpClient *source_http;
    HttpClient *destination_http; /* the same client if both have the same ca_file */
    Store *source;
    Store *destination;
} Stores;

/* credentials must outlive the stores; proxies is copied. Sends no request to a store. Class ERROR_CONFIG if the
 * stores are unusable. */
Stores *stores_open(const Config *config, const StoreCredentials *credentials, const HttpProxies *proxies,
                    GMainContext *context, GError **error);

/* Adds the requests that this process made itself to the report. Call it once. */
void stores_count(const Stores *stores, RunReport *report);

/* Call it after the listings are freed. NULL is allowed. */
void stores_close(Stores *stores);

/* Source and destination of a configuration, opened: what a pass over them needs of the network and of
 * credentials. Used by the supervisor. Single-threaded, on one GMainContext. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"
#include "daemon/access/store_credentials.h"
#include "store/store.h"

/* References outlive a task by far; they are made when it is handed to a worker. */
#define STORES_REFERENCE_S 3600u

typedef struct {
    RequestCounters counters; /* this process's own: listings */
    HttpClient *source_http;
    HttpClient *destination_http; /* the same one if both trust the same CA */
    Store *source;
    Store *destination;
} Stores;

/* keys must outlive the stores; proxies is copied. Asks nothing of a store yet. Class ERROR_CONFIG if stores
 * are unusable. */
Stores *stores_open(const Config *config, const StoreCredentials *keys, const HttpProxies *proxies,
                    GMainContext *context, GError **error);

/* Adds the requests that this process made itself to the report's. Once. */
void stores_count(const Stores *stores, RunReport *report);

/* After their listings. NULL is allowed. */
void stores_close(Stores *stores);

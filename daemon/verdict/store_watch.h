/* Watches both stores during a pass: takes note of successes and failures, decides whether work may go on
 * (daemon/flow/outage.h), sends the store a request when that is unclear, and logs once that a store is away
 * and once that it is back. Used by the supervisor's pass and dispatcher; single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/flow/outage.h"
#include "store/store.h"

typedef struct StoreWatch StoreWatch;

typedef struct {
    Store *source; /* borrowed, as is destination */
    Store *destination;
    gint64 limit_ms; /* how long to wait for a store that is away */
    /* The values of the other functions may have changed. Called from the main loop, never from within one of
     * these functions. */
    void (*on_change)(void *data);
    void *data;
} StoreWatchOptions;

StoreWatch *store_watch_new(const StoreWatchOptions *options, GMainContext *context);

/* NULL is allowed. */
void store_watch_free(StoreWatch *watch);

/* Whether the class of this failure counts here: the store may be to blame. */
gboolean store_watch_cares(const GError *error);

/* The store of this kind answered a request that began at begun_us (clock_now_us()). */
void store_watch_succeeded(StoreWatch *watch, OutageKind kind, gint64 begun_us);

/* The object with this key has just been read. */
void store_watch_remember(StoreWatch *watch, const char *key);

/* A request failed after its retries, with an error that store_watch_cares() about. */
void store_watch_failed(StoreWatch *watch, OutageKind kind, const Store *store, const GError *error);

/* See outage_suspect(). */
void store_watch_suspect(StoreWatch *watch);

/* See outage.h. */
OutageLeave store_watch_leave(const StoreWatch *watch, gboolean is_listing);
void store_watch_begin_probe(StoreWatch *watch);
void store_watch_end_probe(StoreWatch *watch); /* probe of an object: the probe of a listing always ends with
                                                * a success or a failure */
gboolean store_watch_is_probing(const StoreWatch *watch);
gboolean store_watch_blames(const StoreWatch *watch, OutageKind kind);
gboolean store_watch_is_away(const StoreWatch *watch);

/* The URL of the store that is away, or NULL. *ret_since_s is the start of the outage in Unix seconds. */
const char *store_watch_away(const StoreWatch *watch, gint64 *ret_since_s);

/* Why a store has been away for longer than the limit, or NULL. */
const GError *store_watch_over(const StoreWatch *watch);

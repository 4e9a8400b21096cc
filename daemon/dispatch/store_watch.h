/* Watches both stores during a pass: hears what succeeds and fails, says whether work may go on
 * (daemon/flow/outage.h), asks a store when it is not clear, and logs once that one is away, and that it is
 * back. Used by the supervisor's pass and dispatcher; single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/flow/outage.h"
#include "store/store.h"

typedef struct StoreWatch StoreWatch;

typedef struct {
    Store *source; /* borrowed, as is the next */
    Store *destination;
    gint64 limit_ms; /* how long one is waited for */
    /* What the other functions say may be another thing now. From the main loop, never from one of them. */
    void (*on_change)(void *data);
    void *data;
} StoreWatchOptions;

StoreWatch *store_watch_new(const StoreWatchOptions *options, GMainContext *context);

/* NULL is allowed. */
void store_watch_free(StoreWatch *watch);

/* Whether a failure of this kind of class counts: it may be the store's fault. */
gboolean store_watch_cares(const GError *error);

/* The store of this kind answered something that was begun at begun_us (clock_now_us()). */
void store_watch_succeeded(StoreWatch *watch, OutageKind kind, gint64 begun_us);

/* An object with this key could be read just now. */
void store_watch_remember(StoreWatch *watch, const char *key);

/* A request failed in a way that store_watch_cares() about, after its retries. */
void store_watch_failed(StoreWatch *watch, OutageKind kind, const Store *store, const GError *error);

/* See outage_suspect(). */
void store_watch_suspect(StoreWatch *watch);

/* See outage.h. */
OutageLeave store_watch_leave(const StoreWatch *watch, gboolean is_listing);
void store_watch_begin_probe(StoreWatch *watch);
void store_watch_end_probe(StoreWatch *watch); /* of an object: a listing always says something */
gboolean store_watch_is_probing(const StoreWatch *watch);
gboolean store_watch_blames(const StoreWatch *watch, OutageKind kind);
gboolean store_watch_is_away(const StoreWatch *watch);

/* The URL of the store that is away, or NULL; and since when, in Unix seconds. */
const char *store_watch_away(const StoreWatch *watch, gint64 *ret_since_s);

/* Why a store has been away for longer than the limit, or NULL. */
const GError *store_watch_over(const StoreWatch *watch);

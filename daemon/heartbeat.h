/* Whether a supervisor still answers: it is pinged, and killed when it has been silent for too long. Used by
 * the main process. Single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/supervision.h"

typedef struct Heartbeat Heartbeat;

typedef struct {
    gint64 timeout_us;  /* silence for so long is the end of it */
    gint64 interval_us; /* between pings: below timeout_us */
    /* All is well: it has answered, or there is none at the moment that could. */
    void (*on_beat)(void *data);
    void *data;
} HeartbeatOptions;

/* Begins at once. The supervision is borrowed. */
Heartbeat *heartbeat_new(const HeartbeatOptions *options, Supervision *supervision, GMainContext *context);

/* Before the supervision. NULL is allowed. */
void heartbeat_free(Heartbeat *heartbeat);

/* Whether a supervisor still answers: it is pinged, and killed when it has been silent for too long. Used by
 * the main process. Single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/session/supervisor_client.h"

typedef struct Heartbeat Heartbeat;

typedef struct {
    const Config *config; /* heartbeat_timeout; borrowed by heartbeat_new() */
    /* All is well: it has answered, or there is none at the moment that could. May be NULL. */
    void (*on_beat)(void *data);
    void *data;
} HeartbeatOptions;

/* Begins at once. It is pinged as often as it takes, also for the service manager's watchdog. The supervision
 * is borrowed. */
Heartbeat *heartbeat_new(const HeartbeatOptions *options, SupervisorClient *supervision,
                         GMainContext *context);

/* Whether a supervisor was killed for its silence. */
gboolean heartbeat_gave_up(const Heartbeat *heartbeat);

/* Before the supervision. NULL is allowed. */
void heartbeat_free(Heartbeat *heartbeat);

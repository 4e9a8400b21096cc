/* Pings a supervisor, and kills it if it has not answered for too long. Used by the main process.
 * Single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/session/supervisor_client.h"

typedef struct Heartbeat Heartbeat;

typedef struct {
    const Config *config; /* for heartbeat_timeout; borrowed during heartbeat_new() */
    /* Called if nothing hangs: the supervisor has answered, or there is none now that could. May be NULL. */
    void (*on_beat)(void *data);
    void *data;
} HeartbeatOptions;

/* Starts pinging at once, as often as heartbeat_timeout and the service manager's watchdog require. The
 * supervisor is borrowed. */
Heartbeat *heartbeat_new(const HeartbeatOptions *options, SupervisorClient *supervisor,
                         GMainContext *context);

/* Whether a supervisor was killed because it did not answer. */
gboolean heartbeat_gave_up(const Heartbeat *heartbeat);

/* Must be called before the supervisor is freed. heartbeat may be NULL. */
void heartbeat_free(Heartbeat *heartbeat);

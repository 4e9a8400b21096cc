/* How many workers and tasks fit within the resource limits of this process (base/resource_limits.h). Used by
 * the supervisor, whose workers inherit its limits. Pure arithmetic. */
#pragma once

#include <glib.h>

#include "base/resource_limits.h"

typedef struct {
    guint workers;        /* 1 or more, at most n_workers */
    guint tasks;          /* in flight per worker, 1 to LIMIT_TASKS_IN_FLIGHT */
    guint head_requests;  /* concurrent HEAD requests of the supervisor, 1 or more */
    guint64 memory_bytes; /* memory that a rendering may take: an imager's limit without its libraries */
} Room;

/* n_outputs: per object. FALSE with class ERROR_LIMIT, naming the limit, if not even one worker with one task
 * fits. */
gboolean room_find(const ResourceLimits *limits, guint n_workers, guint n_outputs, Room *ret_room,
                   GError **error);

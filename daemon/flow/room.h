/* How many workers and tasks the limits of this process leave room for (base/resource_limits.h). Used by the
 * supervisor, whose workers inherit its limits. Pure arithmetic. */
#pragma once

#include <glib.h>

#include "base/resource_limits.h"

typedef struct {
    guint workers;        /* 1 or more, at most as many as were wanted */
    guint tasks;          /* in flight per worker, 1 to LIMIT_TASKS_IN_FLIGHT */
    guint looks;          /* requests of the supervisor's own at a time, 1 or more */
    guint64 memory_bytes; /* that a rendering may take: what an imager may have beside its libraries */
} Room;

/* n_outputs: of each object. FALSE with class ERROR_LIMIT, naming the limit, if not even one worker with one
 * task has room. */
gboolean room_find(const ResourceLimits *limits, guint n_workers, guint n_outputs, Room *ret_room,
                   GError **error);

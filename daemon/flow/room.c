#include "daemon/flow/room.h"

#include "base/error.h"
#include "base/limits.h"

/* Descriptors of a worker besides those of its tasks: channel, imager, the imager's successor, event loop. A
 * count found 25. */
#define WORKER_DESCRIPTORS 32u

/* Descriptors per task: the source, twice while it is being sent to the imager, a pair for the resolver, and
 * the connection of the GET. Per output: the memory file of its bytes, and the connection of its PUT. */
#define TASK_DESCRIPTORS   5u
#define OUTPUT_DESCRIPTORS 2u

/* Memory files of the current rendering, one per output and a few more (daemon/protocol/messages.h): the
 * worker's, those of the task, and those being sent. */
#define RENDERING_FILES       3u
#define RENDERING_DESCRIPTORS 3u

/* Descriptors of the supervisor besides those for its workers: channels, ledger, event loop, the listings of
 * both stores, and the connections that stores keep open. */
#define SUPERVISOR_DESCRIPTORS 36u

/* A worker's channel, memory and pidfd, and as many again while it is being replaced. */
#define DESCRIPTORS_PER_WORKER 6u

/* Per HEAD request: a connection, and a pair for the resolver. */
#define LOOK_DESCRIPTORS 3u

/* Processes and threads per worker: the worker, its imager with libvips' threads, and resolver threads. */
#define TASKS_PER_WORKER 10u

/* Address space of an imager before it has decoded anything. */
#define IMAGER_BYTES (G_GUINT64_CONSTANT(512) << 20)

static gboolean refuse(const char *what, guint64 has, guint64 needs, GError **error)
{
    error_set(error, ERROR_LIMIT,
              "%s is limited to %" G_GUINT64_FORMAT ", and one worker with one task needs %" G_GUINT64_FORMAT,
              what, has, needs);
    return FALSE;
}

static guint at_most(guint64 n, guint most)
{
    return (guint)MIN(n, most);
}

static gboolean find_workers(const ResourceLimits *limits, guint n_workers, Room *room, GError **error)
{
    const guint64 least = SUPERVISOR_DESCRIPTORS + DESCRIPTORS_PER_WORKER + LOOK_DESCRIPTORS;

    if (limits->descriptors < least)
        return refuse("the number of open files (ulimit -n)", limits->descriptors, least, error);
    if (limits->tasks < TASKS_PER_WORKER)
        return refuse("the number of additional processes and threads (ulimit -u, pids.max)", limits->tasks,
                      TASKS_PER_WORKER, error);
    room->workers =
        at_most((limits->descriptors - SUPERVISOR_DESCRIPTORS - LOOK_DESCRIPTORS) / DESCRIPTORS_PER_WORKER,
                n_workers);
    room->workers = at_most(limits->tasks / TASKS_PER_WORKER, room->workers);
    room->head_requests =
        at_most((limits->descriptors - SUPERVISOR_DESCRIPTORS - room->workers * DESCRIPTORS_PER_WORKER) /
                    LOOK_DESCRIPTORS,
                LIMIT_WORKERS * LIMIT_TASKS_IN_FLIGHT);
    return TRUE;
}

gboolean room_find(const ResourceLimits *limits, guint n_workers, guint n_outputs, Room *ret_room,
                   GError **error)
{
    const guint64 per_task = TASK_DESCRIPTORS + OUTPUT_DESCRIPTORS * n_outputs;
    const guint64 per_worker =
        WORKER_DESCRIPTORS + RENDERING_DESCRIPTORS * ((guint64)n_outputs + RENDERING_FILES);
    Room room;

    if (limits->descriptors < per_worker + per_task)
        return refuse("the number of open files (ulimit -n)", limits->descriptors, per_worker + per_task,
                      error);
    if (limits->memory_bytes <= IMAGER_BYTES)
        return refuse("the memory of a process (ulimit -v, ulimit -d) in bytes", limits->memory_bytes,
                      IMAGER_BYTES + 1, error);
    if (!find_workers(limits, n_workers, &room, error))
        return FALSE;
    room.tasks = at_most((limits->descriptors - per_worker) / per_task, LIMIT_TASKS_IN_FLIGHT);
    room.memory_bytes =
        limits->memory_bytes != G_MAXUINT64 ? limits->memory_bytes - IMAGER_BYTES : G_MAXUINT64;
    *ret_room = room;
    return TRUE;
}

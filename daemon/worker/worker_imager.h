/* The worker's use of its imager: one object after the other; each is judged before the next one is handed
 * over, and a suspect is rendered alone.
 *
 * Any object that an imager has met may have compromised it, so its loss (it died, took too long or broke its
 * contract) does not show which object caused it. The current object is tried once more by an imager that has
 * met no other object and will meet none; if that one is lost too, the object is to blame. Other objects
 * wait.
 *
 * Used by object_work.c, from tasks of one loop. */
#pragma once

#include <glib.h>

#include "concurrent/loop.h"
#include "concurrent/process_executor.h"
#include "daemon/protocol/imager_client.h"
#include "daemon/protocol/object_task.h"
#include "daemon/protocol/occupancy.h"

/* Initialise with {0} and set loop and executor. */
typedef struct {
    Loop *loop;                /* borrowed */
    ProcessExecutor *executor; /* imager_start(); owned */
    gboolean is_taken;         /* an object has its turn */
    GQueue waiting;            /* of Future: objects that wait for their turn, in order */
    guint deaths;              /* imagers that died without being replaced by us */
    char *fault;               /* how the imager that is being replaced broke its contract, or NULL */
    guint64 given_bytes;       /* output bytes since an imager was last replaced for that reason */
    Occupancy occupancy;
} WorkerImager;

/* Waits for the object's turn, and has it rendered. NULL with *error set: errors of imager_submit() and
 * rendering_adopt(), or ERROR_CRASH and ERROR_LIMIT if the object has cost two imagers. Call it from a task,
 * as worker_imager_explain(). */
Rendering *worker_imager_render(WorkerImager *imager, const ObjectTask *task, const Blob *source,
                                GError **error);

/* Like worker_imager_render() for TARGET_EXPLAIN, but with one attempt only. The result is owned by the
 * caller. */
GVariant *worker_imager_explain(WorkerImager *imager, const ObjectTask *task, const Blob *source,
                                GError **error);

/* Counts the death of an imager (CHILD_DIED). Returns why we replaced it, or NULL if we did not; owned by the
 * caller. */
char *worker_imager_take_fault(WorkerImager *imager);

/* Ends the imager in order, waits for its end, and frees what is owned. */
void worker_imager_clear(WorkerImager *imager);

/* The worker's use of its imager: one object after the other, each judged before the next one is handed over,
 * and a suspect alone.
 *
 * An imager may have been taken over by any object that it has met, so its loss (it died, took too long or
 * broke its contract) does not show which one did it. The object at hand is tried once more by an imager that
 * has met nothing else and will meet nothing else; if that is lost too, the object is to blame. Others wait.
 *
 * Used by object_work.c, from tasks of one loop. */
#pragma once

#include <glib.h>

#include "concurrent/loop.h"
#include "concurrent/process_executor.h"
#include "daemon/protocol/imager_client.h"
#include "daemon/protocol/occupancy.h"

/* {0}, with the first two set, is one that nobody uses yet. */
typedef struct {
    Loop *loop;                /* borrowed */
    ProcessExecutor *executor; /* imager_start(); owned */
    gboolean is_taken;         /* it is some object's turn */
    GQueue waiting;            /* of Future: those that wait for theirs, in order */
    guint deaths;              /* of imagers that nobody had replaced */
    char *fault;               /* how the one that is being replaced broke its contract, or NULL */
    guint64 given_bytes; /* of outputs, by this imager and former ones, since one was replaced for that */
    Occupancy occupancy;
} WorkerImager;

/* Waits for the object's turn, and has it rendered. NULL with *error set: as imager_submit() and
 * rendering_adopt(), or ERROR_CRASH and ERROR_LIMIT if the object has cost two imagers. To be called by a
 * task, as is the next. */
Rendering *worker_imager_render(WorkerImager *imager, const ObjectTask *task, const Blob *source,
                                GError **error);

/* The same of TARGET_EXPLAIN: its result, the caller's; tried once. */
GVariant *worker_imager_explain(WorkerImager *imager, const ObjectTask *task, const Blob *source,
                                GError **error);

/* Counts the death of an imager (CHILD_DIED). Returns why it was replaced, or NULL if nobody replaced it;
 * owned by the caller. */
char *worker_imager_take_fault(WorkerImager *imager);

/* Ends the imager in order, waits for that, and releases what is owned. */
void worker_imager_clear(WorkerImager *imager);

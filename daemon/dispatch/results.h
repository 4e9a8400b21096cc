/* What follows from the result of an object's task: its outputs are entered in the report and in the memory
 * of failures, and the object ends, or is tried again at once or after a pause. Knows no queue. Used by the
 * supervisor's dispatcher; single-threaded. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"
#include "daemon/dispatch/refusals.h"
#include "daemon/dispatch/store_watch.h"
#include "daemon/dispatch/work_object.h"
#include "daemon/flow/alike.h"
#include "daemon/protocol/messages.h"
#include "daemon/state/failure_memory.h"
#include "store/store.h"

/* All borrowed, but for refusals and alike. */
typedef struct {
    const Config *config;
    Store *source;
    Store *destination;
    FailureMemory *memory;
    StoreWatch *watch; /* hears what each result says about the stores */
    RunReport *report;
    guint64 memory_bytes; /* an object that needs more than this cannot be made */
    Refusals *refusals;   /* whether nothing can be read or written any more */
    Alike *alike; /* whether the first objects fail for one reason; their failures are remembered once it is
                   * known that they do not */
} Results;

/* What is to be done with an object. */
typedef enum {
    NEXT_NOTHING, /* it has ended, and is freed */
    NEXT_AGAIN,   /* try it again as soon as a worker has room, and memory */
    NEXT_LATER,   /* try it again after a pause */
    NEXT_LEFT,    /* it was not tried to the end, and counts as left */
    NEXT_DOUBT,   /* it, or the store: wait for what the watch says, then results_blame() or try it again */
} Next;

/* Releases refusals and alike. */
void results_clear(Results *results);

/* Its worker answered a task that was handed out at begun_us. *ret_kind is set with NEXT_DOUBT: in what it
 * failed. */
Next results_take(Results *results, WorkObject *object, const ObjectResult *result, gint64 begun_us,
                  OutageKind *ret_kind);

/* It, and not the store, is to blame for its result, which was NEXT_DOUBT: that is one of its tries, unless
 * it was not even tried (ERROR_UNSENT). */
Next results_blame(Results *results, WorkObject *object, const ObjectResult *result);

/* Whether the store has no room for one of its outputs. */
gboolean results_is_full(const ObjectResult *result);

/* Its worker died, or was given up; is_broken: no other can be started. */
Next results_take_loss(Results *results, WorkObject *object, const GError *error, gboolean is_broken);

/* It could not be looked at before it was handed to a worker, or no task could be made of it. NEXT_DOUBT:
 * with OUTAGE_READ. If a store has no credentials now, that store is to blame, and no try is used up. */
Next results_take_failure(Results *results, WorkObject *object, const GError *error);

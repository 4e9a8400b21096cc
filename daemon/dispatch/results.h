/* Evaluates the result of an object's task: enters its outputs in the report and in the failure memory, and
 * decides whether the object has ended, or is retried at once or after a pause. Knows no queue. Used by the
 * supervisor's dispatcher; single-threaded. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"
#include "daemon/dispatch/work_object.h"
#include "daemon/flow/alike.h"
#include "daemon/protocol/meter.h"
#include "daemon/protocol/object_result.h"
#include "daemon/state/failure_memory.h"
#include "daemon/verdict/refusals.h"
#include "daemon/verdict/store_watch.h"
#include "store/store.h"

/* All pointers are borrowed, except refusals and alike. */
typedef struct {
    const Config *config;
    Store *source;
    Store *destination;
    FailureMemory *memory;
    StoreWatch *watch; /* is informed of what each result says about the stores */
    RunReport *report;
    guint64 memory_bytes; /* an object that needs more memory than this cannot be rendered */
    Refusals *refusals;   /* whether a store refuses every read or write */
    Alike *alike; /* whether the first objects all fail for one reason; their failures are remembered only
                   * once it is known that they do not */
    Meter *meter; /* counts failures by class, and stages */
} Results;

/* The next step for an object. */
typedef enum {
    NEXT_NOTHING, /* nothing: the object has ended and is freed */
    NEXT_AGAIN,   /* retry it as soon as a worker has room and there is memory */
    NEXT_LATER,   /* retry it after a pause */
    NEXT_LEFT,    /* drop it: it was not tried to the end, and counts as left */
    NEXT_DOUBT,   /* unclear whether the object or the store is to blame: wait for the watch, then call
                   * results_blame() or retry it */
} Next;

/* Frees refusals and alike. */
void results_clear(Results *results);

/* The worker answered a task that was handed out at begun_us. With NEXT_DOUBT, *ret_kind is set to the kind
 * of request that failed. */
Next results_take(Results *results, WorkObject *object, const ObjectResult *result, gint64 begun_us,
                  OutageKind *ret_kind);

/* The object and not the store is to blame for a result that was NEXT_DOUBT. This counts as an attempt,
 * unless no request was sent (ERROR_UNSENT). */
Next results_blame(Results *results, WorkObject *object, const ObjectResult *result);

/* Whether the store has no space left for one of the outputs. */
gboolean results_is_full(const ObjectResult *result);

/* The worker died, or its executor gave it up. is_broken: no other worker can be started. */
Next results_take_loss(Results *results, WorkObject *object, const GError *error, gboolean is_broken);

/* The object's HEAD request failed, or no task could be made of it. NEXT_DOUBT means a doubt of OUTAGE_READ.
 * If a store has no credentials now, that store is to blame, and no attempt is used up. */
Next results_take_failure(Results *results, WorkObject *object, const GError *error);

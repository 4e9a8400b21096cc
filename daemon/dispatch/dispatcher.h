/* The dispatcher: hands objects that need outputs to the workers and enters the results in the report. Used
 * by the supervisor.
 *
 * An object is one task. It is retried, with fresh URLs and only for the outputs that are still missing, when
 * its worker died (which says nothing about the object) or when it failed for a reason that may pass. While a
 * store is away, objects wait for it, which uses up no attempt (daemon/verdict/store_watch.h). An object
 * that turned out to need more memory than its worker's share is retried as soon as that much memory is
 * available (daemon/flow/admission.h). Single-threaded. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "batch/report.h"
#include "config/model.h"
#include "daemon/dispatch/work_object.h"
#include "daemon/flow/alike.h"
#include "daemon/protocol/meter.h"
#include "daemon/state/failure_memory.h"
#include "daemon/verdict/store_watch.h"
#include "store/store.h"

typedef struct Dispatcher Dispatcher;

typedef struct {
    const Config *config;       /* borrowed, as are the next four */
    const HttpProxies *proxies; /* for the workers' requests */
    Store *source;
    Store *destination;
    gboolean keep_existing; /* upload missing outputs only if they still do not exist */
    FailureMemory *memory;
    StoreWatch *watch;           /* decides whether objects may begin; borrowed */
    RunReport *report;           /* its counters and failures are kept up to date */
    void (*on_room)(void *data); /* an object ended: there is room for more, or none is left */
    void *data;
} DispatcherOptions;

/* Starts the workers. Class ERROR_CONFIG if their executable is missing; ERROR_LIMIT if this process's
 * resource limits leave no room for a single worker (daemon/flow/room.h). */
Dispatcher *dispatcher_new(const DispatcherOptions *options, GMainContext *context, GError **error);

/* Call this when the state of options.watch may have changed. */
void dispatcher_wake(Dispatcher *dispatcher);

/* Takes ownership of the object. */
void dispatcher_add(Dispatcher *dispatcher, WorkObject *object);

/* Whether the dispatcher needs more objects to stay busy. */
gboolean dispatcher_wants_more(const Dispatcher *dispatcher);

/* Whether nothing waits and nothing is in flight. */
gboolean dispatcher_is_idle(const Dispatcher *dispatcher);

/* Number of objects that are with workers, or whose HEAD request is running. */
guint dispatcher_in_flight(const Dispatcher *dispatcher);

/* The counters so far, without those of the report, and the current state. */
void dispatcher_read_meter(const Dispatcher *dispatcher, Meter *ret_meter, MeterGauges *ret_gauges);

/* The objects that are with workers: their keys, and the memory that they may use. HELD_TYPE, floating. */
GVariant *dispatcher_get_in_flight(const Dispatcher *dispatcher);

/* Sets how much of the memory budget the previous supervisor uses for now (admission_reserve()). */
void dispatcher_reserve(Dispatcher *dispatcher, guint64 bytes);

/* The current state of the workers as dictionaries: an aa{sv}, floating (messages.h: workers). */
GVariant *dispatcher_workers(Dispatcher *dispatcher);

/* Changes the number of workers, 1 or more (process_executor_scale()). */
void dispatcher_scale(Dispatcher *dispatcher, guint n_workers);

/* Terminates a worker; its objects go to another one. FALSE if no worker has this pid. */
gboolean dispatcher_terminate(Dispatcher *dispatcher, pid_t pid);

/* Begins no further object. Waiting objects are dropped and counted as left. */
void dispatcher_stop(Dispatcher *dispatcher);

/* Number of objects that were dropped, or abandoned with their workers. */
guint dispatcher_left(const Dispatcher *dispatcher);

/* Why the store refuses every read or write, or NULL (daemon/verdict/refusals.h). */
const GError *dispatcher_refusal(const Dispatcher *dispatcher);

/* Whether the first objects to end failed for one and the same reason. */
const Alike *dispatcher_alike(const Dispatcher *dispatcher);

/* Why no worker can be started, or NULL. */
const GError *dispatcher_broken(const Dispatcher *dispatcher);

/* Begins to shut the workers down in order; on_closed is called from the main loop when the last one has
 * ended. Call it once, when the dispatcher is idle. */
void dispatcher_close(Dispatcher *dispatcher, void (*on_closed)(void *data), void *data);

/* Stops, and kills the workers. Objects in flight count as left; the dispatcher is idle afterwards. */
void dispatcher_abort(Dispatcher *dispatcher);

/* Kills workers that still run. NULL is allowed. */
void dispatcher_free(Dispatcher *dispatcher);

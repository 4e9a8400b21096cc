/* The dispatcher: hands objects that need outputs to the workers and enters what becomes of them in the
 * report. Used by the supervisor.
 *
 * An object is one task. It is tried again, with fresh references and for the outputs that are still missing,
 * when its worker died (that says nothing about the object) or when it failed for a reason that may pass;
 * while a store is away, that is no try, and it waits for the store (daemon/dispatch/store_watch.h). It is
 * also tried again when it turned out to need more memory than its worker's share, as soon as there is so
 * much (daemon/flow/admission.h). Single-threaded. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "batch/report.h"
#include "config/model.h"
#include "daemon/dispatch/store_watch.h"
#include "daemon/dispatch/work_object.h"
#include "daemon/flow/alike.h"
#include "daemon/state/failure_memory.h"
#include "store/store.h"

typedef struct Dispatcher Dispatcher;

typedef struct {
    const Config *config;       /* borrowed, as are the next four */
    const HttpProxies *proxies; /* of the workers' requests */
    Store *source;
    Store *destination;
    gboolean keep_existing; /* missing outputs are put only if they are missing still */
    FailureMemory *memory;
    StoreWatch *watch;           /* says whether objects may be begun; borrowed */
    RunReport *report;           /* its counters and failures are kept up to date */
    void (*on_room)(void *data); /* an object ended: there is room for more, or nothing is left */
    void *data;
} DispatcherOptions;

/* Starts the workers. Class ERROR_CONFIG if their executable is missing; ERROR_LIMIT if this process's limits
 * leave no room for any (daemon/flow/room.h). */
Dispatcher *dispatcher_new(const DispatcherOptions *options, GMainContext *context, GError **error);

/* What options.watch says may be another thing now. */
void dispatcher_heed(Dispatcher *dispatcher);

/* Takes an object over. */
void dispatcher_add(Dispatcher *dispatcher, WorkObject *object);

/* Whether it wants more objects at hand to stay busy. */
gboolean dispatcher_wants_more(const Dispatcher *dispatcher);

/* Whether nothing waits and nothing is in flight. */
gboolean dispatcher_is_idle(const Dispatcher *dispatcher);

/* Objects that are with workers, or looked at on their way there. */
guint dispatcher_in_flight(const Dispatcher *dispatcher);

/* What is with workers: keys, and the memory that it may use, of HELD_TYPE, floating. */
GVariant *dispatcher_get_in_flight(const Dispatcher *dispatcher);

/* Others use so much of the memory, for now (admission_reserve()). */
void dispatcher_reserve(Dispatcher *dispatcher, guint64 bytes);

/* The workers as they are now, as dictionaries: an aa{sv}, floating (messages.h: workers). */
GVariant *dispatcher_workers(Dispatcher *dispatcher);

/* Has so many workers from now on, 1 or more (process_executor_scale()). */
void dispatcher_scale(Dispatcher *dispatcher, guint n_workers);

/* Ends a worker: its objects go to another one. FALSE: none has this pid. */
gboolean dispatcher_terminate(Dispatcher *dispatcher, pid_t pid);

/* Begins no further object. Those that wait are dropped and counted as left. */
void dispatcher_stop(Dispatcher *dispatcher);

/* Objects that were dropped, or abandoned with their workers. */
guint dispatcher_left(const Dispatcher *dispatcher);

/* Why nothing can be read or written any more, or NULL (daemon/dispatch/refusals.h). */
const GError *dispatcher_refusal(const Dispatcher *dispatcher);

/* Whether the objects that ended first failed for one and the same reason. */
const Alike *dispatcher_alike(const Dispatcher *dispatcher);

/* Why no worker can be started, or NULL. */
const GError *dispatcher_broken(const Dispatcher *dispatcher);

/* Ends the workers in order: to be called when idle. */
void dispatcher_close(Dispatcher *dispatcher);

/* Stops, and kills the workers: objects in flight count as left, and it is idle. */
void dispatcher_abort(Dispatcher *dispatcher);

/* Kills what still runs. NULL is allowed. */
void dispatcher_free(Dispatcher *dispatcher);

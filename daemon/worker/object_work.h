/* A worker's life of one object, as a task (concurrent/task.h): get the source, have it rendered and, where
 * that depends on the bytes, signed, put each output, answer. Used by the worker. */
#pragma once

#include "concurrent/child.h"
#include "concurrent/loop.h"
#include "daemon/protocol/messages.h"
#include "daemon/worker/sign_request.h"
#include "daemon/worker/worker_imager.h"
#include "store/reference.h"

/* What all objects of a worker share. Borrowed. */
typedef struct {
    Loop *loop;
    Child *child; /* whose parent is asked */
    ReferenceIo *source;
    ReferenceIo *destination;
    gboolean ignore_etag; /* of the answers to uploads */
    SignDigests digests;
    WorkerImager imager;
    RequestCounters counters;
    RequestCounters told; /* the part of counters that earlier results have reported */
} Workshop;

/* Begins; answers the call when done, whatever happens. args is of OBJECT_ARGS_TYPE. */
void object_work_start(Workshop *shop, Call *call, GVariant *args);

/* Gets the source, and has the imager say what it would make of it; answers the call with that or a failure.
 * args is of OBJECT_ARGS_TYPE too. */
void object_work_explain(Workshop *shop, Call *call, GVariant *args);

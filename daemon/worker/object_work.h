/* A worker's handling of one object, as a task (concurrent/task.h): downloads the source, has it rendered,
 * has uploads signed if their signature depends on the bytes, uploads each output, and answers. Used by the
 * worker. */
#pragma once

#include "base/request_counters.h"
#include "concurrent/child.h"
#include "concurrent/loop.h"
#include "daemon/worker/sign_request.h"
#include "daemon/worker/worker_imager.h"
#include "store/reference.h"

/* State that all objects of a worker share. Borrowed. */
typedef struct {
    Loop *loop;
    Child *child; /* for questions to the parent */
    ReferenceIo *source;
    ReferenceIo *destination;
    gboolean ignore_etag; /* of answers to uploads */
    SignDigests digests;
    WorkerImager imager;
    RequestCounters counters;
    RequestCounters told; /* part of counters that earlier results have reported */
} Workshop;

/* Starts the task, which answers the call in any case. args is of OBJECT_ARGS_TYPE. */
void object_work_start(Workshop *shop, Call *call, GVariant *args);

/* Downloads the source and asks the imager what it would make of it; answers the call with that or a failure.
 * args is of OBJECT_ARGS_TYPE, too. */
void object_work_explain(Workshop *shop, Call *call, GVariant *args);

/* Downloads a stored output from the destination, has it decoded, and answers the call with what the imager
 * says of it, or a failure. args is of OBJECT_ARGS_TYPE, with one output. */
void object_work_decode(Workshop *shop, Call *call, GVariant *args);

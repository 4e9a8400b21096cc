/* A worker's life of one object: get the source, have it rendered, put each output, answer. Used by the
 * worker. */
#pragma once

#include "concurrent/child.h"
#include "concurrent/process_executor.h"
#include "daemon/messages.h"
#include "store/reference.h"

/* What all objects of a worker share. Borrowed. */
typedef struct {
    ReferenceIo *source;
    ReferenceIo *destination;
    ProcessExecutor *imager;
    RequestCounters counters;
    RequestCounters told; /* the part of counters that earlier results have reported */
} Workshop;

/* Begins; answers the call when done, whatever happens. args is of OBJECT_ARGS_TYPE. */
void object_work_start(Workshop *shop, Call *call, GVariant *args);

/* Objects that are with workers, as Flights by their Futures. Used by the supervisor's dispatcher. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
#include "daemon/dispatch/work_object.h"
#include "daemon/protocol/object_task.h"

typedef struct {
    void *owner; /* the dispatcher, for the callback when the task ends */
    WorkObject *object;
    Future *future;
    gint64 begun_us;  /* clock_now_us() when it was handed out */
    guint epoch;      /* of admission_begin() */
    ObjectTask *task; /* NULL if no output of it has to be signed later */
} Flight;

/* The keys of all objects in flight: an aay, floating. */
GVariant *flights_keys(GHashTable *flights);

/* The key of the object that this future belongs to, or NULL. */
const char *flights_find_key(GHashTable *flights, const Future *future);

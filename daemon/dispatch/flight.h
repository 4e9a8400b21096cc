/* Objects that are with workers, as Flights by their Futures. Used by the supervisor's dispatcher. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
#include "daemon/dispatch/work_object.h"
#include "daemon/protocol/messages.h"

typedef struct {
    void *owner; /* who is told of its end */
    WorkObject *object;
    Future *future;
    gint64 begun_us;  /* clock_now_us() when it was handed out */
    guint epoch;      /* of its admission */
    ObjectTask *task; /* NULL: nothing of it will have to be signed */
} Flight;

/* The keys of all: an aay, floating. */
GVariant *flights_keys(GHashTable *flights);

/* The key of the object that this is the future of, or NULL. */
const char *flights_find_key(GHashTable *flights, const Future *future);

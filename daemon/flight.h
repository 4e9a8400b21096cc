/* Objects that are with workers, as a set of Flight. Used by the supervisor's dispatcher. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
#include "daemon/work_object.h"

typedef struct {
    void *owner; /* who is told of its end */
    WorkObject *object;
    Future *future;
    guint epoch; /* of its admission */
} Flight;

/* The keys of all: an aay, floating. */
GVariant *flights_keys(GHashTable *flights);

/* The key of the object that this is the future of, or NULL. */
const char *flights_find_key(GHashTable *flights, const Future *future);

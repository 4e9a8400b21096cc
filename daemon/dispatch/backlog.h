/* Objects that are ready to begin: light ones wait for a worker, heavy ones for a worker and for memory. Used
 * by the supervisor's dispatcher; single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/dispatch/work_object.h"
#include "daemon/flow/admission.h"

/* {0} is an empty one. */
typedef struct {
    GQueue waiting; /* of WorkObject */
    GQueue heavy;   /* of WorkObject with a known memory_bytes */
} Backlog;

/* Takes ownership of the object and puts it at the end, or at the front, of its queue. */
void backlog_add(Backlog *backlog, WorkObject *object);
void backlog_add_first(Backlog *backlog, WorkObject *object);

/* The next object for whose decoding there is enough memory, or NULL. Owned by the caller. */
WorkObject *backlog_take(Backlog *backlog, const Admission *admission);

guint backlog_count(const Backlog *backlog);

/* Frees the queued objects. */
void backlog_clear(Backlog *backlog);

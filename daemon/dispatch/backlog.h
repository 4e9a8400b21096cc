/* Objects that are to be begun: those that wait for a worker, and heavy ones, which wait for memory too. Used
 * by the supervisor's dispatcher; single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/dispatch/work_object.h"
#include "daemon/flow/admission.h"

/* {0} is an empty one. */
typedef struct {
    GQueue waiting; /* of WorkObject */
    GQueue heavy;   /* of WorkObject, whose memory_bytes are known */
} Backlog;

/* Takes the object over, behind or before those that wait for the same. */
void backlog_add(Backlog *backlog, WorkObject *object);
void backlog_add_first(Backlog *backlog, WorkObject *object);

/* The next object for whose decoding there is memory, the caller's; or NULL. */
WorkObject *backlog_take(Backlog *backlog, const Admission *admission);

guint backlog_count(const Backlog *backlog);

/* Frees those that wait. */
void backlog_clear(Backlog *backlog);

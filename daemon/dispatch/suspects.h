/* Objects that failed for a reason that may be theirs or the store's: they wait until it is clear which
 * (daemon/flow/outage.h). Used by the supervisor's dispatcher; single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/dispatch/work_object.h"
#include "daemon/flow/outage.h"
#include "daemon/protocol/messages.h"

typedef struct {
    WorkObject *object;
    ObjectResult *result; /* how it failed */
    OutageKind kind;      /* in what */
} Suspect;

/* A queue; {0} is an empty one. */
typedef struct {
    GQueue queue;
} Suspects;

/* Takes object and result over. */
void suspects_add(Suspects *suspects, WorkObject *object, ObjectResult *result, OutageKind kind);

/* The first of this kind, the caller's, or NULL. */
Suspect *suspects_take(Suspects *suspects, OutageKind kind);

guint suspects_count(const Suspects *suspects);

/* Frees it with what it holds still. */
void suspect_free(Suspect *suspect);

/* Frees all. */
void suspects_clear(Suspects *suspects);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Suspect, suspect_free)

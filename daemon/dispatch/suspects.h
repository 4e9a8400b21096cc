/* Objects whose failure may be their own fault or the store's: they wait until that is clear
 * (daemon/flow/outage.h). Used by the supervisor's dispatcher; single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/dispatch/work_object.h"
#include "daemon/flow/outage.h"
#include "daemon/protocol/object_result.h"

typedef struct {
    WorkObject *object;
    ObjectResult *result; /* how it failed */
    OutageKind kind;      /* the kind of request that failed */
} Suspect;

/* A queue; {0} is an empty one. */
typedef struct {
    GQueue queue;
} Suspects;

/* Takes ownership of object and result. */
void suspects_add(Suspects *suspects, WorkObject *object, ObjectResult *result, OutageKind kind);

/* The first suspect of this kind, or NULL. Owned by the caller. */
Suspect *suspects_take(Suspects *suspects, OutageKind kind);

guint suspects_count(const Suspects *suspects);

/* Frees the suspect with its object and result; either may be NULL. */
void suspect_free(Suspect *suspect);

/* Frees all. */
void suspects_clear(Suspects *suspects);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Suspect, suspect_free)

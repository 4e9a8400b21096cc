/* What a worker is told about an object: where to get it, what to make of it, and how to put that. Used by
 * the supervisor's dispatcher. */
#pragma once

#include "config/model.h"
#include "daemon/dispatch/work_object.h"
#include "daemon/protocol/messages.h"
#include "store/store.h"

typedef struct {
    const Config *config; /* borrowed, as are the stores */
    Store *source;
    Store *destination;
    gboolean keep_existing; /* missing outputs are put only if they are missing still */
} AssignmentOptions;

/* References are made now, and are good for a while. Its rendering may take object->allowed_bytes. Owned by
 * the caller. NULL: a key that a store cannot have or too much metadata (ERROR_INPUT, ERROR_LIMIT), or no
 * credentials at the moment (ERROR_UNAVAILABLE). Outputs have no references if countersign_is_needed(). */
ObjectTask *assignment_make(const AssignmentOptions *options, const WorkObject *object, GError **error);

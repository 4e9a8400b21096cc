/* Makes the task that a worker gets for an object: where to download the source, what to render, and how to
 * upload it. Used by the supervisor's dispatcher. */
#pragma once

#include "config/model.h"
#include "daemon/dispatch/work_object.h"
#include "daemon/protocol/object_task.h"
#include "store/store.h"

typedef struct {
    const Config *config; /* borrowed, as are the stores */
    Store *source;
    Store *destination;
    gboolean keep_existing; /* upload missing outputs only if they still do not exist */
} AssignmentOptions;

/* URLs are signed now and expire. The rendering may use object->allowed_bytes of memory. Owned by the caller.
 * NULL: a store cannot have such a key, or there is too much metadata (ERROR_INPUT, ERROR_LIMIT), or there
 * are no credentials at the moment (ERROR_UNAVAILABLE). Outputs have no URLs if countersign_is_needed(). */
ObjectTask *assignment_make(const AssignmentOptions *options, const WorkObject *object, GError **error);

/* The lines that the upload of output `number` carries (batch/upload_headers.h); a directory keeps them as
 * the file's mark (store_mark()). NULL with class ERROR_LIMIT. Owned by the caller. */
GStrv assignment_headers(const Config *config, const WorkObject *object, guint number, GError **error);

/* Signs uploads for a worker after it has rendered. Where an upload carries a digest of its bytes
 * (s3.checksum) or its signature covers them (s3.sign_payload), a task goes out without URLs for its outputs:
 * the process that signs never sees the bytes, and the process that has the bytes cannot sign. So the worker
 * computes the digests and asks for signed URLs (ASK_SIGN of messages.h).
 *
 * The worker gets only what its task allows: each output of a task that it has in flight, once, with the key
 * and the headers that were decided before. Used by the supervisor. */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "daemon/dispatch/work_object.h"
#include "daemon/protocol/object_task.h"
#include "store/store.h"

/* Whether workers have to ask; never for a directory. */
gboolean countersign_is_needed(const Config *config);

/* Borrowed during the call. */
typedef struct {
    const Config *config;
    Store *destination;
    ObjectTask *task; /* that the worker has in flight, or NULL; outputs that are signed get their URL here */
    const WorkObject *object; /* the object of that task: outputs still to make, and their keys */
} Countersigning;

/* The answer to a worker's question, floating. NULL: ERROR_INTERNAL, and a log record, if the worker asks for
 * anything that its task does not include; otherwise the errors of store_sign_put(). */
GVariant *countersign(const Countersigning *signing, const char *name, GVariant *question, GError **error);

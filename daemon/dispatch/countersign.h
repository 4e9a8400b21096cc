/* What a worker has signed when it has rendered. Where an upload carries a digest of its bytes (s3.checksum)
 * or is signed together with them (s3.sign_payload), a task goes out without references to its outputs: who
 * signs never sees the bytes, and who has them cannot sign. So the worker digests, and asks (ASK_SIGN of
 * messages.h).
 *
 * It gets what it was given to do and nothing else: each output of the task that it has in flight, once, with
 * the key and the headers that were decided before. Used by the supervisor. */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "daemon/dispatch/work_object.h"
#include "daemon/protocol/messages.h"
#include "store/store.h"

/* Whether the worker has to ask: never for a directory. */
gboolean countersign_is_needed(const Config *config);

/* Borrowed during the call. */
typedef struct {
    const Config *config;
    Store *destination;
    ObjectTask
        *task; /* that the worker has in flight; what is signed gets its reference. NULL: it has none */
    const WorkObject *object; /* of that task: with what is still to make, and its keys */
} Countersigning;

/* The answer to a worker's question, floating. NULL: ERROR_INTERNAL, and a line in the log, if it asks for
 * anything else than it may; otherwise as of store_sign_put(). */
GVariant *countersign(const Countersigning *signing, const char *name, GVariant *question, GError **error);

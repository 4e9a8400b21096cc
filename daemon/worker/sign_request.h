/* The worker's side of daemon/dispatch/countersign.h: what it says of the bytes that it has rendered, and
 * what it makes of the answer. */
#pragma once

#include <glib.h>

#include "daemon/protocol/imager_client.h"
#include "daemon/protocol/messages.h"
#include "daemon/worker/output_digests.h"

/* Whether the outputs of a task came without references. */
gboolean sign_request_is_due(const ObjectTask *task);

/* The question, floating. digests: of OutputDigests, one for each output. */
GVariant *sign_request_new(const ObjectTask *task, const Rendering *rendering, const GArray *digests);

/* Enters the answer: each output has a reference then, and in its headers all lines to send, Content-Type
 * among them. Class ERROR_INTERNAL: it answers something else. */
gboolean sign_request_answered(ObjectTask *task, GVariant *answer, GError **error);

/* The worker's side of daemon/dispatch/countersign.h: writes the question about the rendered bytes, and
 * applies the answer. */
#pragma once

#include <glib.h>

#include "daemon/protocol/imager_client.h"
#include "daemon/protocol/object_task.h"
#include "daemon/worker/output_digests.h"

/* Whether the outputs of a task came without URLs. */
gboolean sign_request_is_due(const ObjectTask *task);

/* The question, floating. digests: of OutputDigests, one per output. */
GVariant *sign_request_new(const ObjectTask *task, const Rendering *rendering, const GArray *digests);

/* Applies the answer: each output then has a URL, and its headers are all lines to send, Content-Type among
 * them. Class ERROR_INTERNAL if the answer does not match the task. */
gboolean sign_request_answered(ObjectTask *task, GVariant *answer, GError **error);

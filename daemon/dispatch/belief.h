/* How much a worker's result is believed: no more than what was asked of it, and what can have happened
 * since. A worker parses what servers answer, and may be somebody else by now. Used by the supervisor. Pure.
 */
#pragma once

#include <glib.h>

#include "daemon/protocol/messages.h"

/* What the worker of a result was given. */
typedef struct {
    guint n_outputs;   /* of the object's task */
    guint max_outputs; /* of any object's */
    guint attempts;    /* of each request */
    guint64 max_source_bytes;
    gint64 elapsed_us; /* since the first task of all was handed out */
} Asked;

/* Cuts the result down to what can be true: outputs beyond those that were asked for are dropped, and no
 * number is larger than everything in a worker's hands can have come to. */
void belief_limit(ObjectResult *result, const Asked *asked);

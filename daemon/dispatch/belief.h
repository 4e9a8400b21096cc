/* Limits a worker's result to what is possible: the outputs of its task, and what can have happened in the
 * time since. A worker parses what servers answer, and may have been compromised. Used by the supervisor.
 * Pure. */
#pragma once

#include <glib.h>

#include "daemon/protocol/object_result.h"

/* The limits of what a worker's result can truthfully contain. */
typedef struct {
    guint n_outputs;   /* of the object's task */
    guint max_outputs; /* of any object */
    guint attempts;    /* per request */
    guint64 max_source_bytes;
    gint64 elapsed_us; /* since the first task of the pass was handed out */
} Asked;

/* Clamps the result: outputs in excess of n_outputs are dropped, and no number stays larger than all objects
 * in a worker's hands can add up to. */
void belief_limit(ObjectResult *result, const Asked *asked);

/* Finds contradictions within one output: keys that are each valid, but not together. Private to config/.
 * Pure. */
#pragma once

#include "config/model.h"
#include "config/problems.h"

/* Adds every contradiction to problems, at the place of the key to blame. provenance: whether uploads need
 * room for provenance metadata. */
void output_check(const OutputConfig *output, gboolean provenance, Problems *problems);

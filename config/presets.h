/* Presets: named sets of an output's keys, and defaults for all outputs. They are resolved in the tree, so
 * that everything after it sees complete outputs. Private to config/; used by the main process. */
#pragma once

#include "config/document.h"
#include "config/problems.h"

/* Completes each item of `outputs` with the keys of `defaults`, and of the presets that its key `preset`
 * names (one name, or a list). An output's own keys win over those of its presets, a later preset over an
 * earlier one, and presets over defaults; a key is replaced as a whole. Removes `presets`, `defaults` and
 * `preset`. Adds mistakes to problems. */
void presets_apply(Node *root, Problems *problems);

/* Fills the structs of a section from a YAML tree. Private to config/; used by the main process. */
#pragma once

#include "config/document.h"
#include "config/problems.h"
#include "config/section.h"

/* base already has its defaults (section_init); invalid fields keep theirs. Adds mistakes, and the place of
 * each field's value, to problems. */
void section_read_yaml(const Section *section, const Node *root, void *base, Problems *problems);

/* Reports a key of a mapping that the section does not have. */
void section_add_unknown(const Section *section, const Node *key, Problems *problems);

/* Writes the structs of a section as YAML that reads back as the same: what a configuration means, with all
 * defaults. Private to config/. Pure. */
#pragma once

#include "config/section.h"

/* One line for each field that has a value. Texts are quoted, so that no character has a meaning in YAML.
 * Owned by the caller. */
char *section_show(const Section *section, const void *base);

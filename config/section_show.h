/* Writes the structs of a section as YAML that reads back as the same: what a configuration means, with all
 * defaults. Private to config/. Pure. */
#pragma once

#include "config/section.h"

/* One line for each field that has a value. Texts are quoted, so that no character has a meaning in YAML.
 * Owned by the caller. */
char *section_show(const Section *section, const void *base);

/* The same for n structs: the fields that jobs share of the first, and `jobs` with the others of each. */
char *section_show_jobs(const Section *section, const void *const *bases, guint n);

/* The text, which has no control characters, in single quotes: in these only the quote itself has a meaning,
 * and `${`, which is escaped as well. Owned by the caller. */
char *section_quote(const char *text);

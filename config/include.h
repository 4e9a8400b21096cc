/* Reads the files that a configuration includes. Private to config/; used by the main process. */
#pragma once

#include "config/document.h"
#include "config/problems.h"
#include "config/variables.h"

/* The most files that one configuration includes. */
#define INCLUDE_MAX_FILES 1000u

/* Parses a text and replaces its variables; file is its number in problems. NULL after adding a problem. */
Node *include_parse(const char *text, gsize size_bytes, guint32 file, VariableLookup lookup,
                    Problems *problems);

/* Adds the tree of each file that value names (a path or a list of them, relative to the folder of the file
 * `beside`; `*` and `?` stand for characters of a name) to trees, in the order of the list and, within a
 * pattern, of the names. What cannot be read is added to problems, with the place where it is named. */
void include_read(const Node *value, const char *beside, VariableLookup lookup, GPtrArray *trees,
                  Problems *problems);

/* Variables in a configuration: `${NAME}` and `${NAME:-default}` in a value stand for a variable of the
 * environment. Private to config/; used by the main process. */
#pragma once

#include "config/document.h"
#include "config/problems.h"

/* Returns the value of a variable, or NULL. */
typedef const char *(*VariableLookup)(const char *name);

/* Replaces the variables in all values of the tree, once: the text of a variable is not searched for others.
 * Keys and the default after `:-` are plain text. The default is used if the variable is unset or empty, as
 * in a shell; `$${` is a literal `${`. A value that becomes too long, one that is not UTF-8 or has control
 * characters, and an unset variable without a default are added to problems, with their place. */
void variables_expand(Node *root, VariableLookup lookup, Problems *problems);

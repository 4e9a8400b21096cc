/* The variables of an environment that was received in a message, as an a{ss}. Single-threaded. */
#pragma once

#include <glib.h>

/* The value of a variable, borrowed from environment, or NULL if it is missing or empty. */
const char *environment_lookup(GVariant *environment, const char *name);

/* The key under which an output of a source object is stored. Used by the supervisor. Pure. */
#pragma once

#include <glib.h>

#include "config/config.h"

/* The key relative to the destination's prefix, from a source key relative to the source's. Class
 * ERROR_INPUT, naming the source key, if the full key would be longer than LIMIT_KEY_BYTES. Owned by the
 * caller. */
char *output_key(const Config *config, const OutputConfig *output, const char *key, GError **error);

/* The key under which an output of a source object is stored. Used by the supervisor, and by the main process
 * to print it. Pure. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* Returns the key relative to the destination's prefix, for a source key relative to the source's. Class
 * ERROR_INPUT, naming the source key, if the full key would be longer than LIMIT_KEY_BYTES, or
 * lies in the destination's state folder. Owned by the
 * caller. */
char *output_key(const Config *config, const OutputConfig *output, const char *key, GError **error);

/* Describes each output for people, quoted: "thumb -> thumb/a.webp"; also an output whose key is too long, or
 * that is not made from this key. Owned by the caller (g_strfreev). */
GStrv output_key_labels(const Config *config, const char *key);

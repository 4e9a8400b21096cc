/* Names with values, as an output's `headers` and `tags` are: an array of PairConfig. What may stand in one
 * is decided by header_list.h and tag_list.h. Private to config/. Pure. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* An empty one, which owns its pairs. */
GPtrArray *pair_list_new(void);

/* Takes name, copies value. */
void pair_list_add(GPtrArray *pairs, char *name, const char *value);

/* NULL: there is none of this name. */
const PairConfig *pair_list_find(const GPtrArray *pairs, const char *name);

/* Of all names and values that begin so. */
gsize pair_list_bytes(const GPtrArray *pairs, const char *name_prefix);

/* Names with values, used for an output's `headers` and `tags`: an array of PairConfig. header_list.h and
 * tag_list.h decide which pairs are valid. Private to config/. Pure. */
#pragma once

#include <glib.h>

#include "config/model.h"

/* Returns an empty list, which owns its pairs. */
GPtrArray *pair_list_new(void);

/* Takes ownership of name, copies value. */
void pair_list_add(GPtrArray *pairs, char *name, const char *value);

/* The pair with this name, or NULL. */
const PairConfig *pair_list_find(const GPtrArray *pairs, const char *name);

/* The length of all names and values whose names begin with name_prefix. */
gsize pair_list_bytes(const GPtrArray *pairs, const char *name_prefix);

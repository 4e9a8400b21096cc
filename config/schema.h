/* The table of a configuration's keys: the type, default, range, meaning of each, and the field in
 * config/model.h's structs that holds it. Parser, defaults, help and serialisation all use it, so that a new
 * key is one new line. Private to config/. Pure. */
#pragma once

#include "config/section.h"

/* The whole configuration, a Config. */
extern const Section schema_config;

/* One of its outputs, an OutputConfig. */
extern const Section schema_output;

/* All keys with their help, as text. Owned by the caller. */
char *schema_describe(void);

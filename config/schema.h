/* The table that says what a configuration may hold: for each key its type, default, range, meaning, and
 * where in config.h's structs it lives. Parser, defaults, help and serialisation all walk it, so that a new
 * key is one new line. Private to config/. Pure. */
#pragma once

#include "config/section.h"

/* The whole configuration, a Config. */
extern const Section schema_config;

/* One of its outputs, an OutputConfig. */
extern const Section schema_output;

/* All keys with their help, as text. Owned by the caller. */
char *schema_describe(void);

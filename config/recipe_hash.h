/* The recipe hash of an output: whatever of the configuration decides its bytes, and whether it can be made
 * at all. Two equal ones make the same of the same object, or fail alike. Pure. */
#pragma once

#include "config/model.h"

/* 16 hexadecimal digits, owned by the caller. i is below config->outputs->len. */
char *recipe_hash(const Config *config, guint i);

/* The same of all outputs together. */
char *recipe_hash_all(const Config *config);

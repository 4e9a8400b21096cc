/* The recipe hash of an output: all parts of the configuration that decide its bytes, and whether it can be
 * made at all. With equal hashes an object gives equal outputs, or fails alike. Pure. */
#pragma once

#include "config/model.h"

/* 16 hexadecimal digits, owned by the caller. i must be below config->outputs->len. */
char *recipe_hash(const Config *config, guint i);

/* The hash over all outputs. */
char *recipe_hash_all(const Config *config);

/* Hashes of outputs: what decides an output's bytes, with and without what decides whether it can be made at
 * all. Pure. */
#pragma once

#include "config/model.h"

/* The recipe hash of an output: all parts of the configuration that decide its bytes, and whether it can be
 * made at all. With equal hashes an object gives equal outputs, or fails alike. 16 hexadecimal digits, owned
 * by the caller. i must be below config->outputs->len. */
char *recipe_hash(const Config *config, guint i);

/* The hash over all outputs. */
char *recipe_hash_all(const Config *config);

/* The hash of what decides the bytes of an output that was made, and nothing else: a limit that was raised,
 * or a default that is written out, does not change it. Never part of it: name, key, headers, and the version
 * of thumbmill or of its libraries. 16 hexadecimal digits, owned by the caller. */
char *recipe_hash_of_bytes(const Recipe *recipe, const LimitsConfig *limits);

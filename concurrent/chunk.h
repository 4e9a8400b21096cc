/* A chunk: the arguments, or the results, of many calls of one target, which travel as one task. An array of
 * their type; of variants if they are of several. */
#pragma once

#include <glib.h>

/* The n values as a chunk, floating. They are borrowed: floating ones are sunk. */
GVariant *chunk_pack(GVariant *const *values, gsize n);

/* Value number index, the caller's: of an array of variants what is in it. */
GVariant *chunk_item(GVariant *chunk, gsize index);

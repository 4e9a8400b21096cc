/* A chunk: the arguments, or the results, of many calls of one target, sent as one task. An array of their
 * type, or of variants if they have several types. */
#pragma once

#include <glib.h>

/* Packs n values into a chunk, which is floating. values are borrowed: floating ones are sunk. */
GVariant *chunk_pack(GVariant *const *values, gsize n);

/* Value number index, owned by the caller. For an array of variants it is the variant's content. */
GVariant *chunk_item(GVariant *chunk, gsize index);

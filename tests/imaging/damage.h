/* Makes damaged variants of a file; the same seed yields the same variant. */
#pragma once

#include <glib.h>

/* Returns the first bytes of the file: at least one, and not all. */
GBytes *damage_truncate(GBytes *bytes, guint32 seed);

/* Flips 1 to 11 bits; in every other variant within the first 200 bytes, which decide most. Half of the PNG
 * files get correct checksums again, since otherwise little more than checksums would be tested. */
GBytes *damage_flip(GBytes *bytes, guint32 seed);

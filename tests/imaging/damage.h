/* Damaged variants of a file, the same for the same seed. */
#pragma once

#include <glib.h>

/* The first bytes of it, at least one, at least one missing. */
GBytes *damage_truncate(GBytes *bytes, guint32 seed);

/* With 1 to 11 bits flipped; those of every other variant in the first 200 bytes, where decisions are made.
 * Half of those of a PNG file have right checksums again, or little more than checksums would be tested. */
GBytes *damage_flip(GBytes *bytes, guint32 seed);

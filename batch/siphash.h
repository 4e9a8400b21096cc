/* SipHash-2-4: a keyed 64-bit hash for which nobody can find collisions without the key (Aumasson and
 * Bernstein, "SipHash: a fast short-input PRF", 2012). Pure. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 k0, k1; /* the two halves of the 128-bit key, little-endian */
} SipKey;

guint64 siphash(const SipKey *key, const void *data, gsize size_bytes);

/* Chooses the key at which to cut the rest of a listing in two, knowing only the keys received so far. Pure.
 *
 * Every choice is correct: any key may be a boundary. A good one has about as many keys before it as after
 * it. docs/adr/0016-a-bucket-is-listed-in-ranges.md describes how the choice is made, and how good it is. */
#pragma once

#include <glib.h>

/* The printable ASCII characters seen in keys so far: the characters of later keys are likely among them.
 * Initialize with {0}. */
typedef struct {
    gboolean has[128];
} KeyAlphabet;

void key_alphabet_add(KeyAlphabet *alphabet, const char *key);

/* The first and the last key of the last page, and bound, the key up to which the listing goes. bound is NULL
 * if it goes to the end of all keys that begin with the first prefix_bytes of last. Keys are UTF-8 and
 * ascending; first may equal last. */
typedef struct {
    const char *first;
    const char *last;
    const char *bound;
    gsize prefix_bytes;
} KeySpan;

/* Returns a key strictly between last and bound, or NULL if none is found. It need not exist. It is UTF-8
 * without control characters, begins with the prefix, and has at most LIMIT_KEY_BYTES. Owned by the
 * caller. */
char *key_boundary(const KeyAlphabet *alphabet, const KeySpan *span);

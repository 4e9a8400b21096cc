/* Where to cut what is left of a listing in two, knowing only the keys that came so far. Pure.
 *
 * Whatever it says is right: any key may be a boundary. A good one has about as many keys before it as behind
 * it. docs/adr/0016-a-bucket-is-listed-in-ranges.md tells how it guesses, and how well. */
#pragma once

#include <glib.h>

/* The printable ASCII characters that keys were seen to have: those of keys to come are likely among them.
 * {0}: none yet. */
typedef struct {
    gboolean has[128];
} KeyAlphabet;

void key_alphabet_add(KeyAlphabet *alphabet, const char *key);

/* The first and the last key of the last page, and the key up to which the listing is to go (NULL: to the end
 * of all that begin as the first prefix_bytes of last do). UTF-8, and ascending; first may equal last. */
typedef struct {
    const char *first;
    const char *last;
    const char *bound;
    gsize prefix_bytes;
} KeySpan;

/* A key between last and bound, neither of which it equals. It need not exist. It is UTF-8 without
 * control characters, begins with the prefix, and has at most LIMIT_KEY_BYTES. NULL: none comes to mind.
 * Owned by the caller. */
char *key_boundary(const KeyAlphabet *alphabet, const KeySpan *span);

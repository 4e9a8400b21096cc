/* Texts that come from another process: no longer than they are of use to a reader. Used wherever the more
 * trusted side takes one in. */
#pragma once

#include <glib.h>

/* The reason of an error or a death. */
#define TEXT_REASON_BYTES 1024u

/* A valid UTF-8 copy of at most max_bytes (with the "..." by which it ends if something was cut), of which
 * control characters have become spaces: one line. Owned by the caller. */
char *text_cut(const char *text, gsize max_bytes);

/* Limits the length of texts that come from another process. Used wherever the more trusted process receives
 * one. */
#pragma once

#include <glib.h>

/* For the reason of an error or of a process's end. */
#define TEXT_REASON_BYTES 1024u

/* A valid UTF-8 copy in one line: control characters become spaces. It has at most max_bytes, including the
 * "..." that marks a cut. Owned by the caller. */
char *text_cut(const char *text, gsize max_bytes);

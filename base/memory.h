/* The amount of memory that this process may use, together with all others of its machine or control
 * group. */
#pragma once

#include <glib.h>

/* The smallest of the machine's memory (MemTotal) and the limits of control groups (memory.max, and
 * memory.limit_in_bytes of version 1), in bytes. G_MAXUINT64 if none can be read. root is a prefix of /proc
 * and /sys; "" except in tests. */
guint64 memory_total(const char *root);

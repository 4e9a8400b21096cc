/* Makes children the first processes that the kernel kills when memory runs out: /proc/PID/oom_score_adj at
 * 1000 (proc(5)).
 *
 * A child that will be in a sandbox cannot set its own value, nor can a parent in a sandbox set it for a
 * process that it has just started. But a child inherits its parent's value, so the parent sets its own to
 * the highest one while it forks. Raising one's own value needs no privilege, and neither does restoring it.
 * Used by process.c, and by programs that enter a sandbox before they start such children.
 * Single-threaded. */
#pragma once

#include <glib.h>

/* Opens the file that the other functions need: call it before a sandbox forbids that. A second call does
 * nothing. Without /proc these functions have no effect. */
void expendable_prepare(void);

/* Children forked between expendable_begin() and expendable_end() are expendable. */
void expendable_begin(void);
void expendable_end(void);

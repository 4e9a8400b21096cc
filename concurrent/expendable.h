/* Children that the kernel ends first when memory runs out: /proc/PID/oom_score_adj at 1000 (proc(5)).
 *
 * A child that will be in a sandbox cannot set its own, nor can a parent in one set it for a process that it
 * has just started. But a child inherits its parent's value, so the parent has the highest one for the moment
 * in which it forks. Raising one's own value takes no privilege, and neither does going back. For process.c,
 * and for who enters a sandbox before it starts such children. Single-threaded. */
#pragma once

#include <glib.h>

/* Opens what the next two need, once: call it before a sandbox closes. A second call does nothing. Without
 * /proc all of this has no effect. */
void expendable_prepare(void);

/* From here on, until expendable_end(), whatever this process forks is expendable. */
void expendable_begin(void);
void expendable_end(void);

/* Processes that a child leaves behind when it ends: its own children, and theirs. They are in the session
 * that the child led, and by then they are children of this process, if it adopts orphans
 * (concurrent/orphans.h), or of one another. A process leaves its session with setsid(2), which a sandbox
 * can deny (docs/adr/0063-what-a-worker-leaves-behind.md).
 *
 * Used by process.c and orphans.c. Single-threaded. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Kills what is left in a session. Call it when the leader has ended and before it is reaped: once it is
 * reaped and no member is left, the number of the session may become another process's. */
void leftovers_kill(pid_t session);

/* Kills again: processes that ended have left their own children to this process. FALSE once nothing is left
 * in any session. Call it after each end of a child that is not a Process. */
gboolean leftovers_kill_again(void);

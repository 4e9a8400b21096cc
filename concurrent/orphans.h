/* Orphans: descendants of this process whose own parents have ended. In a container there may be no other
 * process to reap them. Used by programs with one thread that has Processes (concurrent/process.h), and with
 * no other children. */
#pragma once

#include <glib.h>

/* Makes this process the parent of its descendants' orphans (PR_SET_CHILD_SUBREAPER), and reaps orphans when
 * they end. Exit codes of children that are Processes are left to them. Orphans that a Process with a
 * session of its own leaves behind are killed when it ends. SIGCHLD is blocked, see signals_watch(). The
 * source is attached and owned by the caller: destroy and unref it to stop. NULL with class
 * ERROR_INTERNAL. */
GSource *orphans_adopt(GMainContext *context, GError **error);

/* The same for the first process of a container or machine (pid 1), to which the kernel gives all orphans
 * anyway. NULL in any other process. */
GSource *orphans_adopt_if_first(GMainContext *context);

/* Frees the source, after waiting for the end of orphans that are being killed; at most 2 s. For the end
 * of a program, when its Processes have ended. orphans may be NULL. */
void orphans_release(GSource *orphans);

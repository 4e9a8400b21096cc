/* Children made in memory, for tests of code that has a process executor: linked in place of
 * concurrent/process_executor.c (CMake: children.c among the sources, WRAPS process_pid). There is no process. A
 * task waits until the test ends it; a child dies when the test says so. */
#pragma once

#include "base/error.h"
#include "concurrent/process_executor.h"

/* The i-th executor with this name that has not been freed, oldest first, or NULL. */
ProcessExecutor *children_find(const char *name, guint i);

/* Its children have started and are ready, with new pids. */
void children_ready(ProcessExecutor *executor);

/* Number of tasks of this target that have not ended; NULL for all targets. */
guint children_open(const ProcessExecutor *executor, const char *target);

/* The arguments of the i-th of these tasks, oldest first; borrowed. */
GVariant *children_args(const ProcessExecutor *executor, const char *target, guint i);

/* Takes a descriptor that came with the i-th of these tasks, or -1. */
int children_steal_fd(const ProcessExecutor *executor, const char *target, guint i, gint32 handle);

/* Ends the i-th of these tasks. result floating is sunk; fds is taken and may be NULL. */
void children_return(ProcessExecutor *executor, const char *target, guint i, GVariant *result, FdList *fds);
void children_fail(ProcessExecutor *executor, const char *target, guint i, ErrorClass class,
                   const char *reason);

/* All children die, as one: their tasks fail with ERROR_CRASH, and others take their place. */
void children_die(ProcessExecutor *executor, const char *obituary);

/* No child can be started any more. */
void children_break(ProcessExecutor *executor, ErrorClass class, const char *reason);

/* A child sends a note, or asks a question about the i-th task of this target (NULL: about none). */
void children_note(ProcessExecutor *executor, const char *name, GVariant *value);
GVariant *children_ask(ProcessExecutor *executor, const char *target, guint i, const char *name,
                       GVariant *value, GError **error);

/* The calls that it received. */
guint children_count(const ProcessExecutor *executor); /* as of process_executor_scale() */
guint children_killed(const ProcessExecutor *executor);
guint children_recycled(const ProcessExecutor *executor);
gboolean children_are_shut_down(const ProcessExecutor *executor);
pid_t children_pid(const ProcessExecutor *executor);

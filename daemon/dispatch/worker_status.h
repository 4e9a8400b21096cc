/* Describes the workers' states as dictionaries for display (messages.h: workers), with the obituaries of
 * those that died. Used by the supervisor. */
#pragma once

#include <glib.h>

#include "concurrent/process_executor.h"

/* A set of obituaries: for each slot, of the last worker that died there. Free with g_hash_table_unref(). */
GHashTable *worker_obituaries_new(void);

/* Stores the obituary of a worker that has just died. Call it while the executor still lists that worker. */
void worker_obituaries_add(GHashTable *obituaries, const ProcessExecutor *executor, pid_t pid,
                           const char *text);

/* How many workers have a task. */
guint worker_status_busy(const ProcessExecutor *executor);

/* The key of the object that a task is about, or NULL. */
typedef const char *(*WorkerTaskKey)(const Future *task, void *data);

/* The states of all workers: an aa{sv}, floating. */
GVariant *worker_status_to_variant(const ProcessExecutor *executor, GHashTable *obituaries,
                                   WorkerTaskKey key_of, void *data);

/* The workers' states as dictionaries for whoever shows them (messages.h: workers), and what the dead said.
 * Used by the supervisor. */
#pragma once

#include <glib.h>

#include "concurrent/process_executor.h"

/* A set of obituaries: of the last worker that died in each place. g_hash_table_unref(). */
GHashTable *worker_obituaries_new(void);

/* Keeps that of a worker that has just died: while the executor tells of it. */
void worker_obituaries_add(GHashTable *obituaries, const ProcessExecutor *executor, pid_t pid,
                           const char *text);

/* The key of the object that a task is about, or NULL. */
typedef const char *(*WorkerTaskKey)(const Future *task, void *data);

/* An aa{sv}, floating. */
GVariant *worker_status_to_variant(const ProcessExecutor *executor, GHashTable *obituaries,
                                   WorkerTaskKey key_of, void *data);

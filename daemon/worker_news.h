/* What becomes of workers and their imagers, and what they did: counted in the report, and logged. Used by
 * the supervisor's dispatcher. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "concurrent/process_executor.h"
#include "daemon/messages.h"

typedef struct {
    RunReport *report;
    GHashTable *obituaries; /* of worker_obituaries_new() */
} WorkerNews;

/* Handlers of ProcessExecutorOptions; data is a WorkerNews. */
void worker_news_on_child(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                          void *data);
void worker_news_on_note(ProcessExecutor *executor, const char *name, GVariant *value, void *data);

/* What came with a result. */
void worker_news_count(RunReport *report, const TransferCounters *counters);

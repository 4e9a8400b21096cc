/* Handles events of workers and their imagers: counts starts, deaths and requests in the report, logs deaths,
 * and answers the workers' questions. Used by the supervisor's dispatcher. */
#pragma once

#include <glib.h>

#include "base/chatter.h"
#include "batch/report.h"
#include "concurrent/process_executor.h"
#include "config/model.h"
#include "daemon/protocol/meter.h"
#include "daemon/protocol/object_result.h"
#include "store/store.h"

/* All borrowed. */
typedef struct {
    Chatter deaths; /* limits how many deaths of imagers are logged */
    guint unlogged; /* deaths of imagers since the last one that was logged */
    RunReport *report;
    Meter *meter;           /* counts deaths by role */
    GHashTable *obituaries; /* of worker_obituaries_new() */
    GHashTable *flights;    /* of daemon/dispatch/flight.h */
    const Config *config;
    Store *destination;
} WorkerEvents;

/* Handlers of ProcessExecutorOptions; data is a WorkerEvents. */
void worker_events_on_child(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                            void *data);
void worker_events_on_note(ProcessExecutor *executor, const char *name, GVariant *value, void *data);
GVariant *worker_events_on_ask(ProcessExecutor *executor, const Future *task, const char *name,
                               GVariant *value, void *data, GError **error);

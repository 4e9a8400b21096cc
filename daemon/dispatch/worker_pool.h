/* The workers of a configuration: the executor through which the supervisor hands them tasks. */
#pragma once

#include <glib.h>

#include "concurrent/process_executor.h"
#include "config/model.h"
#include "s3/http/http_proxies.h"

typedef struct {
    const Config *config;       /* borrowed while the workers are started */
    guint count;                /* of workers, 1 or more */
    guint tasks;                /* that one may have in flight at most, 1 or more */
    const HttpProxies *proxies; /* of their requests; borrowed while the workers are started */
    gboolean is_examined;       /* they start also behind an incomplete sandbox, to say what it lacks */
    /* As in ProcessExecutorOptions; may be NULL. */
    void (*on_child)(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data);
    void (*on_note)(ProcessExecutor *executor, const char *name, GVariant *value, void *data);
    GVariant *(*on_ask)(ProcessExecutor *executor, const Future *task, const char *name, GVariant *value,
                        void *data, GError **error);
    void *data;
} WorkerPoolOptions;

/* Starts them. Class ERROR_CONFIG if their executable is missing. */
ProcessExecutor *worker_pool_start(const WorkerPoolOptions *options, GMainContext *context, GError **error);

/* The workers of a configuration: the executor through which the supervisor hands them tasks. */
#pragma once

#include <glib.h>

#include "concurrent/process_executor.h"
#include "config/model.h"
#include "daemon/flow/room.h"
#include "s3/http/http_proxies.h"

typedef struct {
    const Config *config;       /* borrowed while the workers are started */
    guint count;                /* number of workers, 1 or more */
    guint tasks;                /* maximum number of tasks in flight per worker, 1 or more */
    const HttpProxies *proxies; /* for the workers' requests; borrowed while the workers are started */
    gboolean is_examined;       /* start workers even with an incomplete sandbox, to report what it lacks */
    /* As in ProcessExecutorOptions; may be NULL. */
    void (*on_child)(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data);
    void (*on_note)(ProcessExecutor *executor, const char *name, GVariant *value, void *data);
    GVariant *(*on_ask)(ProcessExecutor *executor, const Future *task, const char *name, GVariant *value,
                        void *data, GError **error);
    void *data;
} WorkerPoolOptions;

/* Finds room for n_wanted workers, or for as many as the resource limits allow, which is logged. Errors of
 * room_find(). */
gboolean worker_pool_find_room(const ResourceLimits *limits, guint n_wanted, const Config *config,
                               Room *ret_room, GError **error);

/* Starts the workers. Class ERROR_CONFIG if their executable is missing. */
ProcessExecutor *worker_pool_start(const WorkerPoolOptions *options, GMainContext *context, GError **error);

#include "daemon/supervisor/explain.h"

#include "base/error.h"
#include "daemon/access/stores.h"
#include "daemon/dispatch/reading_task.h"
#include "daemon/dispatch/worker_pool.h"
#include "daemon/protocol/messages.h"

struct Explain {
    Call *call;
    Stores *stores;
    ProcessExecutor *worker; /* one is enough */
};

static void worker_done(Future *future, void *data)
{
    Explain *explain = data;
    GError *error = NULL;
    GVariant *value = future_result(future, 0, &error);

    if (value != NULL && !g_variant_is_of_type(value, G_VARIANT_TYPE(EXPLAIN_RESULT_TYPE)))
        error_set(&error, ERROR_INTERNAL, "the worker returned %s", g_variant_get_type_string(value));
    if (error != NULL)
        call_fail(explain->call, error);
    else
        call_return(explain->call, value, NULL);
    future_unref(future);
}

/* The task has all outputs, but no URLs to upload them to. NULL if the source cannot have such a key. */
static ObjectTask *task_for(const Explain *explain, const Config *config, const char *key, GError **error)
{
    ObjectTask *task = reading_task_new(config, explain->stores->source, key, error);

    for (guint i = 0; task != NULL && i < config->outputs->len; i++)
        object_task_add_recipe(task, i, &config_output(config, i)->recipe);
    return task;
}

Explain *explain_new(const ExplainOptions *options, Call *call, GMainContext *context, GError **error)
{
    const Config *config = options->config;
    Explain *explain = g_new0(Explain, 1);
    g_autoptr(ObjectTask) task = NULL;
    Future *future = NULL;

    explain->stores = stores_open(config, options->keys, options->proxies, context, error);
    if (explain->stores != NULL)
        task = task_for(explain, config, options->key, error);
    if (task != NULL)
        explain->worker = worker_pool_start(
            &(WorkerPoolOptions){.config = config, .count = 1, .tasks = 1, .proxies = options->proxies},
            context, error);
    if (explain->worker != NULL)
        future = executor_submit(process_executor_base(explain->worker), TARGET_EXPLAIN,
                                 object_task_to_variant(task), NULL, error);
    if (future == NULL) {
        explain_free(explain);
        return NULL;
    }
    explain->call = call;
    future_add_done_callback(future, worker_done, explain);
    return explain;
}

void explain_free(Explain *explain)
{
    if (explain == NULL)
        return;
    if (explain->worker != NULL)
        executor_free(process_executor_base(explain->worker));
    stores_close(explain->stores);
    g_free(explain);
}

#include "daemon/workers.h"

#include "base/clock.h"
#include "base/limits.h"
#include "daemon/messages.h"
#include "daemon/roles.h"

/* How long a worker may take for an object beyond its imager's time, per attempt at a request: then it hangs.
 */
#define WORKER_SLACK_US (120 * CLOCK_US_PER_S)

/* Sources that may be before a task in its worker's queue for the imager. */
#define RENDERINGS_AHEAD 16u

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static GVariant *initializer_args(const Config *config, const HttpProxies *proxies)
{
    return g_variant_new(
        WORKER_INIT_TYPE, or_empty(config->source.s3.ca_file), or_empty(config->destination.s3.ca_file),
        config->retries.attempts, config->destination.s3.verify_etag, config->workers.task_timeout_ms,
        config->workers.max_tasks_per_child, or_empty(proxies->http), or_empty(proxies->https),
        or_empty(proxies->exceptions), (guint32)config->destination.s3.checksum,
        config->destination.s3.sign_payload, config->sandbox == CONFIG_SANDBOX_BEST_EFFORT);
}

ProcessExecutor *workers_start(const WorkersOptions *options, GMainContext *context, GError **error)
{
    const Config *config = options->config;
    const guint wanted =
        config->workers.tasks_in_flight != 0 ? config->workers.tasks_in_flight : LIMIT_TASKS_IN_FLIGHT;
    const guint tasks_in_flight = MIN(wanted, options->tasks);
    const gint64 task_timeout_us = config->workers.task_timeout_ms * CLOCK_US_PER_MS;
    g_autofree char *executable = role_executable(ROLE_WORKER, error);
    g_auto(GStrv) env = role_environment();

    if (executable == NULL)
        return NULL;
    return process_executor_new(
        &(ProcessExecutorOptions){
            .name = role_name(ROLE_WORKER),
            .executable = executable,
            .env = (const char *const *)env,
            .max_workers = options->count,
            .tasks_in_flight = tasks_in_flight,
            .concurrent = TRUE,
            .task_timeout_us = task_timeout_us * 2 * MIN(tasks_in_flight, RENDERINGS_AHEAD) +
                               WORKER_SLACK_US * config->retries.attempts,
            .heartbeat_us = config->heartbeat_timeout_ms * CLOCK_US_PER_MS,
            .initializer_args = initializer_args(config, options->proxies),
            .on_child = options->on_child,
            .on_note = options->on_note,
            .on_ask = options->on_ask,
            .data = options->data,
        },
        context);
}

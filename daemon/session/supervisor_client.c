#include "daemon/session/supervisor_client.h"

#include <string.h>

#include "base/log.h"
#include "concurrent/process_executor.h"
#include "config/config.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/roles.h"
#include "sandbox/privileges.h"

struct SupervisorClient {
    SupervisorClientOptions options;
    ProcessExecutor *executor;
    Process *process; /* owned by the executor; or NULL */
    gboolean ready;
};

/* Notes from the supervisor */

static void log_record_of(const SupervisorClient *client, GVariant *value)
{
    g_autoptr(GVariant) fields = NULL;
    const char *message;
    gint32 level;

    g_variant_get(value, "(i&s@a{ss})", &level, &message, &fields);
    if (client->options.before_log != NULL)
        client->options.before_log(client->options.data);
    log_record((LogLevel)CLAMP(level, (gint32)LOG_DEBUG, (gint32)LOG_ERROR), message, fields);
}

static void tell_meter(const SupervisorClient *client, GVariant *value)
{
    MeterGauges gauges;
    Meter increments;

    if (client->options.on_meter != NULL && meter_from_variant(value, &increments, &gauges))
        client->options.on_meter(&increments, &gauges, client->options.data);
}

static void tell_plan(const SupervisorClient *client, GVariant *value)
{
    const char *source, *output;

    if (client->options.on_plan == NULL)
        return;
    g_variant_get(value, "(&s&s)", &source, &output);
    client->options.on_plan(source, output, client->options.data);
}

static void tell_finding(const SupervisorClient *client, GVariant *value)
{
    const char *source, *output, *difference, *text;

    if (client->options.on_finding == NULL)
        return;
    g_variant_get(value, "(&s&s&s&s)", &source, &output, &difference, &text);
    client->options.on_finding(source, output, difference, text, client->options.data);
}

static void on_note(ProcessExecutor *executor, const char *name, GVariant *value, void *data)
{
    const SupervisorClient *client = data;
    Progress progress;

    (void)executor;
    if (strcmp(name, NOTE_PROGRESS) == 0 && progress_from_variant(value, &progress)) {
        if (client->options.on_progress != NULL)
            client->options.on_progress(&progress, client->options.data);
    } else if (strcmp(name, NOTE_METER) == 0) {
        tell_meter(client, value);
    } else if (strcmp(name, NOTE_LOG) == 0 && g_variant_is_of_type(value, G_VARIANT_TYPE(NOTE_LOG_TYPE))) {
        log_record_of(client, value);
    } else if (strcmp(name, NOTE_PLAN) == 0 && g_variant_is_of_type(value, G_VARIANT_TYPE(NOTE_PLAN_TYPE))) {
        tell_plan(client, value);
    } else if (strcmp(name, NOTE_FINDING) == 0 &&
               g_variant_is_of_type(value, G_VARIANT_TYPE(NOTE_FINDING_TYPE))) {
        tell_finding(client, value);
    }
}

static void on_child(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data)
{
    SupervisorClient *client = data;

    (void)executor;
    if (event == CHILD_STARTED || event == CHILD_READY) {
        client->process = process;
        client->ready = event == CHILD_READY;
        return;
    }
    if (client->process == process) {
        client->process = NULL;
        client->ready = FALSE;
    }
    if (event == CHILD_DIED && client->options.on_died != NULL)
        client->options.on_died(text, client->options.data);
}

/* Requests to the supervisor */

SupervisorClient *supervisor_client_new(const SupervisorClientOptions *options, GMainContext *context,
                                        GError **error)
{
    g_autofree char *executable = role_executable(ROLE_SUPERVISOR, error);
    g_auto(GStrv) env = role_environment();
    SupervisorClient *client;

    if (executable == NULL)
        return NULL;
    privileges_hide(); /* the user's environment, with its credentials, passes through this process */
    client = g_new0(SupervisorClient, 1);
    client->options = *options;
    client->executor = process_executor_new(
        &(ProcessExecutorOptions){
            .name = role_name(ROLE_SUPERVISOR),
            .executable = executable,
            .env = (const char *const *)env,
            .max_workers = 1,
            .tasks_in_flight = G_MAXUINT,
            .concurrent = TRUE,
            .on_child = on_child,
            .on_note = on_note,
            .data = client,
        },
        context);
    return client;
}

void supervisor_client_listen(SupervisorClient *client, const SupervisorClientOptions *options)
{
    client->options = *options;
}

Future *supervisor_client_ask(SupervisorClient *client, const char *target, GVariant *args, GError **error)
{
    return executor_submit(process_executor_base(client->executor), target, args, NULL, error);
}

Future *supervisor_client_order(SupervisorClient *client, const SupervisorOrder *order, GError **error)
{
    GVariant *parts[] = {config_to_variant(order->config), environment_to_variant(order->environment),
                         order->more};

    return executor_submit(process_executor_base(client->executor), order->target,
                           g_variant_new_tuple(parts, order->more != NULL ? 3 : 2), order->fds, error);
}

pid_t supervisor_client_pid(const SupervisorClient *client)
{
    return client->process != NULL ? process_pid(client->process) : 0;
}

gboolean supervisor_client_is_ready(const SupervisorClient *client)
{
    return client->ready;
}

const GError *supervisor_client_broken(const SupervisorClient *client)
{
    return process_executor_broken(client->executor);
}

void supervisor_client_kill(SupervisorClient *client)
{
    if (client->process != NULL)
        (void)process_executor_kill(client->executor, process_pid(client->process));
}

gboolean supervisor_client_terminate(SupervisorClient *client, pid_t pid)
{
    return process_executor_terminate(client->executor, pid);
}

void supervisor_client_close(SupervisorClient *client, gboolean wait)
{
    executor_shutdown(process_executor_base(client->executor), wait, TRUE);
}

void supervisor_client_free(SupervisorClient *client)
{
    if (client == NULL)
        return;
    executor_free(process_executor_base(client->executor));
    g_free(client);
}

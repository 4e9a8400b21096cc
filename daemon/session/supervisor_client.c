#include "daemon/session/supervisor_client.h"

#include <string.h>

#include "base/log.h"
#include "concurrent/process_executor.h"
#include "config/config.h"
#include "daemon/protocol/roles.h"
#include "sandbox/privileges.h"

struct SupervisorClient {
    SupervisorClientOptions options;
    ProcessExecutor *executor;
    Process *process; /* owned by the executor; or NULL */
    gboolean ready;
};

/* Notes from the supervisor */

static void log_record_of(const SupervisorClient *supervision, GVariant *value)
{
    g_autoptr(GVariant) fields = NULL;
    const char *message;
    gint32 level;

    g_variant_get(value, "(i&s@a{ss})", &level, &message, &fields);
    if (supervision->options.before_log != NULL)
        supervision->options.before_log(supervision->options.data);
    log_record((LogLevel)CLAMP(level, (gint32)LOG_DEBUG, (gint32)LOG_ERROR), message, fields);
}

static void tell_plan(const SupervisorClient *supervision, GVariant *value)
{
    const char *source, *output;

    if (supervision->options.on_plan == NULL)
        return;
    g_variant_get(value, "(&s&s)", &source, &output);
    supervision->options.on_plan(source, output, supervision->options.data);
}

static void on_note(ProcessExecutor *executor, const char *name, GVariant *value, void *data)
{
    const SupervisorClient *supervision = data;
    Progress progress;

    (void)executor;
    if (strcmp(name, NOTE_PROGRESS) == 0 && progress_from_variant(value, &progress)) {
        if (supervision->options.on_progress != NULL)
            supervision->options.on_progress(&progress, supervision->options.data);
    } else if (strcmp(name, NOTE_LOG) == 0 && g_variant_is_of_type(value, G_VARIANT_TYPE(NOTE_LOG_TYPE))) {
        log_record_of(supervision, value);
    } else if (strcmp(name, NOTE_PLAN) == 0 && g_variant_is_of_type(value, G_VARIANT_TYPE(NOTE_PLAN_TYPE))) {
        tell_plan(supervision, value);
    }
}

static void on_child(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data)
{
    SupervisorClient *supervision = data;

    (void)executor;
    if (event == CHILD_STARTED || event == CHILD_READY) {
        supervision->process = process;
        supervision->ready = event == CHILD_READY;
        return;
    }
    if (supervision->process == process) {
        supervision->process = NULL;
        supervision->ready = FALSE;
    }
    if (event == CHILD_DIED && supervision->options.on_died != NULL)
        supervision->options.on_died(text, supervision->options.data);
}

/* Requests to the supervisor */

SupervisorClient *supervisor_client_new(const SupervisorClientOptions *options, GMainContext *context,
                                        GError **error)
{
    g_autofree char *executable = role_executable(ROLE_SUPERVISOR, error);
    g_auto(GStrv) env = role_environment();
    SupervisorClient *supervision;

    if (executable == NULL)
        return NULL;
    privileges_hide(); /* the user's environment, with its credentials, passes through this process */
    supervision = g_new0(SupervisorClient, 1);
    supervision->options = *options;
    supervision->executor = process_executor_new(
        &(ProcessExecutorOptions){
            .name = role_name(ROLE_SUPERVISOR),
            .executable = executable,
            .env = (const char *const *)env,
            .max_workers = 1,
            .tasks_in_flight = G_MAXUINT,
            .concurrent = TRUE,
            .on_child = on_child,
            .on_note = on_note,
            .data = supervision,
        },
        context);
    return supervision;
}

void supervisor_client_listen(SupervisorClient *supervision, const SupervisorClientOptions *options)
{
    supervision->options = *options;
}

Future *supervisor_client_ask(SupervisorClient *supervision, const char *target, GVariant *args,
                              GError **error)
{
    return executor_submit(process_executor_base(supervision->executor), target, args, NULL, error);
}

Future *supervisor_client_order(SupervisorClient *supervision, const char *target, const Config *config,
                                const Environment *environment, GVariant *more, GError **error)
{
    GVariant *parts[] = {config_to_variant(config), environment_to_variant(environment), more};

    return supervisor_client_ask(supervision, target, g_variant_new_tuple(parts, more != NULL ? 3 : 2),
                                 error);
}

pid_t supervisor_client_pid(const SupervisorClient *supervision)
{
    return supervision->process != NULL ? process_pid(supervision->process) : 0;
}

gboolean supervisor_client_is_ready(const SupervisorClient *supervision)
{
    return supervision->ready;
}

const GError *supervisor_client_broken(const SupervisorClient *supervision)
{
    return process_executor_broken(supervision->executor);
}

void supervisor_client_kill(SupervisorClient *supervision)
{
    if (supervision->process != NULL)
        (void)process_executor_kill(supervision->executor, process_pid(supervision->process));
}

gboolean supervisor_client_terminate(SupervisorClient *supervision, pid_t pid)
{
    return process_executor_terminate(supervision->executor, pid);
}

void supervisor_client_close(SupervisorClient *supervision, gboolean wait)
{
    executor_shutdown(process_executor_base(supervision->executor), wait, TRUE);
}

void supervisor_client_free(SupervisorClient *supervision)
{
    if (supervision == NULL)
        return;
    executor_free(process_executor_base(supervision->executor));
    g_free(supervision);
}

/* thumbmill-supervisor: holds the credentials, lists the stores, decides what to do, makes the references
 * that workers get, and records what became of each object. It never sees a byte of an image.
 *
 *   1. start: its channel is descriptor 3; log records go up that channel, to the process that owns the
 * terminal
 *   2. run: one pass (pass.c), answered with its report when it is over; or explain: one object (explain.c)
 *   3. stop: passed on to the pass
 *   4. end of file: end
 *
 * Single-threaded, but for libcurl's resolver threads. */
#include <glib.h>
#include <sys/prctl.h>

#include "base/error.h"
#include "base/log.h"
#include "concurrent/child.h"
#include "concurrent/process.h"
#include "daemon/explain.h"
#include "daemon/messages.h"
#include "daemon/pass.h"
#include "daemon/roles.h"

/* Messages that the main process has not read, above which no further page is listed. */
#define MAX_BACKLOG 1000u

typedef struct {
    GMainContext *context;
    Child *child;
    Call *call; /* the run that is to be answered */
    Config *config;
    Pass *pass;
    Explain *explain;
} Supervisor;

static void send_log(LogLevel level, const char *message, GVariant *fields, void *data)
{
    const Supervisor *supervisor = data;

    child_note(supervisor->child, NOTE_LOG, g_variant_new("(is@a{ss})", (gint32)level, message, fields));
}

static void send_progress(const Progress *progress, void *data)
{
    const Supervisor *supervisor = data;

    child_note(supervisor->child, NOTE_PROGRESS, progress_to_variant(progress));
}

static void send_plan(const char *source_key, const char *output_key, void *data)
{
    const Supervisor *supervisor = data;

    child_note(supervisor->child, NOTE_PLAN, g_variant_new(NOTE_PLAN_TYPE, source_key, output_key));
}

/* A terminal that is not read, a plan that goes into a pager: memory must not grow meanwhile. */
static gboolean is_behind(void *data)
{
    const Supervisor *supervisor = data;

    return child_backlog(supervisor->child) > MAX_BACKLOG;
}

static void run_finished(const RunReport *report, void *data)
{
    Supervisor *supervisor = data;

    call_return(g_steal_pointer(&supervisor->call), report_to_variant(report), NULL);
}

static void run_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Supervisor *supervisor = data;
    g_autoptr(GVariant) config = NULL;
    g_autoptr(GVariant) environment = NULL;
    GError *error = NULL;
    gboolean dry_run;

    (void)fds;
    if (supervisor->pass != NULL) {
        call_fail(call, g_error_new_literal(error_quark(), ERROR_INTERNAL, "a run per supervisor"));
        return;
    }
    g_variant_get(args, "(@a{sv}@a{ss}b)", &config, &environment, &dry_run);
    supervisor->call = call;
    supervisor->config = config_from_variant(config, &error);
    if (supervisor->config != NULL)
        supervisor->pass = pass_new(&(PassOptions){.config = supervisor->config,
                                                   .environment = environment,
                                                   .dry_run = dry_run,
                                                   .on_progress = send_progress,
                                                   .on_plan = send_plan,
                                                   .is_behind = is_behind,
                                                   .on_finished = run_finished,
                                                   .data = supervisor},
                                    supervisor->context, &error);
    if (supervisor->pass == NULL)
        call_fail(call, error);
}

static void explain_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Supervisor *supervisor = data;
    g_autoptr(GVariant) config_variant = NULL;
    g_autoptr(GVariant) environment = NULL;
    g_autoptr(Config) config = NULL;
    GError *error = NULL;
    const char *key;

    (void)fds;
    if (supervisor->explain != NULL) {
        call_fail(call, g_error_new_literal(error_quark(), ERROR_INTERNAL, "an explanation per supervisor"));
        return;
    }
    g_variant_get(args, "(@a{sv}@a{ss}^&ay)", &config_variant, &environment, &key);
    config = config_from_variant(config_variant, &error);
    if (config != NULL)
        supervisor->explain =
            explain_new(&(ExplainOptions){.config = config, .environment = environment, .key = key}, call,
                        supervisor->context, &error);
    if (supervisor->explain == NULL)
        call_fail(call, error);
}

static void stop_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Supervisor *supervisor = data;
    gboolean at_once;

    (void)fds;
    g_variant_get(args, STOP_ARGS_TYPE, &at_once);
    if (supervisor->pass != NULL)
        pass_stop(supervisor->pass, at_once);
    call_return(call, g_variant_new("()"), NULL);
}

static gboolean initialize(Child *child, GVariant *args, void *data, GError **error)
{
    Supervisor *supervisor = data;

    (void)args;
    (void)error;
    supervisor->child = child;
    log_set_sink(send_log, supervisor);
    log_set_level(LOG_DEBUG); /* the main process decides what is shown */
    return TRUE;
}

int main(void)
{
    static const CallTarget targets[] = {{TARGET_RUN, RUN_ARGS_TYPE, run_target},
                                         {TARGET_EXPLAIN, EXPLAIN_ARGS_TYPE, explain_target},
                                         {TARGET_STOP, STOP_ARGS_TYPE, stop_target}};
    Supervisor supervisor = {.context = g_main_context_new()};
    ChildOptions options = {.initializer = initialize, .table = {targets, 3, &supervisor}};
    GSource *orphans;
    int status;

    role_expect_parent(ROLE_SUPERVISOR);
    (void)prctl(PR_SET_DUMPABLE, 0); /* no core dump, no ptrace: it holds the keys */
    orphans = process_adopt_orphans(supervisor.context, NULL); /* imagers of killed workers */
    status = child_serve(&options, supervisor.context);
    log_set_sink(NULL, NULL);
    if (orphans != NULL) {
        g_source_destroy(orphans);
        g_source_unref(orphans);
    }
    explain_free(supervisor.explain);
    pass_free(supervisor.pass);
    config_free(supervisor.config);
    g_main_context_unref(supervisor.context);
    return status;
}

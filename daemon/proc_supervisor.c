/* thumbmill-supervisor: holds the credentials, lists the stores, decides what to do, makes the references
 * that workers get, and records what became of each object. It never sees a byte of an image.
 *
 *   1. start: its channel is descriptor 3; log records go up that channel, to the process that owns the
 * terminal
 *   2. credentials: found and fetched, without which nothing begins; they are renewed while it runs
 *   3. run: one pass (pass.c), answered with its report when it is over; or explain: one object (explain.c)
 *   4. stop: passed on to the pass
 *   5. end of file: end
 *
 * Single-threaded, but for libcurl's resolver threads. */
#include <glib.h>
#include <sys/prctl.h>

#include "base/error.h"
#include "base/log.h"
#include "concurrent/child.h"
#include "concurrent/process.h"
#include "daemon/explain.h"
#include "daemon/keys.h"
#include "daemon/messages.h"
#include "daemon/pass.h"
#include "daemon/roles.h"
#include "daemon/s3_defaults.h"
#include "daemon/state.h"
#include "daemon/stores.h"

/* Messages that the main process has not read, above which no further page is listed. */
#define MAX_BACKLOG 1000u

typedef struct Supervisor Supervisor;

struct Supervisor {
    GMainContext *context;
    Child *child;
    Call *call; /* what is to be answered; NULL: nothing, or not by this file */
    Config *config;
    HttpProxies proxies;
    Keys *keys;
    char *state;         /* directory; NULL: there is none */
    gboolean is_waiting; /* for the first credentials */
    gboolean dry_run;
    char *key; /* to explain */
    gboolean (*begin)(Supervisor *supervisor, GError **error);
    Pass *pass;
    Explain *explain;
};

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

/* With credentials, or without the need of any. */
static void begin(Supervisor *supervisor)
{
    GError *error = NULL;

    if (!supervisor->begin(supervisor, &error))
        call_fail(g_steal_pointer(&supervisor->call), error);
}

static void on_credentials(const GError *error, void *user)
{
    Supervisor *supervisor = user;

    supervisor->is_waiting = FALSE;
    if (error != NULL)
        call_fail(g_steal_pointer(&supervisor->call), g_error_copy(error));
    else
        begin(supervisor);
}

/* Owned by the caller; NULL: there is none. */
static char *state_of(const Config *config, GVariant *environment)
{
    const char *from_service = NULL;

    (void)g_variant_lookup(environment, STATE_VARIABLE, "&s", &from_service);
    return state_directory(config, from_service);
}

/* Takes config and environment; what the call is about begins when there are credentials. */
static void prepare(Supervisor *supervisor, GVariant *config, GVariant *taken, Call *call)
{
    g_autoptr(GVariant) environment = taken;
    GError *error = NULL;

    supervisor->call = call;
    http_proxies_init(&supervisor->proxies, environment);
    supervisor->config = config_from_variant(config, &error);
    g_variant_unref(config);
    if (supervisor->config != NULL)
        supervisor->state = state_of(supervisor->config, environment);
    if (supervisor->config != NULL && s3_defaults_apply(supervisor->config, environment, &error))
        supervisor->keys = keys_open(supervisor->config, environment, supervisor->context, &error);
    if (supervisor->keys == NULL) {
        call_fail(g_steal_pointer(&supervisor->call), error);
    } else if (keys_are_needed(supervisor->keys)) {
        supervisor->is_waiting = TRUE;
        keys_await(supervisor->keys, on_credentials, supervisor);
    } else {
        begin(supervisor);
    }
}

static gboolean run_begin(Supervisor *supervisor, GError **error)
{
    supervisor->pass = pass_new(&(PassOptions){.config = supervisor->config,
                                               .proxies = &supervisor->proxies,
                                               .keys = supervisor->keys,
                                               .state = supervisor->state,
                                               .dry_run = supervisor->dry_run,
                                               .on_progress = send_progress,
                                               .on_plan = send_plan,
                                               .is_behind = is_behind,
                                               .on_finished = run_finished,
                                               .data = supervisor},
                                supervisor->context, error);
    return supervisor->pass != NULL;
}

static gboolean explain_begin(Supervisor *supervisor, GError **error)
{
    supervisor->explain = explain_new(&(ExplainOptions){.config = supervisor->config,
                                                        .proxies = &supervisor->proxies,
                                                        .keys = supervisor->keys,
                                                        .key = supervisor->key},
                                      supervisor->call, supervisor->context, error);
    if (supervisor->explain != NULL)
        supervisor->call = NULL; /* it answers */
    return supervisor->explain != NULL;
}

/* Whether this is the first thing that is asked; otherwise the call fails. */
static gboolean is_first(const Supervisor *supervisor, Call *call)
{
    if (supervisor->begin == NULL)
        return TRUE;
    call_fail(call,
              g_error_new_literal(error_quark(), ERROR_INTERNAL, "a run or an explanation per supervisor"));
    return FALSE;
}

static void run_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Supervisor *supervisor = data;
    GVariant *config, *environment;

    (void)fds;
    if (!is_first(supervisor, call))
        return;
    supervisor->begin = run_begin;
    g_variant_get(args, "(@a{sv}@a{ss}b)", &config, &environment, &supervisor->dry_run);
    prepare(supervisor, config, environment, call);
}

static void explain_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Supervisor *supervisor = data;
    GVariant *config, *environment;

    (void)fds;
    if (!is_first(supervisor, call))
        return;
    supervisor->begin = explain_begin;
    g_variant_get(args, "(@a{sv}@a{ss}^ay)", &config, &environment, &supervisor->key);
    prepare(supervisor, config, environment, call);
}

/* Before it began: there is nothing to finish. */
static void stop_waiting(Supervisor *supervisor)
{
    supervisor->is_waiting = FALSE;
    g_clear_pointer(&supervisor->keys, keys_free);
    call_fail(g_steal_pointer(&supervisor->call),
              g_error_new_literal(error_quark(), ERROR_CANCELLED, "stopped while waiting for credentials"));
}

static void stop_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Supervisor *supervisor = data;
    gboolean at_once;

    (void)fds;
    g_variant_get(args, STOP_ARGS_TYPE, &at_once);
    if (supervisor->is_waiting)
        stop_waiting(supervisor);
    else if (supervisor->pass != NULL)
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
    keys_free(supervisor.keys);
    http_proxies_clear(&supervisor.proxies);
    config_free(supervisor.config);
    g_free(supervisor.key);
    g_free(supervisor.state);
    g_main_context_unref(supervisor.context);
    return status;
}

/* thumbmill-supervisor: holds the credentials, lists the stores, decides what to do, signs the URLs that
 * workers get, and records the outcome of each object. It never sees a byte of an image.
 *
 *   1. start: its channel is descriptor 3; log records go up that channel, to the process that owns the
 *      terminal
 *   2. credentials: found and fetched before anything else begins; they are renewed while it runs
 *   3. run: one pass (pass.c), answered with its report when it is over; probe: do the stores answer
 *      (probe.c); explain: one object (explain.c); or examine: credentials and stores (doctor.c). One at a
 *      time; a daemon's supervisor gets many, one after the other
 *   4. stop, release, scale, terminate: passed on to the pass; ping, workers, in-flight: answered at once
 *   5. end of file: end
 *
 * Single-threaded, but for libcurl's resolver threads. */
#include <glib.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/resource_limits.h"
#include "base/text_cut.h"
#include "concurrent/child.h"
#include "concurrent/orphans.h"
#include "config/config.h"
#include "daemon/access/s3_defaults.h"
#include "daemon/access/store_credentials.h"
#include "daemon/access/stores.h"
#include "daemon/doctor/doctor.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/progress.h"
#include "daemon/protocol/roles.h"
#include "daemon/state/state_files.h"
#include "daemon/supervisor/explain.h"
#include "daemon/supervisor/pass.h"
#include "daemon/supervisor/probe.h"
#include "sandbox/privileges.h"

/* Number of messages not yet read by the main process above which no further page is listed. */
#define MAX_BACKLOG 1000u

/* Maximum size of a log record. Texts from elsewhere are cut where they come in. A record that is still
 * larger loses its fields; it would not fit into a message, and so would end this process. */
#define MAX_RECORD_BYTES ((gsize)256 << 10)

typedef struct Supervisor Supervisor;

struct Supervisor {
    GMainContext *context;
    Child *child;
    Call *call; /* to be answered by this file, or NULL */
    Config *config;
    HttpProxies proxies;
    StoreCredentials *keys;
    char *ledger;   /* path, or NULL */
    GVariant *more; /* additional argument of the current order, or NULL */
    Scope scope;    /* of the current run, as is remake, which may be NULL */
    GStrv remake;
    int keys_fd;          /* the list of keys of the current order, or -1 */
    gboolean is_waiting;  /* waiting for the first credentials */
    gboolean is_released; /* the objects that the current order should hold have been released */
    gboolean (*begin)(Supervisor *supervisor, GError **error);
    gboolean busy; /* from the order's arrival until it is answered */
    Pass *pass;
    Probe *probe;
    Explain *explain;
    Doctor *doctor;
};

static void send_log(LogLevel level, const char *message, GVariant *fields, void *data)
{
    const Supervisor *supervisor = data;
    g_autofree char *text = text_cut(message, MAX_RECORD_BYTES);
    GVariant *shown = g_variant_get_size(fields) <= MAX_RECORD_BYTES
                          ? fields
                          : g_variant_new_array(G_VARIANT_TYPE("{ss}"), NULL, 0);

    child_note(supervisor->child, NOTE_LOG, g_variant_new("(is@a{ss})", (gint32)level, text, shown));
}

static void send_progress(const Progress *progress, void *data)
{
    const Supervisor *supervisor = data;

    child_note(supervisor->child, NOTE_PROGRESS, progress_to_variant(progress));
}

static void send_meter(const Meter *increments, const MeterGauges *gauges, void *data)
{
    const Supervisor *supervisor = data;

    child_note(supervisor->child, NOTE_METER, meter_to_variant(increments, gauges));
}

static void send_plan(const char *source_key, const char *output_key, void *data)
{
    const Supervisor *supervisor = data;

    child_note(supervisor->child, NOTE_PLAN, g_variant_new(NOTE_PLAN_TYPE, source_key, output_key));
}

static void send_finding(const char *source_key, const char *output_key, const char *difference,
                         const char *text, void *data)
{
    const Supervisor *supervisor = data;

    child_note(supervisor->child, NOTE_FINDING,
               g_variant_new(NOTE_FINDING_TYPE, source_key, output_key, difference, text));
}

/* A terminal may not be read, and a plan may go into a pager: memory must not grow meanwhile. */
static gboolean is_behind(void *data)
{
    const Supervisor *supervisor = data;

    return child_backlog(supervisor->child) > MAX_BACKLOG;
}

static void supervisor_return(Supervisor *supervisor, GVariant *result)
{
    supervisor->busy = FALSE;
    call_return(g_steal_pointer(&supervisor->call), result, NULL);
}

/* Takes ownership of error. */
static void supervisor_fail(Supervisor *supervisor, GError *error)
{
    supervisor->busy = FALSE;
    call_fail(g_steal_pointer(&supervisor->call), error);
}

static void run_finished(const RunReport *report, void *data)
{
    supervisor_return(data, report_to_variant(report));
}

static void probe_finished(const GError *error, void *data)
{
    if (error != NULL)
        supervisor_fail(data, g_error_copy(error));
    else
        supervisor_return(data, g_variant_new("()"));
}

/* Frees what the last call needed: it has been answered. */
static void supervisor_clear(Supervisor *supervisor)
{
    g_clear_pointer(&supervisor->doctor, doctor_free);
    g_clear_pointer(&supervisor->explain, explain_free);
    g_clear_pointer(&supervisor->probe, probe_free);
    g_clear_pointer(&supervisor->pass, pass_free);
    g_clear_pointer(&supervisor->keys, store_credentials_free);
    http_proxies_clear(&supervisor->proxies);
    g_clear_pointer(&supervisor->config, config_free);
    g_clear_pointer(&supervisor->more, g_variant_unref);
    g_clear_pointer(&supervisor->remake, g_strfreev);
    scope_clear(&supervisor->scope);
    fd_clear(&supervisor->keys_fd);
    g_clear_pointer(&supervisor->ledger, g_free);
    supervisor->is_waiting = FALSE;
}

/* Executes the order: credentials are available, or not needed. */
static void begin(Supervisor *supervisor)
{
    GError *error = NULL;

    if (!supervisor->begin(supervisor, &error))
        supervisor_fail(supervisor, error);
}

static void on_credentials(const GError *error, void *user)
{
    Supervisor *supervisor = user;

    supervisor->is_waiting = FALSE;
    if (error != NULL)
        supervisor_fail(supervisor, g_error_copy(error));
    else
        begin(supervisor);
}

/* The ledger's path or NULL, owned by the caller. */
static char *ledger_of(const Config *config, GVariant *environment)
{
    const char *from_service = NULL;

    (void)g_variant_lookup(environment, STATE_VARIABLE, "&s", &from_service);
    return state_ledger(config, from_service);
}

/* Takes an order: calls begin_func as soon as there are credentials, unless another order is being executed.
 * args are the configuration, the environment and, for some orders, a third value for supervisor->more. */
static void order(Supervisor *supervisor, gboolean (*begin_func)(Supervisor *, GError **), GVariant *args,
                  FdList *fds, Call *call)
{
    g_autoptr(GVariant) config = g_variant_get_child_value(args, 0);
    g_autoptr(GVariant) environment = g_variant_get_child_value(args, 1);
    GError *error = NULL;

    if (supervisor->busy) {
        call_fail(call, g_error_new_literal(error_quark(), ERROR_INTERNAL, "another request is in progress"));
        return;
    }
    supervisor_clear(supervisor);
    supervisor->busy = TRUE;
    supervisor->is_released = FALSE;
    supervisor->begin = begin_func;
    supervisor->call = call;
    supervisor->keys_fd = fds != NULL ? fd_list_steal(fds, 0) : -1;
    supervisor->more = g_variant_n_children(args) > 2 ? g_variant_get_child_value(args, 2) : NULL;
    http_proxies_init(&supervisor->proxies, environment);
    supervisor->config = config_from_variant(config, &error);
    if (supervisor->config != NULL) /* before the environment is applied to it */
        supervisor->ledger = ledger_of(supervisor->config, environment);
    if (supervisor->config != NULL && s3_defaults_apply(supervisor->config, environment, &error))
        supervisor->keys =
            store_credentials_open(supervisor->config, environment, supervisor->context, &error);
    if (supervisor->keys == NULL) {
        supervisor_fail(supervisor, error);
    } else if (store_credentials_are_needed(supervisor->keys)) {
        supervisor->is_waiting = TRUE;
        store_credentials_await(supervisor->keys, on_credentials, supervisor);
    } else {
        begin(supervisor);
    }
}

static gboolean run_begin(Supervisor *supervisor, GError **error)
{
    g_autoptr(GVariant) held = NULL;
    g_autoptr(GVariant) scope = NULL;
    gboolean dry_run, is_collection;
    const char *max_delete;
    Verification verification;

    g_clear_pointer(&supervisor->remake, g_strfreev);
    g_variant_get(supervisor->more, "(b@" SCOPE_TYPE "mhm^asb&s" VERIFICATION_TYPE "@" HELD_TYPE ")",
                  &dry_run, &scope, NULL, NULL, &supervisor->remake, &is_collection, &max_delete,
                  &verification.is_wanted, &verification.sample, &verification.seed, &verification.decodes,
                  &held);
    if (!scope_from_variant(scope, &supervisor->scope) ||
        (supervisor->scope.list != NULL && supervisor->keys_fd < 0)) {
        error_set(error, ERROR_INTERNAL, "an order with a scope that cannot be");
        return FALSE;
    }
    supervisor->pass = pass_new(&(PassOptions){.config = supervisor->config,
                                               .proxies = &supervisor->proxies,
                                               .keys = supervisor->keys,
                                               .ledger = supervisor->ledger,
                                               .scope = supervisor->scope,
                                               .keys_fd = supervisor->keys_fd,
                                               .dry_run = dry_run,
                                               .is_collection = is_collection,
                                               .max_delete = max_delete,
                                               .verification = verification,
                                               .remake = (const char *const *)supervisor->remake,
                                               .held = supervisor->is_released ? NULL : held,
                                               .on_progress = send_progress,
                                               .on_meter = send_meter,
                                               .on_plan = send_plan,
                                               .on_finding = send_finding,
                                               .is_behind = is_behind,
                                               .on_finished = run_finished,
                                               .data = supervisor},
                                supervisor->context, error);
    fd_clear(&supervisor->keys_fd);
    return supervisor->pass != NULL;
}

static gboolean probe_begin(Supervisor *supervisor, GError **error)
{
    supervisor->probe = probe_new(&(ProbeOptions){.config = supervisor->config,
                                                  .proxies = &supervisor->proxies,
                                                  .keys = supervisor->keys,
                                                  .on_done = probe_finished,
                                                  .data = supervisor},
                                  supervisor->context, error);
    return supervisor->probe != NULL;
}

static gboolean explain_begin(Supervisor *supervisor, GError **error)
{
    supervisor->explain = explain_new(&(ExplainOptions){.config = supervisor->config,
                                                        .proxies = &supervisor->proxies,
                                                        .keys = supervisor->keys,
                                                        .key = g_variant_get_bytestring(supervisor->more)},
                                      supervisor->call, supervisor->context, error);
    if (supervisor->explain != NULL)
        supervisor->call = NULL; /* explain answers it */
    return supervisor->explain != NULL;
}

static gboolean examine_begin(Supervisor *supervisor, GError **error)
{
    supervisor->doctor = doctor_new(&(DoctorOptions){.config = supervisor->config,
                                                     .proxies = &supervisor->proxies,
                                                     .keys = supervisor->keys},
                                    supervisor->call, supervisor->context, error);
    if (supervisor->doctor != NULL)
        supervisor->call = NULL; /* doctor answers it */
    return supervisor->doctor != NULL;
}

static void run_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    order(data, run_begin, args, fds, call);
}

static void probe_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    order(data, probe_begin, args, fds, call);
}

static void explain_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    order(data, explain_begin, args, fds, call);
}

static void examine_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    order(data, examine_begin, args, fds, call);
}

static void workers_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    const Supervisor *supervisor = data;
    GVariant *workers = supervisor->pass != NULL ? pass_workers(supervisor->pass)
                                                 : g_variant_new_array(G_VARIANT_TYPE_VARDICT, NULL, 0);

    (void)args;
    (void)fds;
    call_return(call, g_variant_new_tuple(&workers, 1), NULL);
}

static void scale_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Supervisor *supervisor = data;

    (void)fds;
    if (supervisor->config != NULL)
        g_variant_get(args, SCALE_ARGS_TYPE, &supervisor->config->workers.count);
    if (supervisor->pass != NULL)
        pass_scale(supervisor->pass);
    call_return(call, g_variant_new("()"), NULL);
}

static void terminate_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Supervisor *supervisor = data;
    guint32 pid;

    (void)fds;
    g_variant_get(args, TERMINATE_ARGS_TYPE, &pid);
    if (supervisor->pass != NULL && pass_terminate(supervisor->pass, (pid_t)pid))
        call_return(call, g_variant_new("()"), NULL);
    else
        call_fail(call, g_error_new(error_quark(), ERROR_INPUT, "no worker has the pid %u", pid));
}

static void ping_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    (void)data;
    call_return(call, g_variant_new("()"), NULL);
}

/* Stops an order that has not begun a pass: there is nothing to finish. */
static void stop_waiting(Supervisor *supervisor, const char *what)
{
    supervisor->is_waiting = FALSE;
    g_clear_pointer(&supervisor->probe, probe_free);
    g_clear_pointer(&supervisor->keys, store_credentials_free);
    supervisor_fail(supervisor,
                    g_error_new(error_quark(), ERROR_CANCELLED, "stopped while waiting for %s", what));
}

static void stop_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Supervisor *supervisor = data;
    gboolean at_once;

    (void)fds;
    g_variant_get(args, STOP_ARGS_TYPE, &at_once);
    if (supervisor->is_waiting)
        stop_waiting(supervisor, "credentials");
    else if (supervisor->probe != NULL && supervisor->busy)
        stop_waiting(supervisor, "the stores");
    else if (supervisor->pass != NULL)
        pass_stop(supervisor->pass, at_once);
    call_return(call, g_variant_new("()"), NULL);
}

static void in_flight_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    const Supervisor *supervisor = data;
    g_autoptr(GVariant) what =
        g_variant_ref_sink(supervisor->pass != NULL ? pass_in_flight(supervisor->pass)
                                                    : g_variant_new(HELD_TYPE, NULL, (guint64)0));

    (void)args;
    (void)fds;
    call_return(call,
                g_variant_new("(m@" HELD_TYPE ")", g_variant_get_size(what) <= HELD_MAX_BYTES ? what : NULL),
                NULL);
}

/* The release may arrive before there are credentials, and thus before there is a pass. */
static void release_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Supervisor *supervisor = data;

    (void)args;
    (void)fds;
    supervisor->is_released = TRUE;
    if (supervisor->pass != NULL)
        pass_release(supervisor->pass);
    call_return(call, g_variant_new("()"), NULL);
}

static gboolean initialize(Child *child, GVariant *args, void *data, GError **error)
{
    Supervisor *supervisor = data;

    (void)args;
    if (!privileges_forbid_new() || !privileges_drop(PRIVILEGES_FILES, error))
        return FALSE;
    supervisor->child = child;
    log_set_sink(send_log, supervisor);
    log_set_level(LOG_DEBUG); /* the main process decides what is shown */
    return TRUE;
}

int main(void)
{
    static const CallTarget targets[] = {{TARGET_RUN, RUN_ARGS_TYPE, run_target},
                                         {TARGET_RELEASE, "()", release_target},
                                         {TARGET_PROBE, PROBE_ARGS_TYPE, probe_target},
                                         {TARGET_PING, "()", ping_target},
                                         {TARGET_WORKERS, "()", workers_target},
                                         {TARGET_SCALE, SCALE_ARGS_TYPE, scale_target},
                                         {TARGET_TERMINATE, TERMINATE_ARGS_TYPE, terminate_target},
                                         {TARGET_EXPLAIN, EXPLAIN_ARGS_TYPE, explain_target},
                                         {TARGET_EXAMINE, EXAMINE_ARGS_TYPE, examine_target},
                                         {TARGET_STOP, STOP_ARGS_TYPE, stop_target},
                                         {TARGET_IN_FLIGHT, "()", in_flight_target}};
    Supervisor supervisor = {.context = g_main_context_new(), .keys_fd = -1};
    ChildOptions options = {.initializer = initialize,
                            .table = {targets, G_N_ELEMENTS(targets), &supervisor}};
    GSource *orphans;
    int status;

    role_expect_parent(ROLE_SUPERVISOR);
    resource_limits_raise_descriptors();               /* for this process and its workers */
    privileges_hide();                                 /* it holds the credentials */
    orphans = orphans_adopt(supervisor.context, NULL); /* what workers leave */
    status = child_serve(&options, supervisor.context);
    log_set_sink(NULL, NULL);
    supervisor_clear(&supervisor);
    orphans_release(orphans);
    g_main_context_unref(supervisor.context);
    return status;
}

#include "daemon/service/service.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/patience.h"
#include "base/timer.h"
#include "batch/report.h"
#include "config/config.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/progress.h"
#include "daemon/service/backoff.h"
#include "daemon/service/handover.h"
#include "daemon/service/service_metrics.h"
#include "daemon/service/supervised_pass.h"
#include "daemon/session/encoders.h"
#include "daemon/session/environment.h"
#include "daemon/session/sd_notify.h"
#include "daemon/session/supervisor_client.h"

/* How long a stop may take beyond the time limit of objects in flight. */
#define PATIENCE_US (10 * CLOCK_US_PER_S)

/* The longest time between two checks of the timetable: the wall clock may be set, and the machine
 * suspended. */
#define LOOK_US (30 * CLOCK_US_PER_S)

typedef enum { NOT_STOPPING, STOPPING, STOPPING_AT_ONCE } Stopping;

struct Service {
    ServiceOptions options;
    GMainContext *context;
    const Environment *environment;
    gint64 start_us;

    Config *config;
    Timetable timetable;
    SupervisedPass current; /* without a supervisor between two attempts to start one */
    Handover *handover;     /* to the next supervisor, and from the previous one */

    Future *probe;    /* NULL unless the stores are being probed, which they are not while a pass runs */
    gboolean was_cut; /* the current pass was told to stop */
    Progress progress;
    Speed speed;
    guint64 passes;
    PassResult last_pass;
    GPtrArray *metrics; /* of its job */

    gboolean ready;  /* the stores have answered once */
    gboolean wanted; /* a pass should begin as soon as possible */
    gboolean paused; /* drained, or draining */
    Stopping stopping;
    gboolean ended;
    ExitCode exit;

    guint restarts;
    Backoff backoff;
    StatusLine told; /* the last status sent to the service manager */

    Timer *step;        /* runs service_step(), which decides what to do next */
    Patience *deadline; /* limits the duration of a stop */
};

static void service_poke(Service *service)
{
    timer_set(service->step, 0);
}

static gboolean is_at_work(const Service *service)
{
    return supervised_pass_runs(&service->current) || service->probe != NULL;
}

/* Status */

static ServicePhase phase_of(const Service *service)
{
    if (service->stopping != NOT_STOPPING)
        return SERVICE_STOPPING;
    if (!service->ready)
        return SERVICE_STARTING;
    if (supervised_pass_runs(&service->current))
        return service->paused || handover_is_prepared(service->handover) ? SERVICE_DRAINING : SERVICE_PASS;
    if (service->paused)
        return handover_is_under_way(service->handover) ? SERVICE_DRAINING : SERVICE_DRAINED;
    return backoff_is_degraded(&service->backoff) ? SERVICE_DEGRADED : SERVICE_IDLE;
}

void service_get_status(const Service *service, ServiceStatus *ret_status)
{
    const gint64 now_us = clock_now_us();

    *ret_status = (ServiceStatus){
        .phase = phase_of(service),
        .uptime_us = now_us - service->start_us,
        .progress = service->progress,
        .forecast = speed_forecast(&service->speed, &service->progress),
        .pass_elapsed_us = supervised_pass_elapsed_us(&service->current),
        .passes = service->passes,
        .last_pass = service->last_pass,
        .next_pass_us = service->timetable.due_us,
        .retry_us = !supervised_pass_runs(&service->current) ? MAX(service->backoff.retry_us - now_us, 0) : 0,
        .troubles = service->backoff.count,
        .restarts = service->restarts,
        .workers = config_workers(service->config),
        .supervisor = supervised_pass_pid(&service->current),
        .old_supervisor = handover_pid(service->handover),
        .trouble = service->backoff.reason,
    };
}

const GPtrArray *service_get_metrics(const Service *service)
{
    return service->metrics;
}

/* Reports the status to the service manager: at once, or rate-limited as progress. */
static void tell_status(Service *service, gboolean at_once)
{
    ServiceStatus status;

    service_get_status(service, &status);
    service_tell_status(&status, &service->told, at_once);
}

static void service_failed(Service *service, const char *reason)
{
    backoff_add(&service->backoff, reason);
    service_poke(service);
}

/* The supervisor */

static void on_progress(const Progress *progress, void *data)
{
    Service *service = data;

    service->progress = *progress;
    speed_add(&service->speed, progress, clock_now_us());
    tell_status(service, FALSE);
}

static void on_meter(const Meter *increments, const MeterGauges *gauges, void *data)
{
    metrics_take(((Service *)data)->metrics->pdata[0], increments, gauges);
}

static void on_died(const char *obituary, void *data)
{
    Service *service = data;

    service->restarts++;
    ((Metrics *)service->metrics->pdata[0])->supervisors_died++;
    log_event(LOG_WARNING, "the supervisor died; starting another one", "obituary", obituary, NULL);
    service_poke(service);
}

static void on_beat(void *data)
{
    (void)data;
    if (sd_notify_watchdog_us() > 0)
        sd_notify_send("WATCHDOG=1");
}

static SupervisorClient *start_supervisor(Service *service, GError **error)
{
    return supervisor_client_new(
        &(SupervisorClientOptions){
            .on_progress = on_progress, .on_meter = on_meter, .on_died = on_died, .data = service},
        service->context, error);
}

/* Makes this the working supervisor, and starts its heartbeat. */
static void install_supervisor(Service *service, SupervisorClient *supervisor)
{
    service->current.supervisor = supervisor;
    supervised_pass_watch(&service->current,
                          &(HeartbeatOptions){.config = service->config, .on_beat = on_beat, .data = service},
                          service->context);
}

/* Passes and probes */

/* A pass has ended with this report. */
static void take_report(Service *service, const RunReport *report)
{
    service->last_pass = service_log_pass(report, clock_now_us() - service->current.start_us);
    service_metrics_end_pass(service->metrics, &service->last_pass, service->config);
    if (report->exit == EXIT_CODE_DONE || report->exit == EXIT_CODE_FAILED) {
        backoff_clear(&service->backoff);
    } else if (report->exit == EXIT_CODE_STOPPED && service->was_cut) {
        service->wanted = TRUE;
    } else {
        service->wanted = TRUE;
        service_failed(service, "the pass could not run");
    }
}

static void on_pass_done(Future *future, void *data)
{
    Service *service = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(RunReport) report = supervised_pass_take_report(&service->current, &error);

    (void)future;
    service->passes++;
    handover_forget_pass(service->handover);
    if (report != NULL) {
        take_report(service, report);
    } else {
        service->wanted = TRUE;
        if (error_class(error) != ERROR_CANCELLED)
            service_failed(service, error->message);
    }
    service_poke(service);
}

/* Requests a pass or a probe: *ret_future is then pending. more as for supervisor_client_order(). */
static void begin(Service *service, const char *target, GVariant *more, Future **ret_future,
                  FutureFunc on_done)
{
    g_autoptr(GError) error = NULL;

    *ret_future = supervisor_client_order(
        service->current.supervisor,
        &(SupervisorOrder){
            .target = target, .config = service->config, .environment = service->environment, .more = more},
        &error);
    if (*ret_future != NULL) {
        future_add_done_callback(*ret_future, on_done, service);
    } else {
        service->wanted = TRUE;
        service_failed(service, error->message);
    }
}

static void begin_pass(Service *service)
{
    SupervisedPass *current = &service->current;

    service->wanted = service->was_cut = FALSE;
    current->claim = claim_take(service->config, service->options.config_path, service->options.lock,
                                handover_claim(service->handover));
    if (current->claim == NULL) {
        service->wanted = TRUE;
        service_failed(service, "another run over these stores is active, or the run lock is not available");
        return;
    }
    current->start_us = clock_now_us();
    service->progress = (Progress){0};
    speed_init(&service->speed, current->start_us);
    log_event(LOG_INFO, "pass started", NULL);
    begin(service, TARGET_RUN, run_order_to_variant(&(RunOrder){.held = handover_held(service->handover)}),
          &current->future, on_pass_done);
    if (!supervised_pass_runs(current))
        claim_end(g_steal_pointer(&current->claim), NULL, service->backoff.reason);
}

static void become_ready(Service *service)
{
    service->ready = TRUE;
    backoff_clear(&service->backoff);
    service->wanted |= service->config->missed == TIMETABLE_MISSED_RUN;
    log_event(LOG_INFO, "ready: both stores respond", "source", service->config->source.url, "destination",
              service->config->destination.url, NULL);
    sd_notify_send("READY=1");
    if (service->options.on_ready != NULL)
        service->options.on_ready(service->options.data);
}

/* Before the service is ready, a permanent error ends it. */
static void on_probe_done(Future *probe, void *data)
{
    Service *service = data;
    g_autoptr(GError) error = NULL;
    const ErrorClass class = future_result(probe, 0, &error) != NULL ? ERROR_TRANSIENT : error_class(error);

    if (error == NULL) {
        become_ready(service);
    } else if (class == ERROR_CONFIG || class == ERROR_PERMANENT) {
        log_event(LOG_ERROR, "the stores cannot be used", "reason", error->message, NULL);
        service->exit = EXIT_CODE_UNUSABLE;
        service->ended = TRUE;
    } else if (class != ERROR_CANCELLED) {
        service_failed(service, error->message);
    }
    g_clear_pointer(&service->probe, future_unref);
    service_poke(service);
}

/* Deciding what comes next */

static void on_change(void *data)
{
    service_poke(data);
}

/* The previous supervisor has nothing in flight any more. */
static void on_handed_over(const PassResult *result, void *data)
{
    Service *service = data;

    service->passes++;
    if (result != NULL) {
        service->last_pass = *result;
        service_metrics_end_pass(service->metrics, result, service->config);
    }
    if (supervised_pass_runs(&service->current))
        future_unref(service_ask(service, TARGET_RELEASE, g_variant_new("()")));
    service_poke(service);
}

/* The new supervisor takes over, and begins a fresh pass. */
static void take_over(Service *service)
{
    SupervisorClient *successor;
    Config *config;

    if (supervised_pass_runs(&service->current))
        future_remove_done_callback(service->current.future, on_pass_done, service);
    handover_begin(service->handover, &service->current, service->config, &config, &successor);
    config_free(service->config);
    service->config = config;
    install_supervisor(service, successor);
    service->timetable = config_timetable(service->config);
    timetable_start(&service->timetable, clock_wall_us(), g_random_double());
    service->wanted = TRUE;
    backoff_clear(&service->backoff);
    log_event(LOG_INFO, "reloaded", "file", service->options.config_path, NULL);
    if (service->ready) /* otherwise the probe reports it */
        sd_notify_send("READY=1");
}

/* Sets the timer to the next time at which something may be due. */
static void sleep_until_due(Service *service)
{
    const gint64 due_us = service->timetable.due_us;
    const gint64 wait_us = due_us == SCHEDULE_NEVER ? LOOK_US : due_us - clock_wall_us();

    timer_set(service->step, clock_now_us() + CLAMP(wait_us, 0, LOOK_US));
}

/* Starts a supervisor unless there is one. FALSE if none can be started at the moment. */
static gboolean have_supervision(Service *service)
{
    g_autoptr(GError) error = NULL;
    SupervisorClient *supervisor;

    if (service->current.supervisor != NULL &&
        supervisor_client_broken(service->current.supervisor) != NULL) {
        error = g_error_copy(supervisor_client_broken(service->current.supervisor));
        supervised_pass_clear(&service->current, on_pass_done, service);
    }
    if (service->current.supervisor != NULL)
        return TRUE;
    supervisor = error == NULL ? start_supervisor(service, &error) : NULL;
    if (supervisor == NULL) {
        service_failed(service, error->message);
        return FALSE;
    }
    install_supervisor(service, supervisor);
    return TRUE;
}

/* Sleeps until the next attempt. Feeds the watchdog while there is no heartbeat to do so. */
static void wait_for_retry(Service *service)
{
    const gint64 watchdog_us = sd_notify_watchdog_us();
    gint64 until_us = service->backoff.retry_us;

    if (service->current.heartbeat == NULL && watchdog_us > 0) {
        on_beat(service);
        until_us = MIN(until_us, clock_now_us() + watchdog_us / 3);
    }
    timer_set(service->step, until_us);
}

static void consider_pass(Service *service)
{
    const gboolean busy = supervised_pass_runs(&service->current) || service->paused;

    if (timetable_poll(&service->timetable, clock_wall_us(), busy, g_random_double()))
        service->wanted = TRUE;
    if (service->wanted && !busy)
        begin_pass(service);
    if (busy || supervised_pass_runs(&service->current))
        timer_set(service->step, clock_now_us() + LOOK_US); /* the end of the work sets the timer, too */
    else if (service->wanted)
        service_poke(service); /* it could not begin: wait_for_retry() sets the timer */
    else
        sleep_until_due(service);
}

/* Decides the next action from the state. Every action begins here. */
static void service_step(void *data)
{
    Service *service = data;

    if (service->ended)
        return;
    tell_status(service, TRUE);
    if (service->stopping != NOT_STOPPING) {
        service->ended = !is_at_work(service) && !handover_is_under_way(service->handover);
        return;
    }
    if (service->probe == NULL &&
        handover_may_begin(service->handover, supervised_pass_runs(&service->current)))
        take_over(service);
    if (!is_at_work(service) && clock_now_us() < service->backoff.retry_us) {
        wait_for_retry(service);
        return;
    }
    if (!is_at_work(service) && !have_supervision(service)) {
        service_poke(service);
        return;
    }
    if (service->ready)
        consider_pass(service);
    else if (!is_at_work(service))
        begin(service, TARGET_PROBE, NULL, &service->probe, on_probe_done);
}

/* Requests */

/* Tells the supervisor to stop its work, if it has any. */
static void cut_short(Service *service, gboolean at_once)
{
    if (service->current.supervisor == NULL || !is_at_work(service))
        return;
    service->was_cut = TRUE;
    future_unref(supervised_pass_ask(&service->current, TARGET_STOP, g_variant_new(STOP_ARGS_TYPE, at_once)));
}

void service_run_now(Service *service)
{
    service->wanted = TRUE;
    service->backoff.retry_us = 0;
    service_poke(service);
}

void service_drain(Service *service)
{
    if (service->paused)
        return;
    log_event(LOG_INFO, "draining: no further objects are started", NULL);
    service->paused = TRUE;
    if (supervised_pass_runs(&service->current))
        cut_short(service, FALSE);
    service_poke(service);
}

void service_resume(Service *service)
{
    if (service->paused)
        log_event(LOG_INFO, "resuming", NULL);
    service->paused = FALSE;
    service_run_now(service);
}

Future *service_ask(Service *service, const char *target, GVariant *args)
{
    return supervised_pass_ask(&service->current, target, args);
}

Future *service_ask_old(Service *service, const char *target, GVariant *args)
{
    return handover_ask(service->handover, target, args);
}

/* A pass that begins later uses the number in the configuration. */
void service_scale(Service *service, guint n_workers)
{
    service->config->workers.count = n_workers;
    future_unref(service_ask(service, TARGET_SCALE, g_variant_new(SCALE_ARGS_TYPE, n_workers)));
}

gboolean service_terminate(Service *service, pid_t pid)
{
    return supervised_pass_terminate(&service->current, pid) || handover_terminate(service->handover, pid);
}

gboolean service_reload(Service *service, GError **error)
{
    g_autoptr(Config) config = NULL;
    SupervisorClient *successor = NULL;

    if (service->stopping != NOT_STOPPING) {
        error_set(error, ERROR_CANCELLED, "the daemon is stopping");
        return FALSE;
    }
    config = config_load(service->options.config_path, error);
    if (config == NULL || !encoders_check(config, error))
        return FALSE;
    if (!handover_is_prepared(service->handover)) {
        successor = start_supervisor(service, error);
        if (successor == NULL)
            return FALSE;
    }
    sd_notify_send("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, clock_now_us());
    handover_prepare(service->handover, g_steal_pointer(&config), successor);
    cut_short(service, FALSE);
    if (supervised_pass_runs(&service->current))
        handover_await(service->handover,
                       supervised_pass_ask(&service->current, TARGET_IN_FLIGHT, g_variant_new("()")));
    service_poke(service);
    return TRUE;
}

/* Something neither stops nor dies. It ends with this process. */
static void on_deadline(void *data)
{
    Service *service = data;

    log_event(LOG_ERROR, "the supervisor did not stop in time; killed", NULL);
    service->exit = EXIT_CODE_STOPPED;
    service->ended = TRUE;
}

void service_stop(Service *service, gboolean at_once)
{
    const gint64 limit_us = PATIENCE_US + (at_once ? 0 : service->config->stop_timeout_ms * CLOCK_US_PER_MS);

    if (service->stopping == STOPPING_AT_ONCE || (service->stopping == STOPPING && !at_once))
        return;
    log_event(at_once ? LOG_WARNING : LOG_INFO,
              at_once ? "stopping immediately" : "stopping: finishing objects in flight", NULL);
    service->stopping = at_once ? STOPPING_AT_ONCE : STOPPING;
    sd_notify_send("STOPPING=1\nEXTEND_TIMEOUT_USEC=%" G_GINT64_FORMAT, limit_us + PATIENCE_US);
    cut_short(service, at_once);
    handover_stop(service->handover, at_once);
    patience_set(service->deadline, limit_us);
    service_poke(service);
}

/* Creation and main loop */

Service *service_new(const ServiceOptions *options, Config *config, GError **error)
{
    Service *service = g_new0(Service, 1);
    SupervisorClient *supervisor;

    service->options = *options;
    service->config = config;
    service->context = g_main_context_new();
    service->environment = environment_take();
    service->metrics = service_metrics_new(service->config);
    service->start_us = clock_now_us();
    service->step = timer_new(service->context, service_step, service);
    service->deadline = patience_new(service->context, on_deadline, service);
    service->handover = handover_new(
        &(HandoverOptions){
            .on_change = on_change, .on_over = on_handed_over, .on_meter = on_meter, .data = service},
        service->context);
    supervisor = start_supervisor(service, error);
    if (supervisor == NULL) {
        service_free(service);
        return NULL;
    }
    install_supervisor(service, supervisor);
    service->timetable = config_timetable(config);
    timetable_start(&service->timetable, clock_wall_us(), g_random_double());
    service_poke(service);
    return service;
}

GMainContext *service_context(const Service *service)
{
    return service->context;
}

ExitCode service_run(Service *service)
{
    while (!service->ended)
        g_main_context_iteration(service->context, TRUE);
    g_clear_pointer(&service->current.heartbeat, heartbeat_free);
    if (service->current.supervisor != NULL && service->exit != EXIT_CODE_STOPPED)
        supervisor_client_close(service->current.supervisor, TRUE);
    return service->exit;
}

void service_free(Service *service)
{
    if (service == NULL)
        return;
    if (service->probe != NULL)
        future_remove_done_callback(service->probe, on_probe_done, service);
    future_unref(service->probe);
    handover_free(service->handover);
    supervised_pass_clear(&service->current, on_pass_done, service);
    timer_free(service->step);
    patience_free(service->deadline);
    config_free(service->config);
    g_main_context_unref(service->context);
    backoff_clear(&service->backoff);
    g_free(service->told.text);
    g_ptr_array_unref(service->metrics);
    g_free(service);
}

#include "daemon/session/session.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/patience.h"
#include "base/signals.h"
#include "base/timer.h"
#include "concurrent/orphans.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/protocol/findings.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/progress.h"
#include "daemon/session/environment.h"
#include "daemon/session/heartbeat.h"
#include "daemon/session/progress_bar.h"
#include "daemon/session/supervisor_client.h"

/* Signals less than this apart count as one request. */
#define SAME_WISH_US (100 * CLOCK_US_PER_MS)

/* How many supervisors may hang, one after the other, before a command gives up. */
#define MAX_RESTARTS 3u

/* How long a supervisor may take to stop at once. */
#define PATIENCE_US (5 * CLOCK_US_PER_S)

typedef struct {
    const SessionOptions *options;
    ProgressBar *bar; /* or NULL */
    SupervisorClient *supervisor;
    Heartbeat *heartbeat;
    guint restarts;     /* supervisors started because the previous one hung */
    gboolean is_over;   /* begin nothing more */
    gint64 stopped_us;  /* time of the first signal; 0 before that */
    Patience *patience; /* runs while a supervisor that was told to stop at once has not stopped */
    Timer *duration;    /* limits the whole run */
} Run;

/* Notes from the supervisor */

static void hide_bar(void *data)
{
    progress_bar_hide(((Run *)data)->bar);
}

static void show_progress(const Progress *progress, void *data)
{
    const Run *run = data;

    if (run->bar != NULL)
        progress_bar_update(run->bar, progress);
}

static void tell_meter(const Meter *increments, const MeterGauges *gauges, void *data)
{
    const Run *run = data;

    if (run->options->on_meter != NULL)
        run->options->on_meter(increments, gauges, run->options->data);
}

static void tell_plan(const char *source_key, const char *output_key, void *data)
{
    const Run *run = data;

    if (run->options->on_plan == NULL)
        return;
    progress_bar_hide(run->bar);
    run->options->on_plan(source_key, output_key, run->options->data);
}

static void tell_finding(const char *source_key, const char *output_key, const char *difference,
                         const char *text, void *data)
{
    const Run *run = data;

    if (run->options->on_finding == NULL)
        return;
    progress_bar_hide(run->bar);
    run->options->on_finding(source_key, output_key, difference, text, run->options->data);
}

/* The supervisor does not even stop at once, so it hangs, for example on a dead file system. It ends with
 * this process. */
static void on_impatience(void *data)
{
    Run *run = data;

    progress_bar_hide(run->bar);
    log_event(LOG_ERROR, "the supervisor did not respond; killed", NULL);
    _exit(EXIT_CODE_STOPPED);
}

static void tell_to_stop(Run *run, gboolean at_once)
{
    run->is_over = TRUE;
    future_unref(
        supervisor_client_ask(run->supervisor, TARGET_STOP, g_variant_new(STOP_ARGS_TYPE, at_once), NULL));
}

static void on_duration(void *data)
{
    Run *run = data;

    progress_bar_hide(run->bar);
    log_event(LOG_INFO, "stopping: --max-duration reached; finishing objects in flight", NULL);
    tell_to_stop(run, FALSE);
}

/* The first signal stops gracefully, the second one at once. Some senders signal a process and then its
 * group, as timeout(1) does: signals that arrive together count as one request. */
static void on_signal(int signal_number, void *data)
{
    Run *run = data;
    gint64 now_us = clock_now_us();
    gboolean at_once = run->stopped_us != 0;

    if (at_once && now_us - run->stopped_us < SAME_WISH_US)
        return;
    if (at_once)
        patience_set(run->patience, PATIENCE_US);
    else
        run->stopped_us = now_us;
    progress_bar_hide(run->bar);
    log_event(at_once ? LOG_WARNING : LOG_INFO,
              at_once ? "stopping immediately" : "stopping: finishing objects in flight", "signal",
              strsignal(signal_number), NULL);
    tell_to_stop(run, at_once);
}

/* The start */

/* NULL, with class ERROR_CONFIG, if the supervisor is not installed. */
static SupervisorClient *supervisor_start(Run *run, GMainContext *context, GError **error)
{
    return supervisor_client_new(&(SupervisorClientOptions){.on_progress = show_progress,
                                                            .on_meter = tell_meter,
                                                            .on_plan = tell_plan,
                                                            .on_finding = tell_finding,
                                                            .before_log = hide_bar,
                                                            .data = run},
                                 context, error);
}

/* Whether to repeat the request to a successor of the supervisor. Not with a list of keys, of which the
 * predecessor has read a part. If a supervisor dies, this command fails;
 * if it hangs, the reason may not affect its successor. */
static gboolean may_begin_again(Run *run)
{
    if (!heartbeat_gave_up(run->heartbeat) || run->is_over || run->options->keys != NULL ||
        ++run->restarts > MAX_RESTARTS)
        return FALSE;
    progress_bar_hide(run->bar);
    log_event(LOG_WARNING, "restarting with another supervisor", NULL);
    return TRUE;
}

/* Begins to send the list of keys, if there is one; *ret_fds is then for the supervisor. */
static gboolean start_feed(const Run *run, GMainContext *context, FdList **ret_fds, GError **error)
{
    int fd;

    if (run->options->keys == NULL)
        return TRUE;
    fd = key_feed_start(run->options->keys, context, error);
    if (fd < 0)
        return FALSE;
    *ret_fds = fd_list_new();
    fd_list_append(*ret_fds, fd);
    return TRUE;
}

/* Has the supervisor perform one target. Returns the result, owned by the caller, or NULL. */
static GVariant *supervisor_answer(Run *run, GMainContext *context, const char *target, GVariant *more,
                                   GError **error)
{
    const Environment *environment = environment_take();
    const HeartbeatOptions options = {.config = run->options->config};
    GVariant *value = NULL;

    do {
        g_autoptr(Future) future = NULL;
        FdList *fds = NULL;

        g_clear_error(error);
        if (!start_feed(run, context, &fds, error))
            break;
        heartbeat_free(run->heartbeat);
        run->heartbeat = heartbeat_new(&options, run->supervisor, context);
        future = supervisor_client_order(run->supervisor,
                                         &(SupervisorOrder){.target = target,
                                                            .config = run->options->config,
                                                            .environment = environment,
                                                            .more = more,
                                                            .fds = fds},
                                         error);
        if (future != NULL)
            value = future_result(future, CLOCK_FOREVER, error);
        if (value != NULL)
            g_variant_ref(value);
    } while (value == NULL && may_begin_again(run));
    g_clear_pointer(&run->heartbeat, heartbeat_free);
    return value;
}

/* Starts a supervisor, has it perform one target, and ends it; more as for supervisor_client_order(). Returns
 * the result, or NULL. The caller owns the result and run->supervisor. */
static GVariant *supervisor_do(Run *run, GMainContext *context, const char *target, GVariant *more,
                               GError **error)
{
    g_autoptr(GVariant) rest = more != NULL ? g_variant_ref_sink(more) : NULL;
    GVariant *value;

    run->supervisor = supervisor_start(run, context, error);
    if (run->supervisor == NULL)
        return NULL;
    value = supervisor_answer(run, context, target, rest, error);
    supervisor_client_close(run->supervisor, TRUE);
    return value;
}

/* The end */

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / (double)CLOCK_US_PER_S;
}

/* CPU time of this process and of all descendants that have been waited for, which are all that ended in
 * order. */
static double cpu_seconds(void)
{
    struct rusage self, children;

    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    return seconds_of(&self.ru_utime) + seconds_of(&self.ru_stime) + seconds_of(&children.ru_utime) +
           seconds_of(&children.ru_stime);
}

/* The exit code if there was no pass, or if its supervisor died during the pass. */
static ExitCode exit_code_of(const GError *error)
{
    switch (error_class(error)) {
    case ERROR_CRASH:
    case ERROR_INTERNAL:
    case ERROR_CANCELLED: return EXIT_CODE_STOPPED;
    default: return EXIT_CODE_UNUSABLE;
    }
}

/* The pass's own report, or a report that says why there was no pass. */
static RunReport *report_of(GVariant *value, GError *failure)
{
    g_autoptr(GError) error = failure;
    RunReport *report = value != NULL ? report_from_variant(value, &error) : NULL;

    if (report != NULL)
        return report;
    log_event(LOG_ERROR, error->message, NULL);
    report = report_new("");
    report->error = g_strdup(error->message);
    report->exit = (gint32)exit_code_of(error);
    return report;
}

/* Its texts are borrowed. */
static Scope scope_of(const SessionOptions *options)
{
    Scope scope = options->scope;

    scope.list = options->keys != NULL ? (char *)key_feed_name(options->keys) : NULL;
    return scope;
}

/* Adds the part of the scope that only this process knows. Lines that are no keys are failures. */
static void add_scope(const SessionOptions *options, RunReport *report)
{
    const Scope scope = scope_of(options);

    report->scope = scope_describe(&scope);
    if (options->keys == NULL)
        return;
    report->left_out.invalid += key_feed_invalid(options->keys);
    report->left_out.outside += key_feed_outside(options->keys);
    if (report->exit == EXIT_CODE_DONE && report->left_out.invalid > 0)
        report->exit = EXIT_CODE_FAILED;
    if (report->exit <= EXIT_CODE_FAILED && key_feed_has_failed(options->keys))
        report->exit = EXIT_CODE_STOPPED;
}

static RunReport *run_pass(Run *run, GMainContext *context)
{
    const Scope scope = scope_of(run->options);
    GError *error = NULL;
    g_autoptr(GVariant) value =
        supervisor_do(run, context, TARGET_RUN,
                      run_order_to_variant(&(RunOrder){.dry_run = run->options->dry_run,
                                                       .scope = scope_to_variant(&scope),
                                                       .has_keys = run->options->keys != NULL,
                                                       .remake = run->options->remake,
                                                       .is_collection = run->options->is_collection,
                                                       .max_delete = run->options->max_delete,
                                                       .verification = run->options->verification}),
                      &error);
    RunReport *report;

    progress_bar_hide(run->bar);
    report = report_of(value, error);
    if (run->supervisor == NULL) /* the supervisor is not installed */
        report->exit = EXIT_CODE_USAGE;
    return report;
}

static const int signals[] = {SIGTERM, SIGINT, 0};

void session_hold_signals(void)
{
    signals_block(signals);
    signals_ignore_broken_pipes(); /* the reader of the log may exit */
}

RunReport *session_run(const SessionOptions *options)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GSource) stop = NULL, orphans = orphans_adopt_if_first(context);
    Run run = {.options = options};
    const gint64 start_us = clock_now_us();
    RunReport *report;

    /* A dry run may wait for the reader of its output, and has nothing to finish: signals just end it. */
    if (!options->dry_run)
        stop = signals_watch(context, signals, on_signal, &run);
    run.patience = patience_new(context, on_impatience, &run);
    run.duration = timer_new(context, on_duration, &run);
    if (options->max_duration_ms > 0)
        timer_set(run.duration, start_us + options->max_duration_ms * CLOCK_US_PER_MS);
    run.bar = options->progress != PROGRESS_NONE ? progress_bar_new(options->progress) : NULL;
    report = run_pass(&run, context);
    report->job = g_strdup(options->config->name);
    report->dry_run = options->dry_run;
    if (options->ret_is_over != NULL)
        *options->ret_is_over = run.is_over;
    add_scope(options, report);
    report->seconds = (double)(clock_now_us() - start_us) / (double)CLOCK_US_PER_S;
    report->cpu_seconds = cpu_seconds();
    supervisor_client_free(run.supervisor);
    progress_bar_free(run.bar);
    patience_free(run.patience);
    timer_free(run.duration);
    if (stop != NULL)
        g_source_destroy(stop);
    if (orphans != NULL)
        g_source_destroy(orphans);
    return report;
}

/* Performs one target other than run. Returns the result, owned by the caller, or NULL. */
static GVariant *ask_once(const Config *config, const char *target, GVariant *more, GError **error)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    const SessionOptions options = {.config = config, .dry_run = TRUE};
    Run run = {.options = &options};
    GVariant *value = supervisor_do(&run, context, target, more, error);

    supervisor_client_free(run.supervisor);
    return value;
}

gboolean session_explain(const Config *config, const char *key, Explanation *ret_explanation, GError **error)
{
    g_autoptr(GVariant) value = ask_once(config, TARGET_EXPLAIN, g_variant_new_bytestring(key), error);

    return value != NULL && explanation_from_variant(value, config->outputs->len, ret_explanation, error);
}

GPtrArray *session_examine(const Config *config, GError **error)
{
    g_autoptr(GVariant) value = ask_once(config, TARGET_EXAMINE, NULL, error);

    return value != NULL ? findings_from_variant(value, error) : NULL;
}

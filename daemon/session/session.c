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
#include "concurrent/process.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/protocol/findings.h"
#include "daemon/protocol/messages.h"
#include "daemon/session/environment.h"
#include "daemon/session/heartbeat.h"
#include "daemon/session/progress_bar.h"
#include "daemon/session/supervisor_client.h"

/* Signals closer together than this are one. */
#define SAME_WISH_US (100 * CLOCK_US_PER_MS)

/* Supervisors that may hang, one after the other, before a command gives up. */
#define MAX_RESTARTS 3u

/* How long a supervisor may take to stop at once. */
#define PATIENCE_US (5 * CLOCK_US_PER_S)

typedef struct {
    const SessionOptions *options;
    ProgressBar *bar; /* NULL: none is shown */
    SupervisorClient *supervisor;
    Heartbeat *heartbeat;
    guint restarts;     /* of the supervisor, after it hung */
    gboolean is_over;   /* nothing more is to be begun */
    gint64 stopped_us;  /* when the first signal came; 0: none has */
    Patience *patience; /* with a supervisor that was told to stop at once */
    Timer *duration;    /* of the whole run */
} Run;

/* What the supervisor says meanwhile */

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

static void tell_plan(const char *source_key, const char *output_key, void *data)
{
    const Run *run = data;

    if (run->options->on_plan == NULL)
        return;
    progress_bar_hide(run->bar);
    run->options->on_plan(source_key, output_key, run->options->data);
}

/* A supervisor that does not even stop at once hangs, on a dead file system say. It ends with this process.
 */
static void on_impatience(void *data)
{
    Run *run = data;

    progress_bar_hide(run->bar);
    log_event(LOG_ERROR, "the supervisor does not answer; stopped by force", NULL);
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
    log_event(LOG_INFO, "stopping: this run may take no longer; finishing what is in flight", NULL);
    tell_to_stop(run, FALSE);
}

/* The first signal stops gracefully, the second one at once. Some senders signal a process and then its
 * group, as timeout(1) does: what comes together is the same wish. */
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
              at_once ? "stopping at once" : "stopping: finishing what is in flight", "signal",
              strsignal(signal_number), NULL);
    tell_to_stop(run, at_once);
}

/* The start */

/* NULL, with class ERROR_CONFIG, if there is none to start. */
static SupervisorClient *supervisor_start(Run *run, GMainContext *context, GError **error)
{
    return supervisor_client_new(
        &(SupervisorClientOptions){
            .on_progress = show_progress, .on_plan = tell_plan, .before_log = hide_bar, .data = run},
        context, error);
}

/* Whether what was asked of a supervisor is to be asked of its successor. One that dies takes this command
 * with it; one that hangs may do so for a reason that its successor does not meet. */
static gboolean may_begin_again(Run *run)
{
    if (!heartbeat_gave_up(run->heartbeat) || run->is_over || ++run->restarts > MAX_RESTARTS)
        return FALSE;
    progress_bar_hide(run->bar);
    log_event(LOG_WARNING, "beginning again with another supervisor", NULL);
    return TRUE;
}

/* Has the supervisor do one thing. The result, or NULL; owned by the caller. */
static GVariant *supervisor_answer(Run *run, GMainContext *context, const char *target, GVariant *more,
                                   GError **error)
{
    g_autoptr(Environment) environment = environment_take();
    const HeartbeatOptions options = {.config = run->options->config};
    GVariant *value = NULL;

    do {
        g_autoptr(Future) future = NULL;

        g_clear_error(error);
        heartbeat_free(run->heartbeat);
        run->heartbeat = heartbeat_new(&options, run->supervisor, context);
        future =
            supervisor_client_order(run->supervisor, target, run->options->config, environment, more, error);
        if (future != NULL)
            value = future_result(future, CLOCK_FOREVER, error);
        if (value != NULL)
            g_variant_ref(value);
    } while (value == NULL && may_begin_again(run));
    g_clear_pointer(&run->heartbeat, heartbeat_free);
    return value;
}

/* Starts a supervisor, has it do one thing, and ends it; more as for supervisor_client_order(). The result,
 * or NULL; owned by the caller, as is run->supervisor. */
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

/* Of this process and of all its descendants that have been waited for, which is all that ended in order. */
static double cpu_seconds(void)
{
    struct rusage self, children;

    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    return seconds_of(&self.ru_utime) + seconds_of(&self.ru_stime) + seconds_of(&children.ru_utime) +
           seconds_of(&children.ru_stime);
}

/* There was no pass, or its supervisor died in the middle of it. */
static ExitCode exit_code_of(const GError *error)
{
    switch (error_class(error)) {
    case ERROR_CRASH:
    case ERROR_INTERNAL:
    case ERROR_CANCELLED: return EXIT_CODE_STOPPED;
    default: return EXIT_CODE_UNUSABLE;
    }
}

/* The pass's own report, or one that says why there is none. */
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

static RunReport *run_pass(Run *run, GMainContext *context)
{
    GError *error = NULL;
    g_autoptr(GVariant) value =
        supervisor_do(run, context, TARGET_RUN, run_more_to_variant(run->options->dry_run, NULL), &error);
    RunReport *report;

    progress_bar_hide(run->bar);
    report = report_of(value, error);
    if (run->supervisor == NULL) /* an installation without it */
        report->exit = EXIT_CODE_USAGE;
    return report;
}

static const int signals[] = {SIGTERM, SIGINT, 0};

void session_hold_signals(void)
{
    signals_block(signals);
    signals_ignore_broken_pipes(); /* of whoever reads the log */
}

RunReport *session_run(const SessionOptions *options)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GSource) stop = NULL, orphans = process_adopt_orphans_if_first(context);
    Run run = {.options = options};
    const gint64 start_us = clock_now_us();
    RunReport *report;

    /* A dry run may wait for whoever reads its output, and has nothing to finish: signals just end it. */
    if (!options->dry_run)
        stop = signals_watch(context, signals, on_signal, &run);
    run.patience = patience_new(context, on_impatience, &run);
    run.duration = timer_new(context, on_duration, &run);
    if (options->max_duration_ms > 0)
        timer_set(run.duration, start_us + options->max_duration_ms * CLOCK_US_PER_MS);
    run.bar = options->with_bar ? progress_bar_new() : NULL;
    report = run_pass(&run, context);
    report->dry_run = options->dry_run;
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

/* One thing beside runs. The result, or NULL; owned by the caller. */
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

/* thumbmill run: one pass over the source. Starts a supervisor, hands it the configuration, shows what it
 * reports, and passes on the wish to stop. */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/quote.h"
#include "base/signals.h"
#include "base/timer.h"
#include "batch/report.h"
#include "concurrent/process_executor.h"
#include "config/config.h"
#include "daemon/commands.h"
#include "daemon/environment.h"
#include "daemon/messages.h"
#include "daemon/progress.h"
#include "daemon/roles.h"

typedef struct {
    char *config_path;
    char *report_path;
    char *log_format;
    char *log_level;
    char *progress;
    gboolean dry_run;
} RunOptions;

/* Signals closer together than this are one. */
#define SAME_WISH_US (100 * CLOCK_US_PER_MS)

/* How long a supervisor may take to stop at once. */
#define PATIENCE_US (5 * CLOCK_US_PER_S)

typedef struct {
    const RunOptions *options;
    GMainContext *context;
    ProgressBar *bar; /* NULL: none is shown */
    ProcessExecutor *supervisor;
    Future *run;
    gint64 stopped_us; /* when the first signal came; 0: none has */
    Timer *patience;   /* with a supervisor that was told to stop at once */
    gint64 start_us;
} Run;

/* What the supervisor says meanwhile */

static void log_from_supervisor(Run *run, GVariant *value)
{
    g_autoptr(GVariant) fields = NULL;
    const char *message;
    gint32 level;

    g_variant_get(value, "(i&s@a{ss})", &level, &message, &fields);
    progress_bar_hide(run->bar);
    log_record((LogLevel)CLAMP(level, (gint32)LOG_DEBUG, (gint32)LOG_ERROR), message, fields);
}

static void print_plan(Run *run, GVariant *value)
{
    const char *source, *output;

    progress_bar_hide(run->bar);
    g_variant_get(value, "(&s&s)", &source, &output);
    g_print("%s -> %s\n", source, output);
}

static void on_note(ProcessExecutor *executor, const char *name, GVariant *value, void *data)
{
    Run *run = data;
    Progress progress;

    (void)executor;
    if (strcmp(name, NOTE_PROGRESS) == 0 && progress_from_variant(value, &progress)) {
        if (run->bar != NULL)
            progress_bar_update(run->bar, &progress);
    } else if (strcmp(name, NOTE_LOG) == 0 && g_variant_is_of_type(value, G_VARIANT_TYPE(NOTE_LOG_TYPE))) {
        log_from_supervisor(run, value);
    } else if (strcmp(name, NOTE_PLAN) == 0 && g_variant_is_of_type(value, G_VARIANT_TYPE(NOTE_PLAN_TYPE))) {
        print_plan(run, value);
    }
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
        timer_set(run->patience, now_us + PATIENCE_US);
    else
        run->stopped_us = now_us;
    progress_bar_hide(run->bar);
    log_event(at_once ? LOG_WARNING : LOG_INFO,
              at_once ? "stopping at once" : "stopping: finishing what is in flight", "signal",
              strsignal(signal_number), NULL);
    future_unref(executor_submit(process_executor_base(run->supervisor), TARGET_STOP,
                                 g_variant_new(STOP_ARGS_TYPE, at_once), NULL, NULL));
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

static void print_summary(const RunReport *report)
{
    g_autofree char *in = g_format_size(report->bytes.in);
    g_autofree char *out = g_format_size(report->bytes.out);

    g_printerr("%" G_GUINT64_FORMAT " objects: %" G_GUINT64_FORMAT " done, %" G_GUINT64_FORMAT
               " up to date, %" G_GUINT64_FORMAT " failed; %" G_GUINT64_FORMAT
               " outputs %s; %s in, %s out; %.1f s, "
               "%.1f objects/s\n",
               report->objects.listed, report->objects.done, report->objects.skipped, report->objects.failed,
               report->outputs.made, report->dry_run ? "to make" : "made", in, out, report->seconds,
               report->seconds > 0 ? (double)report->objects.done / report->seconds : 0.0);
}

static ExitCode finish(Run *run, RunReport *report)
{
    g_autoptr(GError) error = NULL;

    report->dry_run = run->options->dry_run;
    report->seconds = (double)(clock_now_us() - run->start_us) / (double)CLOCK_US_PER_S;
    report->cpu_seconds = cpu_seconds();
    if (run->bar != NULL && report->error == NULL) {
        progress_bar_hide(run->bar);
        print_summary(report);
    }
    if (run->options->report_path != NULL && !report_write(report, run->options->report_path, &error)) {
        log_event(LOG_ERROR, error->message, NULL);
        return report->exit == EXIT_CODE_DONE ? EXIT_CODE_FAILED : (ExitCode)report->exit;
    }
    return (ExitCode)report->exit;
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

static ExitCode run_result(Run *run)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RunReport) report = NULL;
    GVariant *value = future_result(run->run, CLOCK_FOREVER, &error);

    executor_shutdown(process_executor_base(run->supervisor), TRUE, TRUE);
    if (value != NULL)
        report = report_from_variant(value, &error);
    if (report != NULL)
        return finish(run, report);
    progress_bar_hide(run->bar);
    log_event(LOG_ERROR, error->message, NULL);
    report = report_new("");
    report->error = g_strdup(error->message);
    report->exit = (gint32)exit_code_of(error);
    return finish(run, report);
}

/* The start */

static GVariant *run_arguments(const Config *config, const RunOptions *options)
{
    return g_variant_new("(@a{sv}@a{ss}b)", config_to_variant(config), environment_for_supervisor(),
                         options->dry_run);
}

static ExitCode run_config(const Config *config, const RunOptions *options, gboolean with_bar)
{
    static const int signals[] = {SIGTERM, SIGINT, 0};
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *executable = role_executable(ROLE_SUPERVISOR, &error);
    g_auto(GStrv) env = role_environment();
    Run run = {.options = options, .context = context, .start_us = clock_now_us()};
    ProcessExecutorOptions supervisor = {
        .name = role_name(ROLE_SUPERVISOR),
        .executable = executable,
        .env = (const char *const *)env,
        .max_workers = 1,
        .tasks_in_flight = G_MAXUINT,
        .concurrent = TRUE,
        .on_note = on_note,
        .data = &run,
    };
    g_autoptr(GSource) stop = NULL;
    ExitCode code;

    if (executable == NULL) {
        log_event(LOG_ERROR, error->message, NULL);
        return EXIT_CODE_USAGE;
    }
    (void)prctl(PR_SET_DUMPABLE, 0); /* the user's environment, with its keys, passes through this process */
    /* A dry run may wait for whoever reads its output, and has nothing to finish: signals just end it. */
    if (!options->dry_run)
        stop = signals_watch(context, signals, on_signal, &run);
    run.patience = timer_new(context, on_impatience, &run);
    run.bar = with_bar ? progress_bar_new() : NULL;
    run.supervisor = process_executor_new(&supervisor, context);
    run.run = executor_submit(process_executor_base(run.supervisor), TARGET_RUN,
                              run_arguments(config, options), NULL, &error);
    environment_wipe_secrets();
    if (run.run == NULL) {
        log_event(LOG_ERROR, error->message, NULL);
        code = EXIT_CODE_USAGE;
    } else {
        code = run_result(&run);
        future_unref(run.run);
    }
    executor_free(process_executor_base(run.supervisor));
    progress_bar_free(run.bar);
    timer_free(run.patience);
    if (stop != NULL)
        g_source_destroy(stop);
    return code;
}

/* FALSE after printing what is wrong. */
static gboolean apply_output_options(const RunOptions *options, gboolean *ret_with_bar)
{
    LogLevel level = LOG_WARNING;

    *ret_with_bar = isatty(STDERR_FILENO);
    if (options->progress != NULL && strcmp(options->progress, "auto") != 0) {
        *ret_with_bar = strcmp(options->progress, "always") == 0;
        if (!*ret_with_bar && strcmp(options->progress, "never") != 0) {
            g_printerr("thumbmill run: --progress is auto, always or never, not '%s'\n", options->progress);
            return FALSE;
        }
    }
    if (options->log_level != NULL && !log_level_parse(options->log_level, &level)) {
        g_printerr("thumbmill run: --log-level is debug, info, warning or error, not '%s'\n",
                   options->log_level);
        return FALSE;
    }
    log_set_level(level);
    if (options->log_format != NULL && strcmp(options->log_format, "json") == 0) {
        log_set_format(LOG_FORMAT_JSON);
    } else if (options->log_format != NULL && strcmp(options->log_format, "text") != 0) {
        g_printerr("thumbmill run: --log-format is text or json, not '%s'\n", options->log_format);
        return FALSE;
    }
    return TRUE;
}

/* Hours later would be late to find out. FALSE after printing what is wrong. */
static gboolean report_is_possible(const char *path)
{
    g_autofree char *folder = path != NULL ? g_path_get_dirname(path) : NULL;

    if (path == NULL || access(folder, W_OK) == 0)
        return TRUE;
    g_printerr("thumbmill run: --report %s: %s: %s\n", path, folder, g_strerror(errno));
    return FALSE;
}

static ExitCode run_with(const RunOptions *options)
{
    g_autoptr(Config) config = NULL;
    g_autoptr(GError) error = NULL;
    gboolean with_bar;

    if (!apply_output_options(options, &with_bar))
        return EXIT_CODE_USAGE;
    if (options->config_path == NULL) {
        g_printerr("thumbmill run: -c FILE is missing\n");
        return EXIT_CODE_USAGE;
    }
    config = config_load(options->config_path, &error);
    if (config == NULL) {
        g_printerr("%s\n", error->message);
        return EXIT_CODE_USAGE;
    }
    if (!report_is_possible(options->report_path))
        return EXIT_CODE_USAGE;
    return run_config(config, options, with_bar);
}

ExitCode command_run(int argc, char **argv)
{
    RunOptions o = {0};
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config_path, "The configuration", "FILE"},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &o.dry_run, "Print what would be made; change nothing", NULL},
        {"report", 0, 0, G_OPTION_ARG_FILENAME, &o.report_path, "Write a JSON report when done", "FILE"},
        {"progress", 0, 0, G_OPTION_ARG_STRING, &o.progress, "auto (on a terminal), always or never", "WHEN"},
        {"log-format", 0, 0, G_OPTION_ARG_STRING, &o.log_format, "text or json, on standard error", "FORMAT"},
        {"log-level", 0, 0, G_OPTION_ARG_STRING, &o.log_level, "debug, info, warning (default) or error",
         "LEVEL"},
        G_OPTION_ENTRY_NULL,
    };
    ExitCode code = EXIT_CODE_USAGE;

    if (command_parse(&argc, &argv, entries, "Makes what is missing or older than its source, then exits."))
        code = run_with(&o);
    g_free(o.config_path);
    g_free(o.report_path);
    g_free(o.log_format);
    g_free(o.log_level);
    g_free(o.progress);
    return code;
}

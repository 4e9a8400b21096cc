/* thumbmill daemon: keeps buckets in sync until it is told to stop (service.c), under systemd, in the
 * foreground, or detached. */
#include <glib.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon/command/commands.h"
#include "daemon/console/confinement.h"
#include "daemon/options/job_options.h"
#include "daemon/options/log_options.h"
#include "daemon/service/detach.h"
#include "daemon/service/log_sinks.h"
#include "daemon/service/service.h"
#include "daemon/service/service_control.h"
#include "daemon/service/service_signals.h"
#include "daemon/site/site.h"
#include "daemon/state/run_lock.h"

typedef struct {
    char *config_path;
    char *log_format;
    char *log_level;
    char *pid_path;
    char *lock;
    gboolean detach;
} DaemonOptions;

static void on_ready(void *data)
{
    int *ready = data;

    if (*ready >= 0)
        detach_ready(fd_steal(ready));
}

/* Detaches before anything is started. Keeps the working directory, because the configuration's path may be
 * relative. */
static gboolean go_to_background(const DaemonOptions *options, int *ret_ready, GError **error)
{
    if (!options->detach)
        return TRUE;
    *ret_ready = detach_begin(error);
    if (*ret_ready < 0)
        return FALSE;
    log_sinks_use_syslog();
    return TRUE;
}

/* The order matters: errors for the terminal must occur before the process detaches from it, and the pid file
 * must contain the pid of the process that continues. */
static gboolean settle(const DaemonOptions *options, int *ret_pid_file, int *ret_ready, GError **error)
{
    if (options->pid_path != NULL && !detach_take_pid_file(options->pid_path, ret_pid_file, error))
        return FALSE;
    return go_to_background(options, ret_ready, error) &&
           (options->pid_path == NULL || detach_write_pid(*ret_pid_file, error));
}

/* Runs the service until it has stopped. Takes the configuration. */
static ExitCode serve(const DaemonOptions *options, RunLockDemand demand, Config *config, int *ready)
{
    g_autoptr(GError) error = NULL;
    const Config *first = config; /* owned by the service, and valid until a reload */
    Service *service = service_new(
        &(ServiceOptions){
            .config_path = options->config_path, .lock = demand, .on_ready = on_ready, .data = ready},
        config, &error);
    ServiceControl *control = NULL;
    Site *site = NULL;
    ServiceSignals *signals;
    ExitCode code = EXIT_CODE_USAGE;

    if (service != NULL && service_control_is_wanted(first))
        control = service_control_new(service, first, &error);
    if (error == NULL && first->http.listen != NULL)
        site = site_new(service, first, &error);
    if (error != NULL)
        log_event(LOG_ERROR, error->message, NULL);
    else {
        signals = service_signals_new(service);
        code = service_run(service);
        service_signals_free(signals);
    }
    site_free(site);
    service_control_free(control);
    service_free(service);
    return code;
}

/* FALSE after printing that there are several jobs. */
static gboolean is_supported(const GPtrArray *jobs)
{
    if (jobs->len == 1)
        return TRUE;
    g_printerr(
        "thumbmill daemon: several jobs in one daemon are not supported yet: `thumbmill run` does all of "
        "them\n");
    return FALSE;
}

static ExitCode run_with(const DaemonOptions *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) jobs = NULL;
    g_autoptr(Config) config = NULL;
    autofd int pid_file = -1;
    autofd int ready = -1;
    RunLockDemand demand;

    if (!log_options_apply(options->log_format, options->log_level, LOG_INFO) ||
        !run_lock_parse(options->lock, &demand))
        return EXIT_CODE_USAGE;
    if (options->log_format == NULL && log_sinks_has_journal())
        log_sinks_use_journal();
    jobs = job_options_load(options->config_path, NULL);
    if (jobs == NULL || !is_supported(jobs) || !job_options_can_encode(jobs))
        return EXIT_CODE_USAGE;
    config = g_ptr_array_steal_index(jobs, 0);
    if (!settle(options, &pid_file, &ready, &error)) {
        g_printerr("thumbmill daemon: %s\n", error->message);
        return EXIT_CODE_USAGE;
    }
    confinement_tell(config);
    if (!service_control_is_wanted(config))
        log_event(LOG_INFO,
                  "control.socket is not set: thumbmill status and the other control commands cannot reach "
                  "this daemon",
                  NULL);
    return serve(options, demand, g_steal_pointer(&config), &ready);
}

ExitCode command_daemon(int argc, char **argv)
{
    DaemonOptions o = {0};
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config_path, "The configuration", "FILE"},
        {"detach", 'd', 0, G_OPTION_ARG_NONE, &o.detach,
         "Go into the background once both stores respond, and log to syslog", NULL},
        {"pid-file", 0, 0, G_OPTION_ARG_FILENAME, &o.pid_path, "Write the process id to FILE, and lock it",
         "FILE"},
        {"lock", 0, 0, G_OPTION_ARG_STRING, &o.lock,
         "wanted (default), or required: start no pass without a run lock", "HOW"},
        {"log-format", 0, 0, G_OPTION_ARG_STRING, &o.log_format,
         "text or json, on standard error (default: fields to journald under systemd, else text)", "FORMAT"},
        {"log-level", 0, 0, G_OPTION_ARG_STRING, &o.log_level, "debug, info (default), warning or error",
         "LEVEL"},
        G_OPTION_ENTRY_NULL,
    };
    ExitCode code = EXIT_CODE_USAGE;

    service_signals_hold();
    if (command_parse(&argc, &argv, entries,
                      "Keeps the destination in sync with the source until told to stop."))
        code = run_with(&o);
    g_free(o.config_path);
    g_free(o.log_format);
    g_free(o.log_level);
    g_free(o.pid_path);
    g_free(o.lock);
    return code;
}

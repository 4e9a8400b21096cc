/* `thumbmill daemon`: keeps buckets in step until it is told to stop. It has one supervisor and begins
 * passes: by the timetable of the configuration, when somebody asks, and again after one that was cut short.
 * Used by the main process. Single-threaded.
 *
 * What it does next follows from its state alone, in one place (service_step in service.c); what happens to
 * it only changes that state. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "concurrent/future.h"
#include "config/config.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/protocol/messages.h"
#include "daemon/session/speed.h"

typedef struct Service Service;

typedef struct {
    const char *config_path; /* read again when it is told to reload; borrowed */
    /* Both stores have answered for the first time. May be NULL. */
    void (*on_ready)(void *data);
    void *data;
} ServiceOptions;

/* Takes the configuration. NULL with class ERROR_CONFIG if the supervisor is not installed, or the control
 * socket cannot be had. */
Service *service_new(const ServiceOptions *options, Config *config, GError **error);

/* Returns when it has stopped: EXIT_CODE_DONE if it was told to; EXIT_CODE_STOPPED if something had to be
 * stopped by force; EXIT_CODE_UNUSABLE if the stores or the credentials were refused at the start. */
ExitCode service_run(Service *service);

/* NULL is allowed. */
void service_free(Service *service);

/* What it can be told, by signal or otherwise. Each returns at once. */

/* A pass as soon as possible; after the one under way, if there is one. */
void service_run_now(Service *service);

/* Reads the configuration again. If it is wrong the old one stays: class ERROR_CONFIG. Else a new supervisor
 * takes over with it and begins with a pass, while the old one finishes what it has in flight. */
gboolean service_reload(Service *service, GError **error);

/* Finishes what is in flight and begins no pass until it is told to resume. */
void service_drain(Service *service);
void service_resume(Service *service);

/* Finishes what is in flight, within stop_timeout, and ends; at_once: finishes nothing. */
void service_stop(Service *service, gboolean at_once);

/* Has so many workers, from 1 to LIMIT_WORKERS, in the pass under way and the next ones, until it is
 * reloaded.
 */
void service_scale(Service *service, guint n_workers);

/* Ends its supervisor, if that has this pid: another one takes its place, and begins the pass again. FALSE:
 * it has not. */
gboolean service_terminate(Service *service, pid_t pid);

/* What its supervisor says: a target of daemon/protocol/messages.h with these arguments, which are taken. The
 * future is the caller's; NULL: there is no supervisor at the moment. */
Future *service_ask(Service *service, const char *target, GVariant *args);

/* The same of the one before it, while that finishes what it has in flight after a reload. */
Future *service_ask_old(Service *service, const char *target, GVariant *args);

/* How it is */

typedef enum {
    SERVICE_STARTING, /* the stores have not answered yet */
    SERVICE_IDLE,
    SERVICE_PASS,
    SERVICE_DRAINING, /* a pass that begins nothing more */
    SERVICE_DRAINED,
    SERVICE_DEGRADED, /* one attempt after the other failed: the next one waits */
    SERVICE_STOPPING,
} ServicePhase;

/* How a pass ended. */
typedef struct {
    gint64 ended_us; /* wall clock; 0: none has ended yet, or none with a report */
    double seconds;
    gint32 exit;                                            /* as of `thumbmill run` */
    guint64 done, up_to_date, archived, failed, left_alone; /* objects */
    guint64 unlisted;                                       /* parts of a directory */
    guint64 made;                                           /* outputs */
} PassResult;

typedef struct {
    ServicePhase phase;
    gint64 uptime_us;
    Progress progress;
    Forecast forecast; /* for it */ /* of the pass under way, or the last one */
    gint64 pass_elapsed_us;         /* of the pass under way; 0: there is none */
    guint64 passes;                 /* that ended */
    PassResult last_pass;
    gint64 next_pass_us;  /* wall clock; SCHEDULE_NEVER */
    gint64 retry_us;      /* until the next attempt after a failed one; 0: it does not wait for one */
    guint troubles;       /* attempts in a row that failed */
    guint restarts;       /* supervisors that died */
    guint workers;        /* of a pass */
    pid_t supervisor;     /* 0: there is none at the moment */
    pid_t old_supervisor; /* that still finishes what it has in flight; 0: there is none */
    const char *trouble;  /* why the last attempt failed; NULL; the service's */
} ServiceStatus;

void service_get_status(const Service *service, ServiceStatus *ret_status);

/* "idle", "pass", ... */
const char *service_phase_name(ServicePhase phase);

/* One line for people: "pass: 12/40 objects  3.2/s". Owned by the caller. */
char *service_status_text(const ServiceStatus *status);

/* What the service manager was told last. All zero: nothing. */
typedef struct {
    char *text;
    gint64 time_us;
} StatusLine;

/* Tells the service manager, if there is news: at once, or as progress, which is news once a second. */
void service_tell_status(const Service *service, StatusLine *line, gboolean at_once);

/* The log record of how it is. */
void service_log_status(const Service *service);

/* How a pass ended that took elapsed_us and ended now: logged, and returned. */
PassResult service_log_pass(const RunReport *report, gint64 elapsed_us);

/* "everything is in step", ...: what the exit code means for these numbers. */
const char *pass_result_text(const PassResult *result);

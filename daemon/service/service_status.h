/* The status of a service, for the service manager, the log and people. Used by the main process. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "daemon/protocol/progress.h"
#include "daemon/session/speed.h"

typedef enum {
    SERVICE_STARTING, /* the stores have not answered yet */
    SERVICE_IDLE,
    SERVICE_PASS,
    SERVICE_DRAINING, /* a pass is running that begins nothing more */
    SERVICE_DRAINED,
    SERVICE_DEGRADED, /* several attempts in a row failed: the next one is delayed */
    SERVICE_STOPPING,
} ServicePhase;

/* How a pass ended. */
typedef struct {
    gint64 ended_us; /* wall clock; 0 if none has ended yet, or none with a report */
    double seconds;
    gint32 exit;                                            /* see ExitCode, as of `thumbmill run` */
    guint64 done, up_to_date, archived, failed, left_alone; /* objects */
    guint64 unlisted;                                       /* parts of a directory that could not be
                                                             * listed */
    guint64 made;                                           /* outputs */
    guint64 left;     /* outputs of another recipe that are not made again */
    guint64 withheld; /* outputs that an older configuration does not
                                                             * make */
} PassResult;

typedef struct {
    ServicePhase phase;
    gint64 uptime_us;
    Progress progress;      /* of the current pass, or of the last one */
    Forecast forecast;      /* for progress */
    gint64 pass_elapsed_us; /* of the current pass; 0 if there is none */
    guint64 passes;         /* passes that ended */
    PassResult last_pass;
    gint64 next_pass_us;  /* wall clock, or SCHEDULE_NEVER */
    gint64 retry_us;      /* until the next attempt after a failed one; 0 if none is delayed */
    guint troubles;       /* consecutive failed attempts */
    guint restarts;       /* how often the supervisor died */
    guint workers;        /* workers of a pass */
    pid_t supervisor;     /* 0 if there is none at the moment */
    pid_t old_supervisor; /* the previous one, while it finishes what it has in flight; else 0 */
    const char *trouble;  /* why the last attempt failed, or NULL; borrowed from the service */
} ServiceStatus;

/* "idle", "pass", ... */
const char *service_phase_name(ServicePhase phase);

/* One line for people: "pass: 12/40 objects  3.2/s". Owned by the caller. */
char *service_status_text(const ServiceStatus *status);

/* The last status sent to the service manager. All zero if none was. */
typedef struct {
    char *text;
    gint64 time_us;
} StatusLine;

/* Reports a changed status to the service manager: at once, or as progress, at most once a second. */
void service_tell_status(const ServiceStatus *status, StatusLine *line, gboolean at_once);

/* Logs the status. */
void service_log_status(const ServiceStatus *status);

/* Logs and returns the result of a pass that took elapsed_us and ended now. */
PassResult service_log_pass(const RunReport *report, gint64 elapsed_us);

/* "everything is up to date" and similar texts: the meaning of the exit code, given these numbers. */
const char *pass_result_text(const PassResult *result);

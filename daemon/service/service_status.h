/* The state of a service: what it tells the service manager, the log and people. Used by the main process. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "daemon/protocol/messages.h"
#include "daemon/session/speed.h"

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
    Progress progress;      /* of the pass under way, or the last one */
    Forecast forecast;      /* for it */
    gint64 pass_elapsed_us; /* of the pass under way; 0: there is none */
    guint64 passes;         /* that ended */
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
void service_tell_status(const ServiceStatus *status, StatusLine *line, gboolean at_once);

/* The log record of how it is. */
void service_log_status(const ServiceStatus *status);

/* How a pass ended that took elapsed_us and ended now: logged, and returned. */
PassResult service_log_pass(const RunReport *report, gint64 elapsed_us);

/* "everything is in step", ...: what the exit code means for these numbers. */
const char *pass_result_text(const PassResult *result);

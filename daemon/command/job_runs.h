/* Performs a command's pass for each job of a configuration, one after the other: what goes wrong with one
 * does not keep the others from being done. Used by the main process. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/state/run_lock.h"

typedef struct {
    const Config *config;
    gboolean is_locked; /* the lock of its stores is held for it */
    gint64 left_ms;     /* of JobRuns.max_duration_ms; 0 for no limit */
    gboolean is_over;   /* to be set by the pass: begin no further job */
} JobRun;

typedef struct {
    const GPtrArray *jobs; /* of Config */
    gboolean needs_lock;
    RunLockDemand lock;
    gint64 max_duration_ms;  /* of all together; 0 for no limit */
    const char *report_path; /* for the reports, or NULL */
    gboolean as_json;        /* print the reports in the end */
    gboolean has_heads;      /* print the name of each job before its pass, if there are several */
    RunReport *(*run)(JobRun *run, const void *data);
    const void *data;
} JobRuns;

/* Returns the exit code: the highest of the jobs' codes. A job that could not begin has a report with the
 * reason, unless it is the only one. */
ExitCode job_runs_perform(const JobRuns *runs);

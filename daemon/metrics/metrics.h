/* The metrics of one job: counters over all passes since this process began, and how the last pass ended. The
 * main process keeps them, so that they outlive supervisors and reloads. No label has a key or a URL.
 * Single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/protocol/exit_code.h"
#include "daemon/protocol/meter.h"

/* How often passes ended with each exit code. */
#define METRICS_EXIT_CODES (EXIT_CODE_LOCKED + 1)

/* How a pass ended. */
typedef struct {
    gint64 ended_us; /* wall clock; 0 if none has ended */
    double seconds;
    gint32 exit;
    guint64 left_alone; /* objects that the pass did not try because of earlier failures */
} MetricsPass;

typedef struct {
    char *job;
    Meter total;
    MeterGauges gauges; /* of the current pass */
    guint64 passes[METRICS_EXIT_CODES];
    guint64 supervisors_died;
    MetricsPass last;    /* pass with a report */
    gint64 succeeded_us; /* when the last pass with exit code 0 ended, wall clock; 0 if that is not known */
} Metrics;

/* job is copied: a job's name, [A-Za-z0-9._-] only (Config.name). */
Metrics *metrics_new(const char *job);
void metrics_free(Metrics *metrics);

/* A supervisor has counted (NOTE_METER). gauges is NULL if another one has the current pass. */
void metrics_take(Metrics *metrics, const Meter *increments, const MeterGauges *gauges);

/* A pass has ended. */
void metrics_end_pass(Metrics *metrics, const MetricsPass *pass);

/* All metrics of the jobs (of Metrics) in Prometheus's text format, with those of the processes that this one has
 * started. Owned by the caller. */
char *metrics_to_text(const GPtrArray *jobs);

/* Writes the text to path, which is replaced at once, for the text file collector of Prometheus's
 * node_exporter. If no success of a job is known, the time of the last one is taken from the file that was there
 * before, because a run from cron knows of itself only. Class ERROR_PERMANENT. */
gboolean metrics_write(const GPtrArray *jobs, const char *path, GError **error);

/* Writes the text to path, and logs an error. Does nothing if path is NULL. */
void metrics_publish(const GPtrArray *jobs, const char *path);

/* Counters of a pass for metrics: a note of the supervisor to the main process, which adds up the numbers of
 * all passes. The note carries increments since the last one, so that whoever adds them needs to know neither
 * passes nor supervisors; the last note of a pass precedes its report. Pure. */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "base/request_counters.h"
#include "daemon/protocol/stage.h"

/* Upper limits of the histograms' buckets, in microseconds; one more bucket has no limit. */
#define METER_BUCKETS 13u
extern const guint64 meter_bucket_us[METER_BUCKETS];

typedef struct {
    guint64 buckets[METER_BUCKETS + 1]; /* each counts its own durations only */
    guint64 sum_us;
} MeterHistogram;

/* Counters only, each a guint64. */
typedef struct {
    struct {
        guint64 done, up_to_date, archived, other; /* other: skipped for another reason */
        guint64 remembered, postponed, failed;
    } objects;
    struct {
        guint64 made, up_to_date;
    } outputs;
    guint64 failures[ERROR_CLASS_LAST + 1]; /* objects and outputs that failed, by ErrorClass */
    struct {
        guint64 in, out;
    } bytes;
    RequestCounters requests;
    struct {
        guint64 workers_started, workers_died, imagers_started, imagers_died;
    } processes;
    MeterHistogram stages[STAGE_COUNT];
} Meter;

/* The state of the current pass, each a guint64. */
typedef struct {
    guint64 in_flight; /* objects */
    guint64 workers, workers_busy;
    guint64 memory_granted_bytes, memory_limit_bytes;
} MeterGauges;

/* Counts a duration. */
void meter_observe(MeterHistogram *histogram, guint64 duration_us);

/* Counts the stages that were begun. */
void meter_observe_stages(Meter *meter, const StageTimes *times);

/* Adds more to meter. */
void meter_add(Meter *meter, const Meter *more);

/* The difference; what is less now than before counts as 0. */
Meter meter_since(const Meter *now, const Meter *before);

#define NOTE_METER      "meter"
#define NOTE_METER_TYPE "(atat)"

/* Floating, of NOTE_METER_TYPE; and back: FALSE if it has another type or length. */
GVariant *meter_to_variant(const Meter *increments, const MeterGauges *gauges);
gboolean meter_from_variant(GVariant *variant, Meter *ret_increments, MeterGauges *ret_gauges);

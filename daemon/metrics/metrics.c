#include "daemon/metrics/metrics.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/output_file.h"
#include "daemon/metrics/exposition.h"
#include "daemon/metrics/process_meter.h"

/* A text file that is larger was not written by us. */
#define MAX_FILE_BYTES (1u << 20)

#define LAST_SUCCESS   "thumbmill_pass_last_success_timestamp_seconds"

#define PER_SECOND     1e6

Metrics *metrics_new(const char *job)
{
    Metrics *metrics = g_new0(Metrics, 1);

    metrics->job = g_strdup(job);
    return metrics;
}

void metrics_free(Metrics *metrics)
{
    g_free(metrics->job);
    g_free(metrics);
}

void metrics_take(Metrics *metrics, const Meter *increments, const MeterGauges *gauges)
{
    meter_add(&metrics->total, increments);
    if (gauges != NULL)
        metrics->gauges = *gauges;
}

void metrics_end_pass(Metrics *metrics, const MetricsPass *pass)
{
    metrics->gauges = (MeterGauges){.memory_limit_bytes = metrics->gauges.memory_limit_bytes};
    metrics->last = *pass;
    if (pass->exit == EXIT_CODE_DONE)
        metrics->succeeded_us = pass->ended_us;
    if (pass->exit >= 0 && pass->exit < (gint32)METRICS_EXIT_CODES)
        metrics->passes[pass->exit]++;
}

/* One sample of a family whose samples differ in one label. */
typedef struct {
    const char *value; /* of the label */
    guint64 number;
} Sample;

static void add_family(Exposition *text, const char *name, const char *help)
{
    exposition_family(text, name, g_str_has_suffix(name, "_total") ? EXPOSITION_COUNTER : EXPOSITION_GAUGE,
                      help);
}

static void add_samples(const Metrics *metrics, Exposition *text, const char *name, const char *label,
                        const Sample *samples, gsize n)
{
    for (gsize i = 0; i < n; i++)
        exposition_number(text, name,
                          (const char *const[]){"job", metrics->job, label, samples[i].value, NULL},
                          samples[i].number);
}

static void add_number(const Metrics *metrics, Exposition *text, const char *name, const char *help,
                       guint64 number)
{
    add_family(text, name, help);
    exposition_number(text, name, (const char *const[]){"job", metrics->job, NULL}, number);
}

static void add_real(const Metrics *metrics, Exposition *text, const char *name, const char *help,
                     double number)
{
    add_family(text, name, help);
    exposition_real(text, name, (const char *const[]){"job", metrics->job, NULL}, number);
}

static void add_objects(const Metrics *metrics, Exposition *text)
{
    const Meter *total = &metrics->total;
    const Sample objects[] = {
        {"done", total->objects.done},           {"up_to_date", total->objects.up_to_date},
        {"archived", total->objects.archived},   {"skipped", total->objects.other},
        {"failed", total->objects.failed},       {"remembered", total->objects.remembered},
        {"postponed", total->objects.postponed},
    };
    const Sample outputs[] = {{"made", total->outputs.made}, {"up_to_date", total->outputs.up_to_date}};
    Sample failures[ERROR_CLASS_LAST + 1];

    for (guint i = 0; i <= ERROR_CLASS_LAST; i++)
        failures[i] = (Sample){error_class_name((ErrorClass)i), total->failures[i]};
    add_family(text, "thumbmill_objects_total", "Originals that a pass has settled, by result.");
    add_samples(metrics, text, "thumbmill_objects_total", "result", objects, G_N_ELEMENTS(objects));
    add_family(text, "thumbmill_outputs_total", "Outputs, by result.");
    add_samples(metrics, text, "thumbmill_outputs_total", "result", outputs, G_N_ELEMENTS(outputs));
    add_family(text, "thumbmill_failures_total", "Originals and outputs that failed, by class of the error.");
    add_samples(metrics, text, "thumbmill_failures_total", "class", failures, G_N_ELEMENTS(failures));
    add_number(metrics, text, "thumbmill_source_bytes_total", "Bytes of originals that were downloaded.",
               total->bytes.in);
    add_number(metrics, text, "thumbmill_output_bytes_total", "Bytes of outputs that were made.",
               total->bytes.out);
}

static void add_answers(const Metrics *metrics, Exposition *text, const char *operation,
                        const guint64 answers[ANSWER_COUNT])
{
    static const char *const codes[] = {[ANSWER_NONE] = "none",
                                        [ANSWER_2XX] = "2xx",
                                        [ANSWER_3XX] = "3xx",
                                        [ANSWER_4XX] = "4xx",
                                        [ANSWER_5XX] = "5xx"};

    for (guint i = 0; i < ANSWER_COUNT; i++)
        exposition_number(
            text, "thumbmill_responses_total",
            (const char *const[]){"job", metrics->job, "operation", operation, "code", codes[i], NULL},
            answers[i]);
}

static void add_requests(const Metrics *metrics, Exposition *text)
{
    const RequestCounters *sent = &metrics->total.requests;
    const Sample requests[] = {
        [OPERATION_LIST] = {"list", sent->list},    [OPERATION_GET] = {"get", sent->get},
        [OPERATION_CHECK] = {"check", sent->check}, [OPERATION_PUT] = {"put", sent->put},
        [OPERATION_HEAD] = {"head", sent->head},    [OPERATION_DELETE] = {"delete", sent->delete},
    };
    const Sample retries[] = {
        {"connect", sent->retry_reasons[RETRY_CONNECT]},
        {"timeout", sent->retry_reasons[RETRY_TIMEOUT]},
        {"reset", sent->retry_reasons[RETRY_RESET]},
        {"truncated", sent->retry_reasons[RETRY_TRUNCATED]},
        {"server_error", sent->retry_reasons[RETRY_SERVER]},
        {"throttle", sent->retry_reasons[RETRY_THROTTLE]},
        {"skew", sent->retry_reasons[RETRY_SKEW]},
        {"region", sent->retry_reasons[RETRY_REGION]},
    };

    add_family(text, "thumbmill_requests_total", "Requests to the stores, including retries, by operation.");
    add_samples(metrics, text, "thumbmill_requests_total", "operation", requests, G_N_ELEMENTS(requests));
    add_family(text, "thumbmill_responses_total",
               "Requests over HTTP that have ended, by operation and status. none: there was no response.");
    for (guint i = 0; i < OPERATION_COUNT; i++)
        add_answers(metrics, text, requests[i].value, sent->answers[i]);
    add_family(text, "thumbmill_retries_total", "Requests that were retries, by reason.");
    add_samples(metrics, text, "thumbmill_retries_total", "reason", retries, G_N_ELEMENTS(retries));
    add_number(metrics, text, "thumbmill_connections_total", "Connections opened to the stores.",
               sent->connections);
}

static void add_histogram(const Metrics *metrics, Exposition *text, const char *stage,
                          const MeterHistogram *histogram)
{
    const char *const labels[] = {"job", metrics->job, "stage", stage, NULL};
    guint64 count = 0;

    for (guint i = 0; i <= METER_BUCKETS; i++) {
        char limit[G_ASCII_DTOSTR_BUF_SIZE] = "+Inf";

        if (i < METER_BUCKETS)
            g_ascii_formatd(limit, sizeof limit, "%g", (double)meter_bucket_us[i] / PER_SECOND);
        count += histogram->buckets[i];
        exposition_number(text, "thumbmill_object_stage_seconds_bucket",
                          (const char *const[]){"job", metrics->job, "stage", stage, "le", limit, NULL},
                          count);
    }
    exposition_real(text, "thumbmill_object_stage_seconds_sum", labels,
                    (double)histogram->sum_us / PER_SECOND);
    exposition_number(text, "thumbmill_object_stage_seconds_count", labels, count);
}

static void add_work(const Metrics *metrics, Exposition *text)
{
    const Meter *total = &metrics->total;
    const Sample starts[] = {{"worker", total->processes.workers_started},
                             {"imager", total->processes.imagers_started}};
    const Sample deaths[] = {{"supervisor", metrics->supervisors_died},
                             {"worker", total->processes.workers_died},
                             {"imager", total->processes.imagers_died}};

    exposition_family(text, "thumbmill_object_stage_seconds", EXPOSITION_HISTOGRAM,
                      "Time that an original takes at each stage of an attempt.");
    for (guint i = 0; i < STAGE_COUNT; i++)
        add_histogram(metrics, text, stage_name((Stage)i), &total->stages[i]);
    add_family(text, "thumbmill_process_starts_total", "Processes started for passes, by role.");
    add_samples(metrics, text, "thumbmill_process_starts_total", "role", starts, G_N_ELEMENTS(starts));
    add_family(text, "thumbmill_process_deaths_total", "Processes that died unexpectedly, by role.");
    add_samples(metrics, text, "thumbmill_process_deaths_total", "role", deaths, G_N_ELEMENTS(deaths));
    add_number(metrics, text, "thumbmill_objects_in_flight", "Originals that workers have in hand.",
               metrics->gauges.in_flight);
    add_number(metrics, text, "thumbmill_workers", "Workers of the current pass.", metrics->gauges.workers);
    add_number(metrics, text, "thumbmill_workers_busy", "Workers that have an original in hand.",
               metrics->gauges.workers_busy);
    add_number(metrics, text, "thumbmill_memory_granted_bytes", "Memory granted to renderings in flight.",
               metrics->gauges.memory_granted_bytes);
    add_number(metrics, text, "thumbmill_memory_limit_bytes", "Memory that all renderings together may use.",
               metrics->gauges.memory_limit_bytes);
}

static void add_passes(const Metrics *metrics, Exposition *text)
{
    static const char *const codes[METRICS_EXIT_CODES] = {"0", "1", "2", "3", "4", "5"};

    add_family(text, "thumbmill_passes_total", "Passes that ended, by the exit code that a run would have.");
    for (guint i = 0; i < METRICS_EXIT_CODES; i++)
        add_samples(metrics, text, "thumbmill_passes_total", "exit_code",
                    &(Sample){codes[i], metrics->passes[i]}, 1);
    if (metrics->succeeded_us > 0)
        add_real(metrics, text, LAST_SUCCESS, "When the last pass ended with exit code 0.",
                 (double)metrics->succeeded_us / PER_SECOND);
    if (metrics->last.ended_us == 0)
        return;
    add_real(metrics, text, "thumbmill_pass_last_end_timestamp_seconds", "When the last pass ended.",
             (double)metrics->last.ended_us / PER_SECOND);
    add_real(metrics, text, "thumbmill_pass_last_duration_seconds", "How long the last pass took.",
             metrics->last.seconds);
    add_number(metrics, text, "thumbmill_pass_last_exit_code", "Exit code of the last pass.",
               (guint64)metrics->last.exit);
    add_number(metrics, text, "thumbmill_pass_last_left_alone_objects",
               "Originals that the last pass did not try because of remembered failures.",
               metrics->last.left_alone);
}

char *metrics_to_text(const GPtrArray *jobs)
{
    Exposition *text = exposition_new();

    add_family(text, "thumbmill_build_info", "The version, as a label; the value is 1.");
    exposition_number(text, "thumbmill_build_info", (const char *const[]){"version", THUMBMILL_VERSION, NULL},
                      1);
    for (guint i = 0; i < jobs->len; i++) {
        const Metrics *metrics = jobs->pdata[i];

        add_objects(metrics, text);
        add_requests(metrics, text);
        add_work(metrics, text);
        add_passes(metrics, text);
    }
    process_meter_append(text);
    return exposition_finish(text);
}

/* The last success that the text file of an earlier process tells of a job; 0 if it tells none. */
static gint64 read_last_success(const Metrics *metrics, const char *text)
{
    g_autofree char *begin = g_strdup_printf("\n" LAST_SUCCESS "{job=\"%s\"} ", metrics->job);
    const char *line = strstr(text, begin);
    const double seconds = line != NULL ? g_ascii_strtod(line + strlen(begin), NULL) : 0;

    return seconds > 0 && seconds < (double)clock_wall_us() / PER_SECOND ? (gint64)(seconds * PER_SECOND) : 0;
}

static void remember_successes(const GPtrArray *jobs, const char *path)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    g_autofree char *text = NULL;

    if (file == NULL || g_mapped_file_get_length(file) > MAX_FILE_BYTES)
        return;
    text = g_strndup(g_mapped_file_get_contents(file), g_mapped_file_get_length(file));
    for (guint i = 0; i < jobs->len; i++) {
        Metrics *metrics = jobs->pdata[i];

        if (metrics->succeeded_us == 0)
            metrics->succeeded_us = read_last_success(metrics, text);
    }
}

gboolean metrics_write(const GPtrArray *jobs, const char *path, GError **error)
{
    g_autofree char *text = NULL;

    remember_successes(jobs, path);
    text = metrics_to_text(jobs);
    return output_file_write(path, text, strlen(text), error);
}

void metrics_publish(const GPtrArray *jobs, const char *path)
{
    g_autoptr(GError) error = NULL;

    if (path != NULL && !metrics_write(jobs, path, &error))
        log_event(LOG_WARNING, "the metrics are not written", "reason", error->message, NULL);
}

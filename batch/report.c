#include "batch/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_format.h"
#include "base/limits.h"
#include "base/output_file.h"
#include "base/quote.h"

#define MAX_RUN_BYTES 64u

/* The highest exit code of the command. */
#define MAX_EXIT 5

/* A year of a thousand CPUs; more is not plausible. */
#define MAX_SECONDS 32e9

/* A failure's part of a message in addition to its text: framing offsets, class, terminators. */
#define FAILURE_OVERHEAD_BYTES 64u

typedef struct {
    const char *group;
    const char *name;
    gsize offset;
} Counter;

/* clang-format off */
#define COUNTER(group, name) {#group, #name, offsetof(RunReport, group.name)}
#define RETRIES(name, reason) \
    {"requests.retry_reasons", #name, offsetof(RunReport, requests.retry_reasons[reason])}
/* clang-format on */

/* In the order of the JSON; counters of a group are adjacent, and a nested group follows the group that
 * contains it. */
static const Counter counters[] = {
    COUNTER(objects, listed),
    COUNTER(objects, done),
    COUNTER(objects, skipped),
    COUNTER(objects, failed),
    COUNTER(objects, remembered),
    COUNTER(objects, postponed),
    COUNTER(left_out, outside),
    COUNTER(left_out, absent),
    COUNTER(left_out, not_selected),
    COUNTER(left_out, duplicate),
    COUNTER(left_out, invalid),
    COUNTER(skip_reasons, up_to_date),
    COUNTER(skip_reasons, archived),
    COUNTER(skip_reasons, unmatched),
    COUNTER(skip_reasons, unlisted),
    COUNTER(skip_reasons, other_recipe),
    COUNTER(skip_reasons, older_configuration),
    COUNTER(unlisted, source),
    COUNTER(unlisted, destination),
    COUNTER(outputs, made),
    COUNTER(outputs, up_to_date),
    COUNTER(comparison, missing),
    COUNTER(comparison, older),
    COUNTER(comparison, other_recipe),
    COUNTER(comparison, left),
    COUNTER(comparison, withheld),
    COUNTER(recipes, adopted),
    COUNTER(recipes, changed),
    COUNTER(recipes, former),
    COUNTER(orphans, found),
    COUNTER(orphans, deleted),
    COUNTER(orphans, resting),
    COUNTER(orphans, foreign),
    COUNTER(orphans, kept),
    COUNTER(orphans, refused),
    COUNTER(orphans, failed),
    COUNTER(verify, right),
    COUNTER(verify, foreign),
    COUNTER(verify, missing),
    COUNTER(verify, older),
    COUNTER(verify, other_recipe),
    COUNTER(verify, other_source),
    COUNTER(verify, empty),
    COUNTER(verify, type),
    COUNTER(verify, undecodable),
    COUNTER(verify, size),
    COUNTER(verify, unreachable),
    COUNTER(verify, unplanned),
    COUNTER(bytes, in),
    COUNTER(bytes, out),
    COUNTER(requests, list),
    COUNTER(requests, get),
    COUNTER(requests, check),
    COUNTER(requests, put),
    COUNTER(requests, head),
    COUNTER(requests, delete),
    COUNTER(requests, retries),
    COUNTER(requests, connections),
    RETRIES(connect, RETRY_CONNECT),
    RETRIES(timeout, RETRY_TIMEOUT),
    RETRIES(reset, RETRY_RESET),
    RETRIES(truncated, RETRY_TRUNCATED),
    RETRIES(server_error, RETRY_SERVER),
    RETRIES(throttle, RETRY_THROTTLE),
    RETRIES(skew, RETRY_SKEW),
    RETRIES(region, RETRY_REGION),
    COUNTER(processes, workers_started),
    COUNTER(processes, imagers_started),
    COUNTER(processes, crashes),
};

static guint64 *counter_of(RunReport *report, const Counter *counter)
{
    return (guint64 *)(void *)((char *)report + counter->offset);
}

static guint64 counter_value(const RunReport *report, const Counter *counter)
{
    guint64 value;

    memcpy(&value, (const char *)report + counter->offset, sizeof value);
    return value;
}

static void failure_free(void *data)
{
    ReportFailure *failure = data;

    g_free(failure->key);
    g_free(failure->output);
    g_free(failure->reason);
    g_free(failure);
}

RunReport *report_new(const char *run)
{
    RunReport *report = g_new0(RunReport, 1);

    report->run = g_strdup(run);
    report->version = g_strdup(THUMBMILL_VERSION);
    report->failures = g_ptr_array_new_with_free_func(failure_free);
    return report;
}

void report_free(RunReport *report)
{
    if (report == NULL)
        return;
    g_ptr_array_unref(report->failures);
    g_free(report->scope);
    g_free(report->error);
    g_free(report->version);
    g_free(report->job);
    g_free(report->run);
    g_free(report);
}

/* Converts text to UTF-8 of at most max_bytes, cut between characters. */
static char *clean_text(const char *text, gsize max_bytes)
{
    char *clean = g_utf8_validate(text, -1, NULL) ? g_strdup(text) : quote_key(text);

    if (strlen(clean) > max_bytes) {
        gsize end = max_bytes;

        while (end > 0 && ((guchar)clean[end] & 0xc0) == 0x80)
            end--;
        clean[end] = '\0';
    }
    return clean;
}

/* The limit of a key's text: each byte of a key may be escaped to four. */
#define MAX_KEY_TEXT_BYTES ((gsize)4 * LIMIT_KEY_BYTES)

void report_add_failure(RunReport *report, const char *key, const char *output, ErrorClass class,
                        const char *reason)
{
    ReportFailure *failure = g_new0(ReportFailure, 1);
    gsize bytes;

    failure->key = clean_text(key, MAX_KEY_TEXT_BYTES);
    failure->output = output != NULL ? clean_text(output, REPORT_MAX_REASON_BYTES) : NULL;
    failure->class = class;
    failure->reason = clean_text(reason, REPORT_MAX_REASON_BYTES);
    bytes = strlen(failure->key) + (output != NULL ? strlen(failure->output) : 0) + strlen(failure->reason) +
            FAILURE_OVERHEAD_BYTES;
    if (report->failures->len >= REPORT_MAX_FAILURES ||
        report->failure_bytes + bytes > REPORT_MAX_FAILURE_BYTES) {
        report->failures_truncated++;
        failure_free(failure);
        return;
    }
    report->failure_bytes += bytes;
    g_ptr_array_add(report->failures, failure);
}

guint64 report_left_alone(const RunReport *report)
{
    return report->objects.remembered + report->objects.postponed;
}

/* Between processes */

GVariant *report_to_variant(const RunReport *report)
{
    GVariantBuilder numbers, failures;

    g_variant_builder_init(&numbers, G_VARIANT_TYPE("a{st}"));
    for (guint i = 0; i < G_N_ELEMENTS(counters); i++) {
        g_autofree char *name = g_strdup_printf("%s.%s", counters[i].group, counters[i].name);

        g_variant_builder_add(&numbers, "{st}", name, counter_value(report, &counters[i]));
    }
    g_variant_builder_init(&failures, G_VARIANT_TYPE("a(smsis)"));
    for (guint i = 0; i < report->failures->len; i++) {
        const ReportFailure *failure = report->failures->pdata[i];

        g_variant_builder_add(&failures, "(smsis)", failure->key, failure->output, (gint32)failure->class,
                              failure->reason);
    }
    return g_variant_new("(ssddia{st}a(smsis)t)", report->run, report->version, report->seconds,
                         report->cpu_seconds, report->exit, &numbers, &failures, report->failures_truncated);
}

static const Counter *find_counter(const char *full_name)
{
    for (guint i = 0; i < G_N_ELEMENTS(counters); i++) {
        gsize group = strlen(counters[i].group);

        if (strncmp(full_name, counters[i].group, group) == 0 && full_name[group] == '.' &&
            strcmp(full_name + group + 1, counters[i].name) == 0)
            return &counters[i];
    }
    return NULL;
}

/* Reads the counters: each must occur exactly once. */
static gboolean read_counters(GVariant *numbers, RunReport *report, GError **error)
{
    gboolean seen[G_N_ELEMENTS(counters)] = {FALSE};
    gsize n_seen = 0;
    GVariantIter iter;
    const char *name;
    guint64 value;

    g_variant_iter_init(&iter, numbers);
    while (g_variant_iter_next(&iter, "{&st}", &name, &value)) {
        const Counter *counter = find_counter(name);

        if (counter == NULL || seen[counter - counters]) {
            error_set(error, ERROR_INTERNAL, "a report with an unknown or duplicate counter");
            return FALSE;
        }
        seen[counter - counters] = TRUE;
        n_seen++;
        *counter_of(report, counter) = value;
    }
    if (n_seen == G_N_ELEMENTS(counters))
        return TRUE;
    error_set(error, ERROR_INTERNAL, "a report that lacks a counter");
    return FALSE;
}

static gboolean read_failures(GVariant *failures, RunReport *report, GError **error)
{
    GVariantIter iter;
    const char *key, *output, *reason;
    gint32 class;

    g_variant_iter_init(&iter, failures);
    while (g_variant_iter_next(&iter, "(&sm&si&s)", &key, &output, &class, &reason)) {
        if (class < 0 || class > ERROR_CLASS_LAST || strlen(reason) > REPORT_MAX_REASON_BYTES) {
            error_set(error, ERROR_INTERNAL, "a report with a failure out of range");
            return FALSE;
        }
        report_add_failure(report, key, output, (ErrorClass) class, reason);
    }
    if (report->failures_truncated == 0)
        return TRUE;
    error_set(error, ERROR_INTERNAL, "a report with too many failures");
    return FALSE;
}

static gboolean is_time(double seconds)
{
    return seconds >= 0 && seconds <= MAX_SECONDS; /* false for NaN */
}

RunReport *report_from_variant(GVariant *variant, GError **error)
{
    g_autoptr(RunReport) report = NULL;
    g_autoptr(GVariant) numbers = NULL;
    g_autoptr(GVariant) failures = NULL;
    const char *run, *version;
    double seconds, cpu_seconds;
    gint32 exit_code;
    guint64 truncated;

    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(REPORT_VARIANT_TYPE)) ||
        !g_variant_is_normal_form(variant)) {
        error_set(error, ERROR_INTERNAL, "a report that is not of type " REPORT_VARIANT_TYPE);
        return NULL;
    }
    g_variant_get(variant, "(&s&sddi@a{st}@a(smsis)t)", &run, &version, &seconds, &cpu_seconds, &exit_code,
                  &numbers, &failures, &truncated);
    if (strlen(run) > MAX_RUN_BYTES || strlen(version) > MAX_RUN_BYTES || !is_time(seconds) ||
        !is_time(cpu_seconds) || exit_code < 0 || exit_code > MAX_EXIT) {
        error_set(error, ERROR_INTERNAL, "a report with a field out of range");
        return NULL;
    }
    report = report_new(run);
    g_free(report->version);
    report->version = g_strdup(version);
    report->seconds = seconds;
    report->cpu_seconds = cpu_seconds;
    report->exit = exit_code;
    if (!read_counters(numbers, report, error) || !read_failures(failures, report, error))
        return NULL;
    report->failures_truncated = truncated;
    return g_steal_pointer(&report);
}

/* JSON */

/* Rounds to milliseconds, which avoids digits such as 12.300000000000001. */
static json_t *time_to_json(double seconds)
{
    return json_real((double)(gint64)(seconds * 1000 + 0.5) / 1000);
}

static json_t *failures_to_json(const RunReport *report)
{
    json_t *list = json_array();

    for (guint i = 0; i < report->failures->len; i++) {
        const ReportFailure *failure = report->failures->pdata[i];

        json_array_append_new(list, json_pack("{s:s, s:s?, s:s, s:s}", "key", failure->key, "output",
                                              failure->output, "class", error_class_name(failure->class),
                                              "reason", failure->reason));
    }
    return list;
}

/* Adds an object for a group; "requests.retry_reasons" is nested in "requests". */
static json_t *add_group(json_t *root, const char *group)
{
    const char *dot = strchr(group, '.');
    json_t *object = json_object();

    if (dot == NULL) {
        json_object_set_new(root, group, object);
    } else {
        g_autofree char *outer = g_strndup(group, (gsize)(dot - group));

        json_object_set_new(json_object_get(root, outer), dot + 1, object);
    }
    return object;
}

static void add_counters(const RunReport *report, json_t *root)
{
    json_t *group = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(counters); i++) {
        if (i == 0 || strcmp(counters[i].group, counters[i - 1].group) != 0)
            group = add_group(root, counters[i].group);
        json_object_set_new(group, counters[i].name,
                            json_integer((json_int_t)counter_value(report, &counters[i])));
    }
}

static json_t *to_json(const RunReport *report)
{
    g_autofree char *run = clean_text(report->run, MAX_RUN_BYTES);
    json_t *root = json_object();

    json_object_set_new(root, "format", json_integer(JSON_FORMAT));
    json_object_set_new(root, "run", json_string(run));
    json_object_set_new(root, "job", report->job != NULL ? json_string(report->job) : json_null());
    json_object_set_new(root, "version", json_string(report->version));
    json_object_set_new(root, "seconds", time_to_json(report->seconds));
    json_object_set_new(root, "cpu_seconds", time_to_json(report->cpu_seconds));
    json_object_set_new(root, "exit", json_integer(report->exit));
    json_object_set_new(root, "dry_run", json_boolean(report->dry_run));
    json_object_set_new(root, "scope", report->scope != NULL ? json_string(report->scope) : json_null());
    json_object_set_new(root, "error", report->error != NULL ? json_string(report->error) : json_null());
    add_counters(report, root);
    json_object_set_new(root, "failures", failures_to_json(report));
    json_object_set_new(root, "failures_truncated", json_integer((json_int_t)report->failures_truncated));
    return root;
}

/* Takes the object. */
static char *dump(json_t *root)
{
    char *dumped = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    char *text = g_strconcat(dumped, "\n", NULL);

    free(dumped);
    json_decref(root);
    return text;
}

char *report_to_json(const RunReport *report)
{
    return dump(to_json(report));
}

gint32 report_list_exit(const GPtrArray *reports)
{
    gint32 exit_code = 0;

    for (guint i = 0; i < reports->len; i++)
        exit_code = MAX(exit_code, ((const RunReport *)reports->pdata[i])->exit);
    return exit_code;
}

char *report_list_to_json(const GPtrArray *reports)
{
    json_t *root, *jobs;

    if (reports->len == 1)
        return report_to_json(reports->pdata[0]);
    root = json_object();
    jobs = json_array();
    for (guint i = 0; i < reports->len; i++)
        json_array_append_new(jobs, to_json(reports->pdata[i]));
    json_object_set_new(root, "format", json_integer(JSON_FORMAT));
    json_object_set_new(root, "version", json_string(THUMBMILL_VERSION));
    json_object_set_new(root, "exit", json_integer(report_list_exit(reports)));
    json_object_set_new(root, "jobs", jobs);
    return dump(root);
}

gboolean report_list_write(const GPtrArray *reports, const char *path, GError **error)
{
    g_autofree char *text = report_list_to_json(reports);

    return output_file_write(path, text, strlen(text), error);
}

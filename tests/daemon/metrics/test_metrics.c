#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/metrics/exposition.h"
#include "daemon/metrics/metrics.h"

static gboolean has(const char *text, const char *line)
{
    g_autofree char *whole = g_strdup_printf("\n%s\n", line);

    return strstr(text, whole) != NULL;
}

static GPtrArray *jobs; /* of Metrics */

static void setup(void)
{
    jobs = g_ptr_array_new_with_free_func((GDestroyNotify)metrics_free);
}

static void teardown(void)
{
    g_ptr_array_unref(jobs);
}

TestSuite(metrics, .init = setup, .fini = teardown);

static Metrics *job_new(const char *name)
{
    g_ptr_array_add(jobs, metrics_new(name));
    return jobs->pdata[jobs->len - 1];
}

Test(exposition, text_from_outside_stays_within_its_label)
{
    Exposition *exposition = exposition_new();
    g_autofree char *text = NULL;

    exposition_family(exposition, "a", EXPOSITION_GAUGE, "A.");
    exposition_number(exposition, "a", (const char *const[]){"job", "q\"u\\o\nte} 7", "b", "\xc3\xa9", NULL},
                      3);
    text = exposition_finish(exposition);
    cr_assert_str_eq(text, "# HELP a A.\n# TYPE a gauge\na{job=\"q\\\"u\\\\o\\nte} 7\",b=\"\xc3\xa9\"} 3\n");
}

Test(metrics, increments_of_all_passes_add_up_and_gauges_are_replaced)
{
    Meter more = {.objects.done = 2, .requests.get = 5};
    const MeterGauges gauges = {.in_flight = 7, .workers = 4, .memory_limit_bytes = 100};
    g_autofree char *text = NULL;
    Metrics *metrics = NULL;

    metrics = job_new("photos");
    more.requests.answers[OPERATION_GET][ANSWER_5XX] = 1;
    meter_observe(&more.stages[STAGE_GET], 7000);
    meter_observe(&more.stages[STAGE_GET], 999 * CLOCK_US_PER_S);
    metrics_take(metrics, &more, &gauges);
    metrics_take(metrics, &more, NULL);
    text = metrics_to_text(jobs);
    cr_assert(has(text, "thumbmill_objects_total{job=\"photos\",result=\"done\"} 4"));
    cr_assert(has(text, "thumbmill_requests_total{job=\"photos\",operation=\"get\"} 10"));
    cr_assert(has(text, "thumbmill_responses_total{job=\"photos\",operation=\"get\",code=\"5xx\"} 2"));
    cr_assert(has(text, "thumbmill_objects_in_flight{job=\"photos\"} 7"));
    cr_assert(
        has(text, "thumbmill_object_stage_seconds_bucket{job=\"photos\",stage=\"get\",le=\"0.005\"} 0"));
    cr_assert(has(text, "thumbmill_object_stage_seconds_bucket{job=\"photos\",stage=\"get\",le=\"0.01\"} 2"));
    cr_assert(has(text, "thumbmill_object_stage_seconds_bucket{job=\"photos\",stage=\"get\",le=\"60\"} 2"));
    cr_assert(has(text, "thumbmill_object_stage_seconds_bucket{job=\"photos\",stage=\"get\",le=\"+Inf\"} 4"));
    cr_assert(has(text, "thumbmill_object_stage_seconds_sum{job=\"photos\",stage=\"get\"} 1998.014"));
    cr_assert(has(text, "thumbmill_object_stage_seconds_count{job=\"photos\",stage=\"get\"} 4"));
    cr_assert_null(strstr(text, "thumbmill_pass_last_end_timestamp_seconds"));
    metrics_end_pass(metrics, &(MetricsPass){.ended_us = 5 * CLOCK_US_PER_S, .seconds = 2.5, .exit = 1});
    g_free(text);
    text = metrics_to_text(jobs);
    cr_assert(has(text, "thumbmill_objects_in_flight{job=\"photos\"} 0"));
    cr_assert(has(text, "thumbmill_passes_total{job=\"photos\",exit_code=\"1\"} 1"));
    cr_assert(has(text, "thumbmill_pass_last_duration_seconds{job=\"photos\"} 2.5"));
    cr_assert(has(text, "thumbmill_pass_last_end_timestamp_seconds{job=\"photos\"} 5"));
    cr_assert_null(strstr(text, "thumbmill_pass_last_success_timestamp_seconds"));
    g_ptr_array_set_size(jobs, 0);
}

Test(metrics, samples_of_several_jobs_stand_in_their_family)
{
    const Meter one = {.objects.done = 1}, two = {.objects.done = 2};
    g_autofree char *text = NULL;

    metrics_take(job_new("photos"), &one, NULL);
    metrics_take(job_new("logos"), &two, NULL);
    text = metrics_to_text(jobs);
    cr_assert(has(text, "thumbmill_objects_total{job=\"photos\",result=\"done\"} 1"));
    cr_assert(has(text, "thumbmill_objects_total{job=\"logos\",result=\"done\"} 2"));
    cr_assert_eq(strstr(text, "# TYPE thumbmill_objects_total "),
                 g_strrstr(text, "# TYPE thumbmill_objects_total "));
    cr_assert_lt(strstr(text, "{job=\"logos\",result=\"done\"}"),
                 strstr(text, "# TYPE thumbmill_outputs_total "));
}

Test(metrics, a_file_keeps_the_last_success_of_its_job_and_of_no_other)
{
    g_autofree char *folder = g_dir_make_tmp("thumbmill-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "a.prom", NULL);
    g_autofree char *text = NULL;
    Metrics *metrics = NULL;

    metrics = job_new("photos");
    metrics_end_pass(metrics, &(MetricsPass){.ended_us = 1234567 * CLOCK_US_PER_S});
    cr_assert(metrics_write(jobs, path, NULL));
    g_ptr_array_set_size(jobs, 0);
    metrics = job_new("photos");
    metrics_end_pass(metrics, &(MetricsPass){.ended_us = 1234568 * CLOCK_US_PER_S, .exit = 3});
    cr_assert(metrics_write(jobs, path, NULL));
    g_ptr_array_set_size(jobs, 0);
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    cr_assert(has(text, "thumbmill_pass_last_success_timestamp_seconds{job=\"photos\"} 1234567"));
    cr_assert(has(text, "thumbmill_pass_last_exit_code{job=\"photos\"} 3"));
    metrics = job_new("photo");
    cr_assert(metrics_write(jobs, path, NULL));
    cr_assert_eq(metrics->succeeded_us, 0);
    cr_assert(g_file_set_contents(
        path, "\nthumbmill_pass_last_success_timestamp_seconds{job=\"photo\"} 9e300\n", -1, NULL));
    cr_assert(metrics_write(jobs, path, NULL));
    cr_assert_eq(metrics->succeeded_us, 0, "a time to come");
    g_ptr_array_set_size(jobs, 0);
    g_unlink(path);
    g_rmdir(folder);
}

Test(metrics, a_file_that_cannot_be_written_is_an_error_that_names_it)
{
    g_autoptr(GError) error = NULL;

    job_new("photos");
    cr_assert_not(metrics_write(jobs, "/nonexistent/a.prom", &error));
    cr_assert_not_null(strstr(error->message, "/nonexistent/a.prom"));
}

Test(metrics, this_process_is_measured)
{
    g_autofree char *text = NULL;

    job_new("photos");
    text = metrics_to_text(jobs);
    cr_assert(has(text, "thumbmill_processes{role=\"main\"} 1"));
    cr_assert_null(strstr(text, "process_resident_memory_bytes{role=\"main\"} 0\n"));
    cr_assert_null(strstr(text, "process_open_fds{role=\"main\"} 0\n"));
}

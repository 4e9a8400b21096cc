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

Test(exposition, text_from_outside_stays_within_its_label)
{
    g_autoptr(GString) text = g_string_new(NULL);

    exposition_number(text, "a", (const char *const[]){"job", "q\"u\\o\nte} 7", "b", "\xc3\xa9", NULL}, 3);
    cr_assert_str_eq(text->str, "a{job=\"q\\\"u\\\\o\\nte} 7\",b=\"\xc3\xa9\"} 3\n");
}

Test(metrics, a_job_has_the_name_of_its_file)
{
    static const char *const cases[][2] = {{"/etc/thumbmill/photos.yaml", "photos"},
                                           {"logos.yml", "logos"},
                                           {"a.b.yaml", "a.b"},
                                           {"plain", "plain"},
                                           {".yaml", ".yaml"},
                                           {"bad\xff.yaml", "bad\xef\xbf\xbd"}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *job = metrics_job_of(cases[i][0]);

        cr_assert_str_eq(job, cases[i][1]);
    }
}

Test(metrics, increments_of_all_passes_add_up_and_gauges_are_replaced)
{
    Meter more = {.objects.done = 2, .requests.get = 5};
    const MeterGauges gauges = {.in_flight = 7, .workers = 4, .memory_limit_bytes = 100};
    g_autofree char *text = NULL;
    Metrics metrics;

    metrics_init(&metrics, "photos");
    more.requests.answers[OPERATION_GET][ANSWER_5XX] = 1;
    meter_observe(&more.stages[STAGE_GET], 7000);
    meter_observe(&more.stages[STAGE_GET], 999 * CLOCK_US_PER_S);
    metrics_take(&metrics, &more, &gauges);
    metrics_take(&metrics, &more, NULL);
    text = metrics_to_text(&metrics);
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
    metrics_end_pass(&metrics, &(MetricsPass){.ended_us = 5 * CLOCK_US_PER_S, .seconds = 2.5, .exit = 1});
    g_free(text);
    text = metrics_to_text(&metrics);
    cr_assert(has(text, "thumbmill_objects_in_flight{job=\"photos\"} 0"));
    cr_assert(has(text, "thumbmill_passes_total{job=\"photos\",exit_code=\"1\"} 1"));
    cr_assert(has(text, "thumbmill_pass_last_duration_seconds{job=\"photos\"} 2.5"));
    cr_assert(has(text, "thumbmill_pass_last_end_timestamp_seconds{job=\"photos\"} 5"));
    cr_assert_null(strstr(text, "thumbmill_pass_last_success_timestamp_seconds"));
    metrics_clear(&metrics);
}

Test(metrics, a_file_keeps_the_last_success_of_its_job_and_of_no_other)
{
    g_autofree char *folder = g_dir_make_tmp("thumbmill-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "a.prom", NULL);
    g_autofree char *text = NULL;
    Metrics metrics;

    metrics_init(&metrics, "photos");
    metrics_end_pass(&metrics, &(MetricsPass){.ended_us = 1234567 * CLOCK_US_PER_S});
    cr_assert(metrics_write(&metrics, path, NULL));
    metrics_clear(&metrics);
    metrics_init(&metrics, "photos");
    metrics_end_pass(&metrics, &(MetricsPass){.ended_us = 1234568 * CLOCK_US_PER_S, .exit = 3});
    cr_assert(metrics_write(&metrics, path, NULL));
    metrics_clear(&metrics);
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    cr_assert(has(text, "thumbmill_pass_last_success_timestamp_seconds{job=\"photos\"} 1234567"));
    cr_assert(has(text, "thumbmill_pass_last_exit_code{job=\"photos\"} 3"));
    metrics_init(&metrics, "photo");
    cr_assert(metrics_write(&metrics, path, NULL));
    cr_assert_eq(metrics.succeeded_us, 0);
    cr_assert(g_file_set_contents(
        path, "\nthumbmill_pass_last_success_timestamp_seconds{job=\"photo\"} 9e300\n", -1, NULL));
    cr_assert(metrics_write(&metrics, path, NULL));
    cr_assert_eq(metrics.succeeded_us, 0, "a time to come");
    metrics_clear(&metrics);
    g_unlink(path);
    g_rmdir(folder);
}

Test(metrics, a_file_that_cannot_be_written_is_an_error_that_names_it)
{
    g_autoptr(GError) error = NULL;
    Metrics metrics;

    metrics_init(&metrics, "photos");
    cr_assert_not(metrics_write(&metrics, "/nonexistent/a.prom", &error));
    cr_assert_not_null(strstr(error->message, "/nonexistent/a.prom"));
    metrics_clear(&metrics);
}

Test(metrics, this_process_is_measured)
{
    g_autofree char *text = NULL;
    Metrics metrics;

    metrics_init(&metrics, "photos");
    text = metrics_to_text(&metrics);
    cr_assert(has(text, "thumbmill_processes{role=\"main\"} 1"));
    cr_assert_null(strstr(text, "process_resident_memory_bytes{role=\"main\"} 0\n"));
    cr_assert_null(strstr(text, "process_open_fds{role=\"main\"} 0\n"));
    metrics_clear(&metrics);
}

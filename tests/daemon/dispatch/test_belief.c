/* A worker that sends false results. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text_cut.h"
#include "daemon/dispatch/belief.h"
#include "daemon/protocol/object_result.h"

static const Asked asked = {.n_outputs = 2,
                            .max_outputs = 3,
                            .attempts = 5,
                            .max_source_bytes = 1000,
                            .elapsed_us = 10 * CLOCK_US_PER_S};

static void add_output(ObjectResult *result, guint number, guint64 size_bytes)
{
    const OutputResult output = {.number = number, .size_bytes = size_bytes};

    g_array_append_val(result->outputs, output);
}

static ObjectResult *liar(guint64 number)
{
    ObjectResult *result = object_result_new();

    for (guint i = 0; i < 1000; i++)
        add_output(result, i, number);
    result->bytes_in = number;
    result->counters.requests = (RequestCounters){.list = number,
                                                  .get = number,
                                                  .check = number,
                                                  .put = number,
                                                  .head = number,
                                                  .delete = number,
                                                  .retries = number,
                                                  .connections = number};
    result->counters.imager = (ImagerTimes){number, number, number};
    for (guint i = 0; i < RETRY_REASON_COUNT; i++)
        result->counters.requests.retry_reasons[i] = number;
    for (guint i = 0; i < OPERATION_COUNT; i++)
        for (guint j = 0; j < ANSWER_COUNT; j++)
            result->counters.requests.answers[i][j] = number;
    for (guint i = 0; i < STAGE_COUNT; i++)
        result->stages.us[i] = number;
    return result;
}

Test(belief, no_number_is_more_than_can_be_true)
{
    const guint64 most = (guint64)100 * LIMIT_TASKS_IN_FLIGHT * 5 * 5;

    for (guint bits = 40; bits <= 64; bits++) {
        g_autoptr(ObjectResult) result = liar(bits == 64 ? G_MAXUINT64 : G_GUINT64_CONSTANT(1) << bits);
        const WorkerCounters *counters = &result->counters;

        belief_limit(result, &asked);
        cr_expect_eq(result->outputs->len, 2u);
        cr_expect_leq(g_array_index(result->outputs, OutputResult, 0).size_bytes, LIMIT_BLOB_BYTES);
        cr_expect_eq(result->bytes_in, 1000);
        cr_expect_eq(counters->requests.list + counters->requests.head + counters->requests.delete, 0);
        cr_expect_leq(counters->requests.get, most);
        cr_expect_leq(counters->requests.answers[OPERATION_PUT][ANSWER_5XX], most);
        cr_expect_eq(counters->requests.answers[OPERATION_LIST][ANSWER_2XX], 0);
        cr_expect_eq(result->stages.us[STAGE_WAIT], 0);
        cr_expect_leq(result->stages.us[STAGE_GET], 10 * CLOCK_US_PER_S);
        cr_expect_leq(counters->requests.check, most);
        cr_expect_leq(counters->requests.put, most);
        cr_expect_leq(counters->requests.retries,
                      counters->requests.get + counters->requests.check + counters->requests.put);
        cr_expect_leq(counters->requests.connections, most);
        cr_expect_leq(counters->requests.retry_reasons[RETRY_THROTTLE], counters->requests.retries);
        cr_expect_leq(counters->imager.idle_us, 10 * (guint64)CLOCK_US_PER_S);
        cr_expect_leq(counters->imager.busy_us, 10 * (guint64)CLOCK_US_PER_S);
        cr_expect_leq(counters->imager.queued_us, 10 * LIMIT_TASKS_IN_FLIGHT * (guint64)CLOCK_US_PER_S);
    }
}

/* A report adds up the counters of all objects: for a million objects of lying workers the sum still fits
 * into 64 bits. */
Test(belief, sums_do_not_overflow)
{
    guint64 sum = 0;

    for (guint i = 0; i < 100000; i++) {
        g_autoptr(ObjectResult) result = object_result_new();

        result->counters.requests.put = G_MAXUINT64;
        belief_limit(result, &asked);
        cr_assert_leq(result->counters.requests.put, (guint64)G_MAXINT64 - sum);
        sum += result->counters.requests.put;
    }
}

Test(belief, the_truth_stays)
{
    g_autoptr(ObjectResult) result = object_result_new();
    const WorkerCounters honest = {.requests = {.get = 3,
                                                .check = 2,
                                                .put = 6,
                                                .retries = 4,
                                                .retry_reasons = {[RETRY_THROTTLE] = 3, [RETRY_RESET] = 1},
                                                .connections = 7},
                                   .imager = {1000, 2000, 3000}};

    add_output(result, 2, 77);
    add_output(result, 0, 78);
    result->bytes_in = 999;
    result->counters = honest;
    belief_limit(result, &asked);
    cr_expect_eq(result->outputs->len, 2u);
    cr_expect_eq(g_array_index(result->outputs, OutputResult, 1).size_bytes, 78);
    cr_expect_eq(result->bytes_in, 999);
    cr_expect_eq(memcmp(&result->counters, &honest, sizeof honest), 0);
}

/* A reason of megabytes is truncated, since it would neither be read nor fit into a message. */
Test(belief, texts_are_cut_where_they_come_in)
{
    g_autofree char *much = g_strnfill(1 << 20, 'x');
    g_autoptr(ObjectResult) result = object_result_new();
    g_autoptr(ObjectResult) copy = NULL;
    g_autoptr(GVariant) variant = NULL;
    OutputResult failed = {.number = 1, .error = g_error_new_literal(error_quark(), ERROR_INPUT, much)};

    g_array_append_val(result->outputs, failed);
    result->error = g_error_new_literal(error_quark(), ERROR_INPUT, much);
    variant = g_variant_ref_sink(object_result_to_variant(result));
    copy = object_result_from_variant(variant, NULL);
    cr_assert_not_null(copy);
    cr_expect_eq(strlen(copy->error->message), TEXT_REASON_BYTES);
    cr_expect_eq(strlen(g_array_index(copy->outputs, OutputResult, 0).error->message), TEXT_REASON_BYTES);
}

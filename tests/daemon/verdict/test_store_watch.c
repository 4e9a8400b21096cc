/* The dispatcher while a store is away, full, slow or refuses, and its HEAD requests. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "tests/daemon/dispatch/bench.h"
#include "tests/daemon/logged.h"

#define TASKS 2u /* in flight */

TestSuite(store_watch, .init = log_begin, .fini = log_end);

/* Stores */

Test(store_watch, while_a_store_is_away_objects_wait_and_one_at_a_time_is_tried)
{
    Bench bench;
    gint64 since_s;

    bench_open(&bench, "");
    verdicts_store_answers = FALSE;
    bench_add_many(&bench, 10);
    for (guint i = 0; i < 4; i++)
        bench_fail(&bench, 0, ERROR_UNAVAILABLE, "no response");
    cr_assert(store_watch_is_away(bench.watch));
    cr_assert_str_eq(store_watch_away(bench.watch, &since_s), "s3://originals/");
    while (bench_open_tasks(&bench) > 0)
        bench_fail(&bench, 0, ERROR_UNAVAILABLE, "no response");
    for (guint probes = 0; probes < 5; probes++) {
        while (bench_open_tasks(&bench) == 0)
            bench_wait(&bench, 1);
        cr_assert_eq(bench_open_tasks(&bench), 1, "one probe at a time");
        bench_fail(&bench, 0, ERROR_UNAVAILABLE, "no response");
    }
    bench_make_all(&bench);
    cr_assert_not(store_watch_is_away(bench.watch));
    cr_assert_eq(bench.report->objects.done, 10, "no attempt was used up");
    cr_assert_eq(bench.report->objects.failed, 0);
    cr_assert_not_null(strstr(logged->str, "store unavailable: waiting for it;"));
    cr_assert_not_null(strstr(logged->str, "store available again: continuing;"));
    bench_close(&bench);
}

Test(store_watch, a_store_that_stays_away_is_given_up_after_the_limit)
{
    Bench bench;

    bench_open(&bench, "retries: {outage: 2m}\n");
    verdicts_store_answers = FALSE;
    bench_add_many(&bench, 4);
    for (guint i = 0; i < 4; i++)
        bench_fail(&bench, 0, ERROR_UNAVAILABLE, "no response");
    cr_assert_null(store_watch_over(bench.watch));
    for (guint s = 0; s < 130; s++) {
        bench_wait(&bench, 1);
        while (bench_open_tasks(&bench) > 0)
            bench_fail(&bench, 0, ERROR_UNAVAILABLE, "no response");
    }
    cr_assert_not_null(store_watch_over(bench.watch));
    dispatcher_stop(bench.dispatcher);
    cr_assert_eq(dispatcher_left(bench.dispatcher), 4);
    bench_close(&bench);
}

Test(store_watch, where_the_store_answers_the_object_is_to_blame)
{
    Bench bench;

    bench_open(&bench, "");
    verdicts_store_answers = TRUE;
    bench_add(&bench, "x.jpg");
    for (guint round = 0; !dispatcher_is_idle(bench.dispatcher); round++) {
        cr_assert_lt(round, 10);
        if (bench_open_tasks(&bench) > 0)
            bench_fail(&bench, 0, ERROR_UNAVAILABLE, "no response");
        bench_wait(&bench, 6);
    }
    cr_assert_gt(verdicts_witnesses, 0);
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_TRANSIENT, "the store works");
    cr_assert_not(store_watch_is_away(bench.watch));
    bench_close(&bench);
}

Test(store_watch, a_full_store_is_waited_for_and_its_object_is_tried_first)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add_many(&bench, 4);
    bench_wait(&bench, 1);
    bench_fail_output(&bench, 0, 0, ERROR_FULL);
    cr_assert(store_watch_is_away(bench.watch), "no doubt about it");
    bench_make(&bench, 0);
    cr_assert_eq(bench_open_tasks(&bench), 0);
    while (bench_open_tasks(&bench) == 0)
        bench_wait(&bench, 1);
    bench_assert_key(&bench, 0, "000.jpg");
    bench_make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 4);
    cr_assert_not_null(strstr(logged->str, "store full: waiting for free space;"));
    bench_close(&bench);
}

Test(store_watch, without_credentials_objects_wait_for_them)
{
    Bench bench;

    bench_open(&bench, "");
    verdicts_store_answers = FALSE;
    memory_store_set_credentials(bench.source, FALSE);
    bench_add_many(&bench, 5);
    cr_assert_eq(bench_open_tasks(&bench), 0);
    bench_wait(&bench, 60);
    cr_assert_eq(bench_open_tasks(&bench), 0);
    cr_assert_eq(bench.report->failures->len, 0);
    memory_store_set_credentials(bench.source, TRUE);
    bench_make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 5);
    bench_close(&bench);
}

Test(store_watch, a_store_that_refuses_everything_gets_a_verdict)
{
    Bench bench;

    bench_open(&bench, "retries: {alike: never}\n");
    verdicts_is_refused = TRUE;
    bench_add_many(&bench, 120);
    for (guint i = 0; i < 110 && bench_open_tasks(&bench) > 0; i++)
        bench_fail(&bench, 0, ERROR_PERMANENT, "403 AccessDenied");
    cr_assert_not_null(dispatcher_refusal(bench.dispatcher));
    bench_close(&bench);
}

Test(store_watch, refusals_of_some_objects_are_their_own)
{
    Bench bench;

    bench_open(&bench, "retries: {alike: never}\n");
    verdicts_is_refused = FALSE;
    bench_add_many(&bench, 120);
    for (guint i = 0; i < 120; i++)
        bench_fail(&bench, 0, ERROR_PERMANENT, "403 AccessDenied");
    cr_assert_null(dispatcher_refusal(bench.dispatcher));
    cr_assert_eq(bench.report->objects.failed, 120);
    bench_close(&bench);
}

Test(store_watch, nothing_more_begins_when_nearly_all_fail_alike)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add_many(&bench, 150);
    for (guint i = 0; i < 100 && bench_open_tasks(&bench) > 0; i++)
        bench_fail(&bench, 0, ERROR_INPUT, "no decoder");
    cr_assert_eq(alike_verdict(dispatcher_alike(bench.dispatcher)), ALIKE_YES);
    while (bench_open_tasks(&bench) > 0)
        bench_fail(&bench, 0, ERROR_INPUT, "no decoder");
    cr_assert_leq(bench.report->objects.failed, 102);
    cr_assert_not(dispatcher_is_idle(bench.dispatcher), "the others wait");
    bench_close(&bench);
}

Test(store_watch, a_throttled_run_slows_down)
{
    Bench bench;
    ObjectResult *result = object_result_new();
    const OutputResult outputs[] = {{.number = 0, .size_bytes = 1}, {.number = 1, .size_bytes = 1}};

    bench_open(&bench, "");
    bench_add_many(&bench, 10);
    g_array_append_vals(result->outputs, outputs, 2);
    result->counters.requests.put = 4;
    result->counters.requests.retries = 2;
    result->counters.requests.retry_reasons[RETRY_THROTTLE] = 2;
    bench_answer(&bench, 0, result);
    bench_make(&bench, 0);
    cr_assert_lt(bench_open_tasks(&bench), TASKS, "it pauses");
    cr_assert_eq(bench.report->requests.retry_reasons[RETRY_THROTTLE], 2);
    bench_make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 10);
    bench_close(&bench);
}

/* HEAD requests */

/* Metadata of the original must be known before an upload is signed. */
#define COPIES "outputs: [{name: a, width: 10, height: 10, copy_metadata: ['*']}]\n"

Test(store_watch, where_metadata_is_copied_a_head_request_goes_first)
{
    Bench bench;
    g_autoptr(ObjectTask) task = NULL;

    bench_open(&bench, COPIES);
    bench_add(&bench, "x.jpg");
    cr_assert_eq(bench_open_tasks(&bench), 0);
    cr_assert_eq(dispatcher_in_flight(bench.dispatcher), 1);
    moved_clock_settle(bench.context);
    cr_assert_eq(memory_store_heads(bench.source), 1);
    task = bench_task(&bench, 0);
    cr_assert_str_eq(task->etag, "x.jpg-1000000000");
    bench_make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 1);
    bench_close(&bench);
}

Test(store_watch, an_object_that_is_gone_by_its_head_request_fails)
{
    Bench bench;

    bench_open(&bench, COPIES);
    bench_add(&bench, "x.jpg");
    memory_store_remove(bench.source, "x.jpg");
    moved_clock_settle(bench.context);
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_PERMANENT);
    bench_close(&bench);
}

Test(store_watch, head_requests_that_are_not_answered_count_against_the_store)
{
    Bench bench;

    bench_open(&bench, COPIES);
    verdicts_store_answers = FALSE;
    memory_store_fail(bench.source, ERROR_UNAVAILABLE);
    bench_add_many(&bench, 6);
    moved_clock_settle(bench.context);
    cr_assert(store_watch_is_away(bench.watch));
    cr_assert_eq(bench.report->failures->len, 0);
    memory_store_fail(bench.source, ERROR_CLASS_NONE);
    bench_make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 6);
    bench_close(&bench);
}

Test(store_watch, a_stop_drops_what_its_head_requests_were_for)
{
    Bench bench;

    bench_open(&bench, COPIES);
    bench_add_many(&bench, 2);
    dispatcher_stop(bench.dispatcher);
    moved_clock_settle(bench.context);
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(dispatcher_left(bench.dispatcher), 2);
    bench_close(&bench);
}

Test(store_watch, an_abort_cancels_head_requests)
{
    Bench bench;

    bench_open(&bench, COPIES);
    bench_add_many(&bench, 2);
    dispatcher_abort(bench.dispatcher);
    moved_clock_settle(bench.context);
    cr_assert_eq(memory_store_heads(bench.source), 0);
    cr_assert_eq(dispatcher_left(bench.dispatcher), 2);
    bench_close(&bench);
}

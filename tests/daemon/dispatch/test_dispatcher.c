/* The dispatcher and its results, without a process, a server or a second of waiting: each test is a rule of
 * README's table of failures, or of the dispatcher's headers. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_result.h"
#include "daemon/protocol/object_task.h"
#include "tests/daemon/dispatch/bench.h"
#include "tests/daemon/logged.h"

#define TASKS 2u /* in flight */

TestSuite(dispatcher, .init = log_begin, .fini = log_end);

static void add_many(Bench *bench, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("%03u.jpg", i);

        bench_add(bench, key);
    }
}

static void assert_key(const Bench *bench, guint i, const char *expected)
{
    g_autofree char *key = bench_key(bench, i);

    cr_assert_str_eq(key, expected);
}

static const ReportFailure *failure(const Bench *bench, guint i)
{
    cr_assert_lt(i, bench->report->failures->len);
    return bench->report->failures->pdata[i];
}

static void count(void *data)
{
    ++*(guint *)data;
}

/* Answers every task with success until nothing is left. */
static void make_all(Bench *bench)
{
    for (guint round = 0; !dispatcher_is_idle(bench->dispatcher); round++) {
        cr_assert_lt(round, 1000);
        if (bench_open_tasks(bench) > 0)
            bench_make(bench, 0);
        else
            bench_wait(bench, 1);
    }
}

Test(dispatcher, objects_are_made_in_order_and_counted)
{
    Bench bench;

    bench_open(&bench, "");
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    add_many(&bench, 5);
    cr_assert_eq(bench_open_tasks(&bench), TASKS, "as many as the workers may have");
    cr_assert_eq(dispatcher_in_flight(bench.dispatcher), TASKS);
    assert_key(&bench, 0, "000.jpg");
    assert_key(&bench, 1, "001.jpg");
    bench_make(&bench, 0);
    assert_key(&bench, 1, "002.jpg");
    cr_assert_gt(bench.rooms, 0);
    make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 5);
    cr_assert_eq(bench.report->outputs.made, 10);
    cr_assert_eq(bench.report->bytes.in, 5000);
    cr_assert_eq(bench.report->bytes.out, 1000);
    cr_assert_eq(bench.report->objects.failed, 0);
    bench_close(&bench);
}

Test(dispatcher, a_corrupt_object_fails_alone_and_is_not_tried_again)
{
    Bench bench;

    bench_open(&bench, "");
    add_many(&bench, 3);
    bench_fail(&bench, 0, ERROR_INPUT, "it is corrupt");
    make_all(&bench);
    cr_assert_eq(bench.report->objects.failed, 1);
    cr_assert_eq(bench.report->objects.done, 2);
    cr_assert_eq(bench.report->failures->len, 1);
    cr_assert_str_eq(failure(&bench, 0)->key, "000.jpg");
    cr_assert_null(failure(&bench, 0)->output);
    cr_assert_eq(failure(&bench, 0)->class, ERROR_INPUT);
    cr_assert_str_eq(failure(&bench, 0)->reason, "it is corrupt");
    cr_assert_not_null(strstr(logged->str, "failed;"));
    bench_close(&bench);
}

Test(dispatcher, an_output_that_fails_leaves_the_others_of_its_object)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    bench_fail_output(&bench, 0, 1, ERROR_LIMIT);
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(bench.report->outputs.made, 1);
    cr_assert_eq(bench.report->objects.failed, 1);
    cr_assert_str_eq(failure(&bench, 0)->output, "b");
    cr_assert_eq(failure(&bench, 0)->class, ERROR_LIMIT);
    bench_close(&bench);
}

Test(dispatcher, a_warning_is_logged_and_the_object_is_made)
{
    Bench bench;
    ObjectResult *result = object_result_new();
    const OutputResult outputs[] = {{.number = 0, .size_bytes = 1}, {.number = 1, .size_bytes = 1}};

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    g_array_append_vals(result->outputs, outputs, 2);
    result->warnings = g_strsplit("no end marker", "|", -1);
    bench_answer(&bench, 0, result);
    cr_assert_eq(bench.report->objects.done, 1);
    cr_assert_not_null(strstr(logged->str, "rendered with a warning;"));
    bench_close(&bench);
}

Test(dispatcher, a_failure_that_may_pass_is_tried_three_times_after_pauses)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    for (guint try = 0; try < 3; try++) {
        cr_assert_eq(bench_open_tasks(&bench), 1, "try %u", try);
        bench_fail(&bench, 0, ERROR_TRANSIENT, "later");
        cr_assert_eq(bench_open_tasks(&bench), 0, "not at once");
        bench_wait(&bench, 6);
    }
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(failure(&bench, 0)->class, ERROR_TRANSIENT);
    cr_assert_eq(bench.report->failures->len, 1);
    bench_close(&bench);
}

Test(dispatcher, only_the_outputs_that_are_still_missing_are_tried_again)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    bench_fail_output(&bench, 0, 0, ERROR_TRANSIENT);
    bench_wait(&bench, 6);
    {
        g_autoptr(ObjectTask) task = bench_task(&bench, 0);

        cr_assert_eq(task->outputs->len, 1);
        cr_assert_eq(object_task_output(task, 0)->number, 0);
    }
    bench_make(&bench, 0);
    cr_assert_eq(bench.report->objects.done, 1);
    cr_assert_eq(bench.report->outputs.made, 2);
    cr_assert_eq(bench.report->bytes.in, 1000, "counted once");
    bench_close(&bench);
}

Test(dispatcher, another_try_takes_the_version_that_is_there_by_then)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    {
        g_autoptr(ObjectTask) task = bench_task(&bench, 0);

        cr_assert_eq(task->size_bytes, 1000, "as listed");
    }
    bench_fail(&bench, 0, ERROR_TRANSIENT, "the object has changed since it was listed");
    bench_wait(&bench, 6);
    {
        g_autoptr(ObjectTask) task = bench_task(&bench, 0);

        cr_assert_eq(task->size_bytes, SIZE_UNKNOWN);
    }
    make_all(&bench);
    bench_close(&bench);
}

Test(dispatcher, an_archived_object_is_skipped)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    bench_fail(&bench, 0, ERROR_ARCHIVED, "it is in Glacier");
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(bench.report->objects.skipped, 1);
    cr_assert_eq(bench.report->skip_reasons.archived, 1);
    cr_assert_eq(bench.report->objects.failed, 0);
    bench_close(&bench);
}

Test(dispatcher, an_output_that_exists_by_now_is_up_to_date)
{
    Bench bench;
    ObjectResult *result = object_result_new();
    const OutputResult outputs[] = {{.number = 0, .size_bytes = 1, .existed = TRUE},
                                    {.number = 1, .size_bytes = 1}};

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    g_array_append_vals(result->outputs, outputs, 2);
    bench_answer(&bench, 0, result);
    cr_assert_eq(bench.report->outputs.up_to_date, 1);
    cr_assert_eq(bench.report->outputs.made, 1);
    cr_assert_eq(bench.report->objects.done, 1);
    bench_close(&bench);
}

Test(dispatcher, a_worker_that_answers_for_too_few_outputs_fails_the_object)
{
    Bench bench;
    const OutputResult strange = {.number = 7};

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    for (guint round = 0; !dispatcher_is_idle(bench.dispatcher); round++) {
        ObjectResult *result = object_result_new();

        cr_assert_lt(round, 10);
        result->bytes_in = 1000;
        g_array_append_val(result->outputs, strange);
        bench_answer(&bench, 0, result);
        bench_wait(&bench, 6);
    }
    cr_assert_eq(failure(&bench, 0)->class, ERROR_INTERNAL);
    cr_assert_eq(bench.report->objects.failed, 1);
    bench_close(&bench);
}

Test(dispatcher, an_answer_that_cannot_be_read_fails_the_object)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    children_return(bench.workers, TARGET_OBJECT, 0, g_variant_new("(s)", "lies"), NULL);
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(failure(&bench, 0)->class, ERROR_INTERNAL);
    bench_close(&bench);
}

/* Memory */

static ObjectResult *demand(guint64 bytes)
{
    ObjectResult *result = object_result_new();

    result->memory_bytes = bytes;
    return result;
}

Test(dispatcher, an_object_that_needs_more_memory_is_sent_again_with_it)
{
    Bench bench;
    g_autoptr(ObjectTask) first = NULL;
    g_autoptr(ObjectTask) second = NULL;

    bench_open(&bench, "limits: {memory: 1000M}\n");
    bench_add(&bench, "x.jpg");
    first = bench_task(&bench, 0);
    cr_assert_lt(first->limits.max_memory_bytes, 900000000);
    bench_answer(&bench, 0, demand(900000000));
    second = bench_task(&bench, 0);
    cr_assert_eq(second->limits.max_memory_bytes, 900000000);
    bench_make(&bench, 0);
    cr_assert_eq(bench.report->objects.done, 1);
    bench_close(&bench);
}

Test(dispatcher, a_heavy_object_waits_while_others_use_the_memory)
{
    Bench bench;

    bench_open(&bench, "limits: {memory: 1000M}\n");
    add_many(&bench, 4);
    bench_answer(&bench, 0, demand(900000000));
    assert_key(&bench, 0, "001.jpg");
    cr_assert_eq(bench_open_tasks(&bench), 1, "the memory is being emptied for it");
    bench_make(&bench, 0);
    cr_assert_eq(bench_open_tasks(&bench), 1, "and it is alone then");
    assert_key(&bench, 0, "000.jpg");
    make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 4);
    bench_close(&bench);
}

Test(dispatcher, an_object_that_needs_more_than_all_memory_fails)
{
    Bench bench;

    bench_open(&bench, "limits: {memory: 1000M}\n");
    bench_add(&bench, "x.jpg");
    bench_answer(&bench, 0, demand(2000000000));
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(failure(&bench, 0)->class, ERROR_LIMIT);
    bench_close(&bench);
}

Test(dispatcher, an_imager_that_asks_for_memory_again_and_again_fails_its_object)
{
    Bench bench;

    bench_open(&bench, "limits: {memory: 1000M}\n");
    bench_add(&bench, "x.jpg");
    bench_answer(&bench, 0, demand(900000000));
    bench_answer(&bench, 0, demand(900000000));
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(failure(&bench, 0)->class, ERROR_INTERNAL);
    bench_close(&bench);
}

Test(dispatcher, of_several_workers_one_is_kept_from_objects_that_take_long)
{
    Bench bench;
    g_autoptr(ObjectTask) alone = NULL;
    g_autoptr(ObjectTask) beside = NULL;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    alone = bench_task(&bench, 0);
    cr_assert_eq(alone->limits.light_pixels, 0, "any number");
    dispatcher_scale(bench.dispatcher, 2);
    bench_add(&bench, "y.jpg");
    beside = bench_task(&bench, 1);
    cr_assert_eq(beside->limits.light_pixels, 100000000);
    make_all(&bench);
    bench_close(&bench);
}

Test(dispatcher, memory_that_the_previous_supervisor_uses_is_reserved)
{
    Bench bench;

    bench_open(&bench, "limits: {memory: 1000M}\n");
    dispatcher_reserve(bench.dispatcher, 500000000);
    bench_add(&bench, "x.jpg");
    bench_answer(&bench, 0, demand(900000000));
    cr_assert_eq(bench_open_tasks(&bench), 0);
    dispatcher_reserve(bench.dispatcher, 0);
    cr_assert_eq(bench_open_tasks(&bench), 1);
    make_all(&bench);
    bench_close(&bench);
}

/* Deaths */

Test(dispatcher, objects_of_a_dead_worker_go_to_another)
{
    Bench bench;

    bench_open(&bench, "");
    add_many(&bench, 2);
    children_die(bench.workers, "worker (pid 7) was killed by SIGKILL");
    moved_clock_settle(bench.context);
    cr_assert_eq(bench_open_tasks(&bench), 2);
    cr_assert_eq(bench.report->processes.crashes, 1);
    make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 2);
    cr_assert_eq(bench.report->objects.failed, 0);
    bench_close(&bench);
}

Test(dispatcher, an_object_that_eight_workers_have_died_of_fails)
{
    Bench bench;
    guint deaths = 0;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    while (!dispatcher_is_idle(bench.dispatcher)) {
        cr_assert_lt(deaths, 100);
        children_die(bench.workers, "worker was killed by SIGSEGV");
        moved_clock_settle(bench.context);
        deaths++;
    }
    cr_assert_eq(deaths, 8);
    cr_assert_eq(failure(&bench, 0)->class, ERROR_CRASH);
    bench_close(&bench);
}

Test(dispatcher, an_object_that_has_twice_made_a_worker_hang_fails)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    children_fail(bench.workers, TARGET_OBJECT, 0, ERROR_LIMIT, "took too long");
    cr_assert_eq(bench_open_tasks(&bench), 1);
    children_fail(bench.workers, TARGET_OBJECT, 0, ERROR_LIMIT, "took too long");
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(failure(&bench, 0)->class, ERROR_LIMIT);
    bench_close(&bench);
}

Test(dispatcher, without_any_worker_objects_are_left_and_not_blamed)
{
    Bench bench;

    bench_open(&bench, "");
    add_many(&bench, 2);
    children_break(bench.workers, ERROR_INTERNAL, "they die as they start");
    cr_assert_not_null(dispatcher_broken(bench.dispatcher));
    dispatcher_stop(bench.dispatcher);
    cr_assert_eq(dispatcher_left(bench.dispatcher), 2);
    cr_assert_eq(bench.report->failures->len, 0);
    bench_close(&bench);
}

Test(dispatcher, deaths_of_imagers_are_counted_and_some_are_logged)
{
    Bench bench;

    bench_open(&bench, "");
    children_note(bench.workers, NOTE_IMAGER, g_variant_new(NOTE_IMAGER_TYPE, TRUE, ""));
    for (guint i = 0; i < 100; i++)
        children_note(bench.workers, NOTE_IMAGER, g_variant_new(NOTE_IMAGER_TYPE, FALSE, "imager died"));
    children_note(bench.workers, NOTE_IMAGER, g_variant_new("(s)", "lies"));
    children_note(bench.workers, "other", g_variant_new(NOTE_IMAGER_TYPE, TRUE, ""));
    cr_assert_eq(bench.report->processes.imagers_started, 1);
    cr_assert_eq(bench.report->processes.crashes, 100);
    cr_assert_not_null(strstr(logged->str, "an imager died;"));
    cr_assert_lt(logged->len, 100 * strlen("an imager died;"), "not each one");
    bench_close(&bench);
}

/* Stores */

Test(dispatcher, while_a_store_is_away_objects_wait_and_one_at_a_time_is_tried)
{
    Bench bench;
    gint64 since_s;

    bench_open(&bench, "");
    verdicts_store_answers = FALSE;
    add_many(&bench, 10);
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
    make_all(&bench);
    cr_assert_not(store_watch_is_away(bench.watch));
    cr_assert_eq(bench.report->objects.done, 10, "no attempt was used up");
    cr_assert_eq(bench.report->objects.failed, 0);
    cr_assert_not_null(strstr(logged->str, "store unavailable: waiting for it;"));
    cr_assert_not_null(strstr(logged->str, "store available again: continuing;"));
    bench_close(&bench);
}

Test(dispatcher, a_store_that_stays_away_is_given_up_after_the_limit)
{
    Bench bench;

    bench_open(&bench, "retries: {outage: 2m}\n");
    verdicts_store_answers = FALSE;
    add_many(&bench, 4);
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

Test(dispatcher, where_the_store_answers_the_object_is_to_blame)
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
    cr_assert_eq(failure(&bench, 0)->class, ERROR_TRANSIENT, "the store works");
    cr_assert_not(store_watch_is_away(bench.watch));
    bench_close(&bench);
}

Test(dispatcher, a_full_store_is_waited_for_and_its_object_is_tried_first)
{
    Bench bench;

    bench_open(&bench, "");
    add_many(&bench, 4);
    bench_wait(&bench, 1);
    bench_fail_output(&bench, 0, 0, ERROR_FULL);
    cr_assert(store_watch_is_away(bench.watch), "no doubt about it");
    bench_make(&bench, 0);
    cr_assert_eq(bench_open_tasks(&bench), 0);
    while (bench_open_tasks(&bench) == 0)
        bench_wait(&bench, 1);
    assert_key(&bench, 0, "000.jpg");
    make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 4);
    cr_assert_not_null(strstr(logged->str, "store full: waiting for free space;"));
    bench_close(&bench);
}

Test(dispatcher, without_credentials_objects_wait_for_them)
{
    Bench bench;

    bench_open(&bench, "");
    verdicts_store_answers = FALSE;
    memory_store_set_credentials(bench.source, FALSE);
    add_many(&bench, 5);
    cr_assert_eq(bench_open_tasks(&bench), 0);
    bench_wait(&bench, 60);
    cr_assert_eq(bench_open_tasks(&bench), 0);
    cr_assert_eq(bench.report->failures->len, 0);
    memory_store_set_credentials(bench.source, TRUE);
    make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 5);
    bench_close(&bench);
}

Test(dispatcher, a_store_that_refuses_everything_gets_a_verdict)
{
    Bench bench;

    bench_open(&bench, "retries: {alike: never}\n");
    verdicts_is_refused = TRUE;
    add_many(&bench, 120);
    for (guint i = 0; i < 110 && bench_open_tasks(&bench) > 0; i++)
        bench_fail(&bench, 0, ERROR_PERMANENT, "403 AccessDenied");
    cr_assert_not_null(dispatcher_refusal(bench.dispatcher));
    bench_close(&bench);
}

Test(dispatcher, refusals_of_some_objects_are_their_own)
{
    Bench bench;

    bench_open(&bench, "retries: {alike: never}\n");
    verdicts_is_refused = FALSE;
    add_many(&bench, 120);
    for (guint i = 0; i < 120; i++)
        bench_fail(&bench, 0, ERROR_PERMANENT, "403 AccessDenied");
    cr_assert_null(dispatcher_refusal(bench.dispatcher));
    cr_assert_eq(bench.report->objects.failed, 120);
    bench_close(&bench);
}

Test(dispatcher, nothing_more_begins_when_nearly_all_fail_alike)
{
    Bench bench;

    bench_open(&bench, "");
    add_many(&bench, 150);
    for (guint i = 0; i < 100 && bench_open_tasks(&bench) > 0; i++)
        bench_fail(&bench, 0, ERROR_INPUT, "no decoder");
    cr_assert_eq(alike_verdict(dispatcher_alike(bench.dispatcher)), ALIKE_YES);
    while (bench_open_tasks(&bench) > 0)
        bench_fail(&bench, 0, ERROR_INPUT, "no decoder");
    cr_assert_leq(bench.report->objects.failed, 102);
    cr_assert_not(dispatcher_is_idle(bench.dispatcher), "the others wait");
    bench_close(&bench);
}

Test(dispatcher, a_throttled_run_slows_down)
{
    Bench bench;
    ObjectResult *result = object_result_new();
    const OutputResult outputs[] = {{.number = 0, .size_bytes = 1}, {.number = 1, .size_bytes = 1}};

    bench_open(&bench, "");
    add_many(&bench, 10);
    g_array_append_vals(result->outputs, outputs, 2);
    result->counters.requests.put = 4;
    result->counters.requests.retries = 2;
    result->counters.requests.retry_reasons[RETRY_THROTTLE] = 2;
    bench_answer(&bench, 0, result);
    bench_make(&bench, 0);
    cr_assert_lt(bench_open_tasks(&bench), TASKS, "it pauses");
    cr_assert_eq(bench.report->requests.retry_reasons[RETRY_THROTTLE], 2);
    make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 10);
    bench_close(&bench);
}

/* HEAD requests */

/* Metadata of the original must be known before an upload is signed. */
#define COPIES "outputs: [{name: a, width: 10, height: 10, copy_metadata: ['*']}]\n"

Test(dispatcher, where_metadata_is_copied_a_head_request_goes_first)
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
    make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 1);
    bench_close(&bench);
}

Test(dispatcher, an_object_that_is_gone_by_its_head_request_fails)
{
    Bench bench;

    bench_open(&bench, COPIES);
    bench_add(&bench, "x.jpg");
    memory_store_remove(bench.source, "x.jpg");
    moved_clock_settle(bench.context);
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(failure(&bench, 0)->class, ERROR_PERMANENT);
    bench_close(&bench);
}

Test(dispatcher, head_requests_that_are_not_answered_count_against_the_store)
{
    Bench bench;

    bench_open(&bench, COPIES);
    verdicts_store_answers = FALSE;
    memory_store_fail(bench.source, ERROR_UNAVAILABLE);
    add_many(&bench, 6);
    moved_clock_settle(bench.context);
    cr_assert(store_watch_is_away(bench.watch));
    cr_assert_eq(bench.report->failures->len, 0);
    memory_store_fail(bench.source, ERROR_CLASS_NONE);
    make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 6);
    bench_close(&bench);
}

Test(dispatcher, a_stop_drops_what_its_head_requests_were_for)
{
    Bench bench;

    bench_open(&bench, COPIES);
    add_many(&bench, 2);
    dispatcher_stop(bench.dispatcher);
    moved_clock_settle(bench.context);
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(dispatcher_left(bench.dispatcher), 2);
    bench_close(&bench);
}

Test(dispatcher, an_abort_cancels_head_requests)
{
    Bench bench;

    bench_open(&bench, COPIES);
    add_many(&bench, 2);
    dispatcher_abort(bench.dispatcher);
    moved_clock_settle(bench.context);
    cr_assert_eq(memory_store_heads(bench.source), 0);
    cr_assert_eq(dispatcher_left(bench.dispatcher), 2);
    bench_close(&bench);
}

/* Uploads that are signed after rendering */

Test(dispatcher, a_worker_gets_signatures_for_its_own_object_only)
{
    Bench bench;
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;
    const char *hash = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";

    bench_open(&bench, "destination: {url: 's3://made/', s3: {sign_payload: true}}\n");
    bench_add(&bench, "x.jpg");
    answer =
        children_ask(bench.workers, TARGET_OBJECT, 0, ASK_SIGN,
                     g_variant_new_parsed("[(uint32 0, %u, %s, '')]", (guint32)FORMAT_JPEG, hash), &error);
    cr_assert_not_null(answer, "%s", error != NULL ? error->message : "");
    cr_assert(g_variant_is_of_type(answer, G_VARIANT_TYPE(SIGN_ANSWER_TYPE)));
    cr_assert_null(children_ask(bench.workers, NULL, 0, ASK_SIGN,
                                g_variant_new_parsed("[(uint32 0, %u, %s, '')]", (guint32)FORMAT_JPEG, hash),
                                &error));
    cr_assert_not_null(error);
    make_all(&bench);
    bench_close(&bench);
}

/* Starting and stopping */

Test(dispatcher, a_stop_begins_nothing_more_and_counts_what_is_left)
{
    Bench bench;

    bench_open(&bench, "");
    add_many(&bench, 5);
    dispatcher_stop(bench.dispatcher);
    cr_assert_eq(dispatcher_left(bench.dispatcher), 3);
    cr_assert_not(dispatcher_wants_more(bench.dispatcher));
    bench_make(&bench, 0);
    cr_assert_eq(bench_open_tasks(&bench), 1);
    bench_fail(&bench, 0, ERROR_TRANSIENT, "later");
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(dispatcher_left(bench.dispatcher), 4, "there is no later");
    bench_close(&bench);
}

Test(dispatcher, an_abort_leaves_what_is_in_flight)
{
    Bench bench;

    bench_open(&bench, "");
    add_many(&bench, 5);
    dispatcher_abort(bench.dispatcher);
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(dispatcher_left(bench.dispatcher), 5);
    cr_assert_null(children_find("worker", 0));
    cr_assert_eq(bench.report->failures->len, 0);
    bench_close(&bench);
}

Test(dispatcher, a_young_object_waits_until_its_second_is_over)
{
    Bench bench;
    WorkObject *object = g_new0(WorkObject, 1);

    bench_open(&bench, "");
    *object = (WorkObject){.key = g_strdup("x.jpg"),
                           .version = g_strdup("v"),
                           .mtime_s = clock_wall_us() / CLOCK_US_PER_S,
                           .outputs = g_array_new(FALSE, TRUE, sizeof(DiffOutput))};
    dispatcher_add(bench.dispatcher, object);
    cr_assert_eq(bench_open_tasks(&bench), 0);
    bench_wait(&bench, 2);
    cr_assert_eq(bench_open_tasks(&bench), 1);
    bench_close(&bench);
}

Test(dispatcher, it_tells_what_is_in_flight_and_how_its_workers_are)
{
    Bench bench;
    g_autoptr(GVariant) in_flight = NULL;
    g_autoptr(GVariant) keys = NULL;
    g_autoptr(GVariant) workers = NULL;
    g_autoptr(GVariant) worker = NULL;
    const char *task = NULL, *obituary = NULL;
    guint64 bytes;

    bench_open(&bench, "");
    add_many(&bench, 3);
    children_die(bench.workers, "worker was killed by SIGKILL");
    moved_clock_settle(bench.context);
    in_flight = g_variant_ref_sink(dispatcher_get_in_flight(bench.dispatcher));
    g_variant_get(in_flight, "(@aayt)", &keys, &bytes);
    cr_assert_eq(g_variant_n_children(keys), 2);
    workers = g_variant_ref_sink(dispatcher_workers(bench.dispatcher));
    cr_assert_eq(g_variant_n_children(workers), 1);
    worker = g_variant_get_child_value(workers, 0);
    cr_assert(g_variant_lookup(worker, "task", "&s", &task));
    cr_assert(g_str_has_suffix(task, ".jpg"));
    cr_assert(g_variant_lookup(worker, "obituary", "&s", &obituary));
    cr_assert_str_eq(obituary, "worker was killed by SIGKILL");
    bench_close(&bench);
}

Test(dispatcher, workers_can_be_added_and_terminated)
{
    Bench bench;

    bench_open(&bench, "");
    add_many(&bench, 6);
    cr_assert_eq(bench_open_tasks(&bench), TASKS);
    dispatcher_scale(bench.dispatcher, 2);
    cr_assert_eq(children_count(bench.workers), 2);
    cr_assert_eq(bench_open_tasks(&bench), 2 * TASKS);
    cr_assert_not(dispatcher_terminate(bench.dispatcher, 1));
    cr_assert(dispatcher_terminate(bench.dispatcher, children_pid(bench.workers)));
    make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 6);
    bench_close(&bench);
}

Test(dispatcher, it_tells_when_its_workers_have_ended)
{
    Bench bench;
    guint closed = 0;

    bench_open(&bench, "");
    add_many(&bench, 2);
    make_all(&bench);
    dispatcher_close(bench.dispatcher, count, &closed);
    cr_assert_eq(closed, 0, "not from within the call");
    moved_clock_settle(bench.context);
    cr_assert_eq(closed, 1);
    cr_assert(children_are_shut_down(bench.workers));
    bench_close(&bench);
}

Test(dispatcher, one_that_was_aborted_is_closed_too)
{
    Bench bench;
    guint closed = 0;

    bench_open(&bench, "");
    add_many(&bench, 2);
    dispatcher_abort(bench.dispatcher);
    dispatcher_close(bench.dispatcher, count, &closed);
    cr_assert_eq(closed, 0);
    moved_clock_settle(bench.context);
    cr_assert_eq(closed, 1);
    bench_close(&bench);
}

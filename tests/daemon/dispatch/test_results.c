/* The dispatcher's decisions about results (daemon/dispatch/results.h). */
#include <criterion/criterion.h>
#include <string.h>

#include "daemon/protocol/messages.h"
#include "tests/daemon/dispatch/bench.h"
#include "tests/daemon/logged.h"

#define TASKS 2u /* in flight */

TestSuite(results, .init = log_begin, .fini = log_end);

Test(results, objects_are_made_in_order_and_counted)
{
    Bench bench;

    bench_open(&bench, "");
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    bench_add_many(&bench, 5);
    cr_assert_eq(bench_open_tasks(&bench), TASKS, "as many as the workers may have");
    cr_assert_eq(dispatcher_in_flight(bench.dispatcher), TASKS);
    bench_assert_key(&bench, 0, "000.jpg");
    bench_assert_key(&bench, 1, "001.jpg");
    bench_make(&bench, 0);
    bench_assert_key(&bench, 1, "002.jpg");
    cr_assert_gt(bench.rooms, 0);
    bench_make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 5);
    cr_assert_eq(bench.report->outputs.made, 10);
    cr_assert_eq(bench.report->bytes.in, 5000);
    cr_assert_eq(bench.report->bytes.out, 1000);
    cr_assert_eq(bench.report->objects.failed, 0);
    bench_close(&bench);
}

Test(results, a_corrupt_object_fails_alone_and_is_not_tried_again)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add_many(&bench, 3);
    bench_fail(&bench, 0, ERROR_INPUT, "it is corrupt");
    bench_make_all(&bench);
    cr_assert_eq(bench.report->objects.failed, 1);
    cr_assert_eq(bench.report->objects.done, 2);
    cr_assert_eq(bench.report->failures->len, 1);
    cr_assert_str_eq(bench_failure(&bench, 0)->key, "000.jpg");
    cr_assert_null(bench_failure(&bench, 0)->output);
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_INPUT);
    cr_assert_str_eq(bench_failure(&bench, 0)->reason, "it is corrupt");
    cr_assert_not_null(strstr(logged->str, "failed;"));
    bench_close(&bench);
}

Test(results, an_output_that_fails_leaves_the_others_of_its_object)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    bench_fail_output(&bench, 0, 1, ERROR_LIMIT);
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(bench.report->outputs.made, 1);
    cr_assert_eq(bench.report->objects.failed, 1);
    cr_assert_str_eq(bench_failure(&bench, 0)->output, "b");
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_LIMIT);
    bench_close(&bench);
}

Test(results, a_warning_is_logged_and_the_object_is_made)
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

Test(results, a_failure_that_may_pass_is_tried_three_times_after_pauses)
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
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_TRANSIENT);
    cr_assert_eq(bench.report->failures->len, 1);
    bench_close(&bench);
}

Test(results, only_the_outputs_that_are_still_missing_are_tried_again)
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

Test(results, another_try_takes_the_version_that_is_there_by_then)
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
    bench_make_all(&bench);
    bench_close(&bench);
}

Test(results, an_archived_object_is_skipped)
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

Test(results, an_output_that_exists_by_now_is_up_to_date)
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

Test(results, a_worker_that_answers_for_too_few_outputs_fails_the_object)
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
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_INTERNAL);
    cr_assert_eq(bench.report->objects.failed, 1);
    bench_close(&bench);
}

Test(results, an_answer_that_cannot_be_read_fails_the_object)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    children_return(bench.workers, TARGET_OBJECT, 0, g_variant_new("(s)", "lies"), NULL);
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_INTERNAL);
    bench_close(&bench);
}

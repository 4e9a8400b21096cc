/* Memory that an object needs, and workers that die of one. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/protocol/messages.h"
#include "tests/daemon/dispatch/bench.h"
#include "tests/daemon/logged.h"

TestSuite(losses, .init = log_begin, .fini = log_end);

/* Memory */

static ObjectResult *demand(guint64 bytes)
{
    ObjectResult *result = object_result_new();

    result->memory_bytes = bytes;
    return result;
}

Test(losses, an_object_that_needs_more_memory_is_sent_again_with_it)
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

Test(losses, a_heavy_object_waits_while_others_use_the_memory)
{
    Bench bench;

    bench_open(&bench, "limits: {memory: 1000M}\n");
    bench_add_many(&bench, 4);
    bench_answer(&bench, 0, demand(900000000));
    bench_assert_key(&bench, 0, "001.jpg");
    cr_assert_eq(bench_open_tasks(&bench), 1, "the memory is being emptied for it");
    bench_make(&bench, 0);
    cr_assert_eq(bench_open_tasks(&bench), 1, "and it is alone then");
    bench_assert_key(&bench, 0, "000.jpg");
    bench_make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 4);
    bench_close(&bench);
}

Test(losses, an_object_that_needs_more_than_all_memory_fails)
{
    Bench bench;

    bench_open(&bench, "limits: {memory: 1000M}\n");
    bench_add(&bench, "x.jpg");
    bench_answer(&bench, 0, demand(2000000000));
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_LIMIT);
    bench_close(&bench);
}

Test(losses, an_imager_that_asks_for_memory_again_and_again_fails_its_object)
{
    Bench bench;

    bench_open(&bench, "limits: {memory: 1000M}\n");
    bench_add(&bench, "x.jpg");
    bench_answer(&bench, 0, demand(900000000));
    bench_answer(&bench, 0, demand(900000000));
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_INTERNAL);
    bench_close(&bench);
}

Test(losses, of_several_workers_one_is_kept_from_objects_that_take_long)
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
    bench_make_all(&bench);
    bench_close(&bench);
}

Test(losses, memory_that_the_previous_supervisor_uses_is_reserved)
{
    Bench bench;

    bench_open(&bench, "limits: {memory: 1000M}\n");
    dispatcher_reserve(bench.dispatcher, 500000000);
    bench_add(&bench, "x.jpg");
    bench_answer(&bench, 0, demand(900000000));
    cr_assert_eq(bench_open_tasks(&bench), 0);
    dispatcher_reserve(bench.dispatcher, 0);
    cr_assert_eq(bench_open_tasks(&bench), 1);
    bench_make_all(&bench);
    bench_close(&bench);
}

/* Deaths */

Test(losses, objects_of_a_dead_worker_go_to_another)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add_many(&bench, 2);
    children_die(bench.workers, "worker (pid 7) was killed by SIGKILL");
    moved_clock_settle(bench.context);
    cr_assert_eq(bench_open_tasks(&bench), 2);
    cr_assert_eq(bench.report->processes.crashes, 1);
    bench_make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 2);
    cr_assert_eq(bench.report->objects.failed, 0);
    bench_close(&bench);
}

Test(losses, an_object_that_eight_workers_have_died_of_fails)
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
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_CRASH);
    bench_close(&bench);
}

Test(losses, an_object_that_has_twice_made_a_worker_hang_fails)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add(&bench, "x.jpg");
    children_fail(bench.workers, TARGET_OBJECT, 0, ERROR_LIMIT, "took too long");
    cr_assert_eq(bench_open_tasks(&bench), 1);
    children_fail(bench.workers, TARGET_OBJECT, 0, ERROR_LIMIT, "took too long");
    cr_assert(dispatcher_is_idle(bench.dispatcher));
    cr_assert_eq(bench_failure(&bench, 0)->class, ERROR_LIMIT);
    bench_close(&bench);
}

Test(losses, without_any_worker_objects_are_left_and_not_blamed)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add_many(&bench, 2);
    children_break(bench.workers, ERROR_INTERNAL, "they die as they start");
    cr_assert_not_null(dispatcher_broken(bench.dispatcher));
    dispatcher_stop(bench.dispatcher);
    cr_assert_eq(dispatcher_left(bench.dispatcher), 2);
    cr_assert_eq(bench.report->failures->len, 0);
    bench_close(&bench);
}

Test(losses, deaths_of_imagers_are_counted_and_some_are_logged)
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

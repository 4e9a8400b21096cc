/* The dispatcher without a process, a server or a second of waiting: how it starts, stops and signs. Each
 * test is a rule of README's table of failures, or of the dispatcher's headers. So are those of results,
 * losses and stores. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "daemon/protocol/messages.h"
#include "tests/daemon/dispatch/bench.h"
#include "tests/daemon/logged.h"

#define TASKS 2u /* in flight */

TestSuite(dispatcher, .init = log_begin, .fini = log_end);

static void count(void *data)
{
    ++*(guint *)data;
}

Test(dispatcher, a_stop_begins_nothing_more_and_counts_what_is_left)
{
    Bench bench;

    bench_open(&bench, "");
    bench_add_many(&bench, 5);
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
    bench_add_many(&bench, 5);
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
    bench_add_many(&bench, 3);
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
    bench_add_many(&bench, 6);
    cr_assert_eq(bench_open_tasks(&bench), TASKS);
    dispatcher_scale(bench.dispatcher, 2);
    cr_assert_eq(children_count(bench.workers), 2);
    cr_assert_eq(bench_open_tasks(&bench), 2 * TASKS);
    cr_assert_not(dispatcher_terminate(bench.dispatcher, 1));
    cr_assert(dispatcher_terminate(bench.dispatcher, children_pid(bench.workers)));
    bench_make_all(&bench);
    cr_assert_eq(bench.report->objects.done, 6);
    bench_close(&bench);
}

Test(dispatcher, it_tells_when_its_workers_have_ended)
{
    Bench bench;
    guint closed = 0;

    bench_open(&bench, "");
    bench_add_many(&bench, 2);
    bench_make_all(&bench);
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
    bench_add_many(&bench, 2);
    dispatcher_abort(bench.dispatcher);
    dispatcher_close(bench.dispatcher, count, &closed);
    cr_assert_eq(closed, 0);
    moved_clock_settle(bench.context);
    cr_assert_eq(closed, 1);
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
    bench_make_all(&bench);
    bench_close(&bench);
}

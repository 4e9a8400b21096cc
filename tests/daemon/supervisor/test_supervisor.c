#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "daemon/protocol/exit_code.h"
#include "tests/daemon/supervisor/bench.h"

/* NOLINTBEGIN(readability-function-size): Criterion's assertions are nested blocks */

/* Passes */

TEST(a_pass_makes_what_is_missing_or_older_and_nothing_else)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(5);
    memory_store_put(bench.destination, "a/000.webp", NEW_S);
    memory_store_put(bench.destination, "a/001.webp", OLD_S - 100);
    memory_store_put(bench.destination, "stranger", NEW_S);
    answer = bench_run("");
    cr_assert_eq(bench_open_tasks(), 4);
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
    cr_assert_eq(report->objects.listed, 5);
    cr_assert_eq(report->objects.done, 4);
    cr_assert_eq(report->skip_reasons.up_to_date, 1);
    cr_assert_eq(report->outputs.made, 4);
    cr_assert(bench.progress.all_listed);
    cr_assert_eq(bench.progress.total, 5);
    cr_assert_eq(bench.metered.objects.done, 4, "all was told before the report");
    cr_assert_eq(bench.metered.objects.up_to_date, 1);
    cr_assert_eq(bench.metered.outputs.made, 4);
}

TEST(a_pass_over_what_is_up_to_date_starts_no_worker)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(4);
    for (guint i = 0; i < 4; i++) {
        g_autofree char *key = g_strdup_printf("a/%03u.webp", i);

        memory_store_put(bench.destination, key, NEW_S);
    }
    answer = bench_run("");
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
    cr_assert_eq(report->objects.skipped, 4);
    cr_assert_null(bench_workers());
    cr_assert_gt(report->requests.list, 1);
}

TEST(recipes_in_force_are_written_down_once)
{
    g_autoptr(Answer) first = NULL;
    g_autoptr(Answer) second = NULL;
    g_autofree char *before = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(1);
    memory_store_put(bench.destination, "a/000.webp", NEW_S);
    first = bench_run("");
    bench_answer_all(first, -1);
    cr_assert_not_null(bench.recipes);
    before = g_strdup(bench.recipes);
    second = bench_run("");
    bench_answer_all(second, -1);
    cr_assert_str_eq(bench.recipes, before, "it is still the same recipe");
    report = bench_report(second);
    cr_assert_eq(report->outputs.made, 0);
}

TEST(objects_that_fail_are_told_by_the_exit_code)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(2);
    answer = bench_run("");
    bench_answer_task(ERROR_INPUT);
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_FAILED);
    cr_assert_eq(report->objects.failed, 1);
    cr_assert_eq(report->objects.done, 1);
}

TEST(of_two_originals_with_the_same_output_the_second_one_fails)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    memory_store_put(bench.source, "x.gif", OLD_S);
    memory_store_put(bench.source, "x.png", OLD_S);
    answer = bench_run("");
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->objects.done, 1);
    cr_assert_eq(report->objects.failed, 1);
    cr_assert_eq(report->failures->len, 1);
    cr_assert_str_eq(((const ReportFailure *)report->failures->pdata[0])->key, "x.png");
}

TEST(archived_objects_are_skipped)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(1);
    memory_store_archive(bench.source, "000.jpg");
    answer = bench_run("");
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->skip_reasons.archived, 1);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
}

TEST(an_empty_source_is_said)
{
    g_autoptr(Answer) answer = bench_run("");
    g_autoptr(RunReport) report = NULL;

    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
    cr_assert_gt(bench.logged->len, 0, "a typing mistake in a prefix looks like an empty source");
}

TEST(a_dry_run_tells_what_it_would_make)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(2);
    memory_store_put(bench.destination, "a/000.webp", NEW_S);
    answer = bench_run_order("", &(RunOrder){.dry_run = TRUE}, NULL);
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_str_eq(bench.planned->str, "001.jpg -> a/001.webp;");
    cr_assert_eq(report->outputs.made, 1);
    cr_assert_null(bench_workers());
}

TEST(while_nobody_reads_no_further_page_is_listed)
{
    g_autoptr(Answer) answer = NULL;
    guint pages;

    bench_add_many(20);
    bench.backlog = 2000;
    answer = bench_run("");
    moved_clock_advance(bench.context, 2 * CLOCK_US_PER_S);
    pages = memory_store_pages(bench.source);
    moved_clock_advance(bench.context, 10 * CLOCK_US_PER_S);
    cr_assert_eq(memory_store_pages(bench.source), pages);
    bench.backlog = 0;
    bench_answer_all(answer, -1);
    cr_assert_not_null(answer->value);
}

/* Failures */

TEST(a_destination_that_cannot_be_listed_makes_the_run_unusable)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    memory_store_fail(bench.destination, ERROR_PERMANENT);
    answer = bench_run("");
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_UNUSABLE);
    bench_assert_logged("cannot list the destination");
}

TEST(a_source_that_has_never_answered_is_not_waited_for)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    memory_store_fail(bench.source, ERROR_UNAVAILABLE);
    answer = bench_run("");
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_UNUSABLE);
    bench_assert_logged("cannot list the source");
}

TEST(when_all_objects_fail_alike_the_pass_stops)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(200);
    answer = bench_run("");
    bench_answer_all(answer, ERROR_INPUT);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_STOPPED);
    cr_assert_lt(report->objects.failed, 120);
}

TEST(when_a_store_refuses_everything_the_pass_is_unusable)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(200);
    verdicts_is_refused = TRUE;
    answer = bench_run("retries: {alike: never}\n");
    bench_answer_all(answer, ERROR_PERMANENT);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_UNUSABLE);
    bench_assert_logged("a store refuses");
}

TEST(a_store_that_stays_away_ends_the_pass)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(10);
    verdicts_store_answers = FALSE;
    answer = bench_run("retries: {outage: 1m}\n");
    bench_answer_all(answer, ERROR_UNAVAILABLE);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_UNUSABLE);
    cr_assert_eq(report->objects.failed, 0, "they are not to blame");
}

TEST(without_workers_the_pass_is_unusable)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(2);
    answer = bench_run("");
    children_break(bench_workers(), ERROR_INTERNAL, "they die as they start");
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_UNUSABLE);
}

/* Stopping */

static Answer *stop(gboolean at_once)
{
    return bench_request(TARGET_STOP, g_variant_new(STOP_ARGS_TYPE, at_once));
}

TEST(a_stop_finishes_what_is_in_flight)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) stopped = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(10);
    answer = bench_run("");
    stopped = stop(FALSE);
    cr_assert_not_null(stopped->value);
    cr_assert_null(answer->value);
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_STOPPED);
    cr_assert_eq(report->objects.done, 4);
}

TEST(a_stop_at_once_leaves_it)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) stopped = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(10);
    answer = bench_run("");
    stopped = stop(TRUE);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_STOPPED);
    cr_assert_eq(report->objects.done, 0);
    cr_assert_null(bench_workers());
}

TEST(what_is_not_finished_in_time_is_left)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) stopped = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(10);
    answer = bench_run("stop_timeout: 20s\n");
    stopped = stop(FALSE);
    moved_clock_advance(bench.context, 19 * CLOCK_US_PER_S);
    cr_assert_null(answer->value);
    moved_clock_advance(bench.context, 2 * CLOCK_US_PER_S);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_STOPPED);
}

/* Handover */

static char *in_flight(void)
{
    g_autoptr(Answer) answer = bench_request(TARGET_IN_FLIGHT, g_variant_new("()"));

    cr_assert(g_variant_is_of_type(answer->value, G_VARIANT_TYPE(IN_FLIGHT_RESULT_TYPE)));
    return g_variant_print(answer->value, FALSE);
}

TEST(it_tells_what_is_in_flight)
{
    g_autoptr(Answer) answer = NULL;
    g_autofree char *before = in_flight();
    g_autofree char *after = NULL;

    cr_assert_not_null(strstr(before, "[]"), "%s", before);
    bench_add_many(1);
    answer = bench_run("");
    after = in_flight();
    cr_assert_not_null(strstr(after, "000.jpg"), "%s", after);
    bench_answer_all(answer, -1);
}

/* A pass without these objects, which another supervisor still has. */
static Answer *run_held(const char *const *keys)
{
    return bench_run_order(
        "",
        &(RunOrder){.held = g_variant_new("(@aayt)", g_variant_new_bytestring_array(keys, -1), (guint64)0)},
        NULL);
}

TEST(objects_of_the_previous_supervisor_are_held_until_they_are_released)
{
    const char *const held[] = {"000.jpg", "001.jpg", NULL};
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) released = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(3);
    answer = run_held(held);
    cr_assert_eq(bench_open_tasks(), 1);
    bench_answer_task(-1);
    moved_clock_advance(bench.context, 10 * CLOCK_US_PER_S);
    cr_assert_null(answer->value, "it waits");
    memory_store_put(bench.destination, "a/000.webp",
                     NEW_S); /* which the previous supervisor has made meanwhile */
    released = bench_request(TARGET_RELEASE, g_variant_new("()"));
    cr_assert_not_null(released->value);
    moved_clock_settle(bench.context);
    cr_assert_eq(bench_open_tasks(), 1, "001.jpg");
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->objects.done, 2);
    cr_assert_eq(report->exit, EXIT_CODE_DONE);
}

TEST(a_stop_drops_what_is_held)
{
    const char *const held[] = {"000.jpg", NULL};
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) stopped = NULL;
    g_autoptr(RunReport) report = NULL;

    bench_add_many(1);
    answer = run_held(held);
    stopped = stop(FALSE);
    report = bench_report(answer);
    cr_assert_eq(report->exit, EXIT_CODE_STOPPED);
}

/* Other requests */

TEST(it_answers_while_it_works)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) ping = NULL;
    g_autoptr(Answer) list = NULL;
    g_autoptr(Answer) scaled = NULL;
    g_autoptr(Answer) other = NULL;
    g_autoptr(Answer) none = bench_request(TARGET_WORKERS, g_variant_new("()"));

    bench_add_many(10);
    answer = bench_run("");
    ping = bench_request(TARGET_PING, g_variant_new("()"));
    cr_assert_not_null(ping->value);
    list = bench_request(TARGET_WORKERS, g_variant_new("()"));
    cr_assert(g_variant_is_of_type(list->value, G_VARIANT_TYPE(WORKERS_RESULT_TYPE)));
    scaled = bench_request(TARGET_SCALE, g_variant_new(SCALE_ARGS_TYPE, 2u));
    cr_assert_not_null(scaled->value);
    cr_assert_eq(children_count(bench_workers()), 2);
    cr_assert_eq(bench_open_tasks(), 8);
    other = bench_run("");
    cr_assert_eq(error_class(other->error), ERROR_INTERNAL, "one order at a time");
    bench_answer_all(answer, -1);
    cr_assert_not_null(none->value);
}

TEST(a_worker_is_terminated_by_its_pid)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(Answer) wrong = bench_request(TARGET_TERMINATE, g_variant_new(TERMINATE_ARGS_TYPE, 7u));
    g_autoptr(Answer) right = NULL;
    g_autoptr(RunReport) report = NULL;

    cr_assert_eq(error_class(wrong->error), ERROR_INPUT);
    bench_add_many(2);
    answer = bench_run("");
    right = bench_request(TARGET_TERMINATE,
                          g_variant_new(TERMINATE_ARGS_TYPE, (guint32)children_pid(bench_workers())));
    cr_assert_not_null(right->value);
    bench_answer_all(answer, -1);
    report = bench_report(answer);
    cr_assert_eq(report->objects.done, 2);
    cr_assert_eq(report->processes.crashes, 1);
}

static Answer *ask(const char *target)
{
    return bench_request(target, g_variant_new("(@a{sv}@a{ss})", bench_config(""), bench_environment()));
}

TEST(a_probe_asks_both_stores)
{
    g_autoptr(Answer) good = ask(TARGET_PROBE);
    g_autoptr(Answer) bad = NULL;

    cr_assert_not_null(good->value, "%s", good->error != NULL ? good->error->message : "");
    cr_assert_eq(memory_store_pages(bench.source), 1);
    cr_assert_eq(memory_store_pages(bench.destination), 1);
    memory_store_fail(bench.source, ERROR_TRANSIENT);
    bad = ask(TARGET_PROBE);
    cr_assert_eq(error_class(bad->error), ERROR_TRANSIENT);
    cr_assert(g_str_has_prefix(bad->error->message, "s3://originals/: "));
}

static Answer *explain(void)
{
    return bench_request(TARGET_EXPLAIN,
                         g_variant_new("(@a{sv}@a{ss}^ay)", bench_config(""), bench_environment(), "x.jpg"));
}

TEST(an_explanation_is_that_of_a_worker)
{
    g_autoptr(Answer) answer = explain();

    children_return(bench_workers(), TARGET_EXPLAIN, 0, g_variant_new("(v)", g_variant_new_string("a tree")),
                    NULL);
    cr_assert_not_null(answer->value);
}

TEST(without_credentials_nothing_begins)
{
    g_autoptr(Answer) answer = bench_request(
        TARGET_PROBE, g_variant_new("(@a{sv}@a{ss})", bench_config("s3: {credentials_file: /nowhere}\n"),
                                    bench_environment()));

    for (guint i = 0; i < 100 && answer->error == NULL; i++)
        moved_clock_advance(bench.context, CLOCK_US_PER_S);
    cr_assert_not_null(answer->error);
    cr_assert_eq(memory_store_pages(bench.source), 0);
}

TEST(a_configuration_that_cannot_be_read_is_refused)
{
    g_autoptr(Answer) answer =
        bench_request(TARGET_PROBE, g_variant_new_parsed("({'source': <7>}, @a{ss} {})"));

    cr_assert_eq(error_class(answer->error), ERROR_INTERNAL);
}
/* NOLINTEND(readability-function-size) */

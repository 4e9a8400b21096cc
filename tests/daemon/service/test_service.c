/* A service and its handovers, over supervisors and a clock that are made in memory. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "config/config.h"
#include "daemon/protocol/progress.h"
#include "tests/daemon/logged.h"
#include "tests/daemon/service/bench.h"

#define HOURLY "every: 1h\n"

TestSuite(service, .init = log_begin, .fini = log_end);

static void assert_logged(const char *message)
{
    cr_assert_not_null(strstr(logged->str, message), "'%s' is not in: %s", message, logged->str);
}

static ServiceStatus status_of(const Bench *bench)
{
    ServiceStatus status;

    service_get_status(bench->service, &status);
    return status;
}

/* Starting */

Test(service, it_is_ready_when_both_stores_have_answered_and_begins_a_pass)
{
    Bench bench;
    g_autofree char *notes = NULL;

    bench_open(&bench, HOURLY);
    cr_assert_eq(bench_phase(&bench), SERVICE_STARTING);
    cr_assert_eq(bench_asked(0, TARGET_PROBE), 1);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 0);
    bench_start(&bench);
    cr_assert_eq(bench_phase(&bench), SERVICE_PASS);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    notes = bench_take_notes(&bench);
    cr_assert_not_null(strstr(notes, "READY=1"), "%s", notes);
    bench_end_pass(&bench, 0, EXIT_CODE_DONE);
    cr_assert_eq(bench_phase(&bench), SERVICE_IDLE);
    cr_assert_eq(status_of(&bench).passes, 1);
    cr_assert_eq(status_of(&bench).last_pass.done, 3);
    assert_logged("pass: everything is up to date;");
    bench_close(&bench);
}

static void assert_start_is_fatal(ErrorClass class)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    children_fail(bench_supervisor(0), TARGET_PROBE, 0, class, "403 AccessDenied");
    bench_settle(&bench);
    cr_assert_eq(service_run(bench.service), EXIT_CODE_UNUSABLE);
    assert_logged("the stores cannot be used;");
    bench_close(&bench);
}

Test(service, a_refusal_at_the_start_ends_it)
{
    assert_start_is_fatal(ERROR_PERMANENT);
}

Test(service, a_wrong_configuration_at_the_start_ends_it)
{
    assert_start_is_fatal(ERROR_CONFIG);
}

Test(service, what_may_pass_at_the_start_is_tried_again_ever_more_slowly)
{
    Bench bench;
    guint attempts = 0, last = 0;

    bench_open(&bench, HOURLY);
    for (guint second = 0; second < 20; second++) {
        if (bench_asked(0, TARGET_PROBE) > 0) {
            children_fail(bench_supervisor(0), TARGET_PROBE, 0, ERROR_TRANSIENT, "no response");
            attempts++;
            last = second;
        }
        bench_wait(&bench, 1);
    }
    cr_assert_eq(attempts, 5, "at 0, 1, 3, 7 and 15 s");
    cr_assert_eq(last, 15);
    assert_logged("degraded: repeated failures");
    cr_assert_eq(bench_phase(&bench), SERVICE_STARTING);
    cr_assert_eq(status_of(&bench).troubles, 5);
    bench_wait(&bench, 16);
    bench_start(&bench);
    cr_assert_eq(bench_phase(&bench), SERVICE_PASS);
    cr_assert_eq(status_of(&bench).troubles, 0);
    bench_close(&bench);
}

/* When */

Test(service, passes_follow_the_timetable)
{
    Bench bench;

    bench_open(&bench, HOURLY "missed: skip\n");
    bench_start(&bench);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 0, "not before its time");
    bench_wait(&bench, 3601);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    bench_end_pass(&bench, 0, EXIT_CODE_DONE);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 0);
    bench_wait(&bench, 3601);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    bench_close(&bench);
}

Test(service, a_time_that_comes_during_a_pass_is_made_up_for_once)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    bench_wait(&bench, 3 * 3600);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1, "never two at once");
    bench_end_pass(&bench, 0, EXIT_CODE_DONE);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    bench_end_pass(&bench, 0, EXIT_CODE_DONE);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 0);
    bench_close(&bench);
}

Test(service, a_pass_can_be_asked_for)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    bench_end_pass(&bench, 0, EXIT_CODE_DONE);
    service_run_now(bench.service);
    bench_settle(&bench);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    bench_close(&bench);
}

/* Failures */

Test(service, a_pass_whose_supervisor_died_is_begun_again)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    children_die(bench_supervisor(0), "supervisor was killed by SIGKILL");
    bench_settle(&bench);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 0);
    bench_wait(&bench, 1);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    cr_assert_eq(status_of(&bench).restarts, 1);
    cr_assert_str_eq(status_of(&bench).trouble, "supervisor was killed by SIGKILL");
    bench_end_pass(&bench, 0, EXIT_CODE_DONE);
    cr_assert_null(status_of(&bench).trouble);
    bench_close(&bench);
}

Test(service, a_pass_that_could_not_do_its_work_is_tried_again)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    for (guint i = 0; i < 5; i++) {
        cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
        bench_end_pass(&bench, 0, i % 2 == 0 ? EXIT_CODE_UNUSABLE : EXIT_CODE_STOPPED);
        if (i < 4)
            bench_wait(&bench, 1u << i);
    }
    cr_assert_eq(bench_phase(&bench), SERVICE_DEGRADED);
    cr_assert_gt(status_of(&bench).retry_us, 0);
    bench_wait(&bench, 16);
    bench_end_pass(&bench, 0, EXIT_CODE_FAILED);
    cr_assert_eq(bench_phase(&bench), SERVICE_IDLE, "objects that failed are no trouble");
    assert_logged("pass: finished, but some objects failed;");
    bench_close(&bench);
}

Test(service, a_supervisor_that_does_not_answer_is_killed)
{
    Bench bench;

    bench_open(&bench, HOURLY "heartbeat_timeout: 30s\n");
    bench_start(&bench);
    bench.is_deaf = TRUE;
    bench_wait(&bench, 29);
    cr_assert_eq(children_killed(bench_supervisor(0)), 0);
    bench_wait(&bench, 12);
    cr_assert_eq(children_killed(bench_supervisor(0)), 1);
    bench.is_deaf = FALSE;
    bench_wait(&bench, 2);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1, "another one begins the pass again");
    bench_close(&bench);
}

Test(service, time_in_which_we_stood_still_is_no_silence)
{
    Bench bench;

    bench_open(&bench, HOURLY "heartbeat_timeout: 30s\n");
    bench_start(&bench);
    bench_wait(&bench, 8);
    moved_clock_jump(service_context(bench.service), G_GINT64_CONSTANT(600000000));
    bench_settle(&bench);
    cr_assert_eq(children_killed(bench_supervisor(0)), 0);
    bench_close(&bench);
}

Test(service, when_no_supervisor_can_be_started_another_executor_is_tried)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    children_break(bench_supervisor(0), ERROR_INTERNAL, "no memory");
    bench_settle(&bench);
    bench_wait(&bench, 10);
    cr_assert_not_null(bench_supervisor(0));
    cr_assert_null(process_executor_broken(bench_supervisor(0)));
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    bench_close(&bench);
}

Test(service, it_feeds_the_watchdog_for_as_long_as_nothing_hangs)
{
    Bench bench;
    g_autofree char *before = NULL;
    g_autofree char *notes = NULL;

    g_setenv("WATCHDOG_USEC", "30000000", TRUE);
    bench_open(&bench, HOURLY);
    before = bench_take_notes(&bench);
    bench_wait(&bench, 30);
    notes = bench_take_notes(&bench);
    cr_assert_not_null(strstr(notes, "WATCHDOG=1"), "%s", notes);
    bench_close(&bench);
}

Test(service, while_another_run_is_at_work_it_waits)
{
    Bench bench;
    g_autoptr(Config) config = NULL;
    g_autoptr(RunLock) lock = NULL;

    bench_open(&bench, HOURLY);
    config = config_load(bench.config_path, NULL);
    cr_assert_eq(run_lock_take(config, RUN_LOCK_REQUIRED, &lock), LOCK_TAKEN);
    bench_start(&bench);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 0);
    cr_assert_eq(status_of(&bench).troubles, 1);
    g_clear_pointer(&lock, run_lock_release);
    bench_wait(&bench, 2);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1, "%s", logged->str);
    bench_close(&bench);
}

/* Progress */

Test(service, it_knows_the_progress_of_a_pass)
{
    Bench bench;
    const Progress progress = {.listed = 10, .done = 4, .in_flight = 2, .total = 20};
    g_autofree char *text = NULL;
    ServiceStatus status;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    bench_wait(&bench, 2);
    children_note(bench_supervisor(0), NOTE_PROGRESS, progress_to_variant(&progress));
    status = status_of(&bench);
    cr_assert_eq(status.progress.done, 4);
    cr_assert_gt(status.pass_elapsed_us, 0);
    text = service_status_text(&status);
    cr_assert(g_str_has_prefix(text, "pass: "), "%s", text);
    cr_assert_not_null(strstr(text, "2 in flight"), "%s", text);
    service_log_status(&status);
    assert_logged("status;");
    bench_close(&bench);
}

Test(service, records_of_its_supervisor_are_its_own)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    children_note(bench_supervisor(0), NOTE_LOG, g_variant_new_parsed("(2, 'from below', {'key': 'x'})"));
    children_note(bench_supervisor(0), NOTE_LOG, g_variant_new("(s)", "lies"));
    children_note(bench_supervisor(0), NOTE_PLAN, g_variant_new(NOTE_PLAN_TYPE, "a", "b"));
    assert_logged("from below;");
    bench_close(&bench);
}

/* Requests */

Test(service, draining_finishes_the_pass_and_begins_none_until_it_resumes)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    service_drain(bench.service);
    service_drain(bench.service);
    bench_settle(&bench);
    cr_assert_eq(bench_asked(0, TARGET_STOP), 1);
    cr_assert_eq(bench_phase(&bench), SERVICE_DRAINING);
    bench_end_pass(&bench, 0, EXIT_CODE_STOPPED);
    cr_assert_eq(bench_phase(&bench), SERVICE_DRAINED);
    bench_wait(&bench, 2 * 3600);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 0);
    cr_assert_eq(status_of(&bench).troubles, 0, "it was told to stop");
    service_resume(bench.service);
    bench_settle(&bench);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    bench_close(&bench);
}

Test(service, the_number_of_workers_lasts_until_a_reload)
{
    Bench bench;
    g_autoptr(GError) error = NULL;

    bench_open(&bench, HOURLY "workers: {count: 3}\n");
    bench_start(&bench);
    service_scale(bench.service, 5);
    bench_settle(&bench);
    cr_assert_eq(bench_asked(0, TARGET_SCALE), 1);
    cr_assert_eq(status_of(&bench).workers, 5);
    bench_end_pass(&bench, 0, EXIT_CODE_DONE);
    cr_assert(service_reload(bench.service, &error));
    bench_settle(&bench);
    cr_assert_eq(status_of(&bench).workers, 3);
    bench_close(&bench);
}

Test(service, its_supervisor_can_be_terminated_by_pid)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    cr_assert_not(service_terminate(bench.service, 1));
    cr_assert(service_terminate(bench.service, status_of(&bench).supervisor));
    bench_wait(&bench, 2);
    cr_assert_eq(status_of(&bench).restarts, 1);
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    bench_close(&bench);
}

/* Stopping */

Test(service, a_stop_waits_for_what_is_in_flight)
{
    Bench bench;
    g_autofree char *notes = NULL;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    service_stop(bench.service, FALSE);
    service_stop(bench.service, FALSE);
    bench_settle(&bench);
    cr_assert_eq(bench_phase(&bench), SERVICE_STOPPING);
    cr_assert_eq(bench_asked(0, TARGET_STOP), 1);
    notes = bench_take_notes(&bench);
    cr_assert_not_null(strstr(notes, "STOPPING=1"));
    bench_end_pass(&bench, 0, EXIT_CODE_STOPPED);
    cr_assert_eq(service_run(bench.service), EXIT_CODE_DONE);
    cr_assert(children_are_shut_down(bench_supervisor(0)));
    bench_close(&bench);
}

Test(service, an_idle_service_stops_at_once)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    bench_end_pass(&bench, 0, EXIT_CODE_DONE);
    service_stop(bench.service, FALSE);
    bench_settle(&bench);
    cr_assert_eq(service_run(bench.service), EXIT_CODE_DONE);
    bench_close(&bench);
}

Test(service, what_does_not_stop_is_left_behind)
{
    Bench bench;

    bench_open(&bench, HOURLY "stop_timeout: 20s\n");
    bench_start(&bench);
    service_stop(bench.service, FALSE);
    bench_wait(&bench, 29);
    cr_assert_null(strstr(logged->str, "killed;"));
    bench_wait(&bench, 2);
    assert_logged("the supervisor did not stop in time; killed;");
    cr_assert_eq(service_run(bench.service), EXIT_CODE_STOPPED);
    bench_close(&bench);
}

Test(service, a_second_stop_at_once_does_not_wait_for_objects)
{
    Bench bench;

    bench_open(&bench, HOURLY "stop_timeout: 1h\n");
    bench_start(&bench);
    service_stop(bench.service, FALSE);
    service_stop(bench.service, TRUE);
    bench_settle(&bench);
    cr_assert_eq(bench_asked(0, TARGET_STOP), 2);
    bench_wait(&bench, 11);
    cr_assert_eq(service_run(bench.service), EXIT_CODE_STOPPED);
    bench_close(&bench);
}

/* Reloading */

static GVariant *in_flight(const char *key)
{
    const char *const keys[] = {key, NULL};

    return g_variant_new("(m(@aayt))", TRUE, g_variant_new_bytestring_array(keys, -1), (guint64)7);
}

Test(service, a_wrong_configuration_changes_nothing)
{
    Bench bench;
    g_autoptr(GError) error = NULL;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    bench_configure(&bench, "every: soon\n");
    cr_assert_not(service_reload(bench.service, &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    bench_settle(&bench);
    cr_assert_null(bench_supervisor(1));
    cr_assert_eq(bench_asked(0, TARGET_STOP), 0);
    cr_assert_eq(bench_phase(&bench), SERVICE_PASS);
    bench_close(&bench);
}

Test(service, a_configuration_that_this_machine_cannot_encode_changes_nothing)
{
    Bench bench;
    g_autoptr(GError) error = NULL;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    bench_can_encode = FALSE;
    cr_assert_not(service_reload(bench.service, &error));
    cr_assert_null(bench_supervisor(1));
    bench_close(&bench);
}

/* A reload in the middle of a pass, up to where two supervisors have one. */
static void reload_in_pass(Bench *bench)
{
    g_autoptr(GError) error = NULL;

    bench_start(bench);
    cr_assert(service_reload(bench->service, &error));
    bench_settle(bench);
    cr_assert_not_null(bench_supervisor(1));
    cr_assert_eq(bench_asked(0, TARGET_STOP), 1);
    cr_assert_eq(bench_asked(1, TARGET_RUN), 0, "not before it is known what is in flight");
    cr_assert_eq(bench_phase(bench), SERVICE_DRAINING);
    bench_return(bench, 0, TARGET_STOP, g_variant_new("()"));
    bench_return(bench, 0, TARGET_IN_FLIGHT, in_flight("x.jpg"));
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    cr_assert_eq(bench_asked(1, TARGET_RUN), 1);
}

Test(service, after_a_reload_a_new_supervisor_begins_while_the_old_one_finishes)
{
    Bench bench;
    g_autoptr(GVariant) more = NULL;
    g_autoptr(GVariant) held = NULL;
    g_autofree char *notes = NULL;

    bench_open(&bench, HOURLY);
    reload_in_pass(&bench);
    more = g_variant_get_child_value(children_args(bench_supervisor(1), TARGET_RUN, 0), 2);
    held = g_variant_get_child_value(more, g_variant_n_children(more) - 1);
    {
        g_autofree char *text = g_variant_print(held, FALSE);

        cr_assert_str_eq(text, "([b'x.jpg'], 7)");
    }
    cr_assert_eq(status_of(&bench).old_supervisor, children_pid(bench_supervisor(0)));
    cr_assert_eq(status_of(&bench).supervisor, children_pid(bench_supervisor(1)));
    bench_end_pass(&bench, 0, EXIT_CODE_STOPPED);
    cr_assert_eq(bench_asked(1, TARGET_RELEASE), 1);
    cr_assert_eq(status_of(&bench).old_supervisor, 0);
    cr_assert_eq(status_of(&bench).passes, 1);
    bench_end_pass(&bench, 1, EXIT_CODE_DONE);
    cr_assert_eq(bench_phase(&bench), SERVICE_IDLE);
    cr_assert_eq(status_of(&bench).passes, 2);
    notes = bench_take_notes(&bench);
    cr_assert_not_null(strstr(notes, "RELOADING=1"));
    bench_close(&bench);
}

Test(service, an_old_supervisor_that_dies_releases_what_it_had)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    reload_in_pass(&bench);
    children_die(bench_supervisor(0), "supervisor was killed by SIGKILL");
    bench_settle(&bench);
    cr_assert_eq(bench_asked(1, TARGET_RELEASE), 1);
    assert_logged("the old supervisor died; the new one processes its objects in flight;");
    cr_assert_eq(status_of(&bench).restarts, 0, "the new one lives");
    bench_close(&bench);
}

Test(service, an_old_supervisor_that_hangs_is_killed)
{
    Bench bench;

    bench_open(&bench, HOURLY "heartbeat_timeout: 30s\n");
    reload_in_pass(&bench);
    bench.is_deaf = TRUE;
    bench_wait(&bench, 45);
    cr_assert_eq(children_killed(bench_supervisor(0)), 1);
    bench_close(&bench);
}

Test(service, a_reload_between_passes_is_complete_at_once)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    bench_end_pass(&bench, 0, EXIT_CODE_DONE);
    cr_assert(service_reload(bench.service, NULL));
    bench_settle(&bench);
    cr_assert_eq(status_of(&bench).old_supervisor, 0);
    cr_assert(children_are_shut_down(bench_supervisor(0)));
    cr_assert_eq(bench_asked(1, TARGET_RUN), 1, "with a pass");
    assert_logged("reloaded;");
    bench_close(&bench);
}

Test(service, a_reload_before_it_is_ready_ends_in_a_probe)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    cr_assert(service_reload(bench.service, NULL));
    bench_settle(&bench);
    children_fail(bench_supervisor(0), TARGET_PROBE, 0, ERROR_CANCELLED, "stopped");
    bench_settle(&bench);
    cr_assert_eq(bench_asked(1, TARGET_PROBE), 1);
    bench_return(&bench, 1, TARGET_PROBE, g_variant_new("()"));
    cr_assert_eq(bench_phase(&bench), SERVICE_PASS);
    bench_close(&bench);
}

Test(service, a_second_reload_waits_for_the_first_handover)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    reload_in_pass(&bench);
    cr_assert(service_reload(bench.service, NULL));
    cr_assert(service_reload(bench.service, NULL), "the last configuration counts");
    bench_settle(&bench);
    cr_assert_not_null(bench_supervisor(2));
    cr_assert_null(bench_supervisor(3));
    cr_assert_eq(bench_asked(1, TARGET_IN_FLIGHT), 2);
    bench_return(&bench, 1, TARGET_IN_FLIGHT, in_flight("y.jpg"));
    bench_return(&bench, 1, TARGET_IN_FLIGHT, in_flight("y.jpg"));
    cr_assert_eq(bench_asked(2, TARGET_RUN), 0);
    bench_end_pass(&bench, 0, EXIT_CODE_STOPPED);
    cr_assert_null(bench_supervisor(2), "the first one is gone");
    cr_assert_eq(bench_asked(0, TARGET_RUN), 1);
    cr_assert_eq(bench_asked(1, TARGET_RUN), 1);
    bench_close(&bench);
}

Test(service, a_pass_that_ends_before_it_tells_what_is_in_flight_hands_over_all)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    bench_start(&bench);
    cr_assert(service_reload(bench.service, NULL));
    bench_settle(&bench);
    bench_end_pass(&bench, 0, EXIT_CODE_STOPPED);
    cr_assert_eq(bench_asked(1, TARGET_RUN), 1);
    cr_assert_eq(status_of(&bench).old_supervisor, 0);
    bench_close(&bench);
}

Test(service, during_a_handover_a_stop_waits_for_both)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    reload_in_pass(&bench);
    service_stop(bench.service, FALSE);
    bench_settle(&bench);
    cr_assert_eq(bench_asked(0, TARGET_STOP), 1);
    cr_assert_eq(bench_asked(1, TARGET_STOP), 1);
    bench_end_pass(&bench, 1, EXIT_CODE_STOPPED);
    cr_assert_eq(bench_phase(&bench), SERVICE_STOPPING);
    cr_assert_not(service_reload(bench.service, NULL), "too late");
    bench_end_pass(&bench, 0, EXIT_CODE_STOPPED);
    cr_assert_eq(service_run(bench.service), EXIT_CODE_DONE);
    bench_close(&bench);
}

Test(service, during_a_handover_the_old_supervisor_can_be_terminated)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    reload_in_pass(&bench);
    cr_assert(service_terminate(bench.service, status_of(&bench).old_supervisor));
    bench_settle(&bench);
    cr_assert_eq(bench_asked(1, TARGET_RELEASE), 1);
    bench_close(&bench);
}

Test(service, what_it_still_has_is_freed_with_it)
{
    Bench bench;

    bench_open(&bench, HOURLY);
    reload_in_pass(&bench);
    cr_assert(service_reload(bench.service, NULL));
    bench_settle(&bench);
    bench_close(&bench);
    cr_assert_null(bench_supervisor(0));
}

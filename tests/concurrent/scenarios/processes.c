/* Processes that run a target. */
#include "concurrent/process.h"

#include <signal.h>
#include <stdlib.h>

#include "scenario.h"

static Process *new_process(const char *target, GVariant *args)
{
    return process_new(&(ProcessOptions){.name = target, .target = target, .target_args = args});
}

static Process *new_daemon(const char *target, GVariant *args)
{
    return process_new(
        &(ProcessOptions){.name = target, .target = target, .target_args = args, .daemon = TRUE});
}

static GVariant *meeting(const char *mine, const char *other)
{
    return g_variant_new("(ss)", mine, other);
}

static void start(Process *process)
{
    g_autoptr(GError) error = NULL;

    if (!process_start(process, &error))
        g_error("%s", error->message);
}

static void say_start(const char *what, Process *process)
{
    GError *error = NULL;
    gboolean started = process_start(process, &error);

    say_accepted(what, started, error);
}

static void say_exitcode(Process *process)
{
    int exitcode;

    if (process_exitcode(process, &exitcode))
        say_int("exit code", exitcode);
    else
        say("exit code", "none");
}

static void say_state(Process *process)
{
    say_bool("alive", process_is_alive(process));
    say_exitcode(process);
}

static void say_joined(Process *process)
{
    say_bool("joined", process_join(process, CLOCK_FOREVER));
}

static void say_end_of(const char *target, GVariant *args)
{
    g_autoptr(Process) process = new_process(target, args);

    start(process);
    say_joined(process);
    say_state(process);
}

static void life(void)
{
    g_autoptr(Process) process = new_process("meet", meeting("began", "go"));

    say_state(process);
    say_bool("has a pid", process_pid(process) != 0);
    start(process);
    wait_for_file("began");
    say_state(process);
    say_bool("has a pid", process_pid(process) != 0);
    touch("go");
    say_joined(process);
    say_state(process);
    say_bool("joined again", process_join(process, CLOCK_FOREVER));
}

static void target_that_returns(void)
{
    say_end_of("square", g_variant_new_int32(3));
}

static void target_that_returns_nothing(void)
{
    say_end_of("return_nothing", NULL);
}

static void target_that_fails(void)
{
    say_end_of("fail", g_variant_new_string("no such page"));
}

static void target_that_exits(void)
{
    const gint32 statuses[] = {0, 1, 7, 255};

    for (guint i = 0; i < G_N_ELEMENTS(statuses); i++)
        say_end_of("leave", g_variant_new_int32(statuses[i]));
}

static void target_that_exits_at_once(void)
{
    say_end_of("leave_at_once", g_variant_new_int32(9));
}

static void target_that_aborts(void)
{
    say_end_of("die", g_variant_new_int32(SIGABRT));
}

static void target_that_kills_itself(void)
{
    say_end_of("die", g_variant_new_int32(SIGKILL));
}

static void terminate(void)
{
    g_autoptr(Process) process = new_process("meet", meeting("began", "never"));

    start(process);
    wait_for_file("began");
    process_terminate(process);
    say_joined(process);
    say_state(process);
    process_terminate(process);
    say_state(process);
}

static void kill_it(void)
{
    g_autoptr(Process) process = new_process("meet", meeting("began", "never"));

    start(process);
    wait_for_file("began");
    process_kill(process);
    say_joined(process);
    say_state(process);
}

static void terminate_a_daemon(void)
{
    g_autoptr(Process) process = new_daemon("meet", meeting("began", "never"));

    start(process);
    wait_for_file("began");
    process_terminate(process);
    say_joined(process);
    say_state(process);
}

static void start_twice(void)
{
    g_autoptr(Process) process = new_process("meet", meeting("began", "go"));

    say_start("start", process);
    say_start("start while it runs", process);
    touch("go");
    say_joined(process);
    say_start("start after its end", process);
    say_state(process);
}

static void join_before_start(void)
{
    g_autoptr(Process) process = new_process("square", g_variant_new_int32(3));

    say_joined(process);
    say_start("start", process);
    say_joined(process);
}

static void join_with_a_timeout(void)
{
    g_autoptr(Process) process = new_process("meet", meeting("began", "go"));

    start(process);
    say_bool("joined at once", process_join(process, 0));
    say_bool("joined", process_join(process, SHORT_US));
    say_state(process);
    touch("go");
    say_joined(process);
    say_bool("joined at once", process_join(process, 0));
    say_state(process);
}

static void names_and_flags(void)
{
    g_autoptr(Process) process = new_process("square", g_variant_new_int32(3));
    g_autoptr(Process) daemon = new_daemon("fail", g_variant_new_string("no"));

    say("name", process_name(process));
    say("name", process_name(daemon));
    say_bool("daemon", process_is_daemon(process));
    say_bool("daemon", process_is_daemon(daemon));
}

static void several_at_once(void)
{
    Process *processes[] = {new_process("meet", meeting("a", "c")), new_process("meet", meeting("b", "a")),
                            new_process("meet", meeting("c", "b"))};

    for (guint i = 0; i < G_N_ELEMENTS(processes); i++)
        start(processes[i]);
    for (guint i = 0; i < G_N_ELEMENTS(processes); i++) {
        say_joined(processes[i]);
        say_exitcode(processes[i]);
        process_free(processes[i]);
    }
}

static void arguments_reach_the_child(void)
{
    g_autoptr(Process) process = new_process("wait_and_write", meeting("go", "log"));

    start(process);
    touch("go");
    say_joined(process);
    say_lines("log");
}

/* The end of the program: the handle is static, so that the leak check finds it reachable. */

static Process *left_alone;

static void exits(void)
{
    touch("the program exits");
}

static void daemon_at_the_end_of_the_program(void)
{
    left_alone = new_daemon("meet", meeting("began", "never"));
    start(left_alone);
    wait_for_file("began");
    say_bool("alive", process_is_alive(left_alone));
}

static void child_at_the_end_of_the_program(void)
{
    left_alone = new_process("wait_and_write", meeting("the program exits", "log"));
    start(left_alone);
    say_bool("alive", process_is_alive(left_alone));
    atexit(exits);
}

static void failed_child_does_not_fail_the_program(void)
{
    left_alone = new_process("leave", g_variant_new_int32(3));
    say_start("start", left_alone);
    atexit(exits);
}

const Scenario processes_scenarios[] = {
    SCENARIO(life),
    SCENARIO(target_that_returns),
    SCENARIO(target_that_returns_nothing),
    SCENARIO(target_that_fails),
    SCENARIO(target_that_exits),
    SCENARIO(target_that_exits_at_once),
    SCENARIO(target_that_aborts),
    SCENARIO(target_that_kills_itself),
    SCENARIO(terminate),
    {.name = "kill", .run = kill_it},
    SCENARIO(terminate_a_daemon),
    SCENARIO(start_twice),
    SCENARIO(join_before_start),
    SCENARIO(join_with_a_timeout),
    SCENARIO(names_and_flags),
    SCENARIO(several_at_once),
    SCENARIO(arguments_reach_the_child),
    SCENARIO(daemon_at_the_end_of_the_program),
    SCENARIO(child_at_the_end_of_the_program),
    SCENARIO(failed_child_does_not_fail_the_program),
    {.name = NULL},
};

/* Threads, started with a function and as worker objects with a run function. */
#include "concurrent/thread.h"

#include "scenario.h"

typedef struct {
    const char *mine;
    const char *other;
} Meeting;

static Meeting usual = {"began", "go"};
static Meeting endless = {"began", "never"};

static void meet(void *args)
{
    const Meeting *meeting = args;

    touch(meeting->mine);
    wait_for_file(meeting->other);
}

static char began[] = "began";

static void start(Thread *thread)
{
    g_autoptr(GError) error = NULL;

    if (!thread_start(thread, &error))
        g_error("%s", error->message);
}

static void say_start(const char *what, Thread *thread)
{
    GError *error = NULL;
    gboolean started = thread_start(thread, &error);

    say_accepted(what, started, error);
}

static void say_join(const char *what, Thread *thread)
{
    GError *error = NULL;
    gboolean joined = thread_join(thread, CLOCK_FOREVER, &error);

    say_accepted(what, joined, error);
}

static void say_joined(const char *what, Thread *thread, gint64 timeout_us)
{
    say_bool(what, thread_join(thread, timeout_us, NULL));
}

static void life(void)
{
    g_autoptr(Thread) thread = thread_new(NULL, FALSE, meet, &usual);

    say_bool("alive", thread_is_alive(thread));
    start(thread);
    wait_for_file("began");
    say_bool("alive", thread_is_alive(thread));
    touch("go");
    say_joined("joined", thread, CLOCK_FOREVER);
    say_bool("alive", thread_is_alive(thread));
    say_joined("joined again", thread, CLOCK_FOREVER);
}

static void start_twice(void)
{
    g_autoptr(Thread) thread = thread_new(NULL, FALSE, meet, &usual);

    say_start("start", thread);
    say_start("start while it runs", thread);
    touch("go");
    say_joined("joined", thread, CLOCK_FOREVER);
    say_start("start after its end", thread);
}

static void join_before_start(void)
{
    g_autoptr(Thread) thread = thread_new(NULL, FALSE, touch_data, began);

    say_join("join", thread);
    say_start("start", thread);
    say_join("join", thread);
}

static void join_with_a_timeout(void)
{
    g_autoptr(Thread) thread = thread_new(NULL, FALSE, meet, &usual);

    start(thread);
    say_joined("joined at once", thread, 0);
    say_joined("joined", thread, SHORT_US);
    say_bool("alive", thread_is_alive(thread));
    touch("go");
    say_joined("joined", thread, CLOCK_FOREVER);
    say_joined("joined at once", thread, 0);
}

static void join_own(Thread *thread)
{
    say_join("join", thread);
}

static void join_itself(void)
{
    Thread thread;

    thread_init(&thread, NULL, FALSE, join_own);
    start(&thread);
    say_joined("joined", &thread, CLOCK_FOREVER);
    thread_clear(&thread);
}

static void names_and_flags(void)
{
    g_autoptr(Thread) thread = thread_new("loader", FALSE, touch_data, began);
    g_autoptr(Thread) daemon = thread_new("ticker", TRUE, touch_data, began);

    say("name", thread_name(thread));
    say("name", thread_name(daemon));
    say_bool("daemon", thread_is_daemon(thread));
    say_bool("daemon", thread_is_daemon(daemon));
}

static void say_current(Thread *thread)
{
    say_bool("current, in it", thread_is_current(thread));
}

static void which_is_current(void)
{
    Thread thread;

    thread_init(&thread, NULL, FALSE, say_current);
    start(&thread);
    (void)thread_join(&thread, CLOCK_FOREVER, NULL);
    say_bool("current, outside", thread_is_current(&thread));
    thread_clear(&thread);
}

typedef struct {
    Thread thread;
    guint n;
    gint64 result;
} Fibonacci;

static void fibonacci_run(Thread *thread)
{
    Fibonacci *self = (Fibonacci *)thread;
    gint64 a = 0;
    gint64 b = 1;

    for (guint i = 0; i < self->n; i++) {
        gint64 sum = a + b;

        a = b;
        b = sum;
    }
    self->result = a;
}

static void worker_objects(void)
{
    Fibonacci workers[] = {{.n = 1}, {.n = 10}, {.n = 50}};

    for (guint i = 0; i < G_N_ELEMENTS(workers); i++) {
        thread_init(&workers[i].thread, "fibonacci", FALSE, fibonacci_run);
        start(&workers[i].thread);
    }
    for (guint i = 0; i < G_N_ELEMENTS(workers); i++) {
        thread_clear(&workers[i].thread);
        say_int("result", workers[i].result);
    }
}

static void all_started_then_joined(void)
{
    Meeting meetings[] = {{"a", "c"}, {"b", "a"}, {"c", "b"}};
    Thread *threads[G_N_ELEMENTS(meetings)];

    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = thread_new(NULL, FALSE, meet, &meetings[i]);
        start(threads[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        say_joined("joined", threads[i], CLOCK_FOREVER);
        thread_free(threads[i]);
    }
}

static void write_to_log(void *text)
{
    write_line("log", text);
}

static void write_inner_and_outer(void *args)
{
    static char inner_text[] = "inner";
    g_autoptr(Thread) inner = thread_new(NULL, FALSE, write_to_log, inner_text);

    (void)args;
    start(inner);
    (void)thread_join(inner, CLOCK_FOREVER, NULL);
    write_line("log", "outer");
}

static void thread_that_starts_a_thread(void)
{
    g_autoptr(Thread) thread = thread_new(NULL, FALSE, write_inner_and_outer, NULL);

    start(thread);
    (void)thread_join(thread, CLOCK_FOREVER, NULL);
    say_lines("log");
}

static void daemon_may_be_joined(void)
{
    g_autoptr(Thread) thread = thread_new(NULL, TRUE, meet, &usual);

    start(thread);
    say_joined("joined", thread, SHORT_US);
    touch("go");
    say_joined("joined", thread, CLOCK_FOREVER);
}

/* The end of the program: the main thread has reached it by then, or soon will. */

static char written[] = "written";

static void write_late(void *args)
{
    g_usleep(SHORT_US);
    write_line("log", args);
}

static void start_and_forget(gboolean daemon, ThreadTarget target, void *args)
{
    g_autoptr(Thread) thread = thread_new(NULL, daemon, target, args);

    start(thread);
}

static void thread_at_the_end_of_the_program(void)
{
    start_and_forget(FALSE, write_late, written);
    say("main thread", "ends");
}

static void daemon_at_the_end_of_the_program(void)
{
    start_and_forget(TRUE, meet, &endless);
    wait_for_file("began");
    say("main thread", "ends");
}

static void start_late(void *args)
{
    g_usleep(SHORT_US);
    start_and_forget(FALSE, write_to_log, args);
}

static void thread_started_at_the_end_of_the_program(void)
{
    start_and_forget(FALSE, start_late, written);
}

const Scenario threads_scenarios[] = {
    SCENARIO(life),
    SCENARIO(start_twice),
    SCENARIO(join_before_start),
    SCENARIO(join_with_a_timeout),
    SCENARIO(join_itself),
    SCENARIO(names_and_flags),
    SCENARIO(which_is_current),
    SCENARIO(worker_objects),
    SCENARIO(all_started_then_joined),
    SCENARIO(thread_that_starts_a_thread),
    SCENARIO(daemon_may_be_joined),
    SCENARIO(thread_at_the_end_of_the_program),
    SCENARIO(daemon_at_the_end_of_the_program),
    SCENARIO(thread_started_at_the_end_of_the_program),
    {.name = NULL},
};

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/thread.h"

static void sleep_ms(void *args)
{
    g_usleep(*(gulong *)args * 1000);
}

static void note_kernel_name(void *args)
{
    pthread_getname_np(pthread_self(), args, 16);
}

Test(thread, lives_from_start_to_join)
{
    gulong ms = 300;
    g_autoptr(Thread) thread = thread_new("sleeper", TRUE, sleep_ms, &ms);

    cr_assert_not(thread_is_alive(thread));
    cr_assert(thread_start(thread, NULL));
    cr_assert(thread_is_alive(thread));
    cr_assert_str_eq(thread_name(thread), "sleeper");
    cr_assert(thread_is_daemon(thread));
    cr_assert_not(thread_is_current(thread));
    cr_assert(thread_join(thread, CLOCK_FOREVER, NULL));
    cr_assert_not(thread_is_alive(thread));
    cr_assert(thread_join(thread, 0, NULL), "twice is as good as once");
}

Test(thread, join_gives_up_in_time)
{
    gulong ms = 200;
    g_autoptr(Thread) thread = thread_new(NULL, TRUE, sleep_ms, &ms);
    g_autoptr(GError) error = NULL;

    cr_assert(thread_start(thread, NULL));
    cr_assert_not(thread_join(thread, 10 * CLOCK_US_PER_MS, &error));
    cr_assert_eq(error_class(error), ERROR_TRANSIENT);
    cr_assert(thread_is_alive(thread));
    cr_assert(thread_join(thread, 5 * CLOCK_US_PER_S, NULL));
}

Test(thread, misuse_is_an_error)
{
    gulong ms = 0;
    g_autoptr(Thread) thread = thread_new("once", FALSE, sleep_ms, &ms);
    g_autoptr(GError) error = NULL;

    cr_assert_not(thread_join(thread, CLOCK_FOREVER, &error), "join before start");
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    g_clear_error(&error);
    cr_assert(thread_start(thread, NULL));
    cr_assert_not(thread_start(thread, &error), "start twice");
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    g_clear_error(&error);
    cr_assert(thread_join(thread, CLOCK_FOREVER, NULL));
    cr_assert_not(thread_start(thread, &error), "start after the end");
}

Test(thread, has_a_name_that_tools_see)
{
    char seen[16] = "";
    g_autoptr(Thread) thread = thread_new("a name that is too long", FALSE, note_kernel_name, seen);
    g_autoptr(Thread) unnamed = thread_new(NULL, FALSE, note_kernel_name, seen);

    cr_assert(thread_start(thread, NULL));
    cr_assert(thread_join(thread, CLOCK_FOREVER, NULL));
    cr_assert_str_eq(seen, "a name that is ");
    cr_assert(g_str_has_prefix(thread_name(unnamed), "Thread-"));
}

typedef struct {
    Thread thread;
    guint n;
    guint64 result;
    gboolean joined_itself;
} Fibonacci;

static void fibonacci_run(Thread *thread)
{
    Fibonacci *worker = (Fibonacci *)thread;
    guint64 next = 1;

    for (guint i = 0; i < worker->n; i++) {
        guint64 sum = worker->result + next;

        worker->result = next;
        next = sum;
    }
    worker->joined_itself = thread_is_current(thread) && thread_join(thread, 0, NULL);
}

Test(thread, a_worker_object_keeps_what_it_makes)
{
    Fibonacci workers[10];

    for (guint i = 0; i < G_N_ELEMENTS(workers); i++) {
        workers[i] = (Fibonacci){.n = 10 * i};
        thread_init(&workers[i].thread, NULL, FALSE, fibonacci_run);
        cr_assert(thread_start(&workers[i].thread, NULL));
    }
    for (guint i = 0; i < G_N_ELEMENTS(workers); i++)
        thread_clear(&workers[i].thread);
    cr_assert_eq(workers[1].result, 55u);
    cr_assert_eq(workers[9].result, G_GUINT64_CONSTANT(2880067194370816120));
    cr_assert_not(workers[9].joined_itself);
}

static void *join_too(void *thread)
{
    return thread_join(thread, CLOCK_FOREVER, NULL) ? thread : NULL;
}

Test(thread, several_may_join)
{
    gulong ms = 30;
    g_autoptr(Thread) thread = thread_new(NULL, FALSE, sleep_ms, &ms);
    pthread_t joiners[4];
    void *joined;

    cr_assert(thread_start(thread, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(joiners); i++)
        cr_assert_eq(pthread_create(&joiners[i], NULL, join_too, thread), 0);
    for (guint i = 0; i < G_N_ELEMENTS(joiners); i++) {
        pthread_join(joiners[i], &joined);
        cr_assert_eq(joined, thread);
    }
}

static atomic_int ended;

static void end_later(void *args)
{
    (void)args;
    g_usleep(30000);
    atomic_fetch_add(&ended, 1);
}

Test(thread, goes_on_without_its_handle)
{
    Thread *thread = thread_new(NULL, TRUE, end_later, NULL);
    gint64 end_us = clock_now_us() + 5 * CLOCK_US_PER_S;

    cr_assert(thread_start(thread, NULL));
    thread_free(thread);
    while (atomic_load(&ended) == 0 && clock_now_us() < end_us)
        g_usleep(1000);
    cr_assert_eq(atomic_load(&ended), 1);
    thread_free(thread_new("never started", FALSE, end_later, NULL));
    thread_free(NULL);
}

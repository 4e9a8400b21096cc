/* Runs many no-op tasks in threads, some cancelled, some awaited from other threads: every future is
 * completed exactly once. stress_threads [TASKS [WORKERS]]; prints the rate. Fewer tasks under the
 * sanitizers. */
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/thread_executor.h"

enum { DEFAULT_TASKS = 1000000, WINDOW = 1000, SUBMITTERS = 3 };

static atomic_long ran;
static atomic_long ended;

static void no_op(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)fds;
    (void)data;
    atomic_fetch_add_explicit(&ran, 1, memory_order_relaxed);
    call_return(call, args, NULL);
}

static void count_end(Future *future, void *data)
{
    (void)data;
    g_assert(future_done(future));
    atomic_fetch_add_explicit(&ended, 1, memory_order_relaxed);
}

static const CallTarget targets[] = {{"no_op", "u", no_op}};
static const CallTable table = {targets, G_N_ELEMENTS(targets), NULL};

typedef struct {
    Executor *executor;
    guint tasks;
    guint cancelled;
} Submitter;

static void check(Submitter *submitter, Future *future, guint number)
{
    g_autoptr(GError) error = NULL;
    GVariant *value = future_result(future, CLOCK_FOREVER, &error);

    if (value == NULL) {
        g_assert(error_class(error) == ERROR_CANCELLED);
        submitter->cancelled++;
    } else {
        g_assert_cmpuint(g_variant_get_uint32(value), ==, number);
    }
    future_unref(future);
}

/* Keeps a window of tasks in flight, and cancels one in eight. */
static void *submit_all(void *data)
{
    Submitter *submitter = data;
    Future *window[WINDOW] = {NULL};

    for (guint i = 0; i < submitter->tasks; i++) {
        Future **slot = &window[i % WINDOW];

        if (*slot != NULL)
            check(submitter, *slot, i - WINDOW);
        *slot = executor_submit(submitter->executor, "no_op", g_variant_new_uint32(i), NULL, NULL);
        g_assert_nonnull(*slot);
        future_add_done_callback(*slot, count_end, NULL);
        if (i % 8 == 0)
            (void)future_cancel(*slot);
    }
    for (guint i = submitter->tasks - MIN(submitter->tasks, WINDOW); i < submitter->tasks; i++)
        check(submitter, window[i % WINDOW], i);
    return NULL;
}

static void exactly_once(guint tasks, guint workers)
{
    const ThreadExecutorOptions options = {.max_workers = workers, .table = table};
    ThreadExecutor *executor = thread_executor_new(&options);
    Submitter submitters[SUBMITTERS];
    pthread_t threads[SUBMITTERS];
    guint cancelled = 0;

    for (int i = 0; i < SUBMITTERS; i++) {
        submitters[i] = (Submitter){thread_executor_base(executor), tasks / SUBMITTERS, 0};
        g_assert_cmpint(pthread_create(&threads[i], NULL, submit_all, &submitters[i]), ==, 0);
    }
    for (int i = 0; i < SUBMITTERS; i++) {
        pthread_join(threads[i], NULL);
        cancelled += submitters[i].cancelled;
    }
    executor_free(thread_executor_base(executor));
    tasks = tasks / SUBMITTERS * SUBMITTERS;
    g_assert_cmpint(atomic_load(&ended), ==, tasks);
    g_assert_cmpint(atomic_load(&ran) + (long)cancelled, ==, tasks);
    printf("%u tasks from %d threads: each ended once, %u of them cancelled\n", tasks, SUBMITTERS, cancelled);
}

/* Like Python's benchmark: submits all tasks, then reads all results. */
static void measure(guint tasks, guint workers)
{
    const ThreadExecutorOptions options = {.max_workers = workers, .table = table};
    ThreadExecutor *executor = thread_executor_new(&options);
    Future **futures = g_new(Future *, tasks);
    gint64 start_us = clock_now_us();
    double seconds;

    for (guint i = 0; i < tasks; i++)
        futures[i] =
            executor_submit(thread_executor_base(executor), "no_op", g_variant_new_uint32(i), NULL, NULL);
    for (guint i = 0; i < tasks; i++)
        g_assert_nonnull(future_result(futures[i], CLOCK_FOREVER, NULL));
    seconds = (double)(clock_now_us() - start_us) / CLOCK_US_PER_S;
    printf("%u tasks over %u threads: %.0f a second\n", tasks, thread_executor_threads(executor),
           tasks / seconds);
    for (guint i = 0; i < tasks; i++)
        future_unref(futures[i]);
    g_free(futures);
    executor_free(thread_executor_base(executor));
}

int main(int argc, char **argv)
{
    guint tasks = argc > 1 ? (guint)atoi(argv[1]) : DEFAULT_TASKS;
    guint workers = argc > 2 ? (guint)atoi(argv[2]) : 0;

    exactly_once(tasks, workers);
    measure(tasks, workers);
    return 0;
}

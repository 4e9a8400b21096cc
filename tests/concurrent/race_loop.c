/* Races on a loop, for the thread sanitizer: threads that call into it and complete what its tasks await,
 * while others cancel. Exits 0 if every call ran and every task ended exactly once. With the argument
 * "switch" it measures the cost of a switch between stacks instead. */
#include <glib.h>
#include <pthread.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/coroutine.h"
#include "concurrent/loop_executor.h"
#include "concurrent/task.h"
#include "concurrent/thread_executor.h"

enum { ROUNDS = 50, THREADS = 4, CALLS = 200, TASKS = 200 };

typedef struct {
    Loop *loop;
    Future *awaited[TASKS];
    guint called; /* written by the loop's thread */
    guint dropped;
} Shared;

static void count_call(void *data)
{
    ((Shared *)data)->called++;
}

static void count_drop(void *data)
{
    ((Shared *)data)->dropped++;
}

static void *call(void *data)
{
    Shared *shared = data;

    for (int i = 0; i < CALLS; i++)
        g_assert(loop_call_soon_threadsafe(shared->loop, count_call, shared, count_drop, NULL));
    return NULL;
}

static void *complete(void *data)
{
    Shared *shared = data;

    for (int i = 0; i < TASKS; i++) {
        if (future_begin(shared->awaited[i]))
            future_set_result(shared->awaited[i], g_variant_new_int32(i), NULL);
    }
    return NULL;
}

static void *cancel(void *data)
{
    Shared *shared = data;

    for (int i = TASKS - 1; i >= 0; i -= 3)
        future_cancel(shared->awaited[i]);
    return NULL;
}

static GVariant *await_one(void *arg, GError **error)
{
    GVariant *result = await(arg, error);

    return result == NULL ? NULL : g_variant_new_int32(g_variant_get_int32(result));
}

/* Waits for all futures, whatever their result, and for the calls. */
static GVariant *await_all(void *arg, GError **error)
{
    Shared *shared = arg;
    Future *tasks[TASKS];

    for (int i = 0; i < TASKS; i++)
        tasks[i] = task_new(shared->loop, await_one, shared->awaited[i]);
    for (int i = 0; i < TASKS; i++) {
        (void)await(tasks[i], NULL);
        g_assert(future_done(tasks[i]));
        g_assert(future_cancelled(tasks[i]) == future_cancelled(shared->awaited[i]));
        future_unref(tasks[i]);
    }
    while (shared->dropped < THREADS * CALLS)
        g_assert(task_sleep(CLOCK_US_PER_MS, error));
    return NULL;
}

static void play_round(void)
{
    Shared shared = {.loop = loop_new(NULL, NULL)};
    pthread_t threads[THREADS + 2];
    Future *future;

    for (int i = 0; i < TASKS; i++)
        shared.awaited[i] = future_new(NULL);
    future = task_new(shared.loop, await_all, &shared);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, call, &shared);
    pthread_create(&threads[THREADS], NULL, complete, &shared);
    pthread_create(&threads[THREADS + 1], NULL, cancel, &shared);
    g_assert(loop_run_until_complete(shared.loop, future, NULL) != NULL);
    for (int i = 0; i < THREADS + 2; i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpuint(shared.called, ==, THREADS * CALLS);
    future_unref(future);
    for (int i = 0; i < TASKS; i++)
        future_unref(shared.awaited[i]);
    g_assert(loop_close(shared.loop, NULL));
    loop_unref(shared.loop);
}

static void twice(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)fds;
    (void)data;
    call_return(call, g_variant_new_int32(2 * g_variant_get_int32(args)), NULL);
}

/* Makes blocking calls in threads; every third one is cancelled as soon as it is submitted. */
static GVariant *use_threads(void *executor, GError **error)
{
    Future *futures[TASKS];

    for (int i = 0; i < TASKS; i++)
        futures[i] = loop_run_in_executor(loop_get(), executor, "twice", g_variant_new_int32(i), NULL, error);
    for (int i = 0; i < TASKS; i += 3)
        future_cancel(futures[i]);
    for (int i = 0; i < TASKS; i++) {
        GVariant *result = await(futures[i], NULL);

        g_assert(future_cancelled(futures[i]) || g_variant_get_int32(result) == 2 * i);
        future_unref(futures[i]);
    }
    return NULL;
}

static void play_round_of_threads(Executor *executor)
{
    Loop *loop = loop_new(NULL, NULL);
    Future *future = task_new(loop, use_threads, executor);

    g_assert(loop_run_until_complete(loop, future, NULL) != NULL);
    future_unref(future);
    g_assert(loop_close(loop, NULL));
    loop_unref(loop);
}

static void yield_often(void *count)
{
    for (int i = 0; i < *(int *)count; i++)
        coroutine_yield();
}

static GVariant *give_way_often(void *count, GError **error)
{
    for (int i = 0; i < *(int *)count; i++)
        g_assert(task_sleep(0, error));
    return NULL;
}

static GVariant *nothing(void *arg, GError **error)
{
    (void)arg;
    (void)error;
    return NULL;
}

static GVariant *await_many(void *count, GError **error)
{
    for (int i = 0; i < *(int *)count; i++) {
        g_autoptr(Future) future = task_new(NULL, nothing, NULL);

        g_assert(await(future, error) != NULL);
    }
    return NULL;
}

static void print_each(const char *what, gint64 start_us, int count)
{
    printf("%s: %.1f ns\n", what, (double)(clock_now_us() - start_us) * 1000 / count);
}

static void run_task(const char *what, TaskFunc func, int count)
{
    gint64 start_us = clock_now_us();
    Future *future = task_new(NULL, func, &count);

    g_assert(loop_run_until_complete(loop_get(), future, NULL) != NULL);
    future_unref(future);
    print_each(what, start_us, count);
}

static void measure(void)
{
    int count = 20 * 1000 * 1000;
    Coroutine *coroutine = coroutine_new(yield_often, &count, NULL);
    gint64 start_us = clock_now_us();

    while (coroutine_enter(coroutine))
        ;
    print_each("one switch", start_us, 2 * count);
    run_task("task_sleep(0)", give_way_often, 1000 * 1000);
    run_task("task_new and await", await_many, 1000 * 1000);
}

int main(int argc, char **argv)
{
    static const CallTarget targets[] = {{"twice", "i", twice}};
    const ThreadExecutorOptions options = {.max_workers = THREADS, .table = {targets, 1, NULL}};
    Executor *executor;

    if (argc > 1 && g_str_equal(argv[1], "switch")) {
        measure();
        return 0;
    }
    for (int i = 0; i < ROUNDS; i++)
        play_round();
    executor = thread_executor_base(thread_executor_new(&options));
    for (int i = 0; i < ROUNDS; i++)
        play_round_of_threads(executor);
    executor_free(executor);
    return 0;
}

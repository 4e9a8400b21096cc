/* What concurrent/ costs, for bench/concurrent, which runs Python beside it: a line "name value" each.
 * The program is its own children's executable. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cpus.h"
#include "concurrent/child.h"
#include "concurrent/process_executor.h"

#define TASKS       100000
#define CHUNK       100
#define CHUNKS      10000
#define ROUND_TRIPS 5000
#define KILLS       50

/* Enough that a child never waits for its parent. */
#define IN_FLIGHT 128

static void noop(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)fds;
    (void)data;
    call_return(call, args, NULL);
}

static ProcessExecutor *executor_new(GMainContext *context, guint max_workers, guint tasks_in_flight)
{
    ProcessExecutorOptions options = {
        .name = "noop", .max_workers = max_workers, .tasks_in_flight = tasks_in_flight};

    return process_executor_new(&options, context);
}

static Future *submit(ProcessExecutor *executor)
{
    return executor_submit(process_executor_base(executor), "noop", g_variant_new_int64(1), NULL, NULL);
}

static void finish(Future *future)
{
    g_autoptr(GError) error = NULL;

    if (future_result(future, CLOCK_FOREVER, &error) == NULL)
        g_error("%s", error->message);
    future_unref(future);
}

static double per_second(gint64 n, gint64 since_us)
{
    return (double)n * (double)CLOCK_US_PER_S / (double)(clock_now_us() - since_us);
}

static void bench_tasks(GMainContext *context)
{
    ProcessExecutor *executor = executor_new(context, cpus_available(), IN_FLIGHT);
    g_autoptr(GPtrArray) futures = g_ptr_array_new();
    gint64 start_us;

    finish(submit(executor));
    start_us = clock_now_us();
    for (guint i = 0; i < TASKS; i++)
        g_ptr_array_add(futures, submit(executor));
    g_ptr_array_foreach(futures, (GFunc)(void (*)(void))finish, NULL);
    printf("process_tasks_per_s %.0f\n", per_second(TASKS, start_us));
    executor_free(process_executor_base(executor));
}

static void bench_chunks(GMainContext *context)
{
    ProcessExecutor *executor = executor_new(context, cpus_available(), 8);
    g_autoptr(GPtrArray) futures = g_ptr_array_new();
    gint64 numbers[CHUNK] = {0};
    gint64 start_us;

    finish(submit(executor));
    start_us = clock_now_us();
    for (guint i = 0; i < CHUNKS; i++) {
        GVariant *items = g_variant_new_fixed_array(G_VARIANT_TYPE_INT64, numbers, CHUNK, sizeof numbers[0]);

        g_ptr_array_add(futures, executor_submit_chunk(process_executor_base(executor), "noop", items, NULL));
    }
    g_ptr_array_foreach(futures, (GFunc)(void (*)(void))finish, NULL);
    printf("process_chunk100_per_s %.0f\n", per_second(CHUNKS * CHUNK, start_us));
    executor_free(process_executor_base(executor));
}

static int compare(const void *a, const void *b)
{
    gint64 x = *(const gint64 *)a;
    gint64 y = *(const gint64 *)b;

    return (x > y) - (x < y);
}

static void bench_round_trip(GMainContext *context)
{
    static gint64 times_us[ROUND_TRIPS];
    ProcessExecutor *executor = executor_new(context, 1, 1);

    finish(submit(executor));
    for (guint i = 0; i < ROUND_TRIPS; i++) {
        gint64 start_us = clock_now_us();

        finish(submit(executor));
        times_us[i] = clock_now_us() - start_us;
    }
    qsort(times_us, ROUND_TRIPS, sizeof times_us[0], compare);
    printf("round_trip_median_us %d\n", (int)times_us[ROUND_TRIPS / 2]);
    printf("round_trip_p99_us %d\n", (int)times_us[ROUND_TRIPS - ROUND_TRIPS / 100]);
    executor_free(process_executor_base(executor));
}

static pid_t pid_if_idle(ProcessExecutor *executor)
{
    g_autoptr(GArray) children = process_executor_status(executor);

    for (guint i = 0; i < children->len; i++) {
        const ChildStatus *child = &g_array_index(children, ChildStatus, i);

        if (child->state == CHILD_IDLE)
            return child->pid;
    }
    return 0;
}

/* From the kill until another child is ready. */
static void bench_replacement(GMainContext *context)
{
    static gint64 times_us[KILLS];
    ProcessExecutor *executor = executor_new(context, 1, 1);

    for (guint i = 0; i < KILLS; i++) {
        gint64 start_us;
        pid_t old;

        finish(submit(executor));
        old = pid_if_idle(executor);
        start_us = clock_now_us();
        (void)kill(old, SIGKILL);
        while (pid_if_idle(executor) == old || pid_if_idle(executor) == 0)
            g_main_context_iteration(context, TRUE);
        times_us[i] = clock_now_us() - start_us;
    }
    qsort(times_us, KILLS, sizeof times_us[0], compare);
    printf("replacement_median_us %d\n", (int)times_us[KILLS / 2]);
    printf("replacement_max_us %d\n", (int)times_us[KILLS - 1]);
    executor_free(process_executor_base(executor));
}

int main(int argc, char **argv)
{
    static const CallTarget targets[] = {{"noop", "x", noop}};
    ChildOptions options = {.table = {targets, 1, NULL}};
    GMainContext *context;
    int status;

    if (child_serve_if_spawned(argc, argv, &options, &status))
        return status;
    context = g_main_context_new();
    bench_tasks(context);
    bench_chunks(context);
    bench_round_trip(context);
    bench_replacement(context);
    g_main_context_unref(context);
    return 0;
}

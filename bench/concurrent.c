/* Measures the cost of concurrent/, for bench/concurrent, which runs Python for comparison. Prints one line
 * "name value" per measurement.
 *
 *   bench_concurrent [PART...]     tasks, chunks, threads, round_trip, replacement; all of them by default
 *
 * The program is also its children's executable. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cpus.h"
#include "concurrent/child.h"
#include "concurrent/process_executor.h"
#include "concurrent/thread_executor.h"

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

static const CallTarget targets[] = {{"noop", "x", noop}};
static const CallTable table = {targets, G_N_ELEMENTS(targets), NULL};

static Executor *processes_new(GMainContext *context, guint max_workers, guint tasks_in_flight)
{
    const ProcessExecutorOptions options = {
        .name = "noop", .max_workers = max_workers, .tasks_in_flight = tasks_in_flight};

    return process_executor_base(process_executor_new(&options, context));
}

/* The same argument each time, as small integers are in Python. */
static GVariant *one;

static Future *submit(Executor *executor)
{
    return executor_submit(executor, "noop", one, NULL, NULL);
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

/* Submits TASKS no-ops, then waits for each; prints the rate. */
static void run_tasks(Executor *executor, const char *what)
{
    g_autoptr(GPtrArray) futures = g_ptr_array_new();
    gint64 start_us;

    finish(submit(executor));
    start_us = clock_now_us();
    for (guint i = 0; i < TASKS; i++)
        g_ptr_array_add(futures, submit(executor));
    g_ptr_array_foreach(futures, (GFunc)(void (*)(void))finish, NULL);
    printf("%s %.0f\n", what, per_second(TASKS, start_us));
}

static void bench_tasks(GMainContext *context)
{
    g_autoptr(Executor) executor = processes_new(context, cpus_available(), IN_FLIGHT);

    run_tasks(executor, "process_tasks_per_s");
}

static void bench_threads(GMainContext *context)
{
    const ThreadExecutorOptions options = {.max_workers = cpus_available(), .table = table};
    g_autoptr(Executor) executor = thread_executor_base(thread_executor_new(&options));

    (void)context;
    run_tasks(executor, "thread_tasks_per_s");
}

static void bench_chunks(GMainContext *context)
{
    g_autoptr(Executor) executor = processes_new(context, cpus_available(), 8);
    g_autoptr(GPtrArray) futures = g_ptr_array_new();
    gint64 numbers[CHUNK] = {0};
    gint64 start_us;

    finish(submit(executor));
    start_us = clock_now_us();
    for (guint i = 0; i < CHUNKS; i++) {
        GVariant *items = g_variant_new_fixed_array(G_VARIANT_TYPE_INT64, numbers, CHUNK, sizeof numbers[0]);

        g_ptr_array_add(futures, executor_submit_chunk(executor, "noop", items, NULL));
    }
    g_ptr_array_foreach(futures, (GFunc)(void (*)(void))finish, NULL);
    printf("process_chunk100_per_s %.0f\n", per_second(CHUNKS * CHUNK, start_us));
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
    g_autoptr(Executor) executor = processes_new(context, 1, 1);

    finish(submit(executor));
    for (guint i = 0; i < ROUND_TRIPS; i++) {
        gint64 start_us = clock_now_us();

        finish(submit(executor));
        times_us[i] = clock_now_us() - start_us;
    }
    qsort(times_us, ROUND_TRIPS, sizeof times_us[0], compare);
    printf("round_trip_median_us %d\n", (int)times_us[ROUND_TRIPS / 2]);
    printf("round_trip_p99_us %d\n", (int)times_us[ROUND_TRIPS - ROUND_TRIPS / 100]);
}

static pid_t pid_if_idle(const Executor *executor)
{
    g_autoptr(GArray) children = process_executor_status((const ProcessExecutor *)executor);

    for (guint i = 0; i < children->len; i++) {
        const ChildStatus *child = &g_array_index(children, ChildStatus, i);

        if (child->state == CHILD_IDLE)
            return child->pid;
    }
    return 0;
}

/* Measures the time from the kill until another child is ready. */
static void bench_replacement(GMainContext *context)
{
    static gint64 times_us[KILLS];
    g_autoptr(Executor) executor = processes_new(context, 1, 1);

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
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(GMainContext *context);
    } parts[] = {{"tasks", bench_tasks},
                 {"chunks", bench_chunks},
                 {"threads", bench_threads},
                 {"round_trip", bench_round_trip},
                 {"replacement", bench_replacement}};
    const ChildOptions options = {.table = table};
    GMainContext *context;
    int status;

    if (child_serve_if_spawned(argc, argv, &options, &status))
        return status;
    context = g_main_context_new();
    one = g_variant_ref_sink(g_variant_new_int64(1));
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        gboolean wanted = argc < 2;

        for (int j = 1; j < argc; j++)
            wanted |= strcmp(argv[j], parts[i].name) == 0;
        if (wanted)
            parts[i].run(context);
    }
    g_variant_unref(one);
    g_main_context_unref(context);
    return 0;
}

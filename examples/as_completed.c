/* Runs tasks of uneven length over threads: results are read as they arrive, and a failure is raised where
 * its result is read. */
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/futures.h"
#include "concurrent/thread_executor.h"

enum { TASKS = 4 };

static void nap(Call *call, GVariant *args, FdList *fds, void *data)
{
    gint32 ms = g_variant_get_int32(args);

    (void)fds;
    (void)data;
    if (ms < 0) {
        call_fail(call, g_error_new(error_quark(), ERROR_INPUT, "a nap of %d ms", ms));
        return;
    }
    g_usleep((gulong)ms * CLOCK_US_PER_MS);
    call_return(call, args, NULL);
}

static void report(Future *future)
{
    g_autoptr(GError) error = NULL;
    GVariant *result = future_result(future, CLOCK_FOREVER, &error);

    if (result != NULL)
        printf("slept %d ms\n", g_variant_get_int32(result));
    else
        printf("failed: %s\n", error->message);
}

int main(void)
{
    static const gint32 naps_ms[TASKS] = {60, -1, 20, 40};
    static const CallTarget targets[] = {{"nap", "i", nap}};
    const ThreadExecutorOptions options = {.max_workers = TASKS,
                                           .table = {targets, G_N_ELEMENTS(targets), NULL}};
    g_autoptr(Executor) executor = thread_executor_base(thread_executor_new(&options));
    g_autoptr(FuturesCompleted) completed = NULL;
    Future *futures[TASKS];
    Future *future;

    for (int i = 0; i < TASKS; i++) {
        futures[i] = executor_submit(executor, "nap", g_variant_new_int32(naps_ms[i]), NULL, NULL);
        if (futures[i] == NULL)
            return 1;
    }
    completed = futures_as_completed(futures, TASKS, CLOCK_FOREVER);
    while ((future = futures_completed_next(completed, NULL)) != NULL) {
        report(future);
        future_unref(future);
    }
    for (int i = 0; i < TASKS; i++)
        future_unref(futures[i]);
    return 0;
}

/* Runs one target function inline, in a thread and in a child process: results and failures are the same, and
 * maps have the same order. The program is also its children's executable. */
#include <glib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/child.h"
#include "concurrent/executor_map.h"
#include "concurrent/inline_executor.h"
#include "concurrent/process_executor.h"
#include "concurrent/thread_executor.h"

enum { ITEMS = 5 };

static void square(Call *call, GVariant *args, FdList *fds, void *data)
{
    gint32 n = g_variant_get_int32(args);

    (void)fds;
    (void)data;
    if (n < 0)
        call_fail(call, g_error_new(error_quark(), ERROR_INPUT, "%d is negative", n));
    else
        call_return(call, g_variant_new("(ii)", n * n, (gint32)getpid()), NULL);
}

static const CallTarget here[] = {{"square", "i", square}};
static const CallTable table = {here, G_N_ELEMENTS(here), NULL};

static void expect_squares(Executor *executor, gboolean in_this_process)
{
    GVariant *items[ITEMS];
    g_autoptr(ExecutorMap) map = NULL;

    for (gint32 i = 0; i < ITEMS; i++)
        items[i] = g_variant_new_int32(i);
    map = executor_map_array(executor, "square", items, ITEMS, NULL);
    for (gint32 i = 0; i < ITEMS; i++) {
        g_autoptr(GVariant) result = executor_map_next(map, NULL);
        gint32 squared;
        gint32 pid;

        g_assert_nonnull(result);
        g_variant_get(result, "(ii)", &squared, &pid);
        g_assert_cmpint(squared, ==, i * i);
        g_assert_cmpint(pid == getpid(), ==, in_this_process);
    }
    g_assert_null(executor_map_next(map, NULL));
}

static void expect_failure(Executor *executor)
{
    g_autoptr(Future) future = executor_submit(executor, "square", g_variant_new_int32(-2), NULL, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_null(future_result(future, CLOCK_FOREVER, &error));
    g_assert_cmpint(error_class(error), ==, ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, "-2 is negative");
}

/* Takes ownership of executor. */
static void check(Executor *executor, gboolean in_this_process)
{
    expect_squares(executor, in_this_process);
    expect_failure(executor);
    executor_shutdown(executor, TRUE, FALSE);
    executor_free(executor);
}

int main(int argc, char **argv)
{
    const ChildOptions child = {.table = table};
    const ThreadExecutorOptions threads = {.max_workers = 2, .table = table};
    const ProcessExecutorOptions processes = {.name = "child", .max_workers = 2, .tasks_in_flight = 2};
    g_autoptr(GMainContext) context = NULL;
    int status;

    if (child_serve_if_spawned(argc, argv, &child, &status))
        return status;
    context = g_main_context_new();
    check(process_executor_base(process_executor_new(&processes, context)), FALSE);
    check(inline_executor_base(inline_executor_new(&table)), TRUE);
    check(thread_executor_base(thread_executor_new(&threads)), TRUE);
    return 0;
}

/* Shared code of the tests of process executors, for a file that includes Criterion and has one suite. */
#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/process_executor.h"

static GMainContext *context; /* made before each test */

/* Events of a test's children. */
typedef struct {
    guint started, ready, ended, died, notes;
    char *obituary;
    pid_t last_pid;
} Log;

static Log events;

static inline void on_child(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                            void *data)
{
    (void)executor;
    (void)data;
    events.started += event == CHILD_STARTED;
    events.ready += event == CHILD_READY;
    events.ended += event == CHILD_ENDED;
    events.died += event == CHILD_DIED;
    events.last_pid = process_pid(process);
    if (event == CHILD_DIED) {
        g_free(events.obituary);
        events.obituary = g_strdup(text);
    }
}

static inline void setup(void)
{
    context = g_main_context_new();
}

static inline void teardown(void)
{
    g_main_context_unref(context);
    g_free(events.obituary);
}

/* One child, one task at a time. */
static inline ProcessExecutorOptions child_options(const char *const *args)
{
    return (ProcessExecutorOptions){
        .name = "child",
        .executable = TEST_BIN "/concurrent_test_child",
        .args = args,
        .stdio = PROCESS_STDIO_CAPTURE,
        .max_workers = 1,
        .tasks_in_flight = 1,
        .on_child = on_child,
    };
}

static inline Executor *start(const ProcessExecutorOptions *options)
{
    return process_executor_base(process_executor_new(options, context));
}

static inline Future *submit(Executor *executor, const char *target, GVariant *args)
{
    g_autoptr(GError) error = NULL;
    Future *future = executor_submit(executor, target, args, NULL, &error);

    cr_assert_not_null(future, "%s", error != NULL ? error->message : "");
    return future;
}

static inline GVariant *result_of(Future *future)
{
    g_autoptr(GError) error = NULL;
    GVariant *result = future_result(future, CLOCK_FOREVER, &error);

    cr_assert_not_null(result, "%s", error != NULL ? error->message : "");
    return result;
}

static inline void fails_with(Future *future, ErrorClass class, const char *text)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(future_result(future, CLOCK_FOREVER, &error));
    cr_assert_eq(error_class(error), class, "%s", error->message);
    cr_assert_not_null(strstr(error->message, text), "%s", error->message);
}

/* The result of a task, which is an (x). */
static inline gint64 result_x(Future *future)
{
    gint64 x;

    g_variant_get(result_of(future), "(x)", &x);
    return x;
}

/* ret_initialized may be NULL. */
static inline pid_t pid_of_child(Executor *executor, int *ret_initialized)
{
    g_autoptr(Future) future = submit(executor, "pid", g_variant_new("()"));
    gint32 pid, initialized;

    g_variant_get(future_result(future, CLOCK_FOREVER, NULL), "(ii)", &pid, &initialized);
    if (ret_initialized != NULL)
        *ret_initialized = initialized;
    return pid;
}

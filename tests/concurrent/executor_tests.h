/* What tests of process executors have in common: for a file that includes Criterion and has one suite. */
#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/process_executor.h"

static GMainContext *context; /* of the suite: made before each test */

static Executor *start(const ProcessExecutorOptions *options)
{
    return process_executor_base(process_executor_new(options, context));
}

static Future *submit(Executor *executor, const char *target, GVariant *args)
{
    g_autoptr(GError) error = NULL;
    Future *future = executor_submit(executor, target, args, NULL, &error);

    cr_assert_not_null(future, "%s", error != NULL ? error->message : "");
    return future;
}

static GVariant *result_of(Future *future)
{
    g_autoptr(GError) error = NULL;
    GVariant *result = future_result(future, CLOCK_FOREVER, &error);

    cr_assert_not_null(result, "%s", error != NULL ? error->message : "");
    return result;
}

static void fails_with(Future *future, ErrorClass class, const char *text)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(future_result(future, CLOCK_FOREVER, &error));
    cr_assert_eq(error_class(error), class, "%s", error->message);
    cr_assert_not_null(strstr(error->message, text), "%s", error->message);
}

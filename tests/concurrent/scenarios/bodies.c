#include "bodies.h"

char name_a[] = "a";
char name_b[] = "b";
char name_c[] = "c";
char name_task[] = "task";
char name_inner[] = "inner";
gint32 integers[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

GVariant *number(void *n, GError **error)
{
    (void)error;
    return g_variant_new_int32(*(gint32 *)n);
}

GVariant *fails(void *arg, GError **error)
{
    (void)arg;
    error_set(error, ERROR_INPUT, "no such page");
    return NULL;
}

GVariant *sleeps(void *name, GError **error)
{
    say(name, task_sleep(NEVER, error) ? "slept" : "cancelled");
    return NULL;
}

GVariant *two_steps(void *name, GError **error)
{
    say_int(name, 1);
    if (task_sleep(0, error))
        say_int(name, 2);
    return NULL;
}

GVariant *await_and_give(void *future, GError **error)
{
    GVariant *result = await(future, error);

    return result != NULL ? g_variant_ref(result) : NULL;
}

Future *create(TaskFunc func, void *arg)
{
    return task_new(NULL, func, arg);
}

void begin_all(void)
{
    g_assert(task_sleep(MS, NULL));
}

void say_await(const char *what, Future *future)
{
    GError *error = NULL;
    GVariant *result = await(future, &error);

    say_outcome(what, result, error);
}

void say_await_taken(const char *what, Future *future)
{
    say_await(what, future);
    future_unref(future);
}

void say_await_timeout(const char *what, Future *future, gint64 timeout_us)
{
    GError *error = NULL;
    GVariant *result = await_timeout(future, timeout_us, &error);

    say_outcome(what, result, error);
}

void say_task(Future *task)
{
    say_bool("done", future_done(task));
    say_bool("cancelled", future_cancelled(task));
}

void say_cancel(Future *task)
{
    say_bool("cancel", task_cancel(task));
}

/* Sends SIGKILL to random children while no-op tasks run: each future is completed exactly once, with its
 * result or with the error of the child that had begun it, and no process is left behind.
 *
 *   stress_process_executor [TASKS]
 *
 * The program is also its children's executable. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/child.h"
#include "concurrent/process_executor.h"

#define DEFAULT_TASKS 200000
#define CHILDREN      3
#define IN_FLIGHT     32

/* The most submitted tasks that are not done. */
#define OPEN_TASKS    2000

#define KILL_EVERY_US (20 * CLOCK_US_PER_MS)

static guint8 *ends; /* for each task: how often its future was completed */
static guint64 succeeded, crashed, open_tasks, deaths;

static void echo(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)fds;
    (void)data;
    call_return(call, args, NULL);
}

static void on_child(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data)
{
    (void)executor;
    (void)process;
    (void)text;
    (void)data;
    deaths += event == CHILD_DIED;
}

static void on_done(Future *future, void *data)
{
    guint number = GPOINTER_TO_UINT(data);
    const GError *error = future_exception(future, 0, NULL);

    ends[number]++;
    open_tasks--;
    if (error == NULL) {
        if (g_variant_get_uint32(future_result(future, 0, NULL)) != number)
            g_error("task %u has the result of another one", number);
        succeeded++;
    } else {
        if (error_class(error) != ERROR_CRASH)
            g_error("task %u: %s", number, error->message);
        crashed++;
    }
}

/* Kills a random child, but none that is still starting: if that happened six times in a row, on a slow
 * machine with a sanitizer, the executor would rightly be broken. */
static void kill_one(const ProcessExecutor *executor, GRand *random)
{
    g_autoptr(GArray) children = process_executor_status(executor);
    const ChildStatus *child;

    if (children->len == 0)
        return;
    child = &g_array_index(children, ChildStatus, g_rand_int_range(random, 0, (gint32)children->len));
    if (child->state != CHILD_STARTING)
        (void)kill(child->pid, SIGKILL);
}

static void run(GMainContext *context, guint n_tasks)
{
    ProcessExecutorOptions options = {
        .name = "echo", .max_workers = CHILDREN, .tasks_in_flight = IN_FLIGHT, .on_child = on_child};
    ProcessExecutor *executor = process_executor_new(&options, context);
    GRand *random = g_rand_new_with_seed(1);
    gint64 kill_us = clock_now_us();

    for (guint next = 0; next < n_tasks || open_tasks > 0;) {
        while (next < n_tasks && open_tasks < OPEN_TASKS) {
            g_autoptr(GError) error = NULL;
            g_autoptr(Future) future = executor_submit(process_executor_base(executor), "echo",
                                                       g_variant_new_uint32(next), NULL, &error);

            if (future == NULL)
                g_error("%s", error->message);
            open_tasks++;
            future_add_done_callback(future, on_done, GUINT_TO_POINTER(next));
            next++;
        }
        g_main_context_iteration(context, TRUE);
        if (clock_now_us() >= kill_us) {
            kill_one(executor, random);
            kill_us = clock_now_us() + KILL_EVERY_US;
        }
    }
    executor_shutdown(process_executor_base(executor), TRUE, FALSE);
    executor_free(process_executor_base(executor));
    g_rand_free(random);
}

static guint count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    guint n = 0;

    if (directory == NULL)
        g_error("/proc/self/fd");
    while (readdir(directory) != NULL)
        n++;
    closedir(directory);
    return n;
}

int main(int argc, char **argv)
{
    static const CallTarget targets[] = {{"echo", "u", echo}};
    ChildOptions options = {.table = {targets, 1, NULL}};
    guint n_tasks = DEFAULT_TASKS;
    GMainContext *context;
    guint descriptors;
    int status;

    if (child_serve_if_spawned(argc, argv, &options, &status))
        return status;
    if (argc > 1)
        n_tasks = (guint)strtoul(argv[1], NULL, 10);
    ends = g_new0(guint8, n_tasks);
    context = g_main_context_new();
    descriptors = count_descriptors();
    run(context, n_tasks);
    for (guint i = 0; i < n_tasks; i++)
        if (ends[i] != 1)
            g_error("the future of task %u ended %u times", i, ends[i]);
    if (count_descriptors() != descriptors)
        g_error("%u descriptors, %u before", count_descriptors(), descriptors);
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
        g_error("children are left behind");
    printf("%u tasks: %" G_GUINT64_FORMAT " done, %" G_GUINT64_FORMAT " lost with %" G_GUINT64_FORMAT
           " dead children\n",
           n_tasks, succeeded, crashed, deaths);
    g_main_context_unref(context);
    g_free(ends);
    if (crashed > deaths)
        g_error("more tasks lost than children died");
    return 0;
}

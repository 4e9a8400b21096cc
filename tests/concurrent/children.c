#include "tests/concurrent/children.h"

#include <criterion/criterion.h>
#include <string.h>

/* The process that process_pid() is called with in these tests. */
struct Process {
    pid_t pid;
};

typedef struct {
    char *target;
    GVariant *args;
    FdList *fds;
    Future *future;
} Task;

struct ProcessExecutor {
    Executor base;
    ProcessExecutorOptions options;
    GPtrArray *tasks; /* of Task, oldest first */
    Process process;
    guint count, killed, recycled;
    gboolean is_shut_down;
    GError *broken;
    void (*on_end)(void *data);
    void *end_data;
    GMainContext *context;
};

static GPtrArray *executors; /* oldest first */
static pid_t last_pid = 1000000000;

pid_t __wrap_process_pid(const Process *process);

pid_t __wrap_process_pid(const Process *process)
{
    return process->pid;
}

static void task_free(void *data)
{
    Task *task = data;

    g_free(task->target);
    g_variant_unref(task->args);
    fd_list_free(task->fds);
    future_unref(task->future);
    g_free(task);
}

/* The index of the i-th task of a target, or -1. */
static gint find(const ProcessExecutor *executor, const char *target, guint i)
{
    for (guint at = 0; at < executor->tasks->len; at++) {
        const Task *task = executor->tasks->pdata[at];

        if ((target == NULL || g_str_equal(task->target, target)) && i-- == 0)
            return (gint)at;
    }
    return -1;
}

static Task *get(const ProcessExecutor *executor, const char *target, guint i)
{
    const gint at = find(executor, target, i);

    cr_assert_geq(at, 0, "no task %u of %s", i, target);
    return executor->tasks->pdata[at];
}

static gboolean call_on_end(void *data)
{
    ProcessExecutor *executor = data;
    void (*func)(void *) = g_steal_pointer(&executor->on_end);

    if (func != NULL)
        func(executor->end_data);
    return G_SOURCE_REMOVE;
}

static void tell_if_ended(ProcessExecutor *executor)
{
    GSource *idle;

    if (executor->on_end == NULL || !executor->is_shut_down || executor->tasks->len > 0)
        return;
    idle = g_idle_source_new();
    g_source_set_callback(idle, call_on_end, executor, NULL);
    g_source_attach(idle, executor->context);
    g_source_unref(idle);
}

static void end(ProcessExecutor *executor, guint at, GVariant *result, FdList *fds, GError *error)
{
    Task *task = g_ptr_array_steal_index(executor->tasks, at);

    if (!future_begin(task->future)) { /* it was cancelled */
        g_clear_error(&error);
        fd_list_free(fds);
    } else if (error != NULL) {
        future_set_exception(task->future, error);
    } else {
        future_set_result(task->future, result, fds);
    }
    task_free(task);
    tell_if_ended(executor);
}

static void fail_all(ProcessExecutor *executor, ErrorClass class, const char *reason)
{
    for (guint n = executor->tasks->len; n > 0 && executor->tasks->len > 0; n--)
        end(executor, 0, NULL, NULL, g_error_new_literal(error_quark(), (gint) class, reason));
}

/* The executor */

static Future *submit(Executor *base, const char *target, GVariant *args, FdList *fds, GError **error)
{
    ProcessExecutor *executor = (ProcessExecutor *)base;
    Task *task;

    if (executor->is_shut_down || executor->broken != NULL) {
        g_variant_unref(g_variant_ref_sink(args));
        fd_list_free(fds);
        error_set(error, ERROR_CANCELLED, "submit after shutdown");
        return NULL;
    }
    task = g_new0(Task, 1);
    *task = (Task){g_strdup(target), g_variant_ref_sink(args), fds, future_new(NULL)};
    g_ptr_array_add(executor->tasks, task);
    return future_ref(task->future);
}

static void shut_down(Executor *base, gboolean wait, gboolean cancel_pending)
{
    (void)wait;
    (void)cancel_pending;
    ((ProcessExecutor *)base)->is_shut_down = TRUE;
    tell_if_ended((ProcessExecutor *)base);
}

static void executor_end(Executor *base)
{
    ProcessExecutor *executor = (ProcessExecutor *)base;

    executor->is_shut_down = TRUE;
    executor->on_end = NULL;
    fail_all(executor, ERROR_CANCELLED, "the executor was freed");
    g_ptr_array_remove(executors, executor);
    g_ptr_array_unref(executor->tasks);
    g_clear_error(&executor->broken);
    g_free(executor);
}

ProcessExecutor *process_executor_new(const ProcessExecutorOptions *options, GMainContext *context)
{
    static const ExecutorOps ops = {.submit = submit, .shutdown = shut_down, .free = executor_end};
    ProcessExecutor *executor = g_new0(ProcessExecutor, 1);

    if (options->initializer_args != NULL)
        g_variant_unref(g_variant_ref_sink(options->initializer_args));
    executor->base.ops = &ops;
    executor->options = *options;
    executor->context = context;
    executor->tasks = g_ptr_array_new_with_free_func(task_free);
    executor->count = options->max_workers;
    if (executors == NULL)
        executors = g_ptr_array_new();
    g_ptr_array_add(executors, executor);
    return executor;
}

Executor *process_executor_base(ProcessExecutor *executor)
{
    return &executor->base;
}

GArray *process_executor_status(const ProcessExecutor *executor)
{
    GArray *list = g_array_new(FALSE, TRUE, sizeof(ChildStatus));

    for (guint i = 0; i < executor->count && executor->process.pid != 0; i++) {
        const gint first = i == 0 ? find(executor, NULL, 0) : -1;
        const ChildStatus status = {.pid = executor->process.pid + (pid_t)i,
                                    .slot = i,
                                    .state = first >= 0 ? CHILD_BUSY : CHILD_IDLE,
                                    .tasks_held = i == 0 ? executor->tasks->len : 0,
                                    .task = first >= 0 ? ((const Task *)executor->tasks->pdata[first])->future
                                                       : NULL};

        g_array_append_val(list, status);
    }
    return list;
}

void process_executor_scale(ProcessExecutor *executor, guint max_workers)
{
    executor->count = max_workers;
}

void process_executor_when_ended(ProcessExecutor *executor, void (*func)(void *data), void *data)
{
    executor->on_end = func;
    executor->end_data = data;
    tell_if_ended(executor);
}

void process_executor_recycle(ProcessExecutor *executor)
{
    executor->recycled++;
}

gboolean process_executor_terminate(ProcessExecutor *executor, pid_t pid)
{
    if (executor->process.pid == 0 || pid != executor->process.pid)
        return FALSE;
    children_die(executor, "terminated");
    return TRUE;
}

gboolean process_executor_kill(ProcessExecutor *executor, pid_t pid)
{
    executor->killed++;
    return process_executor_terminate(executor, pid);
}

const GError *process_executor_broken(const ProcessExecutor *executor)
{
    return executor->broken;
}

/* The test's side */

ProcessExecutor *children_find(const char *name, guint i)
{
    for (guint at = 0; executors != NULL && at < executors->len; at++) {
        ProcessExecutor *executor = executors->pdata[at];

        if (g_str_equal(executor->options.name, name) && i-- == 0)
            return executor;
    }
    return NULL;
}

static void tell(ProcessExecutor *executor, ChildEvent event, const char *text)
{
    if (executor->options.on_child != NULL)
        executor->options.on_child(executor, event, &executor->process, text, executor->options.data);
}

void children_ready(ProcessExecutor *executor)
{
    executor->process.pid = ++last_pid;
    for (guint i = 0; i < executor->count; i++)
        tell(executor, CHILD_STARTED, NULL);
    tell(executor, CHILD_READY, NULL);
}

guint children_open(const ProcessExecutor *executor, const char *target)
{
    guint n = 0;

    while (find(executor, target, n) >= 0)
        n++;
    return n;
}

GVariant *children_args(const ProcessExecutor *executor, const char *target, guint i)
{
    return get(executor, target, i)->args;
}

int children_steal_fd(const ProcessExecutor *executor, const char *target, guint i, gint32 handle)
{
    const Task *task = get(executor, target, i);

    return task->fds != NULL ? fd_list_steal(task->fds, handle) : -1;
}

void children_return(ProcessExecutor *executor, const char *target, guint i, GVariant *result, FdList *fds)
{
    (void)get(executor, target, i);
    end(executor, (guint)find(executor, target, i), result, fds, NULL);
}

void children_fail(ProcessExecutor *executor, const char *target, guint i, ErrorClass class,
                   const char *reason)
{
    (void)get(executor, target, i);
    end(executor, (guint)find(executor, target, i), NULL, NULL,
        g_error_new_literal(error_quark(), (gint) class, reason));
}

void children_die(ProcessExecutor *executor, const char *obituary)
{
    tell(executor, CHILD_DIED, obituary);
    executor->process.pid = 0;
    fail_all(executor, ERROR_CRASH, obituary);
    if (!executor->is_shut_down)
        children_ready(executor);
}

void children_break(ProcessExecutor *executor, ErrorClass class, const char *reason)
{
    executor->broken = g_error_new_literal(error_quark(), (gint) class, reason);
    fail_all(executor, class, reason);
}

void children_note(ProcessExecutor *executor, const char *name, GVariant *value)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(value);

    executor->options.on_note(executor, name, owned, executor->options.data);
}

GVariant *children_ask(ProcessExecutor *executor, const char *target, guint i, const char *name,
                       GVariant *value, GError **error)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(value);
    const Future *task = target != NULL ? get(executor, target, i)->future : NULL;
    GVariant *answer = executor->options.on_ask(executor, task, name, owned, executor->options.data, error);

    return answer != NULL ? g_variant_ref_sink(answer) : NULL;
}

guint children_count(const ProcessExecutor *executor)
{
    return executor->count;
}

guint children_killed(const ProcessExecutor *executor)
{
    return executor->killed;
}

guint children_recycled(const ProcessExecutor *executor)
{
    return executor->recycled;
}

gboolean children_are_shut_down(const ProcessExecutor *executor)
{
    return executor->is_shut_down;
}

pid_t children_pid(const ProcessExecutor *executor)
{
    return executor->process.pid;
}

#include "concurrent/task.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/coroutine.h"

typedef struct Task Task;

/* One suspension of a task. The struct may outlive it: another thread may be about to wake a task that no
 * longer waits. */
typedef struct {
    atomic_int refs;
    Loop *loop;
    Task *task; /* NULL when the task was resumed; used by the loop's thread only */
} Waiter;

struct Task {
    Loop *loop; /* outlives the task, which is its guest */
    LoopGuest guest;
    TaskFunc func;
    void *arg;
    Future *future;
    Coroutine *coroutine; /* NULL before the task begins */
    GVariant *result;
    GError *error;
    gboolean cancel; /* requested, and not yet delivered */
    Waiter *waiter;  /* set while the task is suspended */
    Future *awaited; /* set while the task is suspended; referenced by the awaiting frame */
};

/* The tasks of this thread by their futures; NULL while there are none. */
static _Thread_local GHashTable *tasks;
static _Thread_local Task *current;

static void waiter_unref(void *data)
{
    Waiter *waiter = data;

    if (atomic_fetch_sub(&waiter->refs, 1) > 1)
        return;
    loop_unref(waiter->loop);
    g_free(waiter);
}

static void task_register(Task *task)
{
    if (tasks == NULL)
        tasks = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(tasks, task->future, task);
}

static Task *task_find(Future *future)
{
    return tasks == NULL ? NULL : g_hash_table_lookup(tasks, future);
}

static void task_free(Task *task)
{
    g_hash_table_remove(tasks, task->future);
    if (g_hash_table_size(tasks) == 0)
        g_clear_pointer(&tasks, g_hash_table_unref);
    loop_guest_leave(task->loop, &task->guest);
    g_clear_pointer(&task->result, g_variant_unref);
    g_clear_error(&task->error);
    future_unref(task->future);
    g_free(task);
}

/* Runs on the loop's stack, so that callbacks of the future do not use the small one. */
static void task_finish(Task *task)
{
    g_autoptr(Future) future = future_ref(task->future);
    GError *error = g_steal_pointer(&task->error);
    g_autoptr(GVariant) result = g_steal_pointer(&task->result);

    task_free(task);
    if (error == NULL) {
        future_set_result(future, result, NULL);
    } else if (error_class(error) != ERROR_CANCELLED) {
        future_set_exception(future, error);
    } else {
        g_error_free(error);
        future_set_cancelled(future);
    }
}

static void task_main(void *data)
{
    Task *task = data;
    GVariant *result = task->func(task->arg, &task->error);

    if (result == NULL)
        result = g_variant_new_tuple(NULL, 0);
    task->result = g_variant_take_ref(result);
}

/* Runs the task until it awaits or ends. */
static void task_step(Task *task)
{
    Task *outer = current;
    gboolean goes_on;

    current = task;
    goes_on = coroutine_enter(task->coroutine);
    current = outer;
    if (!goes_on)
        task_finish(task);
}

static void task_begin(void *data)
{
    Task *task = task_find(data);

    if (task == NULL)
        return;
    if (!future_begin(task->future)) { /* cancelled before it began */
        task_free(task);
        return;
    }
    task->coroutine = coroutine_new(task_main, task, &task->error);
    if (task->coroutine == NULL)
        task_finish(task);
    else
        task_step(task);
}

static void task_go_on(Task *task)
{
    Waiter *waiter = g_steal_pointer(&task->waiter);

    waiter->task = NULL;
    waiter_unref(waiter);
    task_step(task);
}

/* The loop closes: every await fails from now on, so that the task ends without the loop. */
static void task_abandon(void *data)
{
    Task *task = data;

    task->guest.func = NULL;
    if (task->coroutine != NULL) {
        task_go_on(task);
        return;
    }
    future_cancel(task->future);
    task_free(task);
}

static void future_unref_data(void *future)
{
    future_unref(future);
}

Future *task_new(Loop *loop, TaskFunc func, void *arg)
{
    Future *future;
    Task *task;
    GError *error = NULL;

    if (loop == NULL)
        loop = loop_get();
    future = loop_create_future(loop);
    if (loop_call_soon(loop, task_begin, future_ref(future), future_unref_data, &error) == 0) {
        future_set_exception(future, error);
        return future;
    }
    task = g_new0(Task, 1);
    task->loop = loop;
    task->func = func;
    task->arg = arg;
    task->future = future_ref(future);
    task_register(task);
    loop_guest_enter(loop, &task->guest, task_abandon, task);
    return future;
}

Future *task_current(void)
{
    return current == NULL ? NULL : current->future;
}

/* Cancelling. */

static void waiter_go_on(void *data)
{
    Waiter *waiter = data;

    if (waiter->task != NULL)
        task_go_on(waiter->task);
}

/* The last task in a chain of tasks that await each other; the search is bounded, since a chain may be a
 * cycle. */
static Task *task_innermost(Task *task)
{
    for (guint left = g_hash_table_size(tasks); left > 0 && task->awaited != NULL; left--) {
        Task *next = task_find(task->awaited);

        if (next == NULL)
            break;
        task = next;
    }
    return task;
}

gboolean task_cancel(Future *future)
{
    Task *task = task_find(future);

    if (task == NULL)
        return FALSE;
    task = task_innermost(task);
    if (task->coroutine == NULL && future_cancel(task->future))
        return TRUE;
    if (task->awaited != NULL && !future_done(task->awaited) && future_cancel(task->awaited))
        return TRUE;
    task->cancel = TRUE;
    if (task->waiter != NULL) {
        atomic_fetch_add(&task->waiter->refs, 1);
        (void)loop_call_soon(task->loop, waiter_go_on, task->waiter, waiter_unref, NULL);
    }
    return TRUE;
}

/* TRUE if the future will soon be done, as cancelled. */
static gboolean future_cancel_any(Future *future)
{
    return task_cancel(future) || (!future_done(future) && future_cancel(future));
}

/* Awaiting. */

/* Called in the thread that completes the future. */
static void waiter_wake(Future *future, void *data)
{
    Waiter *waiter = data;

    (void)future;
    (void)loop_call_soon_threadsafe(waiter->loop, waiter_go_on, waiter, waiter_unref, NULL);
}

static void suspend(Task *task, Future *future)
{
    Waiter *waiter = g_new0(Waiter, 1);

    atomic_init(&waiter->refs, 2);
    waiter->loop = loop_ref(task->loop);
    waiter->task = task;
    task->waiter = waiter;
    task->awaited = future;
    future_add_done_callback(future, waiter_wake, waiter);
    coroutine_yield();
    task->awaited = NULL;
    /* the task stopped waiting: the future may never be done */
    if (!future_done(future) && future_remove_done_callback(future, waiter_wake, waiter))
        waiter_unref(waiter);
}

/* TRUE, once, if cancellation of the current task was requested. */
static gboolean cancel_seen(Task *task, GError **error)
{
    if (!task->cancel && !loop_is_closed(task->loop))
        return FALSE;
    task->cancel = FALSE;
    error_set(error, ERROR_CANCELLED, loop_is_closed(task->loop) ? "the loop is closed" : "cancelled");
    return TRUE;
}

GVariant *await(Future *future, GError **error)
{
    g_autoptr(Future) self = future_ref(future);
    Task *task = current;
    GError *failure = NULL;
    GVariant *result;

    if (task == NULL || task->future == future) {
        error_set(error, ERROR_INTERNAL, task == NULL ? "await outside of a task" : "a task awaits itself");
        return NULL;
    }
    if (cancel_seen(task, error))
        return NULL;
    if (!future_done(self))
        suspend(task, self);
    if (cancel_seen(task, error))
        return NULL;
    result = future_result(self, 0, &failure);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return result;
}

static void expire(void *data)
{
    Future *timer = data;

    if (future_begin(timer))
        future_set_result(timer, g_variant_new_tuple(NULL, 0), NULL);
}

gboolean task_sleep(gint64 duration_us, GError **error)
{
    g_autoptr(Future) timer = NULL;
    Task *task = current;
    guint64 call;
    gboolean slept;

    if (task == NULL) {
        error_set(error, ERROR_INTERNAL, "sleep outside of a task");
        return FALSE;
    }
    if (cancel_seen(task, error))
        return FALSE;
    timer = loop_create_future(task->loop);
    call = duration_us > 0
               ? loop_call_later(task->loop, duration_us, expire, future_ref(timer), future_unref_data, error)
               : loop_call_soon(task->loop, expire, future_ref(timer), future_unref_data, error);
    if (call == 0)
        return FALSE;
    slept = await(timer, error) != NULL;
    if (!slept)
        loop_cancel_call(task->loop, call);
    return slept;
}

/* The timeout of an await. */
typedef struct {
    Task *task;
    Future *future;
    gboolean over;
} Deadline;

static void deadline_over(void *data)
{
    Deadline *deadline = data;

    deadline->over = TRUE;
    if (!future_cancel_any(deadline->future) && deadline->task->waiter != NULL)
        task_go_on(deadline->task);
}

GVariant *await_timeout(Future *future, gint64 timeout_us, GError **error)
{
    Deadline deadline = {current, future, FALSE};
    GError *failure = NULL;
    GVariant *result;
    guint64 call;

    if (current == NULL || timeout_us == CLOCK_FOREVER || future_done(future) || current->cancel)
        return await(future, error);
    call = loop_call_later(current->loop, timeout_us, deadline_over, &deadline, NULL, error);
    if (call == 0)
        return NULL;
    result = await(future, &failure);
    if (!deadline.over)
        loop_cancel_call(deadline.task->loop, call);
    if (deadline.over && failure != NULL && error_class(failure) == ERROR_CANCELLED) {
        g_clear_error(&failure);
        error_set(&failure, ERROR_TRANSIENT, "no result before the timeout");
    }
    if (failure != NULL)
        g_propagate_error(error, failure);
    return result;
}

/* Gathering: a task awaits `news`, which is completed when all futures are done, or one has failed. */

typedef struct Gather Gather;

typedef struct {
    Gather *gather;
    Future *future;
} GatherChild;

struct Gather {
    atomic_int refs; /* one for each child that is not done, and one until the gather itself is done */
    Loop *loop;
    Future *news;
    Future *failed; /* the first that failed; owned by its child */
    gboolean begun;
    guint remaining;
    guint n;
    GatherChild children[];
};

static void gather_unref(Gather *gather)
{
    if (atomic_fetch_sub(&gather->refs, 1) > 1)
        return;
    for (guint i = 0; i < gather->n; i++)
        future_unref(gather->children[i].future);
    future_unref(gather->news);
    loop_unref(gather->loop);
    g_free(gather);
}

static void gather_child_drop(void *data)
{
    gather_unref(((GatherChild *)data)->gather);
}

static void gather_child_count(void *data)
{
    GatherChild *child = data;
    Gather *gather = child->gather;

    gather->remaining--;
    if (gather->failed == NULL &&
        (future_cancelled(child->future) || future_exception(child->future, 0, NULL)))
        gather->failed = child->future;
    if (gather->failed != NULL || gather->remaining == 0)
        expire(gather->news);
}

/* Called in the thread that completes the future. */
static void gather_child_done(Future *future, void *data)
{
    (void)future;
    (void)loop_call_soon_threadsafe(((GatherChild *)data)->gather->loop, gather_child_count, data,
                                    gather_child_drop, NULL);
}

static void gather_cancel(Gather *gather)
{
    for (guint i = 0; i < gather->n; i++)
        (void)future_cancel_any(gather->children[i].future);
}

static GVariant *gather_main(void *data, GError **error)
{
    Gather *gather = data;
    GVariantBuilder results;

    gather->begun = TRUE;
    if (gather->n > 0 && await(gather->news, error) == NULL) {
        /* the children may use their parent's data: it must not continue before they have ended */
        gather_cancel(gather);
        for (guint i = 0; i < gather->n; i++)
            (void)await(gather->children[i].future, NULL);
        return NULL;
    }
    if (gather->failed != NULL)
        return await(gather->failed, error);
    g_variant_builder_init(&results, G_VARIANT_TYPE("av"));
    for (guint i = 0; i < gather->n; i++)
        g_variant_builder_add(&results, "v", future_result(gather->children[i].future, 0, NULL));
    return g_variant_builder_end(&results);
}

static void gather_done(Future *future, void *data)
{
    Gather *gather = data;

    if (!gather->begun && future_cancelled(future))
        gather_cancel(gather);
    gather_unref(gather);
}

Future *gather(Future *const *futures, guint n)
{
    Loop *loop = loop_get();
    Gather *self = g_malloc0(sizeof(Gather) + n * sizeof(GatherChild));
    Future *future;

    atomic_init(&self->refs, (int)n + 1);
    self->loop = loop_ref(loop);
    self->news = loop_create_future(loop);
    self->remaining = self->n = n;
    for (guint i = 0; i < n; i++)
        self->children[i] = (GatherChild){self, future_ref(futures[i])};
    for (guint i = 0; i < n; i++)
        future_add_done_callback(self->children[i].future, gather_child_done, &self->children[i]);
    future = task_new(loop, gather_main, self);
    future_add_done_callback(future, gather_done, self);
    return future;
}

#include "concurrent/future.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/value.h"

typedef enum { PENDING, RUNNING, FINISHED, FAILED, CANCELLED } State;

typedef struct {
    FutureFunc func;
    void *data;
} Callback;

struct Future {
    atomic_int refs;
    atomic_int state;       /* a State; done is final. Completed under the lock; read and begun without it */
    GMainContext *context;  /* may be NULL */
    gboolean cancel_asked;  /* while the task ran */
    GSource *cancel_source; /* notified of cancel_asked; may be NULL */
    GVariant *result;
    FdList *fds;
    GError *exception;
    GArray *callbacks; /* of Callback; NULL while there are none, and after they were called */
};

/* Futures share a few locks: a lock of its own would be most of a future's size, and there may be a million
 * futures. No code holds two of the locks, or calls other code while holding one. pthreads and not GMutex:
 * the thread sanitizer understands these. */

enum { LOCKS = 64, APART_BYTES = 64 };

typedef struct {
    _Alignas(APART_BYTES) pthread_mutex_t mutex;
    pthread_cond_t changed; /* a future of this lock has changed */
} Lock;

static Lock locks[LOCKS] = {[0 ... LOCKS - 1] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER}};

static Lock *lock_of(const Future *future)
{
    return &locks[(guintptr)future / APART_BYTES % LOCKS];
}

static void future_lock(const Future *future)
{
    pthread_mutex_lock(&lock_of(future)->mutex);
}

static void future_unlock(const Future *future)
{
    pthread_mutex_unlock(&lock_of(future)->mutex);
}

Future *future_new(GMainContext *context)
{
    Future *future = g_slice_new0(Future);

    atomic_init(&future->refs, 1);
    if (context != NULL)
        future->context = g_main_context_ref(context);
    return future;
}

Future *future_ref(Future *future)
{
    atomic_fetch_add(&future->refs, 1);
    return future;
}

void future_unref(Future *future)
{
    if (future == NULL || atomic_fetch_sub(&future->refs, 1) > 1)
        return;
    g_clear_pointer(&future->context, g_main_context_unref);
    g_clear_pointer(&future->cancel_source, g_source_unref);
    g_clear_pointer(&future->result, g_variant_unref);
    g_clear_pointer(&future->callbacks, g_array_unref);
    g_clear_error(&future->exception);
    fd_list_free(future->fds);
    g_slice_free(Future, future);
}

/* Acquire: code that sees that the future is done also sees its result. */
static State future_state(const Future *future)
{
    return (State)atomic_load_explicit(&future->state, memory_order_acquire);
}

gboolean future_done(Future *future)
{
    return future_state(future) >= FINISHED;
}

gboolean future_running(Future *future)
{
    return future_state(future) == RUNNING;
}

gboolean future_cancelled(Future *future)
{
    return future_state(future) == CANCELLED;
}

/* Callbacks run without the lock: they may add others, wait, or drop the last reference. */
static void future_complete(Future *future, State state)
{
    g_autoptr(GArray) callbacks = NULL;

    atomic_store_explicit(&future->state, state, memory_order_release);
    callbacks = g_steal_pointer(&future->callbacks);
    pthread_cond_broadcast(&lock_of(future)->changed);
    future_unlock(future);
    for (guint i = 0; callbacks != NULL && i < callbacks->len; i++) {
        const Callback *callback = &g_array_index(callbacks, Callback, i);

        callback->func(future, callback->data);
    }
}

/* Called with the lock held, and releases it. */
static void cancel_ask(Future *future)
{
    gboolean first = !future->cancel_asked;

    future->cancel_asked = TRUE;
    future_unlock(future);
    if (first && future->cancel_source != NULL)
        g_source_set_ready_time(future->cancel_source, 0);
}

gboolean future_cancel(Future *future)
{
    g_autoptr(Future) self = future_ref(future);
    int state = PENDING;

    future_lock(future);
    /* atomic, as other threads may begin the task meanwhile without the lock */
    if (atomic_compare_exchange_strong(&future->state, &state, CANCELLED)) {
        future_complete(self, CANCELLED);
        return TRUE;
    }
    if (state == RUNNING) {
        cancel_ask(self);
        return FALSE;
    }
    future_unlock(future);
    return state == CANCELLED;
}

gboolean future_cancel_asked(Future *future)
{
    gboolean asked;

    future_lock(future);
    asked = future->cancel_asked;
    future_unlock(future);
    return asked;
}

void future_set_cancel_source(Future *future, GSource *source)
{
    future->cancel_source = g_source_ref(source);
}

gboolean future_begin(Future *future)
{
    int state = PENDING;

    return atomic_compare_exchange_strong(&future->state, &state, RUNNING) || state == RUNNING;
}

void future_set_result(Future *future, GVariant *result, FdList *fds)
{
    g_autoptr(Future) self = future_ref(future);

    future_lock(future);
    g_assert(future_state(future) < FINISHED);
    future->result = value_ref_sink(result);
    future->fds = fds;
    future_complete(self, FINISHED);
}

void future_set_exception(Future *future, GError *error)
{
    g_autoptr(Future) self = future_ref(future);

    future_lock(future);
    g_assert(future_state(future) < FINISHED);
    if (future->cancel_asked && error_class(error) == ERROR_CANCELLED) {
        g_error_free(error);
        future_complete(self, CANCELLED);
        return;
    }
    future->exception = error;
    future_complete(self, FAILED);
}

void future_set_cancelled(Future *future)
{
    g_autoptr(Future) self = future_ref(future);

    future_lock(future);
    g_assert(future_state(future) < FINISHED);
    future_complete(self, CANCELLED);
}

void future_add_done_callback(Future *future, FutureFunc func, void *data)
{
    Callback callback = {func, data};

    future_lock(future);
    if (future_state(future) < FINISHED) {
        if (future->callbacks == NULL)
            future->callbacks = g_array_new(FALSE, FALSE, sizeof(Callback));
        g_array_append_val(future->callbacks, callback);
        future_unlock(future);
        return;
    }
    future_unlock(future);
    func(future, data);
}

gboolean future_remove_done_callback(Future *future, FutureFunc func, void *data)
{
    gboolean found = FALSE;

    future_lock(future);
    for (guint i = 0; future->callbacks != NULL && i < future->callbacks->len && !found; i++) {
        const Callback *callback = &g_array_index(future->callbacks, Callback, i);

        found = callback->func == func && callback->data == data;
        if (found)
            g_array_remove_index(future->callbacks, i);
    }
    future_unlock(future);
    return found;
}

GMainContext *future_context(Future *future)
{
    return future->context;
}

int future_steal_fd(Future *future, gint32 handle)
{
    int fd;

    future_lock(future);
    fd = fd_list_steal(future->fds, handle);
    future_unlock(future);
    return fd;
}

FdList *future_steal_fds(Future *future)
{
    FdList *fds;

    future_lock(future);
    fds = g_steal_pointer(&future->fds);
    future_unlock(future);
    return fds;
}

static gboolean wake(void *data)
{
    (void)data;
    return G_SOURCE_REMOVE;
}

/* The waiting thread owns the producer's context: iterate it. */
static void wait_by_iterating(Future *future, gint64 end_us)
{
    GSource *timer = NULL;

    if (end_us != CLOCK_FOREVER) {
        timer = g_timeout_source_new(0);
        g_source_set_ready_time(timer, end_us);
        g_source_set_callback(timer, wake, NULL, NULL);
        g_source_attach(timer, future->context);
    }
    while (!future_done(future) && (end_us == CLOCK_FOREVER || clock_now_us() < end_us))
        g_main_context_iteration(future->context, TRUE);
    if (timer != NULL) {
        g_source_destroy(timer);
        g_source_unref(timer);
    }
}

static void wait_by_sleeping(Future *future, gint64 end_us)
{
    const struct timespec end = {.tv_sec = end_us / CLOCK_US_PER_S,
                                 .tv_nsec = end_us % CLOCK_US_PER_S * 1000};
    Lock *lock = lock_of(future);

    pthread_mutex_lock(&lock->mutex);
    while (future_state(future) < FINISHED) {
        if (end_us == CLOCK_FOREVER)
            pthread_cond_wait(&lock->changed, &lock->mutex);
        else if (pthread_cond_clockwait(&lock->changed, &lock->mutex, CLOCK_MONOTONIC, &end) != 0)
            break;
    }
    pthread_mutex_unlock(&lock->mutex);
}

/* Returns TRUE if the future finished or failed; otherwise *error is the timeout or the cancellation. */
static gboolean future_wait(Future *future, gint64 timeout_us, GError **error)
{
    gint64 end_us = timeout_us == CLOCK_FOREVER ? CLOCK_FOREVER : clock_now_us() + timeout_us;
    State state = future_state(future);

    if (state < FINISHED && future->context != NULL && g_main_context_acquire(future->context)) {
        wait_by_iterating(future, end_us);
        g_main_context_release(future->context);
    } else if (state < FINISHED) {
        wait_by_sleeping(future, end_us);
    }
    state = future_state(future);
    if (state < FINISHED)
        error_set(error, ERROR_TRANSIENT, "no result before the timeout");
    else if (state == CANCELLED)
        error_set(error, ERROR_CANCELLED, "cancelled");
    return state == FINISHED || state == FAILED;
}

GVariant *future_result(Future *future, gint64 timeout_us, GError **error)
{
    if (!future_wait(future, timeout_us, error))
        return NULL;
    if (future->exception != NULL && error != NULL)
        *error = g_error_copy(future->exception);
    return future->result;
}

const GError *future_exception(Future *future, gint64 timeout_us, GError **error)
{
    if (!future_wait(future, timeout_us, error))
        return NULL;
    return future->exception;
}

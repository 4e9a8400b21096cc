#include "concurrent/futures.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/error.h"

/* The sleep between two rounds if there are several contexts to iterate, as the thread cannot block in one of
 * them. */
#define ROUND_US CLOCK_US_PER_MS

/* Collects completed futures. The callback of each awaited future holds a reference, since it may be running
 * while the waiting thread gives up. */
typedef struct {
    atomic_int refs;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    GQueue done;              /* of Future, references; not delivered yet */
    GPtrArray *contexts;      /* of GMainContext: the contexts of the futures */
    GMainContext *blocked_in; /* the context in which the waiting thread sleeps, or NULL */
} Waiter;

struct FuturesCompleted {
    Waiter *waiter;
    GPtrArray *waited_for; /* of Future: those whose callback holds the waiter */
    gsize left;
    gint64 end_us; /* or CLOCK_FOREVER */
};

static Waiter *waiter_new(void)
{
    Waiter *waiter = g_new0(Waiter, 1);
    pthread_condattr_t monotonic;

    atomic_init(&waiter->refs, 1);
    g_queue_init(&waiter->done);
    waiter->contexts = g_ptr_array_new_with_free_func((GDestroyNotify)g_main_context_unref);
    pthread_mutex_init(&waiter->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&waiter->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return waiter;
}

static void waiter_unref(Waiter *waiter)
{
    if (atomic_fetch_sub(&waiter->refs, 1) > 1)
        return;
    g_queue_clear_full(&waiter->done, (GDestroyNotify)future_unref);
    g_ptr_array_unref(waiter->contexts);
    pthread_mutex_destroy(&waiter->lock);
    pthread_cond_destroy(&waiter->changed);
    g_free(waiter);
}

/* Called in the thread that completes the future. */
static void waiter_take(Future *future, void *data)
{
    Waiter *waiter = data;

    pthread_mutex_lock(&waiter->lock);
    g_queue_push_tail(&waiter->done, future_ref(future));
    pthread_cond_signal(&waiter->changed);
    if (waiter->blocked_in != NULL)
        g_main_context_wakeup(waiter->blocked_in);
    pthread_mutex_unlock(&waiter->lock);
    waiter_unref(waiter);
}

static gboolean waiter_is_ready(Waiter *waiter)
{
    gboolean ready;

    pthread_mutex_lock(&waiter->lock);
    ready = !g_queue_is_empty(&waiter->done);
    pthread_mutex_unlock(&waiter->lock);
    return ready;
}

static void waiter_sleep(Waiter *waiter, gint64 end_us)
{
    const struct timespec end = {.tv_sec = end_us / CLOCK_US_PER_S,
                                 .tv_nsec = end_us % CLOCK_US_PER_S * 1000};
    int status = 0;

    pthread_mutex_lock(&waiter->lock);
    while (g_queue_is_empty(&waiter->done) && status == 0) {
        if (end_us == CLOCK_FOREVER)
            status = pthread_cond_wait(&waiter->changed, &waiter->lock);
        else
            status = pthread_cond_timedwait(&waiter->changed, &waiter->lock, &end);
    }
    pthread_mutex_unlock(&waiter->lock);
}

static void waiter_set_blocked(Waiter *waiter, GMainContext *context)
{
    pthread_mutex_lock(&waiter->lock);
    waiter->blocked_in = context;
    pthread_mutex_unlock(&waiter->lock);
}

static gboolean wake(void *data)
{
    (void)data;
    return G_SOURCE_REMOVE;
}

/* Iterates the only context. */
static void iterate_one(Waiter *waiter, GMainContext *context, gint64 end_us)
{
    GSource *timer = g_timeout_source_new(0);

    g_source_set_ready_time(timer, end_us == CLOCK_FOREVER ? -1 : end_us);
    g_source_set_callback(timer, wake, NULL, NULL);
    g_source_attach(timer, context);
    waiter_set_blocked(waiter, context);
    while (!waiter_is_ready(waiter) && (end_us == CLOCK_FOREVER || clock_now_us() < end_us))
        g_main_context_iteration(context, TRUE);
    waiter_set_blocked(waiter, NULL);
    g_source_destroy(timer);
    g_source_unref(timer);
}

/* Iterates each context in turn. */
static void iterate_several(Waiter *waiter, const GPtrArray *contexts, gint64 end_us)
{
    while (!waiter_is_ready(waiter) && (end_us == CLOCK_FOREVER || clock_now_us() < end_us)) {
        gint64 round_us = clock_now_us() + ROUND_US;
        gboolean dispatched = FALSE;

        for (guint i = 0; i < contexts->len; i++)
            dispatched |= g_main_context_iteration(contexts->pdata[i], FALSE);
        if (!dispatched)
            waiter_sleep(waiter, end_us == CLOCK_FOREVER ? round_us : MIN(end_us, round_us));
    }
}

/* Returns when a future is done or after the timeout. Contexts that another thread runs are not iterated
 * here. */
static void waiter_wait(Waiter *waiter, gint64 end_us)
{
    g_autoptr(GPtrArray) ours = NULL;

    if (waiter_is_ready(waiter))
        return;
    ours = g_ptr_array_new_with_free_func((GDestroyNotify)g_main_context_release);
    for (guint i = 0; i < waiter->contexts->len; i++)
        if (g_main_context_acquire(waiter->contexts->pdata[i]))
            g_ptr_array_add(ours, waiter->contexts->pdata[i]);
    if (ours->len == 0)
        waiter_sleep(waiter, end_us);
    else if (ours->len == 1)
        iterate_one(waiter, ours->pdata[0], end_us);
    else
        iterate_several(waiter, ours, end_us);
}

static GPtrArray *futures_unique(Future *const *futures, gsize n)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    GPtrArray *unique = g_ptr_array_new_with_free_func((GDestroyNotify)future_unref);

    for (gsize i = 0; i < n; i++)
        if (g_hash_table_add(seen, futures[i]))
            g_ptr_array_add(unique, future_ref(futures[i]));
    return unique;
}

static void waiter_watch(Waiter *waiter, Future *future)
{
    GMainContext *context = future_context(future);

    if (context != NULL && !g_ptr_array_find(waiter->contexts, context, NULL))
        g_ptr_array_add(waiter->contexts, g_main_context_ref(context));
}

FuturesCompleted *futures_as_completed(Future *const *futures, gsize n, gint64 timeout_us)
{
    FuturesCompleted *iterator = g_new0(FuturesCompleted, 1);
    g_autoptr(GPtrArray) unique = futures_unique(futures, n);

    iterator->end_us = timeout_us == CLOCK_FOREVER ? CLOCK_FOREVER : clock_now_us() + timeout_us;
    iterator->left = unique->len;
    iterator->waiter = waiter_new();
    iterator->waited_for = g_ptr_array_new_with_free_func((GDestroyNotify)future_unref);
    for (guint i = 0; i < unique->len; i++) {
        if (future_done(unique->pdata[i]))
            g_queue_push_tail(&iterator->waiter->done, future_ref(unique->pdata[i]));
        else
            g_ptr_array_add(iterator->waited_for, future_ref(unique->pdata[i]));
    }
    for (guint i = 0; i < iterator->waited_for->len; i++)
        waiter_watch(iterator->waiter, iterator->waited_for->pdata[i]);
    for (guint i = 0; i < iterator->waited_for->len; i++) {
        atomic_fetch_add(&iterator->waiter->refs, 1);
        future_add_done_callback(iterator->waited_for->pdata[i], waiter_take, iterator->waiter);
    }
    return iterator;
}

Future *futures_completed_next(FuturesCompleted *iterator, GError **error)
{
    Waiter *waiter = iterator->waiter;
    Future *future;

    if (iterator->left == 0)
        return NULL;
    waiter_wait(waiter, iterator->end_us);
    pthread_mutex_lock(&waiter->lock);
    future = g_queue_pop_head(&waiter->done);
    pthread_mutex_unlock(&waiter->lock);
    if (future == NULL)
        error_set(error, ERROR_TRANSIENT, "%" G_GSIZE_FORMAT " futures are not done before the timeout",
                  iterator->left);
    else
        iterator->left--;
    return future;
}

void futures_completed_free(FuturesCompleted *iterator)
{
    if (iterator == NULL)
        return;
    for (guint i = 0; i < iterator->waited_for->len; i++)
        if (future_remove_done_callback(iterator->waited_for->pdata[i], waiter_take, iterator->waiter))
            waiter_unref(iterator->waiter);
    g_ptr_array_unref(iterator->waited_for);
    waiter_unref(iterator->waiter);
    g_free(iterator);
}

static gboolean is_enough(Future *future, FuturesWhen when)
{
    return when == FUTURES_FIRST_COMPLETED ||
           (when == FUTURES_FIRST_EXCEPTION && future_exception(future, 0, NULL) != NULL);
}

static void sort_out(Future *const *futures, gsize n, GPtrArray **ret_done, GPtrArray **ret_not_done)
{
    g_autoptr(GPtrArray) unique = futures_unique(futures, n);
    GPtrArray *done = g_ptr_array_new_with_free_func((GDestroyNotify)future_unref);
    GPtrArray *not_done = g_ptr_array_new_with_free_func((GDestroyNotify)future_unref);

    for (guint i = 0; i < unique->len; i++)
        g_ptr_array_add(future_done(unique->pdata[i]) ? done : not_done, future_ref(unique->pdata[i]));
    if (ret_done != NULL)
        *ret_done = g_steal_pointer(&done);
    if (ret_not_done != NULL)
        *ret_not_done = g_steal_pointer(&not_done);
    g_clear_pointer(&done, g_ptr_array_unref);
    g_clear_pointer(&not_done, g_ptr_array_unref);
}

gboolean futures_wait(Future *const *futures, gsize n, gint64 timeout_us, FuturesWhen when,
                      GPtrArray **ret_done, GPtrArray **ret_not_done)
{
    g_autoptr(FuturesCompleted) iterator = futures_as_completed(futures, n, timeout_us);
    gboolean enough = iterator->left == 0;

    while (!enough) {
        g_autoptr(Future) future = futures_completed_next(iterator, NULL);

        if (future == NULL)
            break;
        enough = is_enough(future, when) || iterator->left == 0;
    }
    sort_out(futures, n, ret_done, ret_not_done);
    return enough;
}

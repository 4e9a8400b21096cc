#include "concurrent/thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"

enum { KERNEL_NAME_BYTES = 16 }; /* pthread_setname_np refuses longer names, including the NUL */

typedef enum { NEW, STARTED, ENDED } Phase;

/* Shared by the handle and the running thread, so that either may be freed first. */
struct ThreadState {
    atomic_int refs;
    char *name;
    gboolean daemon;
    Thread *worker; /* the worker object, or NULL */
    ThreadRun run;
    ThreadTarget target;
    void *args;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    Phase phase;
    gboolean reaped; /* the pthread was joined or detached, or is about to be */
    pthread_t pthread;
    GList link; /* in waited_for */
};

/* The threads that the program waits for at its end. */
static struct {
    pthread_mutex_t lock;
    GQueue threads; /* of ThreadState */
} waited_for = {.lock = PTHREAD_MUTEX_INITIALIZER, .threads = G_QUEUE_INIT};

static atomic_uint last_number;
static _Thread_local const ThreadState *current;

static ThreadState *state_new(const char *name, gboolean daemon)
{
    ThreadState *state = g_new0(ThreadState, 1);
    pthread_condattr_t monotonic;

    atomic_init(&state->refs, 1);
    state->name =
        name != NULL ? g_strdup(name) : g_strdup_printf("Thread-%u", atomic_fetch_add(&last_number, 1) + 1);
    state->daemon = daemon;
    state->link.data = state;
    pthread_mutex_init(&state->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&state->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return state;
}

static ThreadState *state_ref(ThreadState *state)
{
    atomic_fetch_add(&state->refs, 1);
    return state;
}

static void state_unref(ThreadState *state)
{
    if (atomic_fetch_sub(&state->refs, 1) > 1)
        return;
    pthread_mutex_destroy(&state->lock);
    pthread_cond_destroy(&state->ended);
    g_free(state->name);
    g_free(state);
}

static void waited_for_remove(ThreadState *state)
{
    pthread_mutex_lock(&waited_for.lock);
    g_queue_unlink(&waited_for.threads, &state->link);
    pthread_mutex_unlock(&waited_for.lock);
}

static void state_end(ThreadState *state)
{
    if (!state->daemon)
        waited_for_remove(state);
    pthread_mutex_lock(&state->lock);
    state->phase = ENDED;
    pthread_cond_broadcast(&state->ended);
    pthread_mutex_unlock(&state->lock);
}

static void *thread_main(void *data)
{
    ThreadState *state = data;
    char kernel_name[KERNEL_NAME_BYTES];

    current = state;
    g_strlcpy(kernel_name, state->name, sizeof kernel_name);
    (void)pthread_setname_np(pthread_self(), kernel_name); /* for debugging only: failure does no harm */
    if (state->worker != NULL)
        state->run(state->worker);
    else
        state->target(state->args);
    state_end(state);
    current = NULL;
    state_unref(state);
    return NULL;
}

/* TRUE once the thread has ended; its pthread is then joined too. */
static gboolean state_join(ThreadState *state, gint64 timeout_us)
{
    const gint64 end_us = timeout_us == CLOCK_FOREVER ? 0 : clock_now_us() + timeout_us;
    const struct timespec end = {.tv_sec = end_us / CLOCK_US_PER_S,
                                 .tv_nsec = end_us % CLOCK_US_PER_S * 1000};
    gboolean ended;
    gboolean reap;
    int status = 0;

    pthread_mutex_lock(&state->lock);
    while (state->phase != ENDED && status == 0) {
        if (timeout_us == CLOCK_FOREVER)
            status = pthread_cond_wait(&state->ended, &state->lock);
        else
            status = pthread_cond_timedwait(&state->ended, &state->lock, &end);
    }
    ended = state->phase == ENDED;
    reap = ended && !state->reaped;
    state->reaped |= reap;
    pthread_mutex_unlock(&state->lock);
    if (reap)
        pthread_join(state->pthread, NULL);
    return ended;
}

/* The first thread to wait for, except one that calls exit() itself. */
static ThreadState *waited_for_first(void)
{
    ThreadState *first = NULL;

    pthread_mutex_lock(&waited_for.lock);
    for (GList *link = waited_for.threads.head; link != NULL && first == NULL; link = link->next)
        if (link->data != current)
            first = state_ref(link->data);
    pthread_mutex_unlock(&waited_for.lock);
    return first;
}

/* The threads may start others meanwhile. */
static void join_all(void)
{
    ThreadState *state;

    while ((state = waited_for_first()) != NULL) {
        state_join(state, CLOCK_FOREVER);
        state_unref(state);
    }
}

static void register_join_all(void)
{
    (void)atexit(join_all);
}

Thread *thread_new(const char *name, gboolean daemon, ThreadTarget target, void *args)
{
    Thread *thread = g_new0(Thread, 1);

    thread->state = state_new(name, daemon);
    thread->state->target = target;
    thread->state->args = args;
    return thread;
}

void thread_init(Thread *thread, const char *name, gboolean daemon, ThreadRun run)
{
    thread->state = state_new(name, daemon);
    thread->state->worker = thread;
    thread->state->run = run;
}

static void thread_release(Thread *thread)
{
    ThreadState *state = g_steal_pointer(&thread->state);
    gboolean detach;

    pthread_mutex_lock(&state->lock);
    detach = state->phase != NEW && !state->reaped;
    state->reaped = TRUE;
    pthread_mutex_unlock(&state->lock);
    if (detach)
        pthread_detach(state->pthread);
    state_unref(state);
}

void thread_free(Thread *thread)
{
    if (thread == NULL)
        return;
    thread_release(thread);
    g_free(thread);
}

void thread_clear(Thread *thread)
{
    (void)thread_join(thread, CLOCK_FOREVER, NULL);
    thread_release(thread);
}

gboolean thread_start(Thread *thread, GError **error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    ThreadState *state = thread->state;
    int failure = 0;

    pthread_once(&once, register_join_all);
    pthread_mutex_lock(&state->lock);
    if (state->phase != NEW) {
        pthread_mutex_unlock(&state->lock);
        return error_set(error, ERROR_INTERNAL, "thread %s was already started", state->name), FALSE;
    }
    state_ref(state);
    if (!state->daemon) {
        pthread_mutex_lock(&waited_for.lock);
        g_queue_push_tail_link(&waited_for.threads, &state->link);
        pthread_mutex_unlock(&waited_for.lock);
    }
    failure = pthread_create(&state->pthread, NULL, thread_main, state);
    if (failure == 0)
        state->phase = STARTED;
    pthread_mutex_unlock(&state->lock);
    if (failure == 0)
        return TRUE;
    if (!state->daemon)
        waited_for_remove(state);
    error_set_errno(error, ERROR_INTERNAL, failure, "thread %s cannot be started", state->name);
    state_unref(state);
    return FALSE;
}

gboolean thread_join(Thread *thread, gint64 timeout_us, GError **error)
{
    ThreadState *state = thread->state;
    Phase phase;

    pthread_mutex_lock(&state->lock);
    phase = state->phase;
    pthread_mutex_unlock(&state->lock);
    if (phase == NEW)
        error_set(error, ERROR_INTERNAL, "thread %s was not started", state->name);
    else if (state == current)
        error_set(error, ERROR_INTERNAL, "thread %s cannot wait for itself", state->name);
    else if (state_join(state, timeout_us))
        return TRUE;
    else
        error_set(error, ERROR_TRANSIENT, "thread %s did not end before the timeout", state->name);
    return FALSE;
}

gboolean thread_is_alive(Thread *thread)
{
    gboolean alive;

    pthread_mutex_lock(&thread->state->lock);
    alive = thread->state->phase == STARTED;
    pthread_mutex_unlock(&thread->state->lock);
    return alive;
}

const char *thread_name(const Thread *thread)
{
    return thread->state->name;
}

gboolean thread_is_daemon(const Thread *thread)
{
    return thread->state->daemon;
}

gboolean thread_is_current(const Thread *thread)
{
    return thread->state == current;
}

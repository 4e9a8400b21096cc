#include "concurrent/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"

/* Rounds before descriptors and other threads are polled again: a poll costs more than most rounds. */
#define ROUNDS_PER_POLL 16

typedef struct {
    GList link; /* in ready or incoming; its data is the call */
    LoopFunc func;
    void *data;
    GDestroyNotify destroy;
    guint64 number; /* increasing: of two calls due at the same time, the older one runs first */
    gint64 at_us;
} Call;

typedef struct {
    GSource source;
    Loop *loop;
    void *tag; /* for the eventfd */
} LoopSource;

struct Loop {
    atomic_int refs;
    GMainContext *context;
    LoopSource *source; /* NULL once the loop is closed */
    GQueue ready;       /* of Call */
    GTree *timers;      /* Call by time and number */
    GHashTable *later;  /* the same calls by number */
    guint64 last_number;
    GQueue guests; /* of LoopGuest */
    gboolean stopping;
    atomic_bool running;

    /* Other threads only use the following fields. Their calls wait in our own queue, under a pthread lock,
     * and wake the loop through a descriptor. Attaching a source from another thread would work too, but the
     * thread sanitizer cannot see GLib's locks. */
    pthread_mutex_t lock;
    GQueue incoming;          /* of Call */
    atomic_bool has_incoming; /* changed under the lock; read without it as a hint */
    int wake_fd;
    atomic_bool closed; /* changed under the lock */
};

static _Thread_local Loop *running_here;

static void call_free(Call *call)
{
    if (call->destroy != NULL)
        call->destroy(call->data);
    g_free(call);
}

static Call *call_new(LoopFunc func, void *data, GDestroyNotify destroy)
{
    Call *call = g_new0(Call, 1);

    call->link.data = call;
    call->func = func;
    call->data = data;
    call->destroy = destroy;
    return call;
}

static int call_compare(const void *a, const void *b, void *data)
{
    const Call *left = a;
    const Call *right = b;

    (void)data;
    if (left->at_us != right->at_us)
        return left->at_us < right->at_us ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

static Call *first_timer(Loop *loop)
{
    GTreeNode *node = g_tree_node_first(loop->timers);

    return node == NULL ? NULL : g_tree_node_key(node);
}

static void timer_forget(Loop *loop, Call *call)
{
    g_tree_remove(loop->timers, call);
    g_hash_table_remove(loop->later, &call->number);
}

/* The source: runs calls that are due. */

static gboolean source_prepare(GSource *source, int *timeout_ms)
{
    Loop *loop = ((LoopSource *)source)->loop;
    const Call *first = first_timer(loop);
    gint64 wait_us;

    *timeout_ms = -1;
    if (loop->ready.length > 0)
        return TRUE;
    if (first == NULL)
        return FALSE;
    wait_us = first->at_us - clock_now_us();
    if (wait_us <= 0)
        return TRUE;
    /* rounded up: if woken too early, the loop would spin through the last millisecond */
    *timeout_ms = (int)MIN((wait_us + CLOCK_US_PER_MS - 1) / CLOCK_US_PER_MS, G_MAXINT);
    return FALSE;
}

static gboolean source_check(GSource *source)
{
    LoopSource *self = (LoopSource *)source;
    const Call *first = first_timer(self->loop);

    return self->loop->ready.length > 0 || g_source_query_unix_fd(source, self->tag) != 0 ||
           (first != NULL && first->at_us <= clock_now_us());
}

static void take_incoming(Loop *loop)
{
    guint64 count;
    GList *link;

    pthread_mutex_lock(&loop->lock);
    (void)!read(loop->wake_fd, &count, sizeof count);
    while ((link = g_queue_pop_head_link(&loop->incoming)) != NULL) {
        ((Call *)link->data)->number = ++loop->last_number;
        g_queue_push_tail_link(&loop->ready, link);
    }
    atomic_store(&loop->has_incoming, FALSE);
    pthread_mutex_unlock(&loop->lock);
}

static void take_due(Loop *loop)
{
    gint64 now_us = 0;
    Call *first;

    while ((first = first_timer(loop)) != NULL) {
        if (now_us == 0)
            now_us = clock_now_us();
        if (first->at_us > now_us)
            break;
        timer_forget(loop, first);
        g_queue_push_tail_link(&loop->ready, &first->link);
    }
}

static void run_round(Loop *loop)
{
    take_due(loop);
    for (guint todo = loop->ready.length; todo > 0 && loop->ready.length > 0; todo--) {
        Call *call = g_queue_pop_head_link(&loop->ready)->data;

        call->func(call->data);
        call_free(call);
    }
}

static gboolean source_dispatch(GSource *source, GSourceFunc callback, void *data)
{
    LoopSource *self = (LoopSource *)source;
    Loop *loop = self->loop;
    Loop *outer = running_here;

    (void)callback;
    (void)data;
    running_here = loop; /* a thread that iterates the context runs the loop for this long */
    if (g_source_query_unix_fd(source, self->tag) != 0)
        take_incoming(loop);
    run_round(loop);
    for (guint more = ROUNDS_PER_POLL - 1; more > 0 && loop->ready.length > 0 && !loop->stopping; more--)
        run_round(loop);
    running_here = outer;
    return G_SOURCE_CONTINUE;
}

/* Life. */

static LoopSource *source_new(Loop *loop)
{
    static GSourceFuncs funcs = {
        .prepare = source_prepare, .check = source_check, .dispatch = source_dispatch};
    LoopSource *self = (LoopSource *)g_source_new(&funcs, sizeof(LoopSource));

    self->loop = loop;
    self->tag = g_source_add_unix_fd(&self->source, loop->wake_fd, G_IO_IN);
    /* A call may wait for a future by iterating the context (future_result()): other calls are served
     * meanwhile. */
    g_source_set_can_recurse(&self->source, TRUE);
    g_source_attach(&self->source, loop->context);
    return self;
}

Loop *loop_new(GMainContext *context, GError **error)
{
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    Loop *loop;

    if (wake_fd < 0) {
        error_set_errno(error, ERROR_INTERNAL, errno, "cannot create a loop");
        return NULL;
    }
    loop = g_new0(Loop, 1);
    atomic_init(&loop->refs, 1);
    atomic_init(&loop->running, FALSE);
    atomic_init(&loop->closed, FALSE);
    atomic_init(&loop->has_incoming, FALSE);
    pthread_mutex_init(&loop->lock, NULL);
    loop->wake_fd = wake_fd;
    loop->context = context == NULL ? g_main_context_new() : g_main_context_ref(context);
    loop->timers = g_tree_new_full(call_compare, NULL, NULL, NULL);
    loop->later = g_hash_table_new(g_int64_hash, g_int64_equal);
    loop->source = source_new(loop);
    return loop;
}

Loop *loop_ref(Loop *loop)
{
    atomic_fetch_add(&loop->refs, 1);
    return loop;
}

void loop_unref(Loop *loop)
{
    if (loop == NULL || atomic_fetch_sub(&loop->refs, 1) > 1)
        return;
    /* guests and calls may take and drop a reference while the loop closes */
    atomic_store(&loop->refs, 1);
    (void)loop_close(loop, NULL);
    g_hash_table_unref(loop->later);
    g_tree_unref(loop->timers);
    g_main_context_unref(loop->context);
    pthread_mutex_destroy(&loop->lock);
    g_free(loop);
}

static pthread_key_t own_key;
static pthread_once_t own_once = PTHREAD_ONCE_INIT;

static void own_release(void *loop)
{
    (void)loop_close(loop, NULL);
    loop_unref(loop);
}

static void own_init(void)
{
    int failed = pthread_key_create(&own_key, own_release);

    g_assert(failed == 0);
}

static Loop *own_new(void)
{
    GMainContext *context = g_main_context_get_thread_default();
    GError *error = NULL;
    Loop *loop;

    if (context == NULL && gettid() == getpid())
        context = g_main_context_default();
    loop = loop_new(context, &error);
    if (loop == NULL)
        g_error("%s", error->message); /* like g_main_context_new() without descriptors */
    return loop;
}

Loop *loop_get(void)
{
    Loop *own;

    if (running_here != NULL)
        return running_here;
    pthread_once(&own_once, own_init);
    own = pthread_getspecific(own_key);
    if (own == NULL) {
        own = own_new();
        pthread_setspecific(own_key, own);
    }
    return own;
}

GMainContext *loop_context(Loop *loop)
{
    return loop->context;
}

gboolean loop_is_running(Loop *loop)
{
    return atomic_load(&loop->running);
}

gboolean loop_is_closed(Loop *loop)
{
    return atomic_load(&loop->closed);
}

/* Running. */

static gboolean run_begin(Loop *loop, GError **error)
{
    const char *why = NULL;

    if (loop_is_closed(loop))
        why = "the loop is closed";
    else if (running_here != NULL && running_here != loop)
        why = "another loop is running in this thread";
    else if (running_here == loop || atomic_exchange(&loop->running, TRUE))
        why = "the loop is already running";
    if (why != NULL) {
        error_set(error, ERROR_INTERNAL, "%s", why);
        return FALSE;
    }
    if (!g_main_context_acquire(loop->context)) {
        atomic_store(&loop->running, FALSE);
        error_set(error, ERROR_INTERNAL, "the loop's context is used by another thread");
        return FALSE;
    }
    running_here = loop;
    return TRUE;
}

gboolean loop_run_forever(Loop *loop, GError **error)
{
    g_autoptr(Loop) self = loop_ref(loop);

    if (!run_begin(self, error))
        return FALSE;
    do {
        g_main_context_iteration(self->context, !self->stopping);
    } while (!self->stopping);
    self->stopping = FALSE;
    running_here = NULL;
    g_main_context_release(self->context);
    atomic_store(&self->running, FALSE);
    return TRUE;
}

void loop_stop(Loop *loop)
{
    loop->stopping = TRUE;
}

/* A request to stop when a future is done. It may outlive the run, as another thread may be about to complete
 * the future. */
typedef struct {
    atomic_int refs;
    Loop *loop;
    gboolean active; /* used by the loop's thread only */
} Until;

static void until_unref(void *data)
{
    Until *until = data;

    if (atomic_fetch_sub(&until->refs, 1) > 1)
        return;
    loop_unref(until->loop);
    g_free(until);
}

static void until_stop(void *data)
{
    Until *until = data;

    if (until->active)
        loop_stop(until->loop);
}

static void until_done(Future *future, void *data)
{
    (void)future;
    (void)loop_call_soon_threadsafe(((Until *)data)->loop, until_stop, data, until_unref, NULL);
}

GVariant *loop_run_until_complete(Loop *loop, Future *future, GError **error)
{
    Until *until;
    gboolean ran;

    if (loop_is_running(loop) || loop_is_closed(loop) || running_here != NULL) {
        (void)loop_run_forever(loop, error); /* sets *error */
        return NULL;
    }
    until = g_new0(Until, 1);
    atomic_init(&until->refs, 2);
    until->loop = loop_ref(loop);
    until->active = TRUE;
    future_add_done_callback(future, until_done, until);
    ran = loop_run_forever(loop, error);
    until->active = FALSE;
    if (!future_done(future) && future_remove_done_callback(future, until_done, until))
        until_unref(until);
    until_unref(until);
    if (!ran)
        return NULL;
    if (!future_done(future)) {
        error_set(error, ERROR_INTERNAL, "the loop was stopped before the future was done");
        return NULL;
    }
    return future_result(future, 0, error);
}

/* Repeated until all is empty: guests may end other guests, and a call's destroy may add calls. */
static void drop_all(Loop *loop)
{
    GList *link;
    Call *call;

    while ((link = g_queue_pop_head_link(&loop->guests)) != NULL) {
        LoopGuest *guest = link->data;

        guest->func(guest->data);
    }
    while ((call = first_timer(loop)) != NULL) {
        timer_forget(loop, call);
        call_free(call);
    }
    while ((link = g_queue_pop_head_link(&loop->ready)) != NULL)
        call_free(link->data);
}

gboolean loop_close(Loop *loop, GError **error)
{
    g_autoptr(Loop) self = loop_ref(loop);

    if (loop_is_running(self)) {
        error_set(error, ERROR_INTERNAL, "a running loop cannot be closed");
        return FALSE;
    }
    if (loop_is_closed(self))
        return TRUE;
    take_incoming(self);
    pthread_mutex_lock(&self->lock);
    atomic_store(&self->closed, TRUE);
    fd_clear(&self->wake_fd);
    pthread_mutex_unlock(&self->lock);
    drop_all(self);
    g_source_destroy(&self->source->source);
    g_source_unref(&self->source->source);
    self->source = NULL;
    return TRUE;
}

/* Calls. */

gboolean loop_may_call(Loop *loop, GError **error)
{
    if (loop_is_closed(loop)) {
        error_set(error, ERROR_INTERNAL, "the loop is closed");
        return FALSE;
    }
    if (loop_is_running(loop) && running_here != loop) {
        error_set(error, ERROR_INTERNAL,
                  "the loop is running in another thread: use loop_call_soon_threadsafe()");
        return FALSE;
    }
    return TRUE;
}

guint64 loop_call_soon(Loop *loop, LoopFunc func, void *data, GDestroyNotify destroy, GError **error)
{
    Call *call = call_new(func, data, destroy);

    if (!loop_may_call(loop, error)) {
        call_free(call);
        return 0;
    }
    if (atomic_load(&loop->has_incoming))
        take_incoming(loop); /* they were added earlier */
    call->number = ++loop->last_number;
    g_queue_push_tail_link(&loop->ready, &call->link);
    return call->number;
}

guint64 loop_call_later(Loop *loop, gint64 delay_us, LoopFunc func, void *data, GDestroyNotify destroy,
                        GError **error)
{
    Call *call = call_new(func, data, destroy);

    if (!loop_may_call(loop, error)) {
        call_free(call);
        return 0;
    }
    call->number = ++loop->last_number;
    call->at_us = clock_now_us() + MAX(delay_us, 0);
    g_tree_insert(loop->timers, call, call);
    g_hash_table_insert(loop->later, &call->number, call);
    return call->number;
}

gboolean loop_call_soon_threadsafe(Loop *loop, LoopFunc func, void *data, GDestroyNotify destroy,
                                   GError **error)
{
    static const guint64 one = 1;
    Call *call;
    gboolean accepted;

    if (running_here == loop) /* needs no lock and no system call */
        return loop_call_soon(loop, func, data, destroy, error) != 0;
    call = call_new(func, data, destroy);
    pthread_mutex_lock(&loop->lock);
    accepted = !loop_is_closed(loop);
    if (accepted) {
        g_queue_push_tail_link(&loop->incoming, &call->link);
        atomic_store(&loop->has_incoming, TRUE);
        if (loop->incoming.length == 1)
            (void)!write(loop->wake_fd, &one, sizeof one); /* the eventfd cannot be full: it is read before
                                                            * the queue is taken */
    }
    pthread_mutex_unlock(&loop->lock);
    if (!accepted) {
        error_set(error, ERROR_INTERNAL, "the loop is closed");
        call_free(call);
    }
    return accepted;
}

gboolean loop_cancel_call(Loop *loop, guint64 number)
{
    Call *call = g_hash_table_lookup(loop->later, &number);

    if (call != NULL) {
        timer_forget(loop, call);
        call_free(call);
        return TRUE;
    }
    for (GList *link = loop->ready.head; link != NULL; link = link->next) {
        call = link->data;
        if (call->number == number) {
            g_queue_unlink(&loop->ready, link);
            call_free(call);
            return TRUE;
        }
    }
    return FALSE;
}

void loop_guest_enter(Loop *loop, LoopGuest *guest, LoopFunc func, void *data)
{
    guest->link = (GList){.data = guest};
    guest->func = func;
    guest->data = data;
    g_queue_push_tail_link(&loop->guests, &guest->link);
}

void loop_guest_leave(Loop *loop, LoopGuest *guest)
{
    if (guest->func != NULL)
        g_queue_unlink(&loop->guests, &guest->link);
    guest->func = NULL;
}

Future *loop_create_future(Loop *loop)
{
    return future_new(loop->context);
}

/* A thread of this process. The verbs are Python's threading.Thread.
 *
 * Two forms. A target and its arguments:
 *
 *   g_autoptr(Thread) thread = thread_new("load", FALSE, load_url, url);
 *   if (!thread_start(thread, &error)) ...
 *   thread_join(thread, CLOCK_FOREVER, &error);
 *
 * or a worker object, a struct of one's own that begins with a Thread and keeps what the thread reads and
 * makes, with its own run function:
 *
 *   typedef struct { Thread thread; guint n; guint64 result; } Fibonacci;
 *   thread_init(&worker.thread, "fibonacci", FALSE, fibonacci_run);   ... thread_clear(&worker.thread);
 *
 * daemon = FALSE: the program waits for it at its end (exit(), or the return from main). daemon = TRUE: the
 * program ends without it, wherever it is then.
 *
 * What belongs to the thread before its start and after its join may be used without a lock. Functions here
 * may be called from any thread. */
#pragma once

#include <glib.h>

typedef struct Thread Thread;
typedef struct ThreadState ThreadState;

typedef void (*ThreadRun)(Thread *thread);
typedef void (*ThreadTarget)(void *args);

struct Thread {
    ThreadState *state; /* private */
};

/* A thread that will call target(args), not started. args is lent until target returns. name is copied; NULL:
 * "Thread-1" and so on. */
Thread *thread_new(const char *name, gboolean daemon, ThreadTarget target, void *args);

/* Releases the handle; NULL is allowed. A thread that still runs goes on, and is waited for at the end of the
 * program unless it is a daemon. */
void thread_free(Thread *thread);

/* A worker object's thread, in the caller's storage, not started. run gets the pointer given here. */
void thread_init(Thread *thread, const char *name, gboolean daemon, ThreadRun run);

/* Waits until it has ended (its storage is in use until then), a daemon too, and releases what thread_init()
 * took. The storage stays the caller's. Not from the thread itself. */
void thread_clear(Thread *thread);

/* Starts it. FALSE with class ERROR_INTERNAL if it was started before, or there is no thread to be had. */
gboolean thread_start(Thread *thread, GError **error);

/* Waits until it has ended, at most timeout_us (CLOCK_FOREVER; 0 asks without waiting). TRUE if it has, also
 * the second time. FALSE with class ERROR_TRANSIENT when the time is over, or ERROR_INTERNAL if it was not
 * started or is the calling thread. */
gboolean thread_join(Thread *thread, gint64 timeout_us, GError **error);

/* FALSE before the start and after the end. */
gboolean thread_is_alive(Thread *thread);

const char *thread_name(const Thread *thread);
gboolean thread_is_daemon(const Thread *thread);

/* Is it the calling thread? */
gboolean thread_is_current(const Thread *thread);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Thread, thread_free)

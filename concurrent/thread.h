/* A thread of this process. The operations are those of Python's threading.Thread.
 *
 * There are two forms. A target and its arguments:
 *
 *   g_autoptr(Thread) thread = thread_new("load", FALSE, load_url, url);
 *   if (!thread_start(thread, &error)) ...
 *   thread_join(thread, CLOCK_FOREVER, &error);
 *
 * or a worker object, a struct of one's own that begins with a Thread and holds the thread's input and
 * output, with its own run function:
 *
 *   typedef struct { Thread thread; guint n; guint64 result; } Fibonacci;
 *   thread_init(&worker.thread, "fibonacci", FALSE, fibonacci_run);   ... thread_clear(&worker.thread);
 *
 * daemon = FALSE: the program waits for the thread at its end (exit(), or the return from main). daemon =
 * TRUE: the program ends without waiting for it.
 *
 * Before its start and after its join, the thread's data may be used without a lock. The functions may be
 * called from any thread. */
#pragma once

#include <glib.h>

typedef struct Thread Thread;
typedef struct ThreadState ThreadState;

typedef void (*ThreadRun)(Thread *thread);
typedef void (*ThreadTarget)(void *args);

struct Thread {
    ThreadState *state; /* private */
};

/* Makes a thread that will call target(args), without starting it. args is borrowed until target returns.
 * name is copied; NULL for "Thread-1" and so on. */
Thread *thread_new(const char *name, gboolean daemon, ThreadTarget target, void *args);

/* Frees the handle, which may be NULL. A thread that is still running continues, and is waited for at the end
 * of the program unless it is a daemon. */
void thread_free(Thread *thread);

/* Initializes a worker object's thread in the caller's storage, without starting it. run is called with the
 * pointer given here. */
void thread_init(Thread *thread, const char *name, gboolean daemon, ThreadRun run);

/* Waits until the thread has ended, even for a daemon (its storage is in use until then), and releases what
 * thread_init() allocated. The storage stays the caller's. Must not be called from the thread itself. */
void thread_clear(Thread *thread);

/* Starts the thread. FALSE with class ERROR_INTERNAL if it was started before, or no thread is available. */
gboolean thread_start(Thread *thread, GError **error);

/* Waits at most timeout_us (or CLOCK_FOREVER; 0 does not wait) for the thread's end. TRUE if it has ended,
 * also if it was joined before. FALSE with class ERROR_TRANSIENT after a timeout, or ERROR_INTERNAL if it was
 * not started or is the calling thread. */
gboolean thread_join(Thread *thread, gint64 timeout_us, GError **error);

/* FALSE before the start and after the end. */
gboolean thread_is_alive(Thread *thread);

const char *thread_name(const Thread *thread);
gboolean thread_is_daemon(const Thread *thread);

/* Whether it is the calling thread. */
gboolean thread_is_current(const Thread *thread);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Thread, thread_free)

/* Coroutines: functions with a stack of their own, which hand the thread back and forth. The mechanism only;
 * what awaits futures on a loop is concurrent/task.h.
 *
 * A coroutine runs in the thread that enters it first, and only there. Its stack is COROUTINE_STACK_BYTES of
 * memory that is committed as it is touched, with an inaccessible guard below it: an overflow is SIGSEGV and
 * not somebody else's data. Stacks are kept for the next coroutine of the thread. The kernel's limit on
 * mappings (vm.max_map_count, 65530 by default) allows about 32,000 coroutines at a time. */
#pragma once

#include <glib.h>

#define COROUTINE_STACK_BYTES (256 * 1024)

typedef struct Coroutine Coroutine;

/* Runs on the coroutine's stack. When it returns, the coroutine has ended. */
typedef void (*CoroutineFunc)(void *data);

/* A coroutine that has not begun. The caller enters it until it has ended, or frees it before it has begun.
 * NULL with ERROR_INTERNAL if there is no memory for a stack. */
Coroutine *coroutine_new(CoroutineFunc func, void *data, GError **error);

/* Runs it until it yields (TRUE) or ends (FALSE: it is freed). May be called inside another coroutine, to
 * which it comes back; not for one that is entered already. */
gboolean coroutine_enter(Coroutine *coroutine);

/* Back to whoever entered the coroutine that calls this. */
void coroutine_yield(void);

/* The coroutine that calls this, or NULL on a thread's own stack. */
Coroutine *coroutine_self(void);

/* For one that never began. NULL is allowed. */
void coroutine_free(Coroutine *coroutine);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Coroutine, coroutine_free)

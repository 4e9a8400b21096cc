/* Coroutines: functions with a stack of their own that pass control of the thread back and forth. This is the
 * mechanism only; concurrent/task.h awaits futures on a loop.
 *
 * A coroutine runs in the thread that enters it first, and only there. Its stack is COROUTINE_STACK_BYTES of
 * memory that is committed as it is touched, with an inaccessible guard below it, so that an overflow is
 * SIGSEGV and overwrites no other data. Stacks are reused for later coroutines of the thread. The kernel's
 * limit on mappings (vm.max_map_count, 65530 by default) allows about 32,000 coroutines at a time. */
#pragma once

#include <glib.h>

#define COROUTINE_STACK_BYTES (256 * 1024)

typedef struct Coroutine Coroutine;

/* Runs on the coroutine's stack. When it returns, the coroutine has ended. */
typedef void (*CoroutineFunc)(void *data);

/* Makes a coroutine that has not begun. The caller enters it until it has ended, or frees it before it has
 * begun. NULL with ERROR_INTERNAL if there is no memory for a stack. */
Coroutine *coroutine_new(CoroutineFunc func, void *data, GError **error);

/* Runs the coroutine until it yields (TRUE) or ends (FALSE: it is freed). May be called inside another
 * coroutine, to which control returns. Must not be called for a coroutine that is already entered. */
gboolean coroutine_enter(Coroutine *coroutine);

/* Returns control to the caller of coroutine_enter() for the current coroutine. */
void coroutine_yield(void);

/* The current coroutine, or NULL on a thread's own stack. */
Coroutine *coroutine_self(void);

/* Frees a coroutine that never began. It may be NULL. */
void coroutine_free(Coroutine *coroutine);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Coroutine, coroutine_free)

#include "concurrent/coroutine.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "base/error.h"

/* The guard below each stack. It is wide, since code compiled without stack probes may step over a single
 * page. */
#define GUARD_BYTES (64 * 1024)

/* Stacks that a thread keeps for its next coroutines. They keep the pages that were touched: about 8 kB
 * each. */
#define POOL_STACKS 64

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN
#elif defined(__SANITIZE_THREAD__)
#define HAVE_TSAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN
#elif __has_feature(thread_sanitizer)
#define HAVE_TSAN
#endif
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef HAVE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* The saved context of a stack that is not running. swapcontext() makes two system calls for the signal mask,
 * which coroutines share with their thread; a switch of our own would make none, but is not worth separate
 * code for each processor. */
typedef struct {
    ucontext_t context;
} Position;

static gboolean position_init(Position *position, char *stack, gsize size_bytes, void (*entry)(void))
{
    /* cppcheck-suppress getcontextCalled ; obsolescent, but there is no replacement */
    if (getcontext(&position->context) != 0)
        return FALSE;
    position->context.uc_stack.ss_sp = stack;
    position->context.uc_stack.ss_size = size_bytes;
    position->context.uc_link = NULL;
    /* cppcheck-suppress makecontextCalled ; obsolescent, but there is no replacement */
    makecontext(&position->context, entry, 0);
    return TRUE;
}

static void position_swap(Position *from, const Position *to)
{
    /* cppcheck-suppress swapcontextCalled ; obsolescent, but there is no replacement */
    swapcontext(&from->context, &to->context);
}

/* A stack on which code runs: a coroutine's, or a thread's own. */
struct Coroutine {
    Position position;
    char *stack;       /* its lowest usable byte; for a thread's own stack, the sanitizer's value */
    gsize stack_bytes; /* the usable size, likewise */
    CoroutineFunc func;
    void *data;
    Coroutine *caller; /* set while it is entered */
    gboolean ended;
#ifdef HAVE_TSAN
    void *fiber;
#endif
};

typedef struct {
    Coroutine *current; /* NULL before the first coroutine */
    Coroutine own;      /* the thread's own stack */
    char *stacks[POOL_STACKS];
    guint kept;
} Thread;

static _Thread_local Thread this_thread;

/* Stacks. */

static void stack_unmap(char *stack)
{
    munmap(stack - GUARD_BYTES, GUARD_BYTES + COROUTINE_STACK_BYTES);
}

static void thread_release(void *data)
{
    Thread *thread = data;

    while (thread->kept > 0)
        stack_unmap(thread->stacks[--thread->kept]);
}

static pthread_key_t release_key;
static pthread_once_t release_once = PTHREAD_ONCE_INIT;

static void release_init(void)
{
    int failed = pthread_key_create(&release_key, thread_release);

    g_assert(failed == 0);
}

static char *stack_get(Thread *thread, GError **error)
{
    char *memory;

    if (thread->kept > 0)
        return thread->stacks[--thread->kept];
    memory = mmap(NULL, GUARD_BYTES + COROUTINE_STACK_BYTES, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) {
        error_set_errno(error, ERROR_INTERNAL, errno, "out of memory for a coroutine's stack");
        return NULL;
    }
    if (mprotect(memory + GUARD_BYTES, COROUTINE_STACK_BYTES, PROT_READ | PROT_WRITE) != 0) {
        error_set_errno(error, ERROR_INTERNAL, errno, "out of memory for a coroutine's stack");
        munmap(memory, GUARD_BYTES + COROUTINE_STACK_BYTES);
        return NULL;
    }
    return memory + GUARD_BYTES;
}

static void stack_put(Thread *thread, char *stack)
{
#ifdef HAVE_ASAN
    /* the last frame never returned */
    __asan_unpoison_memory_region(stack, COROUTINE_STACK_BYTES);
#endif
    if (thread->kept == POOL_STACKS) {
        stack_unmap(stack);
        return;
    }
    pthread_once(&release_once, release_init);
    pthread_setspecific(release_key, thread);
    thread->stacks[thread->kept++] = stack;
}

/* Switching. */

/* The sanitizers must be told on each side of a switch which stack is left and which one is entered. */
static void switch_to(Thread *thread, Coroutine *from, Coroutine *to)
{
#ifdef HAVE_ASAN
    void *fake_stack = NULL;

    __sanitizer_start_switch_fiber(from->ended ? NULL : &fake_stack, to->stack, to->stack_bytes);
#endif
#ifdef HAVE_TSAN
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    thread->current = to;
    position_swap(&from->position, &to->position);
#ifdef HAVE_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
#endif
}

static void entry(void)
{
    Thread *thread = &this_thread;
    Coroutine *self = thread->current;

#ifdef HAVE_ASAN
    const void *bottom;
    size_t size;

    __sanitizer_finish_switch_fiber(NULL, &bottom, &size);
    if (self->caller == &thread->own) {
        thread->own.stack = (char *)bottom;
        thread->own.stack_bytes = size;
    }
#endif
    self->func(self->data);
    self->ended = TRUE;
    switch_to(thread, self, self->caller);
    g_assert_not_reached();
}

Coroutine *coroutine_new(CoroutineFunc func, void *data, GError **error)
{
    char *stack = stack_get(&this_thread, error);
    Coroutine *self;

    if (stack == NULL)
        return NULL;
    self = g_new0(Coroutine, 1);
    self->stack = stack;
    self->stack_bytes = COROUTINE_STACK_BYTES;
    self->func = func;
    self->data = data;
    if (!position_init(&self->position, stack, COROUTINE_STACK_BYTES, entry)) {
        error_set_errno(error, ERROR_INTERNAL, errno, "cannot create a coroutine");
        stack_put(&this_thread, stack);
        g_free(self);
        return NULL;
    }
#ifdef HAVE_TSAN
    self->fiber = __tsan_create_fiber(0);
#endif
    return self;
}

void coroutine_free(Coroutine *self)
{
    if (self == NULL)
        return;
    g_assert(self->caller == NULL);
#ifdef HAVE_TSAN
    __tsan_destroy_fiber(self->fiber);
#endif
    stack_put(&this_thread, self->stack);
    g_free(self);
}

gboolean coroutine_enter(Coroutine *self)
{
    Thread *thread = &this_thread;
    Coroutine *caller = thread->current == NULL ? &thread->own : thread->current;

    g_assert(self->caller == NULL);
#ifdef HAVE_TSAN
    if (caller == &thread->own)
        caller->fiber = __tsan_get_current_fiber();
#endif
    self->caller = caller;
    switch_to(thread, caller, self);
    self->caller = NULL;
    if (!self->ended)
        return TRUE;
    coroutine_free(self);
    return FALSE;
}

void coroutine_yield(void)
{
    Thread *thread = &this_thread;
    Coroutine *self = thread->current;

    g_assert(self != NULL && self != &thread->own);
    switch_to(thread, self, self->caller);
}

Coroutine *coroutine_self(void)
{
    Coroutine *current = this_thread.current;

    return current == &this_thread.own ? NULL : current;
}

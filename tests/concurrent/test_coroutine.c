#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "concurrent/coroutine.h"

static GString *log_text;

static void set_up(void)
{
    log_text = g_string_new(NULL);
}

static void tear_down(void)
{
    g_string_free(log_text, TRUE);
}

TestSuite(coroutine, .init = set_up, .fini = tear_down);

/* A callback's data is not const; these callbacks only read it. */
static void *word(const char *text)
{
    return (void *)(guintptr)text;
}

static Coroutine *make(CoroutineFunc func, void *data)
{
    GError *error = NULL;
    Coroutine *coroutine = coroutine_new(func, data, &error);

    cr_assert_not_null(coroutine);
    cr_assert_null(error);
    return coroutine;
}

static void three_steps(void *text)
{
    for (int i = 0; i < 3; i++) {
        g_string_append(log_text, text);
        cr_assert_not_null(coroutine_self());
        coroutine_yield();
    }
}

Test(coroutine, two_take_turns)
{
    Coroutine *first = make(three_steps, word("a"));
    Coroutine *second = make(three_steps, word("b"));
    int rounds = 0;

    cr_assert_null(coroutine_self());
    while (coroutine_enter(first)) {
        cr_assert(coroutine_enter(second));
        rounds++;
    }
    cr_assert_not(coroutine_enter(second));
    cr_assert_eq(rounds, 3);
    cr_assert_str_eq(log_text->str, "ababab");
    cr_assert_null(coroutine_self());
}

static void nest(void *data)
{
    int depth = GPOINTER_TO_INT(data);
    Coroutine *inner;

    if (depth == 0)
        return;
    inner = make(nest, GINT_TO_POINTER(depth - 1));
    while (coroutine_enter(inner))
        coroutine_yield();
    g_string_append_c(log_text, '.');
    coroutine_yield();
}

Test(coroutine, one_enters_another)
{
    Coroutine *outer = make(nest, GINT_TO_POINTER(100));
    int yields = 0;

    while (coroutine_enter(outer))
        yields++;
    cr_assert_eq(yields, 100);
    cr_assert_eq(log_text->len, 100);
}

static void keep_numbers(void *data)
{
    double *sum = data;
    volatile double half = 0.5;
    char text[1000];

    for (int i = 0; i < 100; i++) {
        memset(text, i, sizeof text);
        coroutine_yield();
        cr_assert_eq(text[999], i);
        *sum += half * i;
    }
}

Test(coroutine, stacks_and_registers_are_their_own)
{
    Coroutine *coroutines[50];
    double sums[50] = {0};

    for (int i = 0; i < 50; i++)
        coroutines[i] = make(keep_numbers, &sums[i]);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 50; i++)
            cr_assert(coroutine_enter(coroutines[i]));
    }
    for (int i = 0; i < 50; i++) {
        cr_assert_not(coroutine_enter(coroutines[i]));
        cr_assert_eq(sums[i], 2475.0);
    }
}

Test(coroutine, thousands_live_at_a_time)
{
    enum { N = 5000 };
    g_autofree Coroutine **coroutines = g_new0(Coroutine *, N);

    for (int i = 0; i < N; i++)
        coroutines[i] = make(three_steps, word("x"));
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < N; i++)
            cr_assert_eq(coroutine_enter(coroutines[i]), round < 3);
    }
    cr_assert_eq(log_text->len, 3 * N);
}

Test(coroutine, one_that_never_began_can_be_freed)
{
    coroutine_free(make(three_steps, word("x")));
    coroutine_free(NULL);
    cr_assert_eq(log_text->len, 0);
}

static void *use_in_thread(void *data)
{
    Coroutine *coroutine = make(three_steps, data);
    int yields = 0;

    while (coroutine_enter(coroutine))
        yields++;
    return GINT_TO_POINTER(yields);
}

Test(coroutine, each_thread_has_its_own)
{
    pthread_t thread;
    void *yields;

    pthread_create(&thread, NULL, use_in_thread, word("x"));
    pthread_join(thread, &yields);
    cr_assert_eq(GPOINTER_TO_INT(yields), 3);
}

/* Recurses without a tail call, and touches every page. */
static int overflow(int depth)
{
    volatile char page[2048];

    page[0] = (char)depth;
    page[sizeof page - 1] = page[0];
    return depth == G_MAXINT ? 0 : overflow(depth + 1) + page[sizeof page - 1];
}

static void overflow_stack(void *data)
{
    *(int *)data = overflow(0);
}

Test(coroutine, an_overflow_meets_the_guard, .signal = SIGSEGV)
{
    int result = 0;

    signal(SIGSEGV, SIG_DFL); /* replaces AddressSanitizer's handler */
    coroutine_enter(make(overflow_stack, &result));
}

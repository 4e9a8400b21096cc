#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/patience.h"

#define LIMIT_US (600 * CLOCK_US_PER_MS)

typedef struct {
    Patience *patience;
    guint calls;
} Told;

static void on_end(void *data)
{
    Told *told = data;

    told->calls++;
    g_clear_pointer(&told->patience, patience_free); /* which is allowed in the callback */
}

static void wait_for(GMainContext *context, const Told *told)
{
    while (told->calls == 0)
        g_main_context_iteration(context, TRUE);
}

Test(patience, ends_after_its_limit)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Told told = {0};
    const gint64 start_us = clock_now_us();

    told.patience = patience_new(context, on_end, &told);
    patience_set(told.patience, CLOCK_FOREVER);
    patience_unset(told.patience);
    cr_assert_not(g_main_context_iteration(context, FALSE));
    patience_set(told.patience, LIMIT_US);
    wait_for(context, &told);
    cr_assert_geq(clock_now_us() - start_us, LIMIT_US);
}

/* A limit that began earlier. */
Test(patience, goes_by_when_its_limit_began)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Told told = {0};

    told.patience = patience_new(context, on_end, &told);
    patience_set_since(told.patience, clock_awake_us() - LIMIT_US, LIMIT_US);
    while (told.calls == 0)
        cr_assert(g_main_context_iteration(context, FALSE), "it is over");
}

/* As if the machine were suspended, or a container frozen. */
static void stop_this_process(gint64 span_us)
{
    const pid_t parent = getpid();
    pid_t other = fork();

    cr_assert_geq(other, 0);
    if (other == 0) {
        (void)kill(parent, SIGSTOP);
        g_usleep((gulong)span_us);
        (void)kill(parent, SIGCONT);
        _exit(0);
    }
    (void)waitpid(other, NULL, 0);
}

Test(patience, does_not_count_while_this_process_is_stopped)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Told told = {0};
    gint64 before_us, start_us;

    told.patience = patience_new(context, on_end, &told);
    patience_set(told.patience, LIMIT_US);
    before_us = clock_awake_us();
    stop_this_process(4 * LIMIT_US);
    cr_assert_leq(clock_awake_us() - before_us, 2 * CLOCK_TICK_US);
    start_us = clock_now_us();
    wait_for(context, &told);
    cr_assert_geq(clock_now_us() - start_us, LIMIT_US - 2 * CLOCK_TICK_US);
}

Test(patience, the_awake_clock_never_goes_back)
{
    gint64 last_us = clock_awake_us();

    for (guint i = 0; i < 20; i++) {
        gint64 now_us;

        g_usleep(i * 40000);
        now_us = clock_awake_us();
        cr_assert_geq(now_us, last_us);
        cr_assert_leq(now_us - last_us, 2 * CLOCK_TICK_US);
        last_us = now_us;
    }
}

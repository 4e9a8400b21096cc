#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

#include "base/signals.h"

static void remember(int signal_number, void *data)
{
    GString *seen = data;

    g_string_append_printf(seen, "%d ", signal_number);
}

Test(signals, arrive_as_events)
{
    static const int numbers[] = {SIGUSR1, SIGUSR2, 0};
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GString) seen = g_string_new(NULL);
    GSource *source = signals_watch(context, numbers, remember, seen);
    g_autofree char *expected = g_strdup_printf("%d %d ", SIGUSR1, SIGUSR2);

    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR2);
    cr_assert_eq(seen->len, 0u, "nothing is handled before the loop turns");
    while (strcmp(seen->str, expected) != 0)
        g_main_context_iteration(context, TRUE);
    g_source_destroy(source);
    g_source_unref(source);
}

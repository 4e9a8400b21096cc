#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/service/backoff.h"

static guint n_errors, n_warnings;

static void count(LogLevel level, const char *message, GVariant *fields, void *data)
{
    (void)message;
    (void)fields;
    (void)data;
    n_errors += level == LOG_ERROR;
    n_warnings += level == LOG_WARNING;
}

static gint64 pause_after(Backoff *backoff)
{
    const gint64 now_us = clock_now_us();

    backoff_add(backoff, "because");
    return (backoff->retry_us - now_us) / CLOCK_US_PER_S;
}

Test(backoff, the_pause_doubles_up_to_a_limit)
{
    static const gint64 pauses_s[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
    Backoff backoff = {0};

    log_set_sink(count, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(pauses_s); i++)
        cr_assert_eq(pause_after(&backoff), pauses_s[i]);
    for (guint i = 0; i < 100; i++)
        cr_assert_eq(pause_after(&backoff), 300);
    backoff_clear(&backoff);
}

Test(backoff, what_keeps_failing_is_said_louder)
{
    Backoff backoff = {0};

    log_set_sink(count, NULL);
    for (guint i = 1; i < BACKOFF_DEGRADED_AFTER; i++)
        backoff_add(&backoff, "because");
    cr_assert_not(backoff_is_degraded(&backoff));
    cr_assert_eq(n_errors, 0);
    backoff_add(&backoff, "because of that");
    cr_assert(backoff_is_degraded(&backoff));
    cr_assert_eq(n_errors, 1);
    cr_assert_eq(n_warnings, BACKOFF_DEGRADED_AFTER - 1);
    cr_assert_str_eq(backoff.reason, "because of that");
    backoff_clear(&backoff);
    cr_assert_not(backoff_is_degraded(&backoff));
    cr_assert_null(backoff.reason);
    cr_assert_eq(pause_after(&backoff), 1);
    backoff_clear(&backoff);
}

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

static gint64 pause_after(Backoff *trouble)
{
    const gint64 now_us = clock_now_us();

    backoff_add(trouble, "because");
    return (trouble->retry_us - now_us) / CLOCK_US_PER_S;
}

Test(trouble, the_pause_doubles_up_to_a_limit)
{
    static const gint64 pauses_s[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
    Backoff trouble = {0};

    log_set_sink(count, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(pauses_s); i++)
        cr_assert_eq(pause_after(&trouble), pauses_s[i]);
    for (guint i = 0; i < 100; i++)
        cr_assert_eq(pause_after(&trouble), 300);
    backoff_clear(&trouble);
}

Test(trouble, what_keeps_failing_is_said_louder)
{
    Backoff trouble = {0};

    log_set_sink(count, NULL);
    for (guint i = 1; i < TROUBLE_DEGRADED_AFTER; i++)
        backoff_add(&trouble, "because");
    cr_assert_not(backoff_is_degraded(&trouble));
    cr_assert_eq(n_errors, 0);
    backoff_add(&trouble, "because of that");
    cr_assert(backoff_is_degraded(&trouble));
    cr_assert_eq(n_errors, 1);
    cr_assert_eq(n_warnings, TROUBLE_DEGRADED_AFTER - 1);
    cr_assert_str_eq(trouble.reason, "because of that");
    backoff_clear(&trouble);
    cr_assert_not(backoff_is_degraded(&trouble));
    cr_assert_null(trouble.reason);
    cr_assert_eq(pause_after(&trouble), 1);
    backoff_clear(&trouble);
}

#include <criterion/criterion.h>

#include "base/clock.h"
#include "s3/http/breaker.h"

static const RetryVerdict failed = {ERROR_UNAVAILABLE, TRUE, RETRY_SERVER, FALSE};
static const RetryVerdict throttled = {ERROR_UNAVAILABLE, TRUE, RETRY_THROTTLE, FALSE};
static const RetryVerdict unconnected = {ERROR_UNAVAILABLE, TRUE, RETRY_CONNECT, FALSE};

static void fail_often(Breaker *breaker, BreakerSide side, const RetryVerdict *verdict, guint times)
{
    for (guint i = 0; i < times; i++)
        breaker_fail(breaker, side, verdict, "words", 0);
}

static gboolean reads(const Breaker *breaker)
{
    return breaker_allows(breaker, BREAKER_READ, 0);
}

static gboolean writes(const Breaker *breaker)
{
    return breaker_allows(breaker, BREAKER_WRITE, 0);
}

Test(breaker, is_closed_at_first_and_opens_for_a_while_when_enough_failed_in_a_row)
{
    g_auto(Breaker) breaker = {0};

    cr_assert(reads(&breaker));
    fail_often(&breaker, BREAKER_READ, &failed, BREAKER_FAILURES - 1);
    cr_assert(reads(&breaker));
    breaker_fail(&breaker, BREAKER_READ, &failed, "words", 0);
    cr_assert_not(reads(&breaker));
    cr_assert_not(breaker_allows(&breaker, BREAKER_READ, BREAKER_PAUSE_US - 1));
    cr_assert(breaker_allows(&breaker, BREAKER_READ, BREAKER_PAUSE_US));
}

Test(breaker, opens_again_at_the_first_failure_after_a_pause)
{
    g_auto(Breaker) breaker = {0};
    gint64 now_us = 0;

    fail_often(&breaker, BREAKER_WRITE, &failed, BREAKER_FAILURES);
    for (int i = 0; i < 1000; i++) {
        now_us += BREAKER_PAUSE_US;
        cr_assert(breaker_allows(&breaker, BREAKER_WRITE, now_us));
        breaker_fail(&breaker, BREAKER_WRITE, &failed, "words", now_us);
        cr_assert_not(breaker_allows(&breaker, BREAKER_WRITE, now_us));
    }
}

Test(breaker, one_success_closes_it)
{
    g_auto(Breaker) breaker = {0};

    fail_often(&breaker, BREAKER_READ, &failed, BREAKER_FAILURES);
    breaker_succeed(&breaker, BREAKER_READ);
    cr_assert(reads(&breaker));
    fail_often(&breaker, BREAKER_READ, &failed, BREAKER_FAILURES - 1);
    cr_assert(reads(&breaker));
}

Test(breaker, a_server_that_only_reads_is_read_from)
{
    g_auto(Breaker) breaker = {0};

    fail_often(&breaker, BREAKER_WRITE, &failed, BREAKER_FAILURES);
    breaker_succeed(&breaker, BREAKER_READ);
    cr_assert(reads(&breaker));
    cr_assert_not(writes(&breaker));
}

Test(breaker, without_a_connection_nothing_goes_and_that_is_clear_sooner)
{
    g_auto(Breaker) breaker = {0};

    fail_often(&breaker, BREAKER_READ, &unconnected, BREAKER_CONNECTIONS - 1);
    cr_assert(reads(&breaker) && writes(&breaker));
    breaker_fail(&breaker, BREAKER_WRITE, &unconnected, "words", 0);
    cr_assert(!reads(&breaker) && !writes(&breaker));
    breaker_succeed(&breaker, BREAKER_WRITE);
    cr_assert(reads(&breaker) && writes(&breaker));
}

Test(breaker, a_refusal_is_an_answer)
{
    for (int class = 0; class <= ERROR_CLASS_LAST; class ++) {
        const RetryVerdict verdict = {(ErrorClass) class, FALSE, RETRY_NONE, FALSE};
        g_auto(Breaker) breaker = {0};

        fail_often(&breaker, BREAKER_READ, &failed, BREAKER_FAILURES - 1);
        breaker_fail(&breaker, BREAKER_READ, &verdict, "words", 0);
        cr_assert_eq(reads(&breaker), class != ERROR_UNAVAILABLE, "%s", error_class_name((ErrorClass) class));
    }
}

Test(breaker, a_server_that_asks_for_fewer_requests_is_given_more_time)
{
    g_auto(Breaker) breaker = {0};

    fail_often(&breaker, BREAKER_READ, &throttled, 3 * BREAKER_FAILURES - 1);
    cr_assert(reads(&breaker));
    breaker_fail(&breaker, BREAKER_READ, &throttled, "words", 0);
    cr_assert_not(reads(&breaker));
}

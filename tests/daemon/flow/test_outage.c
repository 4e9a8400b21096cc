#include <criterion/criterion.h>
#include <string.h>

#include "daemon/flow/outage.h"

#define S G_GINT64_CONSTANT(1000000)

static void fail_often(Outage *outage, OutageKind kind, guint times, gint64 now_us)
{
    for (guint i = 0; i < times; i++)
        outage_fail(outage, kind, now_us);
}

/* An outage of this kind since 10 s, with the first probe due at 11 s. */
static Outage make_away(OutageKind kind)
{
    Outage outage;

    outage_init(&outage);
    outage_fail_surely(&outage, kind, 10 * S);
    cr_assert_eq(outage.state, OUTAGE_AWAY);
    return outage;
}

Test(outage, nothing_is_suspected_at_first_nor_after_a_few_failures)
{
    Outage outage;

    outage_init(&outage);
    cr_assert_eq(outage_leave(&outage, FALSE, 0), OUTAGE_FREE);
    cr_assert_eq(outage_leave(&outage, TRUE, 0), OUTAGE_FREE);
    cr_assert(outage_blames(&outage, OUTAGE_READ));
    fail_often(&outage, OUTAGE_READ, OUTAGE_SUSPICIOUS - 1, S);
    cr_assert_eq(outage.state, OUTAGE_NONE);
    cr_assert_eq(outage_leave(&outage, FALSE, S), OUTAGE_FREE);
    cr_assert_not(outage_blames(&outage, OUTAGE_READ), "nobody knows yet who is to blame");
    cr_assert(outage_blames(&outage, OUTAGE_WRITE));
}

Test(outage, failures_in_a_row_are_suspicious_and_a_success_between_them_is_not)
{
    Outage outage;

    outage_init(&outage);
    for (gint64 i = 1; i < 1000; i++) {
        outage_fail(&outage, OUTAGE_READ, i);
        if (i % (OUTAGE_SUSPICIOUS - 1) == 0)
            outage_succeed(&outage, OUTAGE_READ, i, i);
        cr_assert_eq(outage.state, OUTAGE_NONE);
    }
    outage_succeed(&outage, OUTAGE_READ, 1000, 1000);
    cr_assert(outage_blames(&outage, OUTAGE_READ));
    fail_often(&outage, OUTAGE_READ, OUTAGE_SUSPICIOUS, 2000);
    cr_assert_eq(outage.state, OUTAGE_SUSPECTED);
    cr_assert_eq(outage_leave(&outage, FALSE, 3000), OUTAGE_HELD);
    cr_assert_eq(outage_leave(&outage, TRUE, 3000), OUTAGE_HELD);
}

Test(outage, a_success_of_another_kind_means_nothing)
{
    Outage outage;

    outage_init(&outage);
    for (guint i = 0; i < OUTAGE_SUSPICIOUS; i++) {
        outage_fail(&outage, OUTAGE_WRITE, S + i);
        outage_succeed(&outage, OUTAGE_READ, 2 * S, 2 * S);
        outage_succeed(&outage, OUTAGE_LIST, 2 * S, 2 * S);
    }
    cr_assert_eq(outage.state, OUTAGE_SUSPECTED);
    cr_assert_eq(outage.kind, OUTAGE_WRITE);
}

Test(outage, a_success_from_before_means_nothing)
{
    Outage outage;

    outage_init(&outage);
    outage_fail(&outage, OUTAGE_READ, 10 * S);
    outage_succeed(&outage, OUTAGE_READ, 10 * S - 1, 20 * S);
    cr_assert_not(outage_blames(&outage, OUTAGE_READ));
    outage_succeed(&outage, OUTAGE_READ, 10 * S, 20 * S);
    cr_assert(outage_blames(&outage, OUTAGE_READ));
    outage = make_away(OUTAGE_READ);
    outage_succeed(&outage, OUTAGE_READ, 10 * S - 1, 20 * S);
    cr_assert_eq(outage.state, OUTAGE_AWAY);
    outage_succeed(&outage, OUTAGE_READ, 20 * S, 20 * S);
    cr_assert_eq(outage.state, OUTAGE_NONE);
}

Test(outage, the_store_says_who_is_to_blame)
{
    for (int answers = 0; answers <= 1; answers++) {
        Outage outage;

        outage_init(&outage);
        outage_fail(&outage, OUTAGE_WRITE, 10 * S);
        fail_often(&outage, OUTAGE_WRITE, OUTAGE_SUSPICIOUS, 11 * S);
        outage_judge(&outage, answers, 12 * S);
        cr_assert_eq(outage.state, answers ? OUTAGE_NONE : OUTAGE_AWAY);
        cr_assert_eq(outage_blames(&outage, OUTAGE_WRITE), answers);
        if (!answers)
            cr_assert_eq(outage.since_us, 10 * S, "it is away since the first failure");
        outage_judge(&outage, !answers, 13 * S);
        cr_assert_eq(outage.state, answers ? OUTAGE_NONE : OUTAGE_AWAY, "nobody has asked again");
    }
}

Test(outage, few_failures_are_suspicious_when_nobody_else_can_tell)
{
    Outage outage;

    outage_init(&outage);
    outage_suspect(&outage);
    cr_assert_eq(outage.state, OUTAGE_NONE, "nothing has failed");
    outage_fail(&outage, OUTAGE_WRITE, S);
    outage_suspect(&outage);
    cr_assert_eq(outage.state, OUTAGE_SUSPECTED);
    cr_assert_eq(outage.kind, OUTAGE_WRITE);
}

Test(outage, probes_one_at_a_time_after_pauses_that_grow)
{
    Outage outage = make_away(OUTAGE_READ);
    gint64 now_us = 10 * S, pause_us = OUTAGE_PAUSE_US;

    for (guint i = 1; i <= 50; i++) {
        cr_assert_eq(outage_leave(&outage, FALSE, now_us + pause_us - 1), OUTAGE_HELD);
        now_us += pause_us;
        cr_assert_eq(outage_leave(&outage, FALSE, now_us), OUTAGE_PROBE);
        cr_assert_eq(outage_leave(&outage, TRUE, now_us), OUTAGE_HELD, "a listing shows nothing");
        outage_begin_probe(&outage);
        cr_assert_eq(outage.probes, i);
        cr_assert_eq(outage_leave(&outage, FALSE, G_MAXINT64), OUTAGE_HELD);
        outage_fail(&outage, OUTAGE_READ, now_us);
        cr_assert_eq(outage.since_us, 10 * S);
        pause_us = MIN(pause_us * 3 / 2, OUTAGE_MAX_PAUSE_US);
    }
    cr_assert_eq(pause_us, OUTAGE_MAX_PAUSE_US);
}

Test(outage, five_minutes_are_worth_few_probes)
{
    Outage outage = make_away(OUTAGE_READ);

    for (gint64 now_us = 10 * S; now_us < 310 * S; now_us += S / 10) {
        if (outage_leave(&outage, FALSE, now_us) == OUTAGE_PROBE) {
            outage_begin_probe(&outage);
            outage_fail(&outage, OUTAGE_READ, now_us);
        }
    }
    cr_assert_leq(outage.probes, 14, "%u", outage.probes);
}

Test(outage, one_success_ends_it)
{
    for (guint kind = 0; kind < OUTAGE_KINDS; kind++) {
        Outage outage = make_away((OutageKind)kind);

        cr_assert_eq(outage_leave(&outage, kind == OUTAGE_LIST, 11 * S), OUTAGE_PROBE);
        cr_assert_eq(outage_leave(&outage, kind != OUTAGE_LIST, 11 * S), OUTAGE_HELD);
        outage_begin_probe(&outage);
        outage_succeed(&outage, (OutageKind)((kind + 1) % OUTAGE_KINDS), 12 * S, 12 * S);
        cr_assert_eq(outage.state, OUTAGE_AWAY);
        outage_succeed(&outage, (OutageKind)kind, 12 * S, 12 * S);
        cr_assert_eq(outage.state, OUTAGE_NONE);
        cr_assert_eq(outage_leave(&outage, FALSE, 12 * S), OUTAGE_FREE);
        cr_assert(outage_blames(&outage, (OutageKind)kind));
    }
}

Test(outage, what_was_in_flight_is_no_probe)
{
    Outage outage = make_away(OUTAGE_READ);

    fail_often(&outage, OUTAGE_READ, 100, 10 * S);
    cr_assert_eq(outage.due_us, 11 * S);
    outage_succeed(&outage, OUTAGE_READ, 10 * S - 1, 11 * S);
    cr_assert_eq(outage.state, OUTAGE_AWAY, "nor does it show that the store is back");
}

Test(outage, a_probe_may_say_nothing_or_fail_at_the_other_store)
{
    Outage outage = make_away(OUTAGE_WRITE);

    outage_begin_probe(&outage);
    outage_end_probe(&outage, 12 * S);
    cr_assert_eq(outage_leave(&outage, FALSE, 12 * S), OUTAGE_PROBE);
    outage_begin_probe(&outage);
    outage_fail(&outage, OUTAGE_READ, 13 * S);
    cr_assert_eq(outage.kind, OUTAGE_READ);
    outage_end_probe(&outage, 13 * S); /* no effect: the failure has ended the probe */
    cr_assert_eq(outage_leave(&outage, FALSE, 13 * S), OUTAGE_HELD);
    outage_succeed(&outage, OUTAGE_READ, 14 * S, 14 * S);
    cr_assert_eq(outage.state, OUTAGE_NONE);
}

Test(outage, a_relapse_goes_on_with_the_pauses)
{
    Outage outage = make_away(OUTAGE_READ);

    outage_begin_probe(&outage);
    outage_fail(&outage, OUTAGE_READ, 11 * S);
    outage_succeed(&outage, OUTAGE_READ, 20 * S, 20 * S);
    outage_fail_surely(&outage, OUTAGE_READ, 21 * S);
    cr_assert_eq(outage.pause_us, OUTAGE_PAUSE_US * 9 / 4);
    cr_assert_eq(outage.since_us, 21 * S);
    outage_succeed(&outage, OUTAGE_READ, 30 * S, 30 * S);
    outage_fail_surely(&outage, OUTAGE_READ, 30 * S + OUTAGE_RELAPSE_US);
    cr_assert_eq(outage.pause_us, OUTAGE_PAUSE_US);
}

Test(outage, has_a_limit_and_says_when_to_look_again)
{
    Outage outage = make_away(OUTAGE_READ);

    cr_assert_not(outage_is_over_limit(&outage, 5 * S, 15 * S - 1));
    cr_assert(outage_is_over_limit(&outage, 5 * S, 15 * S));
    cr_assert_eq(outage_wake_us(&outage, 5 * S), 11 * S);
    cr_assert_eq(outage_wake_us(&outage, S / 2), 10 * S + S / 2);
    outage_begin_probe(&outage);
    cr_assert_eq(outage_wake_us(&outage, 5 * S), 15 * S);
    outage_succeed(&outage, OUTAGE_READ, 12 * S, 12 * S);
    cr_assert_not(outage_is_over_limit(&outage, 0, G_MAXINT64));
    cr_assert_eq(outage_wake_us(&outage, 0), G_MAXINT64);
}

/* Tests every order of a number of events against the invariants. */

enum {
    FAIL_READ,
    FAIL_WRITE,
    SURE_LIST,
    SUCCEED_READ,
    SUCCEED_WRITE,
    SUCCEED_LIST,
    SUSPECT,
    ANSWERS,
    SILENT,
    PROBE,
    EVENTS
};
#define DEPTH 6

static void happen(Outage *outage, int event, gint64 now_us)
{
    switch (event) {
    case FAIL_READ: outage_fail(outage, OUTAGE_READ, now_us); break;
    case FAIL_WRITE: outage_fail(outage, OUTAGE_WRITE, now_us); break;
    case SURE_LIST: outage_fail_surely(outage, OUTAGE_LIST, now_us); break;
    case SUCCEED_READ: outage_succeed(outage, OUTAGE_READ, now_us, now_us); break;
    case SUCCEED_WRITE: outage_succeed(outage, OUTAGE_WRITE, now_us, now_us); break;
    case SUCCEED_LIST: outage_succeed(outage, OUTAGE_LIST, now_us, now_us); break;
    case SUSPECT: outage_suspect(outage); break;
    case ANSWERS: outage_judge(outage, TRUE, now_us); break;
    case SILENT: outage_judge(outage, FALSE, now_us); break;
    default:
        if (outage_leave(outage, outage->kind == OUTAGE_LIST, now_us) == OUTAGE_PROBE)
            outage_begin_probe(outage);
    }
}

static void check(const Outage *outage, gint64 now_us)
{
    const gboolean is_away = outage->state == OUTAGE_AWAY;
    OutageLeave objects = outage_leave(outage, FALSE, now_us), pages = outage_leave(outage, TRUE, now_us);

    cr_assert_eq(objects == OUTAGE_FREE, outage->state == OUTAGE_NONE);
    cr_assert_eq(pages == OUTAGE_FREE, outage->state == OUTAGE_NONE);
    cr_assert(!(objects == OUTAGE_PROBE && pages == OUTAGE_PROBE), "one probe at a time");
    cr_assert(is_away || !outage->is_probing);
    for (guint kind = 0; kind < OUTAGE_KINDS; kind++) {
        if (outage->state != OUTAGE_NONE || outage->streaks[kind].failures > 0)
            cr_assert_not(outage_blames(outage, (OutageKind)kind));
        if (outage->state == OUTAGE_NONE)
            cr_assert_lt(outage->streaks[kind].failures, OUTAGE_SUSPICIOUS);
    }
    if (!is_away)
        return;
    cr_assert(outage->since_us > 0 && outage->since_us <= now_us);
    cr_assert(outage->pause_us >= OUTAGE_PAUSE_US && outage->pause_us <= OUTAGE_MAX_PAUSE_US);
    cr_assert_eq(outage->is_probing ||
                     outage_leave(outage, outage->kind == OUTAGE_LIST, outage->due_us) == OUTAGE_PROBE,
                 TRUE, "there is always a way on");
}

static void explore(const Outage *outage, guint depth, gint64 now_us)
{
    for (int event = 0; depth > 0 && event < EVENTS; event++) {
        Outage next = *outage;

        happen(&next, event, now_us);
        check(&next, now_us);
        explore(&next, depth - 1, now_us + OUTAGE_PAUSE_US / 2);
    }
}

Test(outage, whatever_happens)
{
    Outage outage;

    outage_init(&outage);
    explore(&outage, DEPTH, S);
}

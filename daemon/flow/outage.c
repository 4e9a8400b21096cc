#include "daemon/flow/outage.h"

void outage_init(Outage *outage)
{
    *outage = (Outage){0};
}

static void clear_streaks(Outage *outage)
{
    for (guint kind = 0; kind < OUTAGE_KINDS; kind++)
        outage->streaks[kind] = (OutageStreak){0};
}

static void count_failure(OutageStreak *streak, gint64 now_us)
{
    if (streak->failures++ == 0)
        streak->first_us = now_us;
}

static void suspect(Outage *outage, OutageKind kind)
{
    outage->state = OUTAGE_SUSPECTED;
    outage->kind = kind;
}

static gint64 longer(gint64 pause_us)
{
    return CLAMP(pause_us * 3 / 2, OUTAGE_PAUSE_US, OUTAGE_MAX_PAUSE_US);
}

static void go_away(Outage *outage, OutageKind kind, gint64 now_us)
{
    const gboolean is_relapse = outage->ended_us != 0 && now_us - outage->ended_us < OUTAGE_RELAPSE_US;

    outage->state = OUTAGE_AWAY;
    outage->kind = kind;
    outage->since_us = outage->streaks[kind].first_us;
    outage->away_us = now_us;
    outage->pause_us = is_relapse ? longer(outage->pause_us) : OUTAGE_PAUSE_US;
    outage->due_us = now_us + outage->pause_us;
    outage->is_probing = FALSE;
    outage->probes = 0;
    clear_streaks(outage);
}

/* The kind at which the probe failed is the one that is away now: another probe could not get further. */
static void fail_probe(Outage *outage, OutageKind kind, gint64 now_us)
{
    outage->kind = kind;
    outage->is_probing = FALSE;
    outage->pause_us = longer(outage->pause_us);
    outage->due_us = now_us + outage->pause_us;
}

void outage_fail(Outage *outage, OutageKind kind, gint64 now_us)
{
    if (outage->state == OUTAGE_AWAY) {
        if (outage->is_probing)
            fail_probe(outage, kind, now_us);
        return;
    }
    count_failure(&outage->streaks[kind], now_us);
    if (outage->state == OUTAGE_NONE && outage->streaks[kind].failures >= OUTAGE_SUSPICIOUS)
        suspect(outage, kind);
}

void outage_fail_surely(Outage *outage, OutageKind kind, gint64 now_us)
{
    outage_fail(outage, kind, now_us);
    if (outage->state != OUTAGE_AWAY)
        go_away(outage, kind, now_us);
}

static void end(Outage *outage, gint64 now_us)
{
    outage->state = OUTAGE_NONE;
    outage->is_probing = FALSE;
    outage->ended_us = now_us;
}

/* Another kind may have become suspicious while this one was suspected. */
static void look_at_others(Outage *outage)
{
    for (guint kind = 0; kind < OUTAGE_KINDS; kind++)
        if (outage->streaks[kind].failures >= OUTAGE_SUSPICIOUS)
            suspect(outage, (OutageKind)kind);
}

void outage_succeed(Outage *outage, OutageKind kind, gint64 at_us, gint64 now_us)
{
    const gint64 first_us = outage->state == OUTAGE_AWAY ? outage->away_us : outage->streaks[kind].first_us;

    if (at_us < first_us)
        return;
    outage->streaks[kind] = (OutageStreak){0};
    if (outage->state == OUTAGE_NONE || outage->kind != kind)
        return;
    if (outage->state == OUTAGE_AWAY)
        end(outage, now_us);
    outage->state = OUTAGE_NONE;
    look_at_others(outage);
}

void outage_suspect(Outage *outage)
{
    for (guint kind = 0; kind < OUTAGE_KINDS && outage->state == OUTAGE_NONE; kind++)
        if (outage->streaks[kind].failures > 0)
            suspect(outage, (OutageKind)kind);
}

void outage_judge(Outage *outage, gboolean answers, gint64 now_us)
{
    if (outage->state != OUTAGE_SUSPECTED)
        return;
    if (!answers) {
        go_away(outage, outage->kind, now_us);
        return;
    }
    outage->streaks[outage->kind] = (OutageStreak){0};
    outage->state = OUTAGE_NONE;
    look_at_others(outage);
}

OutageLeave outage_leave(const Outage *outage, gboolean is_listing, gint64 now_us)
{
    if (outage->state == OUTAGE_NONE)
        return OUTAGE_FREE;
    if (outage->state == OUTAGE_SUSPECTED || outage->is_probing || now_us < outage->due_us ||
        is_listing != (outage->kind == OUTAGE_LIST))
        return OUTAGE_HELD;
    return OUTAGE_PROBE;
}

void outage_begin_probe(Outage *outage)
{
    outage->is_probing = TRUE;
    outage->probes++;
}

void outage_end_probe(Outage *outage, gint64 now_us)
{
    if (!outage->is_probing)
        return;
    outage->is_probing = FALSE;
    outage->due_us = now_us;
}

gboolean outage_blames(const Outage *outage, OutageKind kind)
{
    return outage->state == OUTAGE_NONE && outage->streaks[kind].failures == 0;
}

gboolean outage_is_over_limit(const Outage *outage, gint64 limit_us, gint64 now_us)
{
    return outage->state == OUTAGE_AWAY && now_us - outage->since_us >= limit_us;
}

gint64 outage_wake_us(const Outage *outage, gint64 limit_us)
{
    gint64 over_us = outage->since_us + limit_us;

    if (outage->state != OUTAGE_AWAY)
        return G_MAXINT64;
    return outage->is_probing ? over_us : MIN(outage->due_us, over_us);
}

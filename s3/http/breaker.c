#include "s3/http/breaker.h"

#define WEIGHT          3u
#define THROTTLE_WEIGHT 1u

static void count(BreakerCircuit *circuit, guint weight, guint most, gint64 now_us)
{
    circuit->weight = MIN(circuit->weight + weight, most);
    if (circuit->weight == most)
        circuit->open_until_us = now_us + BREAKER_PAUSE_US;
}

gboolean breaker_allows(const Breaker *breaker, BreakerSide side, gint64 now_us)
{
    return now_us >= breaker->sides[side].open_until_us && now_us >= breaker->connections.open_until_us;
}

void breaker_clear(Breaker *breaker)
{
    if (breaker != NULL)
        g_clear_pointer(&breaker->reason, g_free);
}

void breaker_fail(Breaker *breaker, BreakerSide side, const RetryVerdict *verdict, const char *reason,
                  gint64 now_us)
{
    g_free(breaker->reason);
    breaker->reason = g_strdup(reason);
    if (verdict->class != ERROR_UNAVAILABLE)
        breaker_succeed(breaker, side);
    else if (verdict->reason == RETRY_CONNECT)
        count(&breaker->connections, 1, BREAKER_CONNECTIONS, now_us);
    else if (verdict->reason == RETRY_THROTTLE)
        count(&breaker->sides[side], THROTTLE_WEIGHT, BREAKER_FAILURES * WEIGHT, now_us);
    else
        count(&breaker->sides[side], WEIGHT, BREAKER_FAILURES * WEIGHT, now_us);
}

void breaker_succeed(Breaker *breaker, BreakerSide side)
{
    breaker->sides[side] = (BreakerCircuit){0};
    breaker->connections = (BreakerCircuit){0};
}

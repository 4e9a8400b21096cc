/* A circuit breaker for the requests of one process to one server. After several failures in a row without
 * one success, further requests are not sent for a moment, and none is retried. So an unavailable store costs
 * a worker a few requests only, and the worker's objects are back within seconds at the supervisor, which
 * decides what to do (daemon/flow/outage.h). Pure: the caller passes the time. */
#pragma once

#include <glib.h>

#include "s3/http/retry.h"

/* Counted separately: a server may fail at one and not at the other. A check reads no object's bytes. */
typedef enum { BREAKER_READ, BREAKER_WRITE, BREAKER_CHECK } BreakerSide;

/* Failures in a row until one side opens. A response that asks for fewer requests counts a third: a server
 * that sends it is reachable, and the pace (s3/http/pace.h) is lowered first. */
#define BREAKER_FAILURES 8u

/* Failed connections in a row until all sides open; fewer are needed, as a failed connection says more. */
#define BREAKER_CONNECTIONS 3u

/* How long no request is sent. Then one is let through; if it fails too, the breaker opens again. */
#define BREAKER_PAUSE_US G_GINT64_CONSTANT(1000000)

typedef struct {
    guint weight; /* of the failures in a row */
    gint64 open_until_us;
} BreakerCircuit;

typedef struct {
    BreakerCircuit sides[BREAKER_CHECK + 1];
    BreakerCircuit connections;
    char *reason; /* text of the latest failure, or NULL */
} Breaker;

/* Releases what the breaker holds. breaker may be NULL. */
void breaker_clear(Breaker *breaker);

/* Whether a request may be sent now. */
gboolean breaker_allows(const Breaker *breaker, BreakerSide side, gint64 now_us);

/* Records a failed request. A failure that does not concern the server as a whole (verdict->class is not
 * ERROR_UNAVAILABLE) counts like a success. reason is copied. */
void breaker_fail(Breaker *breaker, BreakerSide side, const RetryVerdict *verdict, const char *reason,
                  gint64 now_us);

/* Records a successful request. */
void breaker_succeed(Breaker *breaker, BreakerSide side);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Breaker, breaker_clear)

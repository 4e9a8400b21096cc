/* A circuit breaker for the requests of one process to one server: when some have failed in a row, without
 * one success, further ones are not sent for a moment, and none is retried. So a store that is away costs a
 * worker a few requests, and its objects are back with the supervisor, which knows what to do
 * (daemon/flow/outage.h), within seconds. Pure: the caller says what time it is. */
#pragma once

#include <glib.h>

#include "s3/http/retry.h"

/* These are counted apart: a server may fail at one and not at the other. A check reads no object's bytes. */
typedef enum { BREAKER_READ, BREAKER_WRITE, BREAKER_CHECK } BreakerSide;

/* Failures in a row until one side opens. An answer that asks for fewer requests counts a third: a server
 * that gives it is there, and the pace (s3/http/pace.h) is lowered first. */
#define BREAKER_FAILURES 8u

/* Connections in a row that did not come about, until all sides open: fewer say as much. */
#define BREAKER_CONNECTIONS 3u

/* How long nothing is sent. Then a request is let through; when it fails too, it opens again. */
#define BREAKER_PAUSE_US G_GINT64_CONSTANT(1000000)

typedef struct {
    guint weight; /* of the failures in a row */
    gint64 open_until_us;
} BreakerCircuit;

typedef struct {
    BreakerCircuit sides[BREAKER_CHECK + 1];
    BreakerCircuit connections;
    char *reason; /* the latest failure, in words; NULL: there was none */
} Breaker;

/* Releases what it holds. NULL is allowed. */
void breaker_clear(Breaker *breaker);

/* Whether a request may be sent now. */
gboolean breaker_allows(const Breaker *breaker, BreakerSide side, gint64 now_us);

/* A request has failed. What says nothing about the server as a whole (verdict->class is not
 * ERROR_UNAVAILABLE) is an answer like a success. reason is copied. */
void breaker_fail(Breaker *breaker, BreakerSide side, const RetryVerdict *verdict, const char *reason,
                  gint64 now_us);

/* A request has succeeded. */
void breaker_succeed(Breaker *breaker, BreakerSide side);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Breaker, breaker_clear)

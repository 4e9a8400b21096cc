/* Counts the requests that one process has sent. Owned by the process's role, which passes its address to all
 * code that sends requests and reads it at any time; single-threaded. */
#pragma once

#include <glib.h>

/* Why a request is retried. */
typedef enum {
    RETRY_NONE,      /* not retried */
    RETRY_CONNECT,   /* no connection was established */
    RETRY_TIMEOUT,   /* no progress for too long */
    RETRY_RESET,     /* the connection ended without a response, or during one */
    RETRY_TRUNCATED, /* a body was shorter than announced or had other bytes than were sent */
    RETRY_SERVER,    /* the server failed */
    RETRY_THROTTLE,  /* the server asked for fewer requests: use a longer back-off */
    RETRY_SKEW,      /* the clocks of the two sides differ too much: retry only with a corrected time */
    RETRY_REGION,    /* the bucket is in another region: retry only with a signature for that region */
} RetryReason;

#define RETRY_REASON_COUNT (RETRY_REGION + 1)

typedef struct {
    guint64 list, get, check, put, head, delete; /* attempts by kind, including retries */
    guint64 retries;                             /* attempts after the first */
    guint64 retry_reasons[RETRY_REASON_COUNT];   /* retries by RetryReason */
    guint64 connections;                         /* opened */
} RequestCounters;

/* Adds more to counters. */
void request_counters_add(RequestCounters *counters, const RequestCounters *more);

/* The requests that were counted between before and now. */
RequestCounters request_counters_since(const RequestCounters *now, const RequestCounters *before);

/* How many requests one process has sent. Owned by the process's role, which hands its address to whatever
 * sends requests and reads it at any time; single-threaded. */
#pragma once

#include <glib.h>

/* Why a request is sent once more. */
typedef enum {
    RETRY_NONE,      /* it is not */
    RETRY_CONNECT,   /* no connection came about */
    RETRY_TIMEOUT,   /* nothing moved for too long */
    RETRY_RESET,     /* the connection ended without an answer, or in the middle of one */
    RETRY_TRUNCATED, /* a body came, or arrived, shorter or otherwise than it was sent */
    RETRY_SERVER,    /* the server failed */
    RETRY_THROTTLE,  /* it asked for fewer requests: pause longer */
    RETRY_SKEW,      /* the clocks of the two sides differ too much: of use with another time only */
    RETRY_REGION,    /* the bucket is in another region: of use with another signature only */
} RetryReason;

#define RETRY_REASON_COUNT (RETRY_REGION + 1)

typedef struct {
    guint64 list, get, check, put, head, delete; /* attempts by kind: retries are in here too */
    guint64 retries;                             /* attempts after the first */
    guint64 retry_reasons[RETRY_REASON_COUNT];   /* the same, by RetryReason */
    guint64 connections;                         /* opened */
} RequestCounters;

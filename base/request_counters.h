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

/* The kinds of requests that a store is sent. */
typedef enum {
    OPERATION_LIST,
    OPERATION_GET,
    OPERATION_CHECK,
    OPERATION_PUT,
    OPERATION_HEAD,
    OPERATION_DELETE,
} RequestOperation;

#define OPERATION_COUNT (OPERATION_DELETE + 1)

/* How a server has answered: by the first digit of the status. */
typedef enum {
    ANSWER_NONE, /* there was no answer */
    ANSWER_2XX,
    ANSWER_3XX,
    ANSWER_4XX,
    ANSWER_5XX,
} RequestAnswer;

#define ANSWER_COUNT (ANSWER_5XX + 1)

typedef struct {
    guint64 list, get, check, put, head, delete; /* attempts by kind, including retries */
    guint64 retries;                             /* attempts after the first */
    guint64 retry_reasons[RETRY_REASON_COUNT];   /* retries by RetryReason */
    guint64 connections;                         /* opened */
    /* Attempts over HTTP that have ended. Work on files is not among them. */
    guint64 answers[OPERATION_COUNT][ANSWER_COUNT];
} RequestCounters;

/* The answer with this status; any other number is none. */
RequestAnswer request_answer(long status);

/* Adds more to counters. */
void request_counters_add(RequestCounters *counters, const RequestCounters *more);

/* The requests that were counted between before and now. */
RequestCounters request_counters_since(const RequestCounters *now, const RequestCounters *before);

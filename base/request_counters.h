/* How many requests one process has sent. Owned by the process's role, which hands its address to whatever
 * sends requests and reads it at any time; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/http/retry.h"

typedef struct {
    guint64 list, get, check, put, head, delete; /* attempts by kind: retries are in here too */
    guint64 retries;                             /* attempts after the first */
    guint64 retry_reasons[RETRY_REASON_COUNT];   /* the same, by RetryReason */
    guint64 connections;                         /* opened */
} RequestCounters;

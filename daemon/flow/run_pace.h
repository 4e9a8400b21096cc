/* The request rate of a run: when a server throttles one worker (503 SlowDown), all workers send it fewer
 * requests. Each worker also slows down its own requests at once (s3/http/pace.h); this is what they share:
 * the rate at which objects are handed out. Used by the dispatcher; pure: the caller supplies the time. */
#pragma once

#include "s3/http/pace.h"

/* Lowest rate, in requests per second: a compromised worker that reports any numbers must not be able to stop
 * a run. If a server wants fewer, each worker still slows down its own requests. */
#define RUN_PACE_FLOOR 10.0

typedef struct {
    Pace pace;
    gint64 due_us; /* when the next object may be handed out; a time in the past: at once */
} RunPace;

/* An object is handed out that takes this many requests. */
void run_pace_begin(RunPace *pace, guint requests, gint64 now_us);

/* A worker reports the requests that it made since its last result, and how many of them were throttled. */
void run_pace_take(RunPace *pace, guint64 requests, guint64 refused, gint64 now_us);

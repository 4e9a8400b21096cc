/* The pace of a run: what one worker's server refuses (503 SlowDown), all workers ask less of. Each worker
 * holds back its own requests too (s3/http/pace.h), at once; this is what they share: the rate at which
 * objects are handed out. Used by the dispatcher; pure: the caller says what time it is. */
#pragma once

#include "s3/http/pace.h"

/* The least, in requests per second: a worker may say what it likes, and cannot stop a run by it. A server
 * that wants fewer is heeded by each worker for its own requests. */
#define RUN_PACE_FLOOR 10.0

typedef struct {
    Pace pace;
    gint64 due_us; /* when the next object may be handed out; in the past: at once */
} RunPace;

/* An object is handed out that takes so many requests. */
void run_pace_begin(RunPace *pace, guint requests, gint64 now_us);

/* A worker reports requests that it made since its last result, and how many of these were too many. */
void run_pace_take(RunPace *pace, guint64 requests, guint64 refused, gint64 now_us);

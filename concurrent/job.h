/* A job of a process executor: the data that process_executor.c and worker.c pass to each other. Private to
 * them. */
#pragma once

#include "concurrent/future.h"

/* A task, from submit to the end of its future. */
typedef struct {
    guint64 number;
    GRefString *target; /* shared by consecutive jobs with the same target */
    GVariant *args;
    gboolean is_chunk; /* args is an array with the arguments of many calls */
    FdList *fds;       /* kept until the job is done: it may have to be sent to another child */
    Future *future;
    gint64 since_us;       /* start of its time limit, or 0 before that */
    gint64 since_awake_us; /* the same by clock_awake_us() */
    guint returns;         /* how often a child died before it had begun the job */
    gboolean told;         /* its child was told that cancellation is requested */
} Job;

/* Starts the job's time limit. */
void job_begin(Job *job);

/* Completes the future with a child's result: payload of WIRE_DONE. fds is left empty. */
void job_take_result(Job *job, GVariant *payload, FdList *fds);

/* Fails the future, unless it was cancelled, and frees the job. Takes ownership of error. */
void job_fail(Job *job, GError *error);
void job_free(Job *job);

/* Empties the queue: all jobs fail with copies of error. */
void jobs_fail(GQueue *jobs, const GError *error);

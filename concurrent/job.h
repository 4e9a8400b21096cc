/* A job of a process executor: what process_executor.c and worker.c hand to each other. Not for anybody else.
 */
#pragma once

#include "concurrent/future.h"

/* A task, from submit to the end of its future. */
typedef struct {
    guint64 number;
    GRefString *target; /* shared by those that follow each other */
    GVariant *args;
    gboolean is_chunk; /* args are an array with the arguments of many */
    FdList *fds;       /* kept until it is done: it may have to be handed to another child */
    Future *future;
    gint64 since_us;       /* when its time limit began to count; 0: it has not */
    gint64 since_awake_us; /* the same by clock_awake_us() */
    guint returns;         /* how often a child died that had not begun it */
    gboolean told;         /* its child knows that it was asked to cancel */
} Job;

/* Its time limit begins to count. */
void job_begin(Job *job);

/* Ends its future with what a child has answered: payload of WIRE_DONE; fds are left empty. */
void job_take_result(Job *job, GVariant *payload, FdList *fds);

/* Ends its future with error, which is taken, if it was not cancelled, and frees it. */
void job_fail(Job *job, GError *error);
void job_free(Job *job);

/* Empties the queue: all fail with copies of error. */
void jobs_fail(GQueue *jobs, const GError *error);

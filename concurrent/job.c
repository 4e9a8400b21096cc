#include "concurrent/job.h"

void job_free(Job *job)
{
    g_ref_string_release(job->target);
    g_variant_unref(job->args);
    fd_list_free(job->fds);
    future_unref(job->future);
    g_free(job);
}

void job_fail(Job *job, GError *error)
{
    if (future_begin(job->future))
        future_set_exception(job->future, error);
    else
        g_error_free(error);
    job_free(job);
}

void jobs_fail(GQueue *jobs, const GError *error)
{
    Job *job;

    while ((job = g_queue_pop_head(jobs)) != NULL)
        job_fail(job, g_error_copy(error));
}

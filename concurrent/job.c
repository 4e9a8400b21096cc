#include "concurrent/job.h"

#include "base/clock.h"
#include "base/error.h"

void job_begin(Job *job)
{
    job->since_us = clock_now_us();
    job->since_awake_us = clock_awake_us();
}

static FdList *take_fds(FdList *fds)
{
    FdList *taken = NULL;

    if (fds->count > 0) {
        taken = g_new(FdList, 1);
        *taken = *fds;
        fds->count = 0;
    }
    return taken;
}

/* A chunk's result must have one element for each of its items. */
static gboolean result_fits(const Job *job, GVariant *result)
{
    return !job->is_chunk || (g_variant_is_of_type(result, G_VARIANT_TYPE_ARRAY) &&
                              g_variant_n_children(result) == g_variant_n_children(job->args));
}

void job_take_result(Job *job, GVariant *payload, FdList *fds)
{
    g_autoptr(GVariant) result = NULL;

    g_variant_get_child(payload, 1, "v", &result);
    if (result_fits(job, result))
        future_set_result(job->future, result, fds != NULL ? take_fds(fds) : NULL);
    else
        future_set_exception(job->future, g_error_new(error_quark(), ERROR_INTERNAL,
                                                      "%s: the child answered a chunk with %s", job->target,
                                                      g_variant_get_type_string(result)));
}

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

#include "daemon/options/job_options.h"

#include "config/config.h"
#include "config/jobs.h"
#include "daemon/session/encoders.h"

/* FALSE after printing the error. */
static gboolean check_names(const GPtrArray *jobs, char *const *names)
{
    g_autofree char *known = jobs_names(jobs);

    for (; names != NULL && *names != NULL; names++) {
        if (jobs_find(jobs, *names) != NULL)
            continue;
        g_printerr("%s: --job: there is no job '%s' (jobs: %s)\n", g_get_prgname(), *names, known);
        return FALSE;
    }
    return TRUE;
}

GPtrArray *job_options_load(const char *path, char *const *names)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) jobs = NULL;

    if (path == NULL) {
        g_printerr("%s: -c FILE is missing\n", g_get_prgname());
        return NULL;
    }
    jobs = jobs_load(path, &error);
    if (jobs == NULL) {
        g_printerr("%s\n", error->message);
        return NULL;
    }
    if (!check_names(jobs, names))
        return NULL;
    for (guint i = jobs->len; names != NULL && i-- > 0;) {
        const Config *config = jobs->pdata[i];

        if (!g_strv_contains((const char *const *)names, config->name))
            g_ptr_array_remove_index(jobs, i);
    }
    return g_steal_pointer(&jobs);
}

Config *job_options_load_one(const char *path, char *const *names)
{
    g_autoptr(GPtrArray) jobs = job_options_load(path, names);
    g_autofree char *known = NULL;

    if (jobs == NULL)
        return NULL;
    if (jobs->len == 1)
        return g_ptr_array_steal_index(jobs, 0);
    known = jobs_names(jobs);
    g_printerr("%s: choose one job with --job NAME (jobs: %s)\n", g_get_prgname(), known);
    return NULL;
}

gboolean job_options_can_encode(const GPtrArray *jobs)
{
    g_autoptr(GError) error = NULL;

    if (encoders_check_jobs(jobs, &error))
        return TRUE;
    g_printerr("%s: %s\n", g_get_prgname(), error->message);
    return FALSE;
}

void job_options_tell(const GPtrArray *jobs, const Config *job,
                      void (*print)(const char *format, ...) G_GNUC_PRINTF(1, 2))
{
    if (jobs->len > 1)
        print("job %s:\n", job->name);
}

#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/limits.h"
#include "config/config.h"
#include "config/config_check.h"
#include "config/include.h"
#include "config/job_checks.h"
#include "config/job_tree.h"
#include "config/jobs.h"
#include "config/presets.h"
#include "config/rules.h"
#include "config/schema.h"
#include "config/section_show.h"
#include "config/section_yaml.h"

#define MAX_NAME_BYTES 64

/* The name of a file's only job, unless it has one. Owned by the caller. */
static char *name_of_file(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);
    char *extension = strrchr(base, '.');
    char *valid;

    if (extension != NULL && extension != base)
        *extension = '\0';
    g_strcanon(base, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-", '-');
    if (strlen(base) > MAX_NAME_BYTES)
        base[MAX_NAME_BYTES] = '\0';
    valid = rule_job_name(base, NULL);
    return valid != NULL ? valid : g_strdup("job");
}

/* The job of a tree. Checks it only if no mistake has been found yet. */
static Config *read_job(Node *tree, Problems *problems)
{
    Config *config = config_new();

    presets_apply(tree, problems);
    section_read_yaml(&schema_config, tree, config, problems);
    if (problems_is_empty(problems))
        config_finish(config, problems);
    problems_forget_places(problems); /* the next job may use the addresses of what is freed */
    return config;
}

/* The endpoint that the environment gives to stores without one; NULL for none. */
static const char *endpoint_of_environment(void)
{
    const char *own = g_getenv("AWS_ENDPOINT_URL_S3");

    return own != NULL ? own : g_getenv("AWS_ENDPOINT_URL");
}

static GPtrArray *read_jobs(Node *root, const GPtrArray *included, const char *path, Problems *problems)
{
    GPtrArray *jobs = g_ptr_array_new_with_free_func((GDestroyNotify)config_free);
    g_autoptr(GPtrArray) trees = job_tree_split(root, included, problems);
    g_autoptr(GArray) marks = g_array_new(FALSE, FALSE, sizeof(Mark));

    for (guint i = 0; i < trees->len; i++) {
        Node *tree = trees->pdata[i];
        Config *config = read_job(tree, problems);

        if (config->name == NULL)
            config->name = name_of_file(path);
        g_array_append_val(marks, tree->mark);
        g_ptr_array_add(jobs, config);
    }
    if (problems_is_empty(problems) && jobs->len > 1)
        job_checks_apply(jobs, marks, endpoint_of_environment(), problems);
    return jobs;
}

/* Reads the included files; root keeps the key. */
static void read_included(const Node *root, const char *path, gboolean is_file, GPtrArray *included,
                          Problems *problems)
{
    const Node *include = node_find(root, "include");

    if (include == NULL)
        return;
    if (is_file)
        include_read(include, path, g_getenv, included, problems);
    else
        problems_add(problems, include->mark, "include: only a file can include others");
}

static GPtrArray *parse(const char *text, gsize size_bytes, const char *path, gboolean is_file,
                        GError **error)
{
    g_autoptr(Problems) problems = problems_new(path);
    g_autoptr(GPtrArray) included = g_ptr_array_new_with_free_func((GDestroyNotify)node_unref);
    g_autoptr(Node) root = include_parse(text, size_bytes, 0, g_getenv, problems);
    g_autoptr(GPtrArray) jobs = NULL;

    if (root != NULL) {
        read_included(root, path, is_file, included, problems);
        jobs = read_jobs(root, included, path, problems);
    }
    if (problems_is_empty(problems))
        return g_steal_pointer(&jobs);
    problems_set_error(problems, ERROR_CONFIG, error);
    return NULL;
}

GPtrArray *jobs_parse(const char *text, gsize size_bytes, const char *name, GError **error)
{
    return parse(text, size_bytes, name, FALSE, error);
}

GPtrArray *jobs_load(const char *path, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autofree char *text = NULL;
    gsize size;

    text = fd_read_file(path, LIMIT_CONFIG_BYTES, &size, &reason);
    if (text != NULL)
        return parse(text, size, path, TRUE, error);
    /* The class does not depend on what is wrong with the file: the program cannot start. */
    error_set(error, ERROR_CONFIG, "%s", reason->message);
    return NULL;
}

const Config *jobs_find(const GPtrArray *jobs, const char *name)
{
    for (guint i = 0; i < jobs->len; i++) {
        const Config *config = jobs->pdata[i];

        if (strcmp(config->name, name) == 0)
            return config;
    }
    return NULL;
}

char *jobs_names(const GPtrArray *jobs)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < jobs->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", ((const Config *)jobs->pdata[i])->name);
    return g_string_free(names, FALSE);
}

char *jobs_show(const GPtrArray *jobs)
{
    return jobs->len == 1 ? config_show(jobs->pdata[0])
                          : section_show_jobs(&schema_config, (const void *const *)jobs->pdata, jobs->len);
}

/* The only job of a list, which is freed; NULL if the list is NULL or has several. */
static Config *only_job(GPtrArray *list, GError **error)
{
    g_autoptr(GPtrArray) jobs = list;

    if (jobs == NULL)
        return NULL;
    if (jobs->len == 1)
        return g_ptr_array_steal_index(jobs, 0);
    error_set(error, ERROR_CONFIG, "the configuration has %u jobs", jobs->len);
    return NULL;
}

Config *config_parse(const char *text, gsize size_bytes, const char *name, GError **error)
{
    return only_job(jobs_parse(text, size_bytes, name, error), error);
}

Config *config_load(const char *path, GError **error)
{
    return only_job(jobs_load(path, error), error);
}

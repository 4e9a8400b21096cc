#include "config/job_checks.h"

#include <string.h>

#include "config/key_form.h"
#include "config/pattern.h"
#include "config/place.h"

/* An output of a job: all keys that it may have in its store. */
typedef struct {
    const OutputConfig *output;
    char *form;
    gsize start_bytes; /* before its first gap */
} Made;

typedef struct {
    const Config *config;
    Mark mark;
    Place source, destination;
    GArray *made;                 /* of Made */
    GArray *fed;                  /* of Feed: the jobs whose originals its outputs may be */
    gboolean is_visited, is_open; /* of the search for circles */
} Job;

/* An output may be an original of another job. */
typedef struct {
    Job *job;
    const OutputConfig *output;
    char *key; /* for example */
} Feed;

typedef struct {
    GPtrArray *jobs; /* of Job */
    Problems *problems;
} Checker;

static void made_clear(void *data)
{
    g_free(((Made *)data)->form);
}

static void feed_clear(void *data)
{
    g_free(((Feed *)data)->key);
}

static void job_free(void *data)
{
    Job *job = data;

    place_clear(&job->source);
    place_clear(&job->destination);
    g_array_unref(job->made);
    g_array_unref(job->fed);
    g_free(job);
}

static Job *job_new(const Config *config, Mark mark, const char *fallback)
{
    Job *job = g_new0(Job, 1);

    job->config = config;
    job->mark = mark;
    job->made = g_array_new(FALSE, FALSE, sizeof(Made));
    job->fed = g_array_new(FALSE, FALSE, sizeof(Feed));
    g_array_set_clear_func(job->made, made_clear);
    g_array_set_clear_func(job->fed, feed_clear);
    (void)place_find(config->source.url, &config->source.s3, fallback, &job->source);
    (void)place_find(config->destination.url, &config->destination.s3, fallback, &job->destination);
    for (guint i = 0; i < config->outputs->len; i++) {
        const OutputConfig *output = config_output(config, i);
        const KeyTemplateValues values = output_config_values(output);
        g_autofree char *form = key_template_form(output->key, &values);
        Made made = {output, g_strconcat(job->destination.prefix, form, NULL), 0};
        g_autofree char *start = key_form_start(made.form);

        made.start_bytes = strlen(start);
        g_array_append_val(job->made, made);
    }
    return job;
}

static const Made *made_at(const Job *job, guint i)
{
    return &g_array_index(job->made, Made, i);
}

/* The same stores */

static void check_stores(const Checker *checker)
{
    g_autoptr(GHashTable) pairs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < checker->jobs->len; i++) {
        Job *job = checker->jobs->pdata[i];
        char *pair = g_strdup_printf("%s\n%s\n%s\n%s", job->source.store, job->source.prefix,
                                     job->destination.store, job->destination.prefix);
        const Job *other = g_hash_table_lookup(pairs, pair);

        if (other != NULL)
            problems_add(
                checker->problems, job->mark,
                "job '%s' has the same source and destination as job '%s': make one job of them, with "
                "match on their outputs",
                job->config->name, other->config->name);
        g_hash_table_insert(pairs, pair, job);
    }
}

/* The same file */

static void check_reports(const Checker *checker)
{
    g_autoptr(GHashTable) writers = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < checker->jobs->len; i++) {
        const Job *job = checker->jobs->pdata[i];
        char *path = job->config->report.objects;
        const char *other = path != NULL ? g_hash_table_lookup(writers, path) : NULL;

        if (other != NULL)
            problems_add(checker->problems, job->mark,
                         "job '%s' has the same report.objects as job '%s': give each its own report",
                         job->config->name, other);
        if (path != NULL)
            g_hash_table_insert(writers, path, job->config->name);
    }
}

/* The same keys */

static void check_keys_of(const Checker *checker, const Job *first, const Job *second)
{
    for (guint i = 0; i < first->made->len; i++) {
        for (guint j = 0; j < second->made->len; j++) {
            const Made *a = made_at(first, i), *b = made_at(second, j);
            g_autofree char *key = NULL;

            if (strncmp(a->form, b->form, MIN(a->start_bytes, b->start_bytes)) != 0)
                continue;
            key = key_form_meet(a->form, b->form, FALSE);
            if (key == NULL)
                continue;
            problems_add(
                checker->problems, second->mark,
                "output '%s' of job '%s' may have the same key as output '%s' of job '%s', such as '%s': "
                "give them different folders",
                b->output->name, second->config->name, a->output->name, first->config->name, key);
            return;
        }
    }
}

static void check_keys(const Checker *checker)
{
    for (guint i = 0; i < checker->jobs->len; i++) {
        for (guint j = 0; j < i; j++) {
            const Job *first = checker->jobs->pdata[j], *second = checker->jobs->pdata[i];

            if (place_may_share(&first->destination, &second->destination))
                check_keys_of(checker, first, second);
        }
    }
}

/* Circles */

/* The form of those keys that begin with prefix, without it; NULL if there is none. Owned by the caller. */
static char *form_below(const Made *made, const char *prefix)
{
    const gsize bytes = strlen(prefix);
    const char *last = strrchr(made->form, KEY_FORM_GAP);
    const char gap[] = {KEY_FORM_GAP, '\0'};

    if (strncmp(made->form, prefix, MIN(bytes, made->start_bytes)) != 0)
        return NULL;
    if (bytes <= made->start_bytes)
        return g_strdup(made->form + bytes);
    /* The prefix ends somewhere in what the original decides. Behind it is anything; and the end of all keys,
     * unless the prefix, which ends with '/', may reach into it. */
    return g_strconcat(gap, last != NULL && strchr(last, '/') == NULL ? last + 1 : "", NULL);
}

static gboolean is_covered(char *const *patterns, const char *start)
{
    for (; *patterns != NULL; patterns++) {
        if (pattern_covers_prefix(*patterns, start))
            return TRUE;
    }
    return FALSE;
}

/* A key of the form that one of the patterns matches; or NULL. Owned by the caller. */
static char *meet_any(char *const *patterns, const char *form)
{
    for (; *patterns != NULL; patterns++) {
        g_autofree char *pattern = key_form_of_pattern(*patterns);
        char *key = key_form_meet(form, pattern, TRUE);

        if (key != NULL)
            return key;
    }
    return NULL;
}

/* Whether an output of the configuration may be made of such originals. */
static gboolean has_taker(const Config *config, const char *form, const char *start)
{
    for (guint i = 0; i < config->outputs->len; i++) {
        const OutputConfig *output = config_output(config, i);
        g_autofree char *key = meet_any(output->match, form);

        if (key != NULL && !is_covered(output->except, start))
            return TRUE;
    }
    return FALSE;
}

static void find_feed(Job *from, Job *to)
{
    for (guint i = 0; i < from->made->len; i++) {
        const Made *made = made_at(from, i);
        const SourceConfig *source = &to->config->source;
        g_autofree char *form = form_below(made, to->source.prefix);
        g_autofree char *start = form != NULL ? key_form_start(form) : NULL;
        g_autofree char *key = NULL;

        if (form == NULL || is_covered(source->exclude, start))
            continue;
        key = meet_any(source->include, form);
        if (key != NULL && has_taker(to->config, form, start)) {
            Feed feed = {to, made->output, g_strconcat(to->source.prefix, key, NULL)};

            g_array_append_val(from->fed, feed);
            return;
        }
    }
}

static void find_feeds(const Checker *checker)
{
    for (guint i = 0; i < checker->jobs->len; i++) {
        for (guint j = 0; j < checker->jobs->len; j++) {
            Job *from = checker->jobs->pdata[i], *to = checker->jobs->pdata[j];

            if (i != j && place_may_share(&from->destination, &to->source))
                find_feed(from, to);
        }
    }
}

/* path: of Feed, from the job `first` to one that feeds it again, and that feed. */
static void add_circle(const Checker *checker, const Job *first, const GPtrArray *path)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const Feed *feed = path->pdata[0];

    for (guint i = 0; i < path->len; i++)
        g_string_append_printf(names, " -> %s", ((const Feed *)path->pdata[i])->job->config->name);
    problems_add(
        checker->problems, first->mark,
        "jobs would process their own results for ever: %s%s. Output '%s' of job '%s' may have the key "
        "'%s', which is an original of job '%s': use another destination.url, or add a folder to "
        "source.exclude",
        first->config->name, names->str, feed->output->name, first->config->name, feed->key,
        feed->job->config->name);
}

/* Depth first. The path's feeds lead from the first open job to this one. */
static void search_circle(const Checker *checker, Job *job, GPtrArray *open, GPtrArray *path)
{
    if (job->is_visited)
        return;
    job->is_visited = job->is_open = TRUE;
    g_ptr_array_add(open, job);
    for (guint i = 0; i < job->fed->len; i++) {
        Feed *feed = &g_array_index(job->fed, Feed, i);
        guint first;

        g_ptr_array_add(path, feed);
        if (feed->job->is_open && g_ptr_array_find(open, feed->job, &first)) {
            g_autoptr(GPtrArray) circle = g_ptr_array_new();

            for (guint k = first; k < path->len; k++)
                g_ptr_array_add(circle, path->pdata[k]);
            add_circle(checker, feed->job, circle);
        } else {
            search_circle(checker, feed->job, open, path);
        }
        g_ptr_array_remove_index(path, path->len - 1);
    }
    g_ptr_array_remove_index(open, open->len - 1);
    job->is_open = FALSE;
}

static void check_circles(const Checker *checker)
{
    g_autoptr(GPtrArray) open = g_ptr_array_new();
    g_autoptr(GPtrArray) path = g_ptr_array_new();

    find_feeds(checker);
    for (guint i = 0; i < checker->jobs->len; i++)
        search_circle(checker, checker->jobs->pdata[i], open, path);
}

void job_checks_apply(const GPtrArray *configs, const GArray *marks, const char *fallback, Problems *problems)
{
    g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func(job_free);
    const Checker checker = {jobs, problems};

    for (guint i = 0; i < configs->len; i++)
        g_ptr_array_add(jobs, job_new(configs->pdata[i], g_array_index(marks, Mark, i), fallback));
    check_stores(&checker);
    check_reports(&checker);
    check_keys(&checker);
    check_circles(&checker);
}

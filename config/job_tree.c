#include "config/job_tree.h"

#include <string.h>

#include "base/limits.h"
#include "config/schema.h"
#include "config/section_yaml.h"

#define INCLUDE  "include"
#define JOBS     "jobs"
#define NAME     "name"
#define PRESETS  "presets"
#define SCHEDULE "schedule"
#define EVERY    "every"

typedef struct {
    const Node *root;
    Node *presets;     /* a mapping of all files' presets */
    GHashTable *names; /* of the jobs so far, borrowed -> Node */
    GPtrArray *trees;
    Problems *problems;
} Splitter;

static const Node *child(const Node *node, guint i)
{
    return node->children->pdata[i];
}

static Node *ref_child(const Node *node, guint i)
{
    return node_ref(node->children->pdata[i]);
}

/* Adds a key with its value to another tree. */
static void share(Node *mapping, const Node *from, guint i)
{
    node_add(mapping, ref_child(from, i), ref_child(from, i + 1));
}

static void check_mapping(const Splitter *splitter, const Node *node)
{
    g_autofree char *found = node_describe(node);

    if (node->kind != NODE_MAPPING)
        problems_add(splitter->problems, node->mark, "must be a mapping of keys to values, not %s", found);
}

static void add_presets(const Splitter *splitter, const Node *tree)
{
    const Node *presets = node_find(tree, PRESETS);

    if (presets == NULL)
        return;
    check_mapping(splitter, presets);
    for (guint i = 0; presets->kind == NODE_MAPPING && i + 1 < presets->children->len; i += 2) {
        const Node *name = child(presets, i);
        g_autofree char *quoted = problems_quote(name->text);

        if (node_find(splitter->presets, name->text) == NULL)
            share(splitter->presets, presets, i);
        else
            problems_add(splitter->problems, name->mark, "presets: a second preset %s", quoted);
    }
}

static FieldPlace place_of(const char *key)
{
    const Field *field = section_find(&schema_config, key);

    return field != NULL ? field->place : FIELD_OF_JOB; /* an unknown key is reported by the reader */
}

/* Whether the job takes this key from the top of the file. */
static gboolean inherits(const Node *job, const char *key)
{
    const gboolean is_time = strcmp(key, SCHEDULE) == 0 || strcmp(key, EVERY) == 0;

    if (section_find(&schema_config, key) == NULL || place_of(key) == FIELD_OF_JOB ||
        strcmp(key, JOBS) == 0 || strcmp(key, INCLUDE) == 0 || strcmp(key, PRESETS) == 0)
        return FALSE;
    if (is_time && (node_find(job, SCHEDULE) != NULL || node_find(job, EVERY) != NULL))
        return FALSE;
    return node_find(job, key) == NULL;
}

static void add_presets_to(const Splitter *splitter, Node *tree)
{
    Node *key;

    if (splitter->presets->children->len == 0)
        return;
    key = node_new(NODE_SCALAR, splitter->presets->mark);
    key->text = g_strdup(PRESETS);
    node_add(tree, key, node_ref(splitter->presets));
}

static void check_name(const Splitter *splitter, const Node *job)
{
    const Node *name = node_find(job, NAME);
    g_autofree char *quoted = NULL;

    if (name == NULL) {
        problems_add(splitter->problems, job->mark, "missing key 'name'");
        return;
    }
    if (name->kind != NODE_SCALAR)
        return; /* the reader of sections reports it */
    quoted = problems_quote(name->text);
    if (g_hash_table_contains(splitter->names, name->text))
        problems_add(splitter->problems, name->mark, "name: a second job with the name %s", quoted);
    else
        g_hash_table_add(splitter->names, name->text);
}

static void add_job(const Splitter *splitter, const Node *job)
{
    Node *tree;

    check_mapping(splitter, job);
    if (job->kind != NODE_MAPPING)
        return;
    check_name(splitter, job);
    tree = node_new(NODE_MAPPING, job->mark);
    g_ptr_array_add(splitter->trees, tree);
    for (guint i = 0; i + 1 < job->children->len; i += 2) {
        const Node *key = child(job, i);

        if (place_of(key->text) != FIELD_OF_FILE)
            share(tree, job, i);
        else
            problems_add(splitter->problems, key->mark,
                         "%s is shared by all jobs: put it at the top of the file", key->text);
    }
    for (guint i = 0; splitter->root->kind == NODE_MAPPING && i + 1 < splitter->root->children->len; i += 2) {
        if (inherits(job, child(splitter->root, i)->text))
            share(tree, splitter->root, i);
    }
    add_presets_to(splitter, tree);
}

static void add_jobs(const Splitter *splitter, const Node *tree)
{
    const Node *jobs = node_find(tree, JOBS);

    if (jobs == NULL)
        return;
    if (jobs->kind != NODE_LIST || jobs->children->len == 0) {
        g_autofree char *found = node_describe(jobs);

        problems_add(splitter->problems, jobs->mark, "jobs: must be a list of mappings, not %s",
                     jobs->kind == NODE_LIST ? "an empty list" : found);
        return;
    }
    for (guint i = 0; i < jobs->children->len; i++) {
        if (splitter->trees->len >= LIMIT_JOBS) {
            problems_add(splitter->problems, child(jobs, i)->mark, "jobs: more than %u", LIMIT_JOBS);
            return;
        }
        add_job(splitter, child(jobs, i));
    }
}

/* The keys at the top of a file that has jobs, or that includes files with jobs. */
static void check_top(const Splitter *splitter)
{
    const Node *root = splitter->root;

    for (guint i = 0; i + 1 < root->children->len; i += 2) {
        const Node *key = child(root, i);
        const Field *field = section_find(&schema_config, key->text);

        if (field == NULL)
            section_add_unknown(&schema_config, key, splitter->problems);
        else if (field->place == FIELD_OF_JOB)
            problems_add(splitter->problems, key->mark, "%s belongs into each of jobs", key->text);
    }
}

static void check_included(const Splitter *splitter, const Node *tree)
{
    check_mapping(splitter, tree);
    for (guint i = 0; tree->kind == NODE_MAPPING && i + 1 < tree->children->len; i += 2) {
        const Node *key = child(tree, i);
        g_autofree char *quoted = problems_quote(key->text);

        if (strcmp(key->text, JOBS) != 0 && strcmp(key->text, PRESETS) != 0)
            problems_add(splitter->problems, key->mark, "an included file has jobs and presets only, not %s",
                         quoted);
    }
}

/* The tree of a file that is one job. */
static Node *only_job(const Splitter *splitter)
{
    const Node *root = splitter->root;
    Node *tree = node_new(NODE_MAPPING, root->mark);

    for (guint i = 0; i + 1 < root->children->len; i += 2) {
        if (strcmp(child(root, i)->text, INCLUDE) != 0 && strcmp(child(root, i)->text, PRESETS) != 0)
            share(tree, root, i);
    }
    add_presets_to(splitter, tree);
    return tree;
}

GPtrArray *job_tree_split(Node *root, const GPtrArray *included, Problems *problems)
{
    g_autoptr(Node) presets = node_new(NODE_MAPPING, root->mark);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *trees = g_ptr_array_new_with_free_func((GDestroyNotify)node_unref);
    const Splitter splitter = {root, presets, names, trees, problems};
    gboolean has_jobs = node_find(root, JOBS) != NULL;

    if (root->kind != NODE_MAPPING) {
        g_ptr_array_add(trees, node_ref(root)); /* the reader of sections reports it */
        return trees;
    }
    add_presets(&splitter, root);
    for (guint i = 0; i < included->len; i++) {
        check_included(&splitter, included->pdata[i]);
        add_presets(&splitter, included->pdata[i]);
        has_jobs |= node_find(included->pdata[i], JOBS) != NULL;
    }
    if (!has_jobs) {
        g_ptr_array_add(trees, only_job(&splitter));
        return trees;
    }
    check_top(&splitter);
    add_jobs(&splitter, root);
    for (guint i = 0; i < included->len; i++)
        add_jobs(&splitter, included->pdata[i]);
    return trees;
}

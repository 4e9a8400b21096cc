#include "config/presets.h"

#include <string.h>

#include "config/schema.h"
#include "config/section_yaml.h"
#include "config/suggestion.h"

#define PRESETS  "presets"
#define DEFAULTS "defaults"
#define PRESET   "preset"

/* More names are not searched for a misspelled one. */
#define MAX_SUGGESTIONS 64u

typedef struct {
    Node *presets;  /* a mapping of names to mappings; may be NULL */
    Node *defaults; /* a mapping; may be NULL */
    Problems *problems;
} Resolver;

static Node *child(const Node *node, guint i)
{
    return node->children->pdata[i];
}

/* Removes a key of a mapping, and returns its value or NULL. */
static Node *take(Node *mapping, const char *key)
{
    for (guint i = 0; i + 1 < mapping->children->len; i += 2) {
        Node *value;

        if (strcmp(child(mapping, i)->text, key) != 0)
            continue;
        value = node_ref(child(mapping, i + 1));
        g_ptr_array_remove_range(mapping->children, i, 2);
        return value;
    }
    return NULL;
}

static gboolean check_mapping(const Resolver *resolver, const Node *node)
{
    g_autofree char *found = NULL;

    if (node->kind == NODE_MAPPING)
        return TRUE;
    found = node_describe(node);
    problems_add(resolver->problems, node->mark, "must be a mapping of keys to values, not %s", found);
    return FALSE;
}

/* Whether a key may stand in a preset or in the defaults. */
static gboolean is_shared_key(const char *key)
{
    return strcmp(key, "name") != 0 && strcmp(key, PRESET) != 0 && section_find(&schema_output, key) != NULL;
}

static void check_keys(const Resolver *resolver, const Node *set)
{
    for (guint i = 0; check_mapping(resolver, set) && i + 1 < set->children->len; i += 2) {
        const Node *key = child(set, i);

        if (is_shared_key(key->text))
            continue;
        if (section_find(&schema_output, key->text) != NULL)
            problems_add(resolver->problems, key->mark, "%s belongs to an output, not to a preset",
                         key->text);
        else
            section_add_unknown(&schema_output, key, resolver->problems);
    }
}

/* Adds the keys of set that mapping does not have. */
static void complete(Node *mapping, const Node *set)
{
    if (set == NULL || set->kind != NODE_MAPPING)
        return;
    for (guint i = 0; i + 1 < set->children->len; i += 2) {
        if (!is_shared_key(child(set, i)->text) || node_find(mapping, child(set, i)->text) != NULL)
            continue;
        g_ptr_array_add(mapping->children, node_ref(child(set, i)));
        g_ptr_array_add(mapping->children, node_ref(child(set, i + 1)));
    }
}

static void add_unknown_preset(const Resolver *resolver, const Node *name)
{
    const char *names[MAX_SUGGESTIONS] = {NULL}, *suggestion;
    g_autofree char *quoted = problems_quote(name->text);
    guint n = 0;

    for (guint i = 0; resolver->presets != NULL && i + 1 < resolver->presets->children->len; i += 2) {
        if (n < MAX_SUGGESTIONS)
            names[n++] = child(resolver->presets, i)->text;
    }
    suggestion = suggestion_find(name->text, names, n);
    if (suggestion != NULL)
        problems_add(resolver->problems, name->mark, "preset: there is no preset %s, did you mean '%s'?",
                     quoted, suggestion);
    else
        problems_add(resolver->problems, name->mark, "preset: there is no preset %s", quoted);
}

static void apply_preset(const Resolver *resolver, Node *output, const Node *name)
{
    const Node *preset = NULL;

    if (name->kind != NODE_SCALAR || node_is_null(name)) {
        g_autofree char *found = node_describe(name);

        problems_add(resolver->problems, name->mark, "preset: must be a name or a list of names, not %s",
                     found);
        return;
    }
    preset = node_find(resolver->presets, name->text);
    if (preset != NULL)
        complete(output, preset);
    else
        add_unknown_preset(resolver, name);
}

static void resolve_output(const Resolver *resolver, Node *output)
{
    g_autoptr(Node) names = NULL;

    if (output->kind != NODE_MAPPING)
        return; /* the reader of sections reports it */
    names = take(output, PRESET);
    if (names != NULL && names->kind == NODE_LIST) {
        for (guint i = names->children->len; i-- > 0;) /* the later one wins */
            apply_preset(resolver, output, child(names, i));
    } else if (names != NULL) {
        apply_preset(resolver, output, names);
    }
    complete(output, resolver->defaults);
}

void presets_apply(Node *root, Problems *problems)
{
    g_autoptr(Node) presets = NULL;
    g_autoptr(Node) defaults = NULL;
    const Node *outputs;
    Resolver resolver;

    if (root->kind != NODE_MAPPING)
        return;
    presets = take(root, PRESETS);
    defaults = take(root, DEFAULTS);
    resolver = (Resolver){.defaults = defaults, .problems = problems};
    if (defaults != NULL)
        check_keys(&resolver, defaults);
    if (presets != NULL && check_mapping(&resolver, presets)) {
        resolver.presets = presets;
        for (guint i = 1; i < presets->children->len; i += 2)
            check_keys(&resolver, child(presets, i));
    }
    outputs = node_find(root, "outputs");
    for (guint i = 0; outputs != NULL && outputs->kind == NODE_LIST && i < outputs->children->len; i++)
        resolve_output(&resolver, child(outputs, i));
}

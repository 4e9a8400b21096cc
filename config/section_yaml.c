#include "config/section_yaml.h"

typedef struct {
    Problems *problems;
    const Node *root; /* for looking up sections of the kind FIELD_SECTION_BASIS */
} Reader;

static void read_section(const Reader *reader, const Section *section, const Node *node, void *base);

static void add_mismatch(const Reader *reader, const Field *field, const Node *node)
{
    g_autofree char *expects = field_expects(field);
    g_autofree char *found = node_describe(node);

    problems_add(reader->problems, node->mark, "%s: must be %s, not %s", field->name, expects, found);
}

static void read_number(const Reader *reader, const Field *field, const Node *node, void *base)
{
    guint64 number;

    /* "100" in quotes is a string. Only the words of a choice may be quoted, and colours must be. */
    const gboolean may_be_quoted =
        field->kind == FIELD_CHOICE || field->kind == FIELD_COLOUR || node->is_expanded;

    if (node->kind != NODE_SCALAR || (!node->is_plain && !may_be_quoted) ||
        !field_parse_number(field, node->text, &number) || !field_set_number(field, base, number))
        add_mismatch(reader, field, node);
}

static void read_set(const Reader *reader, const Field *field, const Node *node, void *base)
{
    if (node->kind != NODE_LIST || node->children->len == 0) {
        add_mismatch(reader, field, node);
        return;
    }
    field_clear_set(field, base);
    for (guint i = 0; i < node->children->len; i++) {
        const Node *item = node->children->pdata[i];

        if (item->kind != NODE_SCALAR || (!item->is_plain && !item->is_expanded) ||
            !field_add_number(field, base, item->text))
            add_mismatch(reader, field, item);
    }
}

static void read_text(const Reader *reader, const Field *field, const Node *node, void *base)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *quoted = NULL;

    if (node->kind != NODE_SCALAR || node_is_null(node)) {
        add_mismatch(reader, field, node);
        return;
    }
    if (field_set_text(field, base, node->text, &error))
        return;
    quoted = problems_quote(node->text);
    problems_add(reader->problems, node->mark, "%s: %s: %s", field->name, quoted, error->message);
}

static void read_patterns(const Reader *reader, const Field *field, const Node *node, void *base)
{
    if (node->kind != NODE_LIST) {
        add_mismatch(reader, field, node);
        return;
    }
    field_clear_patterns(field, base);
    for (guint i = 0; i < node->children->len; i++)
        read_text(reader, field, node->children->pdata[i], base);
}

static void read_pairs(const Reader *reader, const Field *field, const Node *node, void *base)
{
    GPtrArray *pairs = *(GPtrArray **)field_address(field, base);

    if (node->kind != NODE_MAPPING) {
        add_mismatch(reader, field, node);
        return;
    }
    for (guint i = 0; i + 1 < node->children->len; i += 2) {
        const Node *name = node->children->pdata[i], *value = node->children->pdata[i + 1];
        g_autofree char *quoted = problems_quote(name->text);
        g_autoptr(GError) error = NULL;

        if (value->kind != NODE_SCALAR || node_is_null(value))
            problems_add(reader->problems, value->mark, "%s: %s must have a text for a value", field->name,
                         quoted);
        else if (!field->add_pair(pairs, name->text, value->text, &error))
            problems_add(reader->problems, name->mark, "%s: %s: %s", field->name, quoted, error->message);
    }
}

static void read_subsection(const Reader *reader, const Field *field, const Node *node, void *base)
{
    void *below = field_address(field, base);
    const Node *basis = field->inherits ? node_find(reader->root, field->name) : NULL;

    if (basis != NULL)
        read_section(reader, field->section, basis, below);
    if (node != NULL)
        read_section(reader, field->section, node, below);
}

static void read_list(const Reader *reader, const Field *field, const Node *node, void *base)
{
    if (node->kind != NODE_LIST || node->children->len == 0) {
        add_mismatch(reader, field, node);
        return;
    }
    for (guint i = 0; i < node->children->len; i++) {
        const Node *child = node->children->pdata[i];
        void *item = section_append(field, base);

        if (item == NULL) {
            problems_add(reader->problems, child->mark, "%s: more than %u", field->name, (guint)field->max);
            return;
        }
        read_section(reader, field->section, child, item);
    }
}

static void read_field(const Reader *reader, const Field *field, const Node *node, void *base)
{
    /* A field without a value has no place that could be recorded: its offset is another field's. */
    if (field->kind != FIELD_SECTION_BASIS && field->kind != FIELD_RESOLVED)
        problems_place(reader->problems, field_address(field, base), node->mark);
    switch (field->kind) {
    case FIELD_UINT:
    case FIELD_SIZE:
    case FIELD_DURATION:
    case FIELD_CHOICE:
    case FIELD_FLAG:
    case FIELD_COLOUR: read_number(reader, field, node, base); break;
    case FIELD_SET: read_set(reader, field, node, base); break;
    case FIELD_STRING:
    case FIELD_TEMPLATE: read_text(reader, field, node, base); break;
    case FIELD_PATTERNS: read_patterns(reader, field, node, base); break;
    case FIELD_PAIRS: read_pairs(reader, field, node, base); break;
    case FIELD_SECTION: read_subsection(reader, field, node, base); break;
    case FIELD_SECTION_LIST: read_list(reader, field, node, base); break;
    case FIELD_SECTION_BASIS:
    case FIELD_RESOLVED: break;
    }
}

void section_add_unknown(const Section *section, const Node *key, Problems *problems)
{
    const char *suggestion = section_suggest(section, key->text);
    g_autofree char *quoted = problems_quote(key->text);

    if (suggestion != NULL)
        problems_add(problems, key->mark, "unknown key %s, did you mean '%s'?", quoted, suggestion);
    else
        problems_add(problems, key->mark, "unknown key %s", quoted);
}

/* Handles fields that the section's mapping does not have: inherited values, and required ones that are
 * missing. */
static void read_absent(const Reader *reader, const Section *section, const Node *node, void *base)
{
    for (guint i = 0; i < section->n_fields; i++) {
        const Field *field = &section->fields[i];

        if (node_find(node, field->name) != NULL)
            continue;
        if (field->is_required)
            problems_add(reader->problems, node->mark, "missing key '%s'", field->name);
        if (field->kind == FIELD_SECTION && field->inherits)
            read_subsection(reader, field, NULL, base);
    }
}

static void read_section(const Reader *reader, const Section *section, const Node *node, void *base)
{
    if (node->kind != NODE_MAPPING) {
        g_autofree char *found = node_describe(node);

        problems_add(reader->problems, node->mark, "must be a mapping of keys to values, not %s", found);
        return;
    }
    for (guint i = 0; i + 1 < node->children->len; i += 2) {
        const Node *key = node->children->pdata[i];
        const Field *field = section_find(section, key->text);

        if (field != NULL)
            read_field(reader, field, node->children->pdata[i + 1], base);
        else
            section_add_unknown(section, key, reader->problems);
    }
    read_absent(reader, section, node, base);
}

void section_read_yaml(const Section *section, const Node *root, void *base, Problems *problems)
{
    const Reader reader = {problems, root};

    read_section(&reader, section, root, base);
}

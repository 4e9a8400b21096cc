#include "config/document.h"

#include <string.h>
#include <yaml.h>

typedef struct {
    yaml_parser_t yaml;
    const char *text;
    Problems *problems;
    guint32 file;
    guint nodes;
} Reader;

static Node *read_node(Reader *reader, const yaml_event_t *event, guint depth);

static Mark mark_of(const Reader *reader, yaml_mark_t mark)
{
    return (Mark){(guint32)mark.line + 1, (guint32)mark.column + 1, reader->file};
}

/* The place of a byte of text, which is valid UTF-8 up to that byte. */
static Mark mark_at(const char *text, const char *at, guint32 file)
{
    Mark mark = {1, 1, file};

    for (const char *p = text; p < at; p++) {
        if (*p == '\n') {
            mark.line++;
            mark.column = 1;
        } else if (((guchar)*p & 0xc0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

static void add_yaml_problem(Reader *reader)
{
    const yaml_parser_t *yaml = &reader->yaml;
    const char *problem = yaml->problem != NULL ? yaml->problem : "out of memory";

    if (yaml->error == YAML_READER_ERROR)
        problems_add(reader->problems,
                     mark_at(reader->text, reader->text + yaml->problem_offset, reader->file), "%s", problem);
    else if (yaml->context != NULL)
        problems_add(reader->problems, mark_of(reader, yaml->problem_mark), "%s %s", problem, yaml->context);
    else
        problems_add(reader->problems, mark_of(reader, yaml->problem_mark), "%s", problem);
}

static gboolean next_event(Reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->yaml, event))
        return TRUE;
    add_yaml_problem(reader);
    return FALSE;
}

static Node *read_scalar(Reader *reader, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    gsize length = event->data.scalar.length;
    Node *node;

    if (length > DOCUMENT_MAX_SCALAR_BYTES) {
        problems_add(reader->problems, mark_of(reader, event->start_mark), "a text longer than %u bytes",
                     DOCUMENT_MAX_SCALAR_BYTES);
        return NULL;
    }
    if (memchr(value, '\0', length) != NULL) {
        problems_add(reader->problems, mark_of(reader, event->start_mark), "a text with a NUL character");
        return NULL;
    }
    node = node_new(NODE_SCALAR, mark_of(reader, event->start_mark));
    node->text = g_strndup(value, length);
    node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return node;
}

/* Reads one child. *ret_child is NULL at the end of the list or mapping. */
static gboolean read_child(Reader *reader, guint depth, yaml_event_type_t end, Node **ret_child)
{
    yaml_event_t event;
    Node *child = NULL;
    gboolean is_end;

    if (!next_event(reader, &event))
        return FALSE;
    is_end = event.type == end;
    if (!is_end)
        child = read_node(reader, &event, depth + 1);
    yaml_event_delete(&event);
    if (child == NULL && !is_end)
        return FALSE;
    *ret_child = child;
    return TRUE;
}

static Node *read_list(Reader *reader, const yaml_event_t *event, guint depth)
{
    g_autoptr(Node) list = node_new(NODE_LIST, mark_of(reader, event->start_mark));

    for (;;) {
        Node *item = NULL;

        if (!read_child(reader, depth, YAML_SEQUENCE_END_EVENT, &item))
            return NULL;
        if (item == NULL)
            return g_steal_pointer(&list);
        g_ptr_array_add(list->children, item);
    }
}

/* keys borrows the texts of the keys accepted so far. */
static gboolean check_key(Reader *reader, GHashTable *keys, const Node *key)
{
    g_autofree char *quoted = NULL;

    if (key->kind != NODE_SCALAR) {
        problems_add(reader->problems, key->mark, "a key must be a word, not a list or mapping");
        return FALSE;
    }
    /* Not g_hash_table_add() alone: it would keep the second text, which is about to be freed. */
    if (!g_hash_table_contains(keys, key->text))
        return g_hash_table_add(keys, key->text);
    quoted = problems_quote(key->text);
    problems_add(reader->problems, key->mark, "duplicate key %s", quoted);
    return FALSE;
}

static Node *read_mapping(Reader *reader, const yaml_event_t *event, guint depth)
{
    g_autoptr(Node) mapping = node_new(NODE_MAPPING, mark_of(reader, event->start_mark));
    g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);

    for (;;) {
        g_autoptr(Node) key = NULL;
        Node *value = NULL;

        if (!read_child(reader, depth, YAML_MAPPING_END_EVENT, &key))
            return NULL;
        if (key == NULL)
            return g_steal_pointer(&mapping);
        /* A key always has a value: YAML supplies a null one. */
        if (!read_child(reader, depth, YAML_NO_EVENT, &value))
            return NULL;
        if (!check_key(reader, keys, key)) {
            node_unref(value);
            continue;
        }
        g_ptr_array_add(mapping->children, g_steal_pointer(&key));
        g_ptr_array_add(mapping->children, value);
    }
}

static gboolean has_tag_or_anchor(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT: return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL;
    default: return TRUE; /* an alias */
    }
}

static Node *read_node(Reader *reader, const yaml_event_t *event, guint depth)
{
    Mark mark = mark_of(reader, event->start_mark);

    if (has_tag_or_anchor(event)) {
        problems_add(reader->problems, mark, "anchors, aliases and tags are not supported");
        return NULL;
    }
    if (++reader->nodes > DOCUMENT_MAX_NODES) {
        problems_add(reader->problems, mark, "more than %u values", DOCUMENT_MAX_NODES);
        return NULL;
    }
    if (event->type == YAML_SCALAR_EVENT)
        return read_scalar(reader, event);
    if (depth > DOCUMENT_MAX_DEPTH) {
        problems_add(reader->problems, mark, "nested deeper than %u levels", DOCUMENT_MAX_DEPTH);
        return NULL;
    }
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return read_list(reader, event, depth);
    return read_mapping(reader, event, depth);
}

/* Skips one event, which must be of this type; otherwise reports problem. */
static gboolean expect(Reader *reader, yaml_event_type_t type, const char *problem)
{
    yaml_event_t event;
    gboolean is_expected;

    if (!next_event(reader, &event))
        return FALSE;
    is_expected = event.type == type;
    if (!is_expected)
        problems_add(reader->problems, mark_of(reader, event.start_mark), "%s", problem);
    yaml_event_delete(&event);
    return is_expected;
}

static Node *read_document(Reader *reader)
{
    g_autoptr(Node) root = NULL;

    if (!expect(reader, YAML_STREAM_START_EVENT, "not valid YAML") ||
        !expect(reader, YAML_DOCUMENT_START_EVENT, "the configuration is empty") ||
        !read_child(reader, 0, YAML_NO_EVENT, &root) ||
        !expect(reader, YAML_DOCUMENT_END_EVENT, "expected the end of the document") ||
        !expect(reader, YAML_STREAM_END_EVENT, "a configuration is one document; a second one starts here"))
        return NULL;
    return g_steal_pointer(&root);
}

Node *document_parse(const char *text, gsize size_bytes, guint32 file, Problems *problems)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    Reader reader = {.text = text, .problems = problems, .file = file};
    g_autoptr(Node) root = NULL;
    const char *end;

    if (!g_utf8_validate_len(text, size_bytes, &end)) {
        problems_add(problems, mark_at(text, end, file), "not UTF-8 text");
        return NULL;
    }
    if (!yaml_parser_initialize(&reader.yaml)) {
        problems_add(problems, (Mark){.file = file}, "out of memory");
        return NULL;
    }
    /* libyaml skips a byte-order mark only where it guesses the encoding. */
    if (size_bytes >= sizeof byte_order_mark - 1 &&
        memcmp(text, byte_order_mark, sizeof byte_order_mark - 1) == 0) {
        reader.text = text += sizeof byte_order_mark - 1;
        size_bytes -= sizeof byte_order_mark - 1;
    }
    yaml_parser_set_encoding(&reader.yaml, YAML_UTF8_ENCODING);
    /* libyaml refuses NULL, also for no bytes. */
    yaml_parser_set_input_string(&reader.yaml, (const guchar *)(size_bytes > 0 ? text : ""), size_bytes);
    root = read_document(&reader);
    yaml_parser_delete(&reader.yaml);
    return g_steal_pointer(&root);
}

const Node *node_find(const Node *mapping, const char *key)
{
    if (mapping == NULL || mapping->kind != NODE_MAPPING)
        return NULL;
    for (guint i = 0; i + 1 < mapping->children->len; i += 2) {
        const Node *candidate = mapping->children->pdata[i];

        if (strcmp(candidate->text, key) == 0)
            return mapping->children->pdata[i + 1];
    }
    return NULL;
}

/* YAML 1.2, section 10.3.2 (core schema). */
gboolean node_is_null(const Node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

    if (node->kind != NODE_SCALAR || !node->is_plain)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(nulls); i++) {
        if (strcmp(node->text, nulls[i]) == 0)
            return TRUE;
    }
    return FALSE;
}

char *node_describe(const Node *node)
{
    g_autofree char *quoted = NULL;

    if (node->kind == NODE_LIST)
        return g_strdup("a list");
    if (node->kind == NODE_MAPPING)
        return g_strdup("a mapping");
    if (node_is_null(node))
        return g_strdup("nothing");
    quoted = problems_quote(node->text);
    return node->is_plain ? g_steal_pointer(&quoted) : g_strconcat("the text ", quoted, NULL);
}

Node *node_new(NodeKind kind, Mark mark)
{
    Node *node = g_new0(Node, 1);

    node->kind = kind;
    node->mark = mark;
    node->refs = 1;
    if (kind != NODE_SCALAR)
        node->children = g_ptr_array_new_with_free_func((GDestroyNotify)node_unref);
    return node;
}

void node_add(Node *mapping, Node *key, Node *value)
{
    g_ptr_array_add(mapping->children, key);
    g_ptr_array_add(mapping->children, value);
}

Node *node_ref(Node *node)
{
    node->refs++;
    return node;
}

void node_unref(Node *node)
{
    if (node == NULL || --node->refs > 0)
        return;
    if (node->children != NULL)
        g_ptr_array_unref(node->children);
    g_free(node->text);
    g_free(node);
}

#include "config/variables.h"

#include <string.h>

typedef struct {
    VariableLookup lookup;
    Problems *problems;
} Expander;

/* A reference between braces: NAME or NAME:-default. */
typedef struct {
    const char *name;
    gsize name_bytes;
    const char *fallback; /* NULL if there is none */
    gsize fallback_bytes;
} Reference;

static gsize name_length(const char *text)
{
    gsize n = 0;

    while (g_ascii_isalpha(text[n]) || text[n] == '_' || (n > 0 && g_ascii_isdigit(text[n])))
        n++;
    return n;
}

/* text begins after "${". Returns what follows the closing brace, or NULL if it is no reference. */
static const char *parse_reference(const char *text, Reference *ret_reference)
{
    const gsize n = name_length(text);
    const char *rest = text + n, *end;

    *ret_reference = (Reference){.name = text, .name_bytes = n};
    if (n == 0)
        return NULL;
    if (*rest == '}')
        return rest + 1;
    end = g_str_has_prefix(rest, ":-") ? strchr(rest, '}') : NULL;
    if (end == NULL)
        return NULL;
    ret_reference->fallback = rest + 2;
    ret_reference->fallback_bytes = (gsize)(end - rest) - 2;
    return end + 1;
}

static gboolean is_clean(const char *value)
{
    if (!g_utf8_validate(value, -1, NULL))
        return FALSE;
    for (; *value != '\0'; value++) {
        if (g_ascii_iscntrl(*value))
            return FALSE;
    }
    return TRUE;
}

/* Appends the value of a reference. FALSE after adding a problem. */
static gboolean append_value(const Expander *expander, const Reference *reference, Mark mark, GString *out)
{
    g_autofree char *name = g_strndup(reference->name, reference->name_bytes);
    const char *value = expander->lookup(name);

    if (reference->fallback != NULL && (value == NULL || *value == '\0')) {
        g_string_append_len(out, reference->fallback, (gssize)reference->fallback_bytes);
        return TRUE;
    }
    if (value == NULL) {
        problems_add(expander->problems, mark,
                     "the environment has no variable %s; ${%s:-default} would give a default", name, name);
        return FALSE;
    }
    if (!is_clean(value)) {
        problems_add(expander->problems, mark, "the variable %s is not UTF-8 text or has control characters",
                     name);
        return FALSE;
    }
    g_string_append(out, value);
    return TRUE;
}

/* Appends text up to its first reference, and the value of that. Returns what follows, or NULL after
 * adding a problem. */
static const char *expand_first(const Expander *expander, const char *text, Mark mark, GString *out)
{
    const char *dollar = strstr(text, "${");
    Reference reference;

    if (dollar == NULL) {
        g_string_append(out, text);
        return "";
    }
    if (dollar > text && dollar[-1] == '$') {
        g_string_append_len(out, text, dollar - 1 - text);
        g_string_append(out, "${");
        return dollar + 2;
    }
    g_string_append_len(out, text, dollar - text);
    text = parse_reference(dollar + 2, &reference);
    if (text == NULL)
        problems_add(expander->problems, mark,
                     "after ${ must come NAME} or NAME:-default}; $${ is a literal ${");
    else if (!append_value(expander, &reference, mark, out))
        return NULL;
    return text;
}

/* NULL after adding a problem. */
static char *expand_text(const Expander *expander, const char *text, Mark mark)
{
    g_autoptr(GString) out = g_string_new(NULL);

    while (*text != '\0') {
        text = expand_first(expander, text, mark, out);
        if (text == NULL)
            return NULL;
    }
    if (out->len > DOCUMENT_MAX_SCALAR_BYTES) {
        problems_add(expander->problems, mark, "longer than %u bytes with its variables",
                     DOCUMENT_MAX_SCALAR_BYTES);
        return NULL;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void expand_node(const Expander *expander, Node *node)
{
    const guint step = node->kind == NODE_MAPPING ? 2 : 1;

    if (node->kind == NODE_SCALAR) {
        char *text = strstr(node->text, "${") != NULL ? expand_text(expander, node->text, node->mark) : NULL;

        if (text != NULL) {
            g_free(node->text);
            node->text = text;
            node->is_expanded = TRUE;
        }
        return;
    }
    for (guint i = step - 1; i < node->children->len; i += step)
        expand_node(expander, node->children->pdata[i]);
}

void variables_expand(Node *root, VariableLookup lookup, Problems *problems)
{
    const Expander expander = {lookup, problems};

    expand_node(&expander, root);
}

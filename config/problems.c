#include "config/problems.h"

#include <string.h>

#include "base/quote.h"

typedef struct {
    Mark mark;
    char *text;
} Problem;

struct Problems {
    GPtrArray *names;   /* of the files, by their number */
    GArray *list;       /* of Problem */
    GHashTable *places; /* address of a field -> Mark */
};

static void problem_clear(void *data)
{
    g_free(((Problem *)data)->text);
}

Problems *problems_new(const char *name)
{
    Problems *problems = g_new0(Problems, 1);

    problems->names = g_ptr_array_new_with_free_func(g_free);
    (void)problems_add_file(problems, name);
    problems->list = g_array_new(FALSE, FALSE, sizeof(Problem));
    g_array_set_clear_func(problems->list, problem_clear);
    problems->places = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    return problems;
}

guint32 problems_add_file(Problems *problems, const char *name)
{
    g_ptr_array_add(problems->names, quote_key(name));
    return problems->names->len - 1;
}

static gboolean is_same_place(Mark a, Mark b)
{
    return a.file == b.file && a.line == b.line && a.column == b.column;
}

static gboolean is_known(const Problems *problems, const Problem *problem)
{
    for (guint i = 0; i < problems->list->len; i++) {
        const Problem *other = &g_array_index(problems->list, Problem, i);

        if (is_same_place(other->mark, problem->mark) && strcmp(other->text, problem->text) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Takes ownership of text. */
static void add(Problems *problems, Mark mark, char *text)
{
    Problem problem = {mark, text};

    if (problems->list->len < PROBLEMS_MAX && !is_known(problems, &problem))
        g_array_append_val(problems->list, problem);
    else
        g_free(text);
}

void problems_add(Problems *problems, Mark mark, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(problems, mark, g_strdup_vprintf(format, args));
    va_end(args);
}

void problems_add_field(Problems *problems, const void *field, const char *format, ...)
{
    const Mark *place = g_hash_table_lookup(problems->places, field);
    va_list args;

    va_start(args, format);
    add(problems, place != NULL ? *place : (Mark){0}, g_strdup_vprintf(format, args));
    va_end(args);
}

void problems_place(Problems *problems, const void *field, Mark mark)
{
    g_hash_table_insert(problems->places, (gpointer)field, g_memdup2(&mark, sizeof mark));
}

void problems_copy_places(Problems *problems, const void *from, const void *to, gsize size_bytes)
{
    for (gsize i = 0; i < size_bytes; i++) {
        const Mark *mark = g_hash_table_lookup(problems->places, (const char *)from + i);

        if (mark != NULL)
            problems_place(problems, (const char *)to + i, *mark);
    }
}

void problems_forget_places(Problems *problems)
{
    g_hash_table_remove_all(problems->places);
}

gboolean problems_has_place(const Problems *problems, const void *field)
{
    return g_hash_table_contains(problems->places, field);
}

gboolean problems_is_empty(const Problems *problems)
{
    return problems->list->len == 0;
}

static gint compare_places(gconstpointer a, gconstpointer b)
{
    const Mark *x = &((const Problem *)a)->mark, *y = &((const Problem *)b)->mark;

    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

char *problems_describe_mark(const Problems *problems, Mark mark)
{
    const char *name = problems->names->pdata[mark.file];

    return mark.line > 0 ? g_strdup_printf("%s:%u:%u", name, mark.line, mark.column) : g_strdup(name);
}

void problems_set_error(const Problems *problems, ErrorClass class, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_array_sort(problems->list, compare_places);
    for (guint i = 0; i < problems->list->len; i++) {
        const Problem *problem = &g_array_index(problems->list, Problem, i);
        g_autofree char *quoted = quote_text(problem->text);

        g_autofree char *place = problems_describe_mark(problems, problem->mark);

        g_string_append_printf(text, "%s%s: %s", i > 0 ? "\n" : "", place, quoted);
    }
    g_set_error_literal(error, error_quark(), (int)class, text->str); /* not error_set(): the text has several
                                                                       * lines */
}

char *problems_quote(const char *text)
{
    g_autofree char *cut = NULL;
    g_autofree char *escaped = NULL;
    const char *end = text + strlen(text);

    if (end - text <= (gssize)PROBLEMS_MAX_QUOTED_BYTES) {
        escaped = quote_key(text);
        return g_strdup_printf("'%s'", escaped);
    }
    end = text + PROBLEMS_MAX_QUOTED_BYTES;
    while (end > text && ((guchar)*end & 0xc0) == 0x80)
        end--;
    cut = g_strndup(text, (gsize)(end - text));
    escaped = quote_key(cut);
    return g_strdup_printf("'%s...'", escaped);
}

void problems_free(Problems *problems)
{
    if (problems == NULL)
        return;
    g_hash_table_unref(problems->places);
    g_array_unref(problems->list);
    g_ptr_array_unref(problems->names);
    g_free(problems);
}

#include "daemon/protocol/table.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_COLUMNS 80u
#define MAX_COLUMNS     1000u

/* A last column narrower than MIN_LAST is put on lines of its own, which are indented by OWN_INDENT. */
#define MIN_LAST    25u
#define OWN_INDENT  4u
#define NOTE_INDENT 4u

typedef struct {
    GStrv cells; /* of a row; NULL for a note */
    char *mark;
    char *text;
} Row;

struct Table {
    const TableColumn *columns;
    guint n, gap;
    GPtrArray *rows;
};

static void row_free(void *data)
{
    Row *row = data;

    g_strfreev(row->cells);
    g_free(row->mark);
    g_free(row->text);
    g_free(row);
}

Table *table_new(const TableColumn *columns, guint n_columns, guint gap)
{
    Table *table = g_new(Table, 1);

    *table = (Table){columns, n_columns, gap, g_ptr_array_new_with_free_func(row_free)};
    return table;
}

void table_free(Table *table)
{
    if (table == NULL)
        return;
    g_ptr_array_unref(table->rows);
    g_free(table);
}

gboolean table_is_empty(const Table *table)
{
    return table->rows->len == 0;
}

void table_add(Table *table, const char *const *cells)
{
    Row *row = g_new0(Row, 1);

    row->cells = g_new0(char *, table->n + 1);
    for (guint i = 0; i < table->n; i++)
        row->cells[i] = g_utf8_make_valid(cells[i], -1);
    g_ptr_array_add(table->rows, row);
}

void table_add_note(Table *table, const char *mark, const char *text)
{
    Row *row = g_new0(Row, 1);

    row->mark = g_strdup(mark);
    row->text = g_utf8_make_valid(text, -1);
    g_ptr_array_add(table->rows, row);
}

/* The width in columns of a terminal. text is valid UTF-8. */
static guint width_of(const char *text, gsize size)
{
    guint width = 0;

    for (const char *p = text; p < text + size; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);

        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

static void append_spaces(GString *out, guint n)
{
    g_string_append_printf(out, "%*s", (int)n, "");
}

/* Appends the words of text from the current column (start) on, in lines that begin at indent and end before
 * columns. */
static void append_wrapped(GString *out, const char *text, guint start, guint indent, guint columns)
{
    guint at = start;
    gboolean is_first = TRUE;

    while (*text != '\0') {
        const gsize size = strcspn(text, " ");
        const guint width = width_of(text, size);

        if (!is_first && at + 1 + width > columns) {
            g_string_append_c(out, '\n');
            append_spaces(out, indent);
            at = indent;
        } else if (!is_first) {
            g_string_append_c(out, ' ');
            at++;
        }
        g_string_append_len(out, text, (gssize)size);
        at += width;
        is_first = FALSE;
        text += size;
        text += strspn(text, " ");
    }
}

static guint longest_word(const char *text)
{
    guint longest = 0;

    while (*text != '\0') {
        const gsize size = strcspn(text, " ");

        longest = MAX(longest, width_of(text, size));
        text += size;
        text += strspn(text, " ");
    }
    return longest;
}

static void append_cell(GString *out, const char *text, guint width, gboolean is_right)
{
    const guint pad = width - width_of(text, strlen(text));

    if (is_right)
        append_spaces(out, pad);
    g_string_append(out, text);
    if (!is_right)
        append_spaces(out, pad);
}

static void trim_line(GString *out)
{
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

/* cells: those of a row, or the titles. */
static void append_row(const Table *table, const char *const *cells, const guint *widths, guint columns,
                       GString *out)
{
    const guint last = table->n - 1;
    const char *text = cells[last];
    guint at = 0;

    for (guint i = 0; i < last; i++) {
        append_cell(out, cells[i], widths[i], table->columns[i].is_right);
        append_spaces(out, table->gap);
        at += widths[i] + table->gap;
    }
    if (at + MIN(widths[last], MIN_LAST) <= columns && at + longest_word(text) <= columns) {
        append_wrapped(out, text, at, at, columns);
    } else if (*text != '\0') {
        trim_line(out);
        append_spaces(out, OWN_INDENT);
        append_wrapped(out, text, OWN_INDENT, OWN_INDENT, columns);
    }
    trim_line(out);
}

static void append_note(const Row *row, guint columns, GString *out)
{
    const guint indent = NOTE_INDENT + width_of(row->mark, strlen(row->mark));

    append_spaces(out, NOTE_INDENT);
    g_string_append(out, row->mark);
    append_wrapped(out, row->text, indent, indent, columns);
    trim_line(out);
}

static void widen(const Table *table, const char *const *cells, guint *widths)
{
    for (guint i = 0; i < table->n; i++)
        widths[i] = MAX(widths[i], width_of(cells[i], strlen(cells[i])));
}

char *table_text(const Table *table, guint columns)
{
    g_autofree guint *widths = g_new0(guint, table->n);
    g_autofree const char **titles = g_new0(const char *, table->n);
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < table->n; i++)
        titles[i] = table->columns[i].title != NULL ? table->columns[i].title : "";
    widen(table, titles, widths);
    for (guint i = 0; i < table->rows->len; i++) {
        const Row *row = table->rows->pdata[i];

        if (row->cells != NULL)
            widen(table, (const char *const *)row->cells, widths);
    }
    if (table->columns[0].title != NULL)
        append_row(table, titles, widths, columns, out);
    for (guint i = 0; i < table->rows->len; i++) {
        const Row *row = table->rows->pdata[i];

        if (row->cells != NULL)
            append_row(table, (const char *const *)row->cells, widths, columns, out);
        else
            append_note(row, columns, out);
    }
    return g_string_free(out, FALSE);
}

guint table_terminal_columns(void)
{
    const char *variable = g_getenv("COLUMNS");
    struct winsize size;
    guint64 columns;

    if (variable != NULL && g_ascii_string_to_unsigned(variable, 10, 1, MAX_COLUMNS, &columns, NULL))
        return (guint)columns;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return DEFAULT_COLUMNS;
}

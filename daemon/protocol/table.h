/* A table for people. The columns are as wide as their cells, except the last one, whose text is wrapped at
 * words so that a line fits the terminal; a longer word (a path, a URL) is not broken. If the other columns
 * leave too little room for one of its words, or less than 25 columns, the last column is put on lines of its
 * own, indented. Text is UTF-8, and its width is counted in columns of the terminal. Single-threaded; pure,
 * except for table_terminal_columns(). */
#pragma once

#include <glib.h>

typedef struct {
    const char
        *title; /* in the table's head; borrowed for the table's lifetime. A table without titles has no head
                 */
    gboolean is_right; /* align to the right */
} TableColumn;

typedef struct Table Table;

/* columns is borrowed for the table's lifetime. gap: spaces between two columns. */
Table *table_new(const TableColumn *columns, guint n_columns, guint gap);
void table_free(Table *table);

/* Whether the table has no rows. */
gboolean table_is_empty(const Table *table);

/* Adds a row: one cell per column, copied. */
void table_add(Table *table, const char *const *cells);

/* Adds a paragraph below the last row, wrapped and indented; it begins with mark ("-> "). */
void table_add_note(Table *table, const char *mark, const char *text);

/* The whole table, in lines of at most this many columns, as far as words allow. Owned by the caller. */
char *table_text(const Table *table, guint columns);

/* The width of standard output: $COLUMNS, else the terminal's own width, else 80. */
guint table_terminal_columns(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

/* A table for people. The columns are as wide as their cells, but for the last one, whose text is wrapped at
 * words so that a line fits the terminal; a word that is longer than that (a path, a URL) stays whole. Where
 * the others leave too little room for a word of it, or for 25 columns, the last column goes onto lines of
 * its own, indented. Text is UTF-8, and its width is counted in columns of the terminal. Single-threaded;
 * pure, but for table_terminal_columns(). */
#pragma once

#include <glib.h>

typedef struct {
    const char
        *title; /* of the head; borrowed as long as the table lives. A table without titles has no head */
    gboolean is_right; /* aligned to the right */
} TableColumn;

typedef struct Table Table;

/* columns is borrowed as long as the table lives. gap: spaces between two columns. */
Table *table_new(const TableColumn *columns, guint n_columns, guint gap);
void table_free(Table *table);

/* Whether it has no row. */
gboolean table_is_empty(const Table *table);

/* As many cells as columns, copied. */
void table_add(Table *table, const char *const *cells);

/* A paragraph below the last row, wrapped and indented; it begins with mark ("-> "). */
void table_add_note(Table *table, const char *mark, const char *text);

/* The whole, in lines of at most so many columns, as far as words allow. Owned by the caller. */
char *table_text(const Table *table, guint columns);

/* How wide standard output is: $COLUMNS, else as the terminal says, else 80. */
guint table_terminal_columns(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

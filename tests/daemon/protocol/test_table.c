#include "daemon/protocol/table.h"

#include <criterion/criterion.h>
#include <string.h>

static const TableColumn columns[] = {{"KEY", FALSE}, {"SIZE", TRUE}, {"REASON", FALSE}};

#define ADD(table, ...) table_add((table), (const char *const[]){__VA_ARGS__})

/* The widest line, in bytes: the texts here are ASCII. */
static gsize widest(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gsize width = 0;

    for (guint i = 0; lines[i] != NULL; i++)
        width = MAX(width, strlen(lines[i]));
    return width;
}

Test(table, columns_are_as_wide_as_their_cells)
{
    g_autoptr(Table) table = table_new(columns, 3, 2);
    g_autofree char *empty = table_text(table, 80);
    g_autofree char *text = NULL;

    cr_assert_str_eq(empty, "KEY  SIZE  REASON\n");
    ADD(table, "a.jpg", "7", "it is bad");
    ADD(table, "longer.jpg", "12345678", "");
    text = table_text(table, 80);
    cr_assert_str_eq(text, "KEY             SIZE  REASON\n"
                           "a.jpg              7  it is bad\n"
                           "longer.jpg  12345678\n");
}

Test(table, the_last_column_wraps_at_words)
{
    g_autoptr(Table) table = table_new(columns, 3, 2);
    g_autofree char *text = NULL;

    ADD(table, "a.jpg", "7", "one two three four five six seven eight");
    text = table_text(table, 40);
    cr_assert_str_eq(text, "KEY    SIZE  REASON\n"
                           "a.jpg     7  one two three four five six\n"
                           "             seven eight\n");
}

Test(table, a_last_column_without_room_gets_lines_of_its_own)
{
    g_autoptr(Table) table = table_new(columns, 3, 1);
    g_autofree char *text = NULL;

    ADD(table, "a/very/long/key/indeed.jpg", "12345", "one two three four five six seven");
    ADD(table, "b", "1", "");
    text = table_text(table, 40);
    cr_assert_str_eq(text, "KEY                         SIZE\n"
                           "    REASON\n"
                           "a/very/long/key/indeed.jpg 12345\n"
                           "    one two three four five six seven\n"
                           "b                              1\n");
}

Test(table, notes_are_wrapped_below_their_mark)
{
    static const TableColumn plain[] = {{NULL, FALSE}, {NULL, FALSE}};
    g_autoptr(Table) table = table_new(plain, 2, 2);
    g_autofree char *text = NULL;

    ADD(table, "list", "FAILED");
    table_add_note(table, "-> ", "Give these credentials the right that they lack.");
    text = table_text(table, 30);
    cr_assert_str_eq(text, "list  FAILED\n"
                           "    -> Give these credentials\n"
                           "       the right that they\n"
                           "       lack.\n");
}

Test(table, no_line_is_wider_than_it_may_be_if_words_allow)
{
    g_autoptr(Table) table = table_new(columns, 3, 2);

    ADD(table, "a.jpg", "7",
        "many short words that can be put onto any line at all, wherever it may end, and more of them");
    ADD(table, "b", "123", "x");
    table_add_note(table, "-> ",
                   "many short words that can be put onto any line at all, wherever it may end, and so on");
    for (guint width = 20; width < 120; width++) {
        g_autofree char *text = table_text(table, width);

        cr_assert_leq(widest(text), width, "%u:\n%s", width, text);
    }
}

Test(table, a_long_word_stays_whole)
{
    g_autoptr(Table) table = table_new(columns, 3, 2);
    g_autofree char *text = NULL;

    ADD(table, "a", "1", "see http://127.0.0.1:8000/a/very/long/path there");
    text = table_text(table, 30);
    cr_assert_str_eq(text, "KEY  SIZE\n"
                           "    REASON\n"
                           "a       1\n"
                           "    see\n"
                           "    http://127.0.0.1:8000/a/very/long/path\n"
                           "    there\n");
}

Test(table, width_is_counted_in_columns_of_a_terminal)
{
    g_autoptr(Table) table = table_new(columns, 3, 1);
    g_autofree char *text = NULL;

    ADD(table, "Gr\xc3\xbc\x6e", "1", "x");           /* 4 columns in 5 bytes */
    ADD(table, "\xe6\x97\xa5\xe6\x9c\xac", "1", "x"); /* two wide characters */
    ADD(table, "e\xcc\x81t\xc3\xa9", "1", "x");       /* a combining accent */
    ADD(table, "\xff.jpg", "1", "x");                 /* not UTF-8 */
    text = table_text(table, 80);
    cr_assert_str_eq(text, "KEY   SIZE REASON\n"
                           "Gr\xc3\xbc\x6e     1 x\n"
                           "\xe6\x97\xa5\xe6\x9c\xac     1 x\n"
                           "e\xcc\x81t\xc3\xa9      1 x\n"
                           "\xef\xbf\xbd.jpg    1 x\n");
}

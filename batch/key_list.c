#include "batch/key_list.h"

#include <string.h>

#include "base/limits.h"

/* The longest field that is of use: a key of which each byte is encoded. */
#define MAX_FIELD_BYTES (3 * LIMIT_KEY_BYTES)

typedef enum { STATE_START, STATE_PLAIN, STATE_QUOTED, STATE_QUOTE } State;

struct KeyList {
    KeyListOptions options;
    guint64 line;  /* the number of the present line */
    guint64 first; /* of the present entry, which begins there */
    GString *text; /* the present entry, or the present field of CSV, up to its limit */
    gboolean is_too_long;
    State state;
    int column;
    gboolean is_broken; /* the present row is no CSV */
    char *bucket;       /* of the present row, as are the others; NULL as long as there is no such field */
    char *key;
    char *is_latest;
    char *is_delete_marker;
};

KeyList *key_list_new(const KeyListOptions *options)
{
    KeyList *list = g_new0(KeyList, 1);

    list->options = *options;
    list->line = list->first = 1;
    list->text = g_string_new(NULL);
    return list;
}

static void clear_row(KeyList *list)
{
    g_clear_pointer(&list->bucket, g_free);
    g_clear_pointer(&list->key, g_free);
    g_clear_pointer(&list->is_latest, g_free);
    g_clear_pointer(&list->is_delete_marker, g_free);
    list->column = 0;
    list->is_broken = FALSE;
}

void key_list_free(KeyList *list)
{
    if (list == NULL)
        return;
    clear_row(list);
    g_string_free(list->text, TRUE);
    g_free(list);
}

static void tell_problem(const KeyList *list, const char *reason)
{
    list->options.on_problem(list->first, reason, list->options.data);
}

static void append(KeyList *list, char byte, gsize max_bytes)
{
    if (list->text->len < max_bytes)
        g_string_append_c(list->text, byte);
    else
        list->is_too_long = TRUE;
}

static void clear_text(KeyList *list)
{
    g_string_truncate(list->text, 0);
    list->is_too_long = FALSE;
}

static void tell_key(const KeyList *list, const char *key, gboolean is_too_long)
{
    if (is_too_long || strlen(key) > LIMIT_KEY_BYTES)
        tell_problem(list, "is longer than a key can be (1024 bytes)");
    else if (list->options.is_utf8 && !g_utf8_validate(key, -1, NULL))
        tell_problem(list, "is not UTF-8, as keys of a bucket are");
    else
        list->options.on_key(key, list->options.data);
}

/* Plain lists */

static void end_entry(KeyList *list)
{
    if (list->options.form == KEY_LIST_LINES && g_str_has_suffix(list->text->str, "\r"))
        g_string_truncate(list->text, list->text->len - 1);
    if (list->options.form == KEY_LIST_LINES && strlen(list->text->str) < list->text->len)
        tell_problem(list, "has a NUL: is it a list for --keys-from0?");
    else if (list->text->len > 0)
        tell_key(list, list->text->str, list->is_too_long);
    clear_text(list);
    list->first = ++list->line;
}

static void add_plain(KeyList *list, char byte)
{
    const char separator = list->options.form == KEY_LIST_NUL ? '\0' : '\n';

    if (byte == separator)
        end_entry(list);
    else
        append(list, byte, LIMIT_KEY_BYTES + 1); /* a CR may follow */
}

/* CSV */

/* Decodes %XX and '+' in place. FALSE if it is malformed, or has a NUL. */
static gboolean decode(char *text)
{
    const char *from = text;
    char *to = text;

    for (; *from != '\0'; from++, to++) {
        *to = *from == '+' ? ' ' : *from;
        if (*from != '%')
            continue;
        if (!g_ascii_isxdigit(from[1]) || !g_ascii_isxdigit(from[2]))
            return FALSE;
        *to = (char)(g_ascii_xdigit_value(from[1]) * 16 + g_ascii_xdigit_value(from[2]));
        if (*to == '\0')
            return FALSE;
        from += 2;
    }
    *to = '\0';
    return TRUE;
}

static gboolean is_left_out(const KeyList *list)
{
    return (list->bucket != NULL && strcmp(list->bucket, list->options.bucket) != 0) ||
           (list->is_latest != NULL && g_ascii_strcasecmp(list->is_latest, "false") == 0) ||
           (list->is_delete_marker != NULL && g_ascii_strcasecmp(list->is_delete_marker, "true") == 0);
}

static void tell_row(KeyList *list)
{
    const KeyListOptions *options = &list->options;

    if (list->is_broken) {
        tell_problem(list, "is no CSV, or has a field that is too long");
    } else if (list->key == NULL || (options->columns.bucket >= 0 && list->bucket == NULL)) {
        tell_problem(list, "has too few columns");
    } else if (is_left_out(list)) {
        options->on_left_out(options->data);
    } else if (!decode(list->key)) {
        tell_problem(list, "has a key that is not URL-encoded");
    } else if (!g_str_has_prefix(list->key, options->prefix)) {
        options->on_left_out(options->data);
    } else if (list->key[strlen(options->prefix)] != '\0') {
        tell_key(list, list->key + strlen(options->prefix), FALSE);
    } else {
        options->on_left_out(options->data); /* the prefix itself stands for a folder */
    }
}

static void end_field(KeyList *list)
{
    const KeyListColumns *columns = &list->options.columns;
    char **field = NULL;

    if (list->column == columns->bucket)
        field = &list->bucket;
    else if (list->column == columns->key)
        field = &list->key;
    else if (list->column == columns->is_latest)
        field = &list->is_latest;
    else if (list->column == columns->is_delete_marker)
        field = &list->is_delete_marker;
    if (field != NULL)
        *field = g_strdup(list->text->str);
    list->is_broken |= field != NULL && (list->is_too_long || strlen(list->text->str) < list->text->len);
    clear_text(list);
    list->column = MIN(list->column + 1, G_MAXINT - 1);
    list->state = STATE_START;
}

static void end_row(KeyList *list)
{
    const gboolean is_quoted = list->state == STATE_QUOTED || list->state == STATE_QUOTE;
    gboolean is_empty;

    list->is_broken |= list->state == STATE_QUOTED; /* only at the end of the list */
    if (!is_quoted && g_str_has_suffix(list->text->str, "\r"))
        g_string_truncate(list->text, list->text->len - 1);
    is_empty = list->column == 0 && list->text->len == 0 && !is_quoted;
    end_field(list);
    if (!is_empty)
        tell_row(list);
    clear_row(list);
    list->first = list->line;
}

/* A byte after the quote that ended a field, or was the first half of one that is doubled. */
static void add_after_quote(KeyList *list, char byte)
{
    list->state = STATE_QUOTED;
    if (byte == '"') {
        append(list, byte, MAX_FIELD_BYTES);
        return;
    }
    list->state = STATE_QUOTE;
    list->is_broken |= byte != '\r';
}

static void add_to_field(KeyList *list, char byte)
{
    if (list->state == STATE_START && byte == '"') {
        list->state = STATE_QUOTED;
        return;
    }
    list->state = STATE_PLAIN;
    list->is_broken |= byte == '"';
    append(list, byte, MAX_FIELD_BYTES);
}

static void add_csv(KeyList *list, char byte)
{
    list->line += byte == '\n';
    if (list->state == STATE_QUOTED && byte == '"')
        list->state = STATE_QUOTE;
    else if (list->state == STATE_QUOTED)
        append(list, byte, MAX_FIELD_BYTES);
    else if (byte == '\n')
        end_row(list);
    else if (byte == ',')
        end_field(list);
    else if (list->state == STATE_QUOTE)
        add_after_quote(list, byte);
    else
        add_to_field(list, byte);
}

void key_list_add(KeyList *list, const char *bytes, gsize n_bytes)
{
    for (gsize i = 0; i < n_bytes; i++) {
        if (list->options.form == KEY_LIST_CSV)
            add_csv(list, bytes[i]);
        else
            add_plain(list, bytes[i]);
    }
}

void key_list_end(KeyList *list)
{
    if (list->options.form == KEY_LIST_CSV)
        end_row(list);
    else if (list->text->len > 0 || list->is_too_long)
        end_entry(list);
    list->line = list->first = 1;
}

#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "batch/key_list.h"

/* What was told: "KEY|", "-|" for what is left out, "LINE:REASON|". */
static GString *told;

static void on_key(const char *key, void *data)
{
    (void)data;
    g_string_append_printf(told, "%s|", key);
}

static void on_left_out(void *data)
{
    (void)data;
    g_string_append(told, "-|");
}

static void on_problem(guint64 line, const char *reason, void *data)
{
    (void)data;
    g_string_append_printf(told, "%d:%.11s|", (int)line, reason);
}

static KeyList *list_of(KeyListForm form, gboolean is_utf8)
{
    told = g_string_new(NULL);
    return key_list_new(&(KeyListOptions){.form = form,
                                          .columns = KEY_LIST_BATCH_COLUMNS,
                                          .bucket = "bkt",
                                          .prefix = "in/",
                                          .is_utf8 = is_utf8,
                                          .on_key = on_key,
                                          .on_left_out = on_left_out,
                                          .on_problem = on_problem});
}

/* However the text is divided, the same is told. */
static void assert_told_of(KeyListForm form, gboolean is_utf8, const char *text, gsize n,
                           const char *expected)
{
    for (gsize size = 1; size <= n + 1; size++) {
        KeyList *list = list_of(form, is_utf8);

        for (gsize i = 0; i < n; i += size)
            key_list_add(list, text + i, MIN(size, n - i));
        key_list_end(list);
        key_list_free(list);
        cr_assert_str_eq(told->str, expected, "in parts of %d: %s instead of %s", (int)size, told->str,
                         expected);
        g_string_free(told, TRUE);
    }
}

static void assert_told(KeyListForm form, const char *text, const char *expected)
{
    assert_told_of(form, TRUE, text, strlen(text), expected);
}

Test(key_list, one_a_line)
{
    assert_told(KEY_LIST_LINES, "", "");
    assert_told(KEY_LIST_LINES, "\n\n", "");
    assert_told(KEY_LIST_LINES, "a/1.jpg\nb c.jpg\n", "a/1.jpg|b c.jpg|");
    assert_told(KEY_LIST_LINES, "a\r\n\r\n b \xc3\xa9\r\nlast", "a| b \xc3\xa9|last|");
    assert_told(KEY_LIST_LINES, "a\rb\n", "a\rb|");
    assert_told(KEY_LIST_LINES, "a\n\xff\nb\n", "a|2:is not UTF-|b|");
    assert_told_of(KEY_LIST_LINES, FALSE, "\xff\n", 2, "\xff|");
    assert_told_of(KEY_LIST_LINES, TRUE, "a\nb\0c\n", 6, "a|2:has a NUL: |");
}

Test(key_list, separated_by_nul)
{
    assert_told_of(KEY_LIST_NUL, TRUE, "a\nb\0\0\r\0c", 8, "a\nb|\r|c|");
}

Test(key_list, the_longest_key_and_one_that_is_longer)
{
    static const char *const ends[] = {"\n", "\r\n", ""};

    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *key = g_strnfill(LIMIT_KEY_BYTES, 'k');
        g_autofree char *text = g_strdup_printf("a\n%s\n%s%s", key, key, ends[i]);
        g_autofree char *longer = g_strdup_printf("%sk%s", text, ends[i]);
        g_autofree char *good = g_strdup_printf("a|%s|%s|", key, key);
        KeyList *list = list_of(KEY_LIST_LINES, TRUE);

        key_list_add(list, text, strlen(text));
        key_list_end(list);
        key_list_free(list);
        cr_assert_str_eq(told->str, good);
        g_string_free(told, TRUE);

        list = list_of(KEY_LIST_LINES, TRUE);
        g_strchomp(longer);
        longer[strlen(text) - strlen(ends[i])] = 'k';
        for (guint j = 0; j < 5; j++)
            key_list_add(list, "kkkkkkkk", 8);
        key_list_add(list, longer + 2, strlen(longer) - 2);
        key_list_add(list, "\nb\n", 3);
        key_list_free(list);
        cr_assert(g_str_has_prefix(told->str, "1:is longer t|"), "%s", told->str);
        cr_assert(g_str_has_suffix(told->str, "|b|"), "%s", told->str);
        g_string_free(told, TRUE);
    }
}

Test(key_list, a_manifest_of_batch_operations)
{
    assert_told(KEY_LIST_CSV, "bkt,in/a.jpg\nbkt,in/b%20c+d%2B.jpg\n", "a.jpg|b c d+.jpg|");
    assert_told(KEY_LIST_CSV, "\"bkt\",\"in/a,%22b\"\"\",\"v1\"\r\nbkt,in/c,v2\r\n\r\nbkt,in/d",
                "a,\"b\"|c|d|");
    assert_told(KEY_LIST_CSV, "other,in/a\nbkt,out/a\nbkt,in/\nbkt,in/x", "-|-|-|x|");
    assert_told(KEY_LIST_CSV, "bkt\n\nbkt,in/%2\nbkt,in/%00\nbkt,in/%ff\nbkt,in/x\n",
                "1:has too few|3:has a key t|4:has a key t|5:is not UTF-|x|");
    assert_told(KEY_LIST_CSV, "bkt,\"in/a\"b\nbkt,in/\"a\nbkt,\"in/a\nb\"\nbkt,in/x\nbkt,\"in/y",
                "1:is no CSV, |2:is no CSV, |a\nb|x|6:is no CSV, |");
}

Test(key_list, a_field_that_is_too_long_is_told_if_it_matters)
{
    g_autofree char *field = g_strnfill(3 * LIMIT_KEY_BYTES + 1, 'f');
    g_autofree char *text = g_strdup_printf("bkt,%s,\nbkt,in/a,%s\n", field, field);
    KeyList *list = list_of(KEY_LIST_CSV, TRUE);

    key_list_add(list, text, strlen(text));
    key_list_end(list);
    key_list_free(list);
    cr_assert_str_eq(told->str, "1:is no CSV, |a|");
    g_string_free(told, TRUE);
}

Test(key_list, old_versions_and_delete_markers_of_an_inventory)
{
    static const char text[] = "\"in/a\",\"bkt\",\"false\",\"true\"\n\"in/b\",\"bkt\",\"false\",\"false\"\n"
                               "\"in/c\",\"bkt\",\"true\",\"true\"\n";
    KeyList *list;

    told = g_string_new(NULL);
    list = key_list_new(&(KeyListOptions){
        .form = KEY_LIST_CSV,
        .columns = {.key = 0, .bucket = 1, .is_delete_marker = 2, .is_latest = 3},
        .bucket = "bkt",
        .prefix = "in/",
        .on_key = on_key,
        .on_left_out = on_left_out,
        .on_problem = on_problem,
    });
    key_list_add(list, text, strlen(text));
    key_list_end(list);
    key_list_free(list);
    cr_assert_str_eq(told->str, "a|-|-|");
    g_string_free(told, TRUE);
}

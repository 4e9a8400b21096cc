#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "config/pair_list.h"
#include "config/tag_list.h"

Test(tag_list, letters_of_any_alphabet_and_an_empty_value)
{
    g_autoptr(GPtrArray) tags = pair_list_new();

    cr_assert(tag_list_add(tags, "a b+-=._:/@9", "\xe6\x97\xa5\xe6\x9c\xac", NULL));
    cr_assert(tag_list_add(tags, "A b+-=._:/@9", "", NULL), "names differ by case");
    cr_assert_str_eq(pair_list_find(tags, "A b+-=._:/@9")->value, "");
}

Test(tag_list, lengths_are_in_characters)
{
    g_autoptr(GPtrArray) tags = pair_list_new();
    g_autoptr(GString) name = g_string_new(NULL);
    g_autoptr(GString) value = g_string_new(NULL);

    for (guint i = 0; i < TAG_LIST_MAX_NAME_CHARS; i++)
        g_string_append(name, "\xc3\xa9");
    for (guint i = 0; i < TAG_LIST_MAX_VALUE_CHARS; i++)
        g_string_append(value, "\xc3\xa9");
    cr_assert(tag_list_add(tags, name->str, value->str, NULL));
    cr_assert_not(tag_list_add(tags, "a", g_string_append(value, "x")->str, NULL));
    cr_assert_not(tag_list_add(tags, g_string_append(name, "x")->str, "", NULL));
}

Test(tag_list, others_are_refused)
{
    static const struct {
        const char *name, *value, *reason;
    } table[] = {
        {"", "x", "1 to 128"},           {"a&b", "x", "letters, digits"},
        {"a", "x\n", "letters, digits"}, {"a", "\xff", "letters, digits"},
        {"aws:a", "x", "reserved"},      {"AWS:a", "x", "reserved"},
        {"there", "x", "is set twice"},
    };
    g_autoptr(GPtrArray) tags = pair_list_new();

    cr_assert(tag_list_add(tags, "there", "1", NULL));
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_not(tag_list_add(tags, table[i].name, table[i].value, &error), "%u", i);
        cr_assert_eq(error_class(error), ERROR_CONFIG);
        cr_assert_not_null(strstr(error->message, table[i].reason), "%s", error->message);
    }
    cr_assert_eq(tags->len, 1);
}

Test(tag_list, ten_are_the_most)
{
    g_autoptr(GPtrArray) tags = pair_list_new();
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < TAG_LIST_MAX; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);

        cr_assert(tag_list_add(tags, name, "", NULL));
    }
    cr_assert_not(tag_list_add(tags, "more", "", &error));
    cr_assert_not_null(strstr(error->message, "at most 10"), "%s", error->message);
}

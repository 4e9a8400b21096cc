#include <criterion/criterion.h>
#include <string.h>

#include "batch/key_order.h"
#include "config/config.h"

static Config *configure(const char *outputs)
{
    g_autofree char *text =
        g_strconcat("source: {url: s3://photos}\ndestination: {url: s3://web}\noutputs:\n", outputs, NULL);
    Config *config = config_parse(text, strlen(text), "c", NULL);

    cr_assert_not_null(config, "%s", text);
    return config;
}

static void assert_groups(const char *outputs, const char *expected)
{
    g_autoptr(Config) config = configure(outputs);
    g_autofree char *reason = NULL;
    g_autoptr(KeyOrder) order = key_order_new(config, &reason);
    g_autoptr(GString) groups = g_string_new(NULL);

    cr_assert_not_null(order, "%s", reason);
    cr_assert_null(key_order_note(config));
    for (guint i = 0; i < config->outputs->len; i++)
        g_string_append_printf(groups, "[%s]", key_order_prefix(order, key_order_group_of(order, i)));
    g_string_append_printf(groups, "%u", key_order_n_groups(order));
    cr_assert_str_eq(groups->str, expected);
}

Test(key_order, outputs_whose_keys_begin_alike_are_one_group)
{
    assert_groups("- {name: a, width: 1}\n- {name: b, width: 1}\n", "[a/][b/]2");
    assert_groups("- {name: a, width: 1, key: '{dir}{stem}/{output}.{ext}'}\n"
                  "- {name: b, width: 1, key: '{dir}{name}-b.{ext}'}\n",
                  "[][]1");
    assert_groups("- {name: a, width: 1, format: webp, key: '{dir}{stem}.{ext}'}\n"
                  "- {name: b, width: 1, key: 'b/{dir}{stem}.{ext}'}\n",
                  "[][b/]2");
}

static void assert_whole(const char *outputs, const char *expected)
{
    g_autoptr(Config) config = configure(outputs);
    g_autofree char *reason = NULL;
    g_autoptr(KeyOrder) order = key_order_new(config, &reason);
    g_autofree char *note = key_order_note(config);

    cr_assert_null(order);
    cr_assert_not_null(strstr(reason, expected), "%s", reason);
    cr_assert_not_null(strstr(note, reason), "%s", note);
}

Test(key_order, other_templates_need_the_whole_destination)
{
    static const char *const keys[] = {
        "{stem}.{ext}", "{name}", "{dir}x/{stem}.{ext}", "{stem}/{dir}{name}", "{dir}{stem}/{name}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *outputs = g_strdup_printf("- {name: thumb, width: 1, key: '%s'}\n", keys[i]);

        assert_whole(outputs, "the key of output 'thumb' does not start with");
    }
    assert_whole("- {name: a, width: 1, format: source, key: '{ext}/{dir}{stem}.{ext}'}\n", "output 'a'");
    assert_whole("- {name: a, width: 1, key: '{dir}{stem}.{ext}'}\n- {name: b, width: 1}\n",
                 "outputs 'a' and 'b' of different objects may have the same key");
    assert_whole("- {name: a, width: 1, format: source, key: '{dir}{stem}.{ext}'}\n"
                 "- {name: b, width: 1, format: webp}\n",
                 "outputs 'a' and 'b'");
}

static void assert_cut(const char *last, const char *next, const char *expected)
{
    g_autofree char *cut = key_order_cut(last, next);

    cr_assert_str_eq(cut, expected);
    cr_assert_lt(strcmp(last, cut), 0);
    cr_assert_leq(strcmp(cut, next), 0);
}

Test(key_order, a_cut_is_as_short_as_it_can_be)
{
    assert_cut("a/1.jpg", "b/1.jpg", "b");
    assert_cut("IMG_0001.jpg", "IMG_0002.jpg", "IMG_0002");
    assert_cut("a", "a.jpg", "a.");
    assert_cut("a.jpg", "a.png", "a.p");
    assert_cut("\xc3\xa9", "\xc3\xaa.jpg", "\xc3\xaa");
    assert_cut("z", "\xf0\x9f\x98\x80z", "\xf0\x9f\x98\x80");
    assert_cut("\xff", "\xff\x80", "\xff\x80");
}

Test(key_order, nothing_is_between_a_key_and_the_cut_after_it)
{
    g_autofree char *cut = key_order_cut_after("a.jpg");

    cr_assert_gt(strcmp(cut, "a.jpg"), 0);
    cr_assert_leq(strcmp(cut, "a.jpg\x01"), 0);
}

Test(key_order, only_objects_whose_base_the_cut_begins_with_may_stray)
{
    cr_assert(key_order_may_stray("a.jpg", "ab"));
    cr_assert(key_order_may_stray("a.jpg", "a.p"));
    cr_assert(key_order_may_stray("d.x/a", "d.x/a-5"));
    cr_assert_not(key_order_may_stray("a.jpg", "a"));
    cr_assert_not(key_order_may_stray("ab.jpg", "a.p"));
    cr_assert_not(key_order_may_stray("b.jpg", "ab"));
}

static void assert_start(const char *outputs, const char *prefix, const char *expected)
{
    g_autoptr(Config) config = configure(outputs);
    g_autofree char *reason = NULL;
    g_autoptr(KeyOrder) order = key_order_new(config, &reason);
    g_autofree char *start = key_order_start(order, prefix);

    cr_assert_str_eq(start, expected);
}

Test(key_order, start_of_what_a_prefix_needs)
{
    assert_start("- {name: o, width: 1}\n", "2024/IMG_", "2024/IMG_");
    assert_start("- {name: o, width: 1}\n", "a.d/b/", "a.d/b/");
    assert_start("- {name: o, width: 1}\n", "a/b.j", "a/b");
    assert_start("- {name: o, width: 1}\n", "a/b.c.jpg", "a/b.c");
    assert_start("- {name: o, width: 1}\n", "a/.j", "a/.j");
    assert_start("- {name: o, width: 1}\n", "", "");
}

Test(key_order, start_where_objects_of_different_names_may_have_one_key)
{
    static const char two[] = "- {name: o, width: 1, key: '{dir}{stem}.{ext}'}\n"
                              "- {name: t, width: 1, key: '{dir}{stem}_t.{ext}'}\n";

    assert_start(two, "d/a_", "d/a"); /* a_t.jpg and a.jpg have a_t.jpg */
    assert_start(two, "d/a_t", "d/a");
    assert_start(two, "d/a_x", "d/a_x");
    assert_start("- {name: o, width: 1, key: '{dir}{stem}.{ext}'}\n"
                 "- {name: t, width: 1, key: '{dir}{stem}/{stem}.{ext}'}\n",
                 "d/a/", "d/a"); /* d/a/a.jpg and d/a.jpg */
}

static void assert_strays(const char *outputs, const char *cut, const char *expected)
{
    g_autoptr(Config) config = configure(outputs);
    g_autofree char *reason = NULL;
    g_autoptr(KeyOrder) order = key_order_new(config, &reason);
    g_autoptr(GPtrArray) keys = key_order_strays(order, cut);
    g_autofree char *text = NULL;

    g_ptr_array_add(keys, NULL);
    text = g_strjoinv(" ", (GStrv)keys->pdata);
    cr_assert_str_eq(text, expected);
}

Test(key_order, strays_of_a_cut)
{
    assert_strays("- {name: o, width: 1}\n", "2024/IMG_0002", "");
    assert_strays("- {name: o, width: 1}\n", "a.p", "o/a.jpg");
    assert_strays("- {name: o, width: 1}\n", "a.b", "");
    assert_strays("- {name: o, width: 1, key: '{dir}{stem}!{ext}'}\n", "a-5", "a!jpg");
    assert_strays("- {name: o, width: 1, format: source}\n", "a.jpg",
                  "o/a.gif o/a.avif o/a.jpeg o/a.jpe o/a.jfif o/a.apng");
    assert_strays("- {name: o, width: 1, key: '{dir}{name}.{ext}'}\n", "a.p", "");
}

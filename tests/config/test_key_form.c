#include <criterion/criterion.h>

#include "config/key_form.h"

typedef struct {
    const char *a, *b;
    const char *key; /* NULL if there is none */
} Case;

Test(key_form, a_common_key_is_found)
{
    static const Case cases[] = {
        {"a", "a", "a"},
        {"a", "b", NULL},
        {"a", "", NULL},
        {"", "", ""},
        {"\001", "", ""},
        {"thumb/\001.jpg", "card/\001.jpg", NULL},
        {"thumb/\001.jpg", "thumb/\001.webp", NULL},
        {"thumb/\001.jpg", "thumb/\001.jpg", "thumb/photo.jpg"},
        {"\001-a.jpg", "\001-b.jpg", NULL},
        {"\001-a.jpg", "x/\001", "x/-a.jpg"},
        {"\001/t.jpg", "\001/t.jpg", "photo/t.jpg"},
        {"a\001b", "ab", "ab"},
        {"a\001b", "a", NULL},
        {"ab\001", "abc\001d", "abcphotod"},
        {"\001x\001", "aa\001bb", "aaxbb"},
        {"\001x", "\001y\001", "yx"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *key = key_form_meet(cases[i].a, cases[i].b, FALSE);
        g_autofree char *other = key_form_meet(cases[i].b, cases[i].a, FALSE);

        cr_expect(g_strcmp0(key, cases[i].key) == 0, "%s, %s: %s", cases[i].a, cases[i].b, key);
        cr_expect_eq(key == NULL, other == NULL, "%s, %s: in either order", cases[i].a, cases[i].b);
    }
}

Test(key_form, letters_in_either_case)
{
    g_autofree char *same = key_form_meet("A/\001.JPG", "a/\001.jpg", TRUE);
    g_autofree char *other = key_form_meet("A/\001.JPG", "a/\001.jpg", FALSE);

    cr_expect_str_eq(same, "A/photo.JPG");
    cr_expect_null(other);
}

Test(key_form, of_a_pattern)
{
    g_autofree char *form = key_form_of_pattern("a*b?c");
    g_autofree char *start = key_form_start(form);
    g_autofree char *whole = key_form_start("abc");

    cr_expect_str_eq(form, "a\001b\001c");
    cr_expect_str_eq(start, "a");
    cr_expect_str_eq(whole, "abc");
}

/* Whether the text is in the form, by the definition. */
static gboolean is_in(const char *form, const char *text)
{
    if (*form == KEY_FORM_GAP)
        return is_in(form + 1, text) || (*text != '\0' && is_in(form, text + 1));
    if (*form == '\0')
        return *text == '\0';
    return *form == *text && is_in(form + 1, text + 1);
}

/* All forms of up to three characters of a, b and a gap; all texts of up to five of a and b. */
Test(key_form, agrees_with_the_definition)
{
    static const char alphabet[] = {'\0', 'a', 'b', KEY_FORM_GAP};
    guint met = 0;

    for (guint i = 0; i < 64; i++) {
        for (guint j = 0; j < 64; j++) {
            const char a[] = {alphabet[i % 4], alphabet[i / 4 % 4], alphabet[i / 16], '\0'};
            const char b[] = {alphabet[j % 4], alphabet[j / 4 % 4], alphabet[j / 16], '\0'};
            g_autofree char *key = key_form_meet(a, b, FALSE);
            gboolean expected = FALSE;

            for (guint n = 1; n < 64 && !expected; n++) { /* the bits after the highest one are the letters */
                char text[8] = "";
                guint length = 0;

                for (guint bits = n; bits > 1; bits >>= 1)
                    text[length++] = (bits & 1) != 0 ? 'a' : 'b';
                expected = is_in(a, text) && is_in(b, text);
            }
            cr_assert_eq(key != NULL, expected, "%u %u", i, j);
            cr_assert(key == NULL || (is_in(a, key) && is_in(b, key)), "%u %u: %s", i, j, key);
            met += key != NULL;
        }
    }
    cr_assert_gt(met, 500);
}

/* Tests the boundaries that split a listing: each proposed one must be a key in between. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "s3/key_boundary.h"

static KeyAlphabet alphabet_of(const char *text)
{
    KeyAlphabet alphabet = {0};

    key_alphabet_add(&alphabet, text);
    return alphabet;
}

/* Uses the characters in seen. expected is NULL if there is no boundary. */
static void assert_boundary(const char *seen, const KeySpan *span, const char *expected)
{
    KeyAlphabet alphabet = alphabet_of(seen);
    g_autofree char *boundary = key_boundary(&alphabet, span);

    cr_assert_eq(boundary == NULL, expected == NULL, "%s", boundary != NULL ? boundary : "nothing");
    if (expected != NULL)
        cr_assert_str_eq(boundary, expected);
}

static void assert_between(const char *boundary, const KeySpan *span)
{
    cr_assert_gt(strcmp(boundary, span->last), 0, "'%s' '%s'", boundary, span->last);
    cr_assert(span->bound == NULL || strcmp(boundary, span->bound) < 0, "'%s' '%s' '%s'", span->last,
              boundary, span->bound);
    cr_assert(strncmp(boundary, span->last, span->prefix_bytes) == 0);
    cr_assert(g_utf8_validate(boundary, -1, NULL));
    cr_assert_leq(strlen(boundary), LIMIT_KEY_BYTES);
    for (const char *p = boundary; *p != '\0'; p++)
        cr_assert_not(g_ascii_iscntrl(*p));
}

Test(boundary, is_the_middle_of_the_characters_that_are_in_use)
{
    assert_boundary("0123456789abcdef", &(KeySpan){"00", "01", NULL, 0}, "8");
    assert_boundary("0123456789abcdef", &(KeySpan){"00", "01", "8", 0}, "4");
    assert_boundary("0123456789", &(KeySpan){"p/5a", "p/5b", NULL, 2}, "p/8");
    assert_boundary("az", &(KeySpan){"p", "q", "z", 0}, "qz");
}

Test(boundary, is_the_end_of_a_group_while_more_may_follow_it)
{
    assert_boundary("0123456789", &(KeySpan){"a/b/c/00", "a/b/c/99", NULL, 0}, "a/b~");
    assert_boundary("0123456789", &(KeySpan){"a/b/c/00", "a/b/c/99", "a/b~", 0}, "a/b/c~");
    assert_boundary("0123456789", &(KeySpan){"a/b/c/00", "a/b/c/50", "a/b/c~", 0}, "a/b/c5");
    assert_boundary("0123456789", &(KeySpan){"a/b/c/00", "a/b/c/50", NULL, 6}, "a/b/c/8");
}

Test(boundary, of_neighbours_is_behind_the_first)
{
    assert_boundary("0", &(KeySpan){"a", "a", "b", 0}, "a0");
    assert_boundary("0", &(KeySpan){"0", "00", "01", 0}, "000");
    assert_boundary("", &(KeySpan){"a", "a", "b", 0}, NULL);
    assert_boundary("0", &(KeySpan){"a", "a", "a0", 0}, NULL);
}

Test(boundary, is_of_whole_characters)
{
    assert_boundary("a", &(KeySpan){"\xc3\xa4", "\xc3\xa9", NULL, 0}, "\xd1\xb4");
    assert_boundary("a", &(KeySpan){"\xc3\xa4", "\xc3\xa9", "\xc3\xaf", 0}, "\xc3\xac");
    assert_boundary("", &(KeySpan){"\xc3\xa4", "\xc3\xa4", "\xc3\xa5", 0}, NULL);
}

Test(boundary, has_no_control_characters_and_is_not_too_long)
{
    g_autofree char *longest = g_strnfill(LIMIT_KEY_BYTES, '0');
    g_autofree char *next = g_strnfill(LIMIT_KEY_BYTES, '0');

    next[LIMIT_KEY_BYTES - 1] = '1';
    assert_boundary("0", &(KeySpan){"\001a", "\001b", "\001c", 0}, NULL);
    assert_boundary("\t\x7f ", &(KeySpan){"a", "b", NULL, 0}, NULL);
    assert_boundary("0", &(KeySpan){longest, longest, next, 0}, NULL);
}

/* Random keys of few different characters, so that neighbours are close. */
static char *random_key(GRand *random, const char *prefix)
{
    static const char *const characters[] = {"a",
                                             "b",
                                             "~",
                                             "/",
                                             "0",
                                             "\x7f",
                                             "\t",
                                             " ",
                                             "+",
                                             "%",
                                             "\xc2\x80",
                                             "\xc3\xa9",
                                             "\xed\x9f\xbf",
                                             "\xee\x80\x80",
                                             "\xef\xbf\xbd",
                                             "\xef\xbf\xbf",
                                             "\xf0\x9f\x8c\xbb",
                                             "\xf4\x8f\xbf\xbf"};
    GString *key = g_string_new(prefix);
    gint length = g_rand_int_range(random, 1, 6);

    for (gint i = 0; i < length; i++)
        g_string_append(key, characters[g_rand_int_range(random, 0, G_N_ELEMENTS(characters))]);
    return g_string_free(key, FALSE);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

Test(boundary, is_between_whatever_the_keys)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(16);
    guint found = 0;

    for (guint round = 0; round < 200000; round++) {
        const char *prefix = round % 3 == 0 ? "" : round % 3 == 1 ? "p" : "p\xc3\xa9/";
        char *keys[3];
        KeyAlphabet alphabet = alphabet_of(round % 2 == 0 ? "ab/0~" : "");
        g_autofree char *boundary = NULL;
        KeySpan span;

        for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
            keys[i] = random_key(random, prefix);
        qsort(keys, G_N_ELEMENTS(keys), sizeof *keys, compare_keys);
        span = (KeySpan){keys[0], keys[1], round % 5 != 0 && strcmp(keys[1], keys[2]) < 0 ? keys[2] : NULL,
                         strlen(prefix)};
        boundary = key_boundary(&alphabet, &span);
        if (boundary != NULL)
            assert_between(boundary, &span);
        found += boundary != NULL;
        for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
            g_free(keys[i]);
    }
    cr_assert_gt(found, 100000, "%u", found);
}

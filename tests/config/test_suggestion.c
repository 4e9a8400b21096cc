#include <criterion/criterion.h>

#include "config/suggestion.h"

static const char *const words[] = {"source", "destination", "outputs", "url", "key", "max_pixels"};

static const char *suggest(const char *word)
{
    return suggestion_find(word, words, G_N_ELEMENTS(words));
}

Test(suggestion, slips_are_understood)
{
    cr_assert_str_eq(suggest("ulr"), "url");
    cr_assert_str_eq(suggest("ur"), "url");
    cr_assert_str_eq(suggest("urls"), "url");
    cr_assert_str_eq(suggest("kay"), "key");
    cr_assert_str_eq(suggest("sorce"), "source");
    cr_assert_str_eq(suggest("suorce"), "source");
    cr_assert_str_eq(suggest("output"), "outputs");
    cr_assert_str_eq(suggest("max-pixel"), "max_pixels");
    cr_assert_str_eq(suggest("destinatoin"), "destination");
}

Test(suggestion, other_words_are_not)
{
    g_autofree char *long_word = g_strnfill(1000, 'u');

    cr_assert_null(suggest(""));
    cr_assert_null(suggest("x"));
    cr_assert_null(suggest("uxx"));
    cr_assert_null(suggest("target"));
    cr_assert_null(suggest("sxxxce"));
    cr_assert_null(suggest(long_word));
    cr_assert_null(suggestion_find("url", NULL, 0));
}

Test(suggestion, the_nearest_is_taken)
{
    static const char *const near[] = {"abcdxx", "abcdex", "abcdxf"};

    cr_assert_str_eq(suggestion_find("abcdef", near, 3), "abcdex");
    cr_assert_str_eq(suggestion_find("abcdef", near, 1), "abcdxx");
}

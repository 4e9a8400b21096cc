#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "config/pattern.h"

Test(pattern, matches)
{
    static const struct {
        const char *pattern, *key;
        gboolean expected;
    } table[] = {
        {"*.jpg", "a.jpg", TRUE},
        {"*.jpg", "A.JPG", TRUE},
        {"*.JPG", "a.jpg", TRUE},
        {"*.jpg", "d/e/a.jpg", TRUE},
        {"*.jpg", ".jpg", TRUE},
        {"*.jpg", "a.jpg.png", FALSE},
        {"*.jpg", "a.jpgx", FALSE},
        {"*.jpg", "jpg", FALSE},
        {"*.jpg", "", FALSE},
        {"*", "", TRUE},
        {"*", "x/y", TRUE},
        {"**", "x", TRUE},
        {"", "", TRUE},
        {"", "x", FALSE},
        {"?", "x", TRUE},
        {"?", "/", TRUE},
        {"?", "", FALSE},
        {"?", "xy", FALSE},
        {"?", "\xc3\xa9", TRUE}, /* é */
        {"??", "\xc3\xa9", FALSE},
        {"*?", "\xc3\xa9", TRUE},
        {"*??", "\xc3\xa9", FALSE}, /* `*` matches whole characters too */
        {"\xc3\xa9*", "\xc3\xa9t", TRUE},
        {"\xc3\x89", "\xc3\xa9", FALSE}, /* É: case folding is limited to ASCII */
        {"?", "\xff", TRUE},             /* not UTF-8: matched as a byte */
        {"a?c", "abc", TRUE},
        {"a?c", "ac", FALSE},
        {"*/drafts/*", "x/drafts/y.jpg", TRUE},
        {"*/drafts/*", "drafts/y.jpg", FALSE},
        {"drafts/*", "drafts/", TRUE},
        {"a*b*c", "a-b-b-c", TRUE},
        {"a*b*c", "a-c-b", FALSE},
        {"*ab", "aab", TRUE},
        {"*aab", "aaab", TRUE},
        {"*a?b", "aaab", TRUE},
        {"x*y*z", "xyyz", TRUE},
        {"[ab]", "a", FALSE}, /* no character classes */
        {"[ab]", "[AB]", TRUE},
        {"a\\*", "a\\b", TRUE}, /* no escapes */
        {"a**", "a", TRUE},
        {"abc*", "ab", FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        cr_assert_eq(pattern_matches(table[i].pattern, table[i].key), table[i].expected, "'%s' of '%s'",
                     table[i].pattern, table[i].key);
}

/* The specification itself, at exponential cost. */
static gboolean matches_naively(const char *pattern, const char *key)
{
    if (*pattern == '\0')
        return *key == '\0';
    if (*pattern == '*')
        return matches_naively(pattern + 1, key) || (*key != '\0' && matches_naively(pattern, key + 1));
    if (*key == '\0' || (*pattern != '?' && *pattern != *key))
        return FALSE;
    return matches_naively(pattern + 1, key + 1);
}

Test(pattern, agrees_with_the_specification)
{
    static const char letters[] = "ab*?";
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    guint matching = 0;

    for (guint i = 0; i < 200000; i++) {
        char pattern[8] = "", key[9] = "";
        gint pattern_length = g_rand_int_range(random, 0, 8), key_length = g_rand_int_range(random, 0, 9);

        for (gint j = 0; j < pattern_length; j++)
            pattern[j] = letters[g_rand_int_range(random, 0, 4)];
        for (gint j = 0; j < key_length; j++)
            key[j] = letters[g_rand_int_range(random, 0, 2)];
        cr_assert_eq(pattern_matches(pattern, key), matches_naively(pattern, key), "'%s' of '%s'", pattern,
                     key);
        matching += (guint)pattern_matches(pattern, key);
    }
    cr_assert_gt(matching, 10000, "the samples say something");
}

Test(pattern, many_stars_stay_cheap)
{
    g_autoptr(GString) pattern = g_string_new(NULL);
    g_autofree char *key = g_strnfill(1024, 'a');
    gint64 start_us;

    while (pattern->len + 3 <= PATTERN_MAX_BYTES)
        g_string_append(pattern, "*a");
    g_string_append_c(pattern, 'b');
    start_us = clock_now_us();
    for (guint i = 0; i < 10; i++)
        cr_assert_not(pattern_matches(pattern->str, key));
    cr_assert_lt(clock_now_us() - start_us, CLOCK_US_PER_S, "ten of the worst in a second");
}

Test(pattern, illegal_ones_are_refused)
{
    g_autofree char *longest = g_strnfill(PATTERN_MAX_BYTES, 'x');
    g_autofree char *longer = g_strnfill(PATTERN_MAX_BYTES + 1, 'x');
    const char *illegal[] = {"", "a\nb", "a\x7f", longer};

    cr_assert(pattern_check(longest, NULL));
    cr_assert(pattern_check("*", NULL));
    for (guint i = 0; i < G_N_ELEMENTS(illegal); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_not(pattern_check(illegal[i], &error), "%u", i);
        cr_assert_eq(error_class(error), ERROR_CONFIG);
    }
}

Test(pattern, covers_a_prefix_only_as_literal_and_star)
{
    cr_assert(pattern_covers_prefix("thumb/*", "thumb/"));
    cr_assert(pattern_covers_prefix("THUMB/*", "thumb/x"));
    cr_assert(pattern_covers_prefix("*", "anything"));
    cr_assert(pattern_covers_prefix("*", ""));
    cr_assert_not(pattern_covers_prefix("thumb/*", "thumb"), "thumbnail/ is not covered");
    cr_assert_not(pattern_covers_prefix("thumb/", "thumb/"));
    cr_assert_not(pattern_covers_prefix("thumb/*.jpg", "thumb/"));
    cr_assert_not(pattern_covers_prefix("*/thumb/*", "x/thumb/"));
    cr_assert_not(pattern_covers_prefix("thum?/*", "thumb/"));
    cr_assert_not(pattern_covers_prefix("thumb/**", "thumb/"), "not of the form, if of the meaning");
}

Test(pattern, covers_a_folder_if_everything_below_it_matches)
{
    cr_assert(pattern_covers_folder("lost+found/*", "lost+found/"));
    cr_assert(pattern_covers_folder("lost+found/*", "lost+found/deeper/"));
    cr_assert(pattern_covers_folder("*/drafts/*", "a/b/DRAFTS/"));
    cr_assert(pattern_covers_folder("*", "a/"));
    cr_assert(pattern_covers_folder("thum?/**", "thumb/"));
    cr_assert_not(pattern_covers_folder("*/drafts/*", "drafts/"), "as of the keys below it");
    cr_assert_not(pattern_covers_folder("lost+found/*", "lost+found-2/"));
    cr_assert_not(pattern_covers_folder("lost+found/*.jpg", "lost+found/"));
    cr_assert_not(pattern_covers_folder("lost+found/", "lost+found/"), "it is no key");
    cr_assert_not(pattern_covers_folder("a/b/*", "a/"));
    cr_assert_not(pattern_covers_folder("", "a/"));
}

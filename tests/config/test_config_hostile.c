/* Any file yields a configuration or an error, quickly and without a crash. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "config/config.h"

/* TRUE if the text is valid. Otherwise each line of the error must name a place. */
static gboolean survives(const char *text, gsize size)
{
    /* A buffer of exactly this size, so that AddressSanitizer detects a read past its end. */
    g_autofree char *copy = g_memdup2(text, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse(copy, size, "c", &error);
    g_auto(GStrv) lines = NULL;

    if (config != NULL) {
        cr_assert_null(error);
        return TRUE;
    }
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert(g_utf8_validate(error->message, -1, NULL));
    lines = g_strsplit(error->message, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        cr_assert(g_regex_match_simple("^c:[1-9][0-9]*:[1-9][0-9]*: .", lines[i], 0, 0), "%s", lines[i]);
    return FALSE;
}

static char *sample(gsize *ret_size)
{
    char *text;

    cr_assert(g_file_get_contents(SAMPLE_CONFIG, &text, ret_size, NULL));
    return text;
}

Test(config_hostile, cut_off_anywhere)
{
    gsize size;
    g_autofree char *text = sample(&size);
    const gsize needed = (gsize)(strstr(text, "\noutputs:") - text);
    guint legal = 0;

    for (gsize i = 0; i < size; i++) {
        const gboolean survived = survives(text, i);

        legal += (guint)survived;
        cr_assert(i > needed || !survived, "cut at %" G_GSIZE_FORMAT, i);
    }
    cr_assert(survives(text, size));
    cr_assert_gt(legal, 0, "the comments at the end are not needed");
}

Test(config_hostile, bytes_changed)
{
    static const char interesting[] = "\n\t :-?[]{}\"'#&*!|>%@`,~\\0\xff\xc3\x80\x01";
    gsize size;
    g_autofree char *text = sample(&size);
    g_autoptr(GRand) random = g_rand_new_with_seed(2);
    guint refused = 0;

    for (guint i = 0; i < 3000; i++) {
        g_autofree char *copy = g_memdup2(text, size);
        gint changes = g_rand_int_range(random, 1, 4);

        while (changes-- > 0)
            copy[g_rand_int_range(random, 0, (gint32)size)] =
                interesting[g_rand_int_range(random, 0, sizeof interesting)];
        refused += (guint)!survives(copy, size);
    }
    cr_assert_gt(refused, 500);
}

Test(config_hostile, pieces_moved)
{
    gsize size;
    g_autofree char *text = sample(&size);
    g_autoptr(GRand) random = g_rand_new_with_seed(3);

    for (guint i = 0; i < 1000; i++) {
        gint32 from = g_rand_int_range(random, 0, (gint32)size),
               to = g_rand_int_range(random, 0, (gint32)size);
        g_autoptr(GString) mixed = g_string_new_len(text, from);

        g_string_append_len(mixed, text + to, (gssize)size - to);
        survives(mixed->str, mixed->len);
    }
    cr_assert(survives(text, size));
}

Test(config_hostile, noise)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(4);

    for (guint i = 0; i < 2000; i++) {
        char noise[256];
        gsize size = (gsize)g_rand_int_range(random, 1, sizeof noise);
        /* half of the time ASCII: other bytes are refused before YAML parses them */
        gint32 top = i % 2 == 0 ? 256 : 128;

        for (gsize j = 0; j < size; j++)
            noise[j] = (char)g_rand_int_range(random, 0, top);
        cr_assert_not(survives(noise, size));
    }
}

static void assert_refused_soon(const char *what, const char *text, gsize size)
{
    gint64 start_us = clock_now_us();

    cr_assert_not(survives(text, size), "%s", what);
    cr_assert_lt(clock_now_us() - start_us, 5 * CLOCK_US_PER_S, "%s", what);
}

/* Repeats unit, up to the largest file. */
static void check_repeated(const char *head, const char *unit)
{
    g_autoptr(GString) text = g_string_new(head);

    while (text->len + strlen(unit) <= LIMIT_CONFIG_BYTES)
        g_string_append(text, unit);
    assert_refused_soon(unit, text->str, text->len);
}

Test(config_hostile, bombs, .timeout = 50)
{
    static const char laughs[] = "a: &a [x,x,x,x,x,x,x,x,x]\n"
                                 "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                                 "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                                 "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                                 "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    static const char *const units[] = {
        "[",   "{",   "- ", "? ",  "a: ",   "[[",   "{a: ", "\"",   "'x' ",  "x",        "x ", "\n", "#\n",
        "&a ", "!a ", "%",  "[],", "- 1\n", "|\n ", ">",    "--- ", "...\n", "\xc3\xa9", ": ", ",",  "]",
    };

    assert_refused_soon("laughs", laughs, strlen(laughs));
    for (guint i = 0; i < G_N_ELEMENTS(units); i++)
        check_repeated("", units[i]);
    check_repeated("[", "1,");
    check_repeated("{", "a: 1,");
    check_repeated("\"", "\\n");
    check_repeated("source: ", "x\n ");
    check_repeated("outputs:\n", " - {name: a}\n");
}

Test(config_hostile, very_many_different_keys)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; text->len < LIMIT_CONFIG_BYTES - 20; i++)
        g_string_append_printf(text, "key%u: 1\n", i);
    assert_refused_soon("keys", text->str, text->len);
}

Test(config_hostile, a_scalar_that_is_too_long)
{
    g_autofree char *filler = g_strnfill(4097, 'x');
    g_autofree char *text = g_strconcat("source: {url: ", filler, "}\n", NULL);
    g_autoptr(GError) error = NULL;

    cr_assert_null(config_parse(text, strlen(text), "c", &error));
    cr_assert_str_eq(error->message, "c:1:15: a text longer than 4096 bytes");
}

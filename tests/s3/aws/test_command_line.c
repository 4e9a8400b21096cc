#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "s3/aws/command_line.h"

static void expect(const char *line, const char *const *words)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) found = command_line_split(line, &error);

    cr_assert_not_null(found, "%s: %s", line, error != NULL ? error->message : "");
    cr_assert(g_strv_equal((const char *const *)found, words), "%s", line);
}

#define WORDS(...)                                                                                           \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        __VA_ARGS__, NULL                                                                                    \
    }

/* The expected words are those of Python's shlex.split(). */
Test(command_line, words)
{
    expect("a", WORDS("a"));
    expect(" /opt/a  --b\tc\r\nd ", WORDS("/opt/a", "--b", "c", "d"));
    expect("'a b' c", WORDS("a b", "c"));
    expect("\"a b\" c", WORDS("a b", "c"));
    expect("a'b'\"c\"d", WORDS("abcd"));
    expect("'' \"\"", WORDS("", ""));
    expect("a\\ b \\'c \\\\ \\d", WORDS("a b", "'c", "\\", "d"));
    expect("'a\\b' '\\'", WORDS("a\\b", "\\"));
    expect("\"a\\\"b\\\\c\\d\\$\"", WORDS("a\"b\\c\\d\\$"));
    expect("\"it's\" 'a \"b\"'", WORDS("it's", "a \"b\""));
}

Test(command_line, nothing_is_expanded)
{
    expect("$HOME `a` $(b) *.c ~ # {a,b} a;b a|b a>b a&b !1",
           WORDS("$HOME", "`a`", "$(b)", "*.c", "~", "#", "{a,b}", "a;b", "a|b", "a>b", "a&b", "!1"));
}

static void refuses(const char *line, const char *words)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(command_line_split(line, &error));
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert(strstr(error->message, words) != NULL, "%s", error->message);
}

Test(command_line, what_has_no_end)
{
    g_autofree char *large = g_strnfill(COMMAND_LINE_MAX_BYTES + 1, 'a');

    refuses("", "no command");
    refuses(" \t", "no command");
    refuses("a 'b", "an unterminated quotation");
    refuses("a \"b\\\"", "an unterminated quotation");
    refuses("a\\", "a trailing backslash");
    refuses(large, "more than 32768 bytes");
}

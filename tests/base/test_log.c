#include <criterion/criterion.h>

#include "base/log.h"

static void collect(LogLevel level, const char *message, GVariant *fields, void *data)
{
    g_autofree char *line = log_format_line(LOG_FORMAT_TEXT, level, message, fields);

    g_string_append(data, line);
}

static char *line_of(LogFormat format, LogLevel level, const char *message, const char *fields)
{
    g_autoptr(GVariant) variant = g_variant_parse(G_VARIANT_TYPE("a{ss}"), fields, NULL, NULL, NULL);

    return log_format_line(format, level, message, variant);
}

Test(log, text_lines_quote_what_needs_it)
{
    g_autofree char *line =
        line_of(LOG_FORMAT_TEXT, LOG_WARNING, "object failed", "{'key': 'a b\\n.jpg', 'class': 'input'}");

    cr_assert_str_eq(line, "thumbmill: warning: object failed key=\"a b\\n.jpg\" class=input\n");
}

Test(log, json_lines_are_escaped)
{
    g_autofree char *line = line_of(LOG_FORMAT_JSON, LOG_INFO, "say \"hi\"", "{'key': 'tab\\there'}");

    cr_assert_not_null(
        strstr(line, "\"level\":\"info\",\"message\":\"say \\\"hi\\\"\",\"key\":\"tab\\u0009here\"}\n"), "%s",
        line);
    cr_assert_eq(strncmp(line, "{\"time\":\"2", 10), 0);
}

Test(log, sink_gets_records_at_or_above_the_level)
{
    g_autoptr(GString) seen = g_string_new(NULL);

    log_set_sink(collect, seen);
    log_set_level(LOG_WARNING);
    log_event(LOG_INFO, "quiet", NULL);
    log_event(LOG_ERROR, "loud", "key", "\xff.jpg", "absent", NULL, "class", "input", NULL);
    log_set_sink(NULL, NULL);
    cr_assert_str_eq(seen->str, "thumbmill: error: loud key=\xef\xbf\xbd.jpg class=input\n");
}

Test(log, levels_have_names)
{
    LogLevel level;

    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
        cr_assert(log_level_parse(log_level_name((LogLevel)i), &level));
        cr_assert_eq((int)level, i);
    }
    cr_assert_not(log_level_parse("loud", &level));
}

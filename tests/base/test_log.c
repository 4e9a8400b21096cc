#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

Test(log, a_value_cannot_look_like_another_field)
{
    g_autofree char *line =
        line_of(LOG_FORMAT_TEXT, LOG_INFO, "object\x1b[2J", "{'key': 'a\" class=x', 'b': 'c=d'}");

    cr_assert_str_eq(line, "thumbmill: object\\x1b[2J key=\"a\\\" class=x\" b=\"c=d\"\n");
}

Test(log, json_lines_have_no_controls)
{
    g_autofree char *line = line_of(LOG_FORMAT_JSON, LOG_INFO, "m", "{'key': 'a\xc2\x9b\u202e'}");

    cr_assert_not_null(strstr(line, "\"key\":\"a\\u009b\\u202e\""), "%s", line);
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

/* The text that a child in this time zone writes to standard error. */
static char *written(gboolean timed, LogFormat format)
{
    int ends[2];
    char text[512] = "";
    pid_t child;

    cr_assert_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        setenv("TZ", "<+0545>-5:45", 1); /* Nepal's */
        if (dup2(ends[1], STDERR_FILENO) < 0)
            _exit(1);
        log_set_timed(timed);
        log_set_format(format);
        log_event(LOG_WARNING, "failed", "key", "a.jpg", NULL);
        _exit(0);
    }
    close(ends[1]);
    cr_assert_gt(read(ends[0], text, sizeof text - 1), 0);
    close(ends[0]);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    return g_strdup(text);
}

Test(log, text_has_the_local_time_with_its_zone_if_wanted)
{
    g_autofree char *timed = written(TRUE, LOG_FORMAT_TEXT);
    g_autofree char *bare = written(FALSE, LOG_FORMAT_TEXT);
    g_autofree char *json = written(TRUE, LOG_FORMAT_JSON);

    cr_assert(g_regex_match_simple("^2\\d\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+05:45 "
                                   "thumbmill: warning: failed key=a\\.jpg\n$",
                                   timed, 0, 0),
              "%s", timed);
    cr_assert_str_eq(bare, "thumbmill: warning: failed key=a.jpg\n");
    cr_assert(g_str_has_prefix(json, "{\"time\":\"2"), "%s", json);
}

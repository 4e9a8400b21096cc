#include "base/log.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json_format.h"
#include "base/quote.h"

static struct {
    LogFormat format;
    LogLevel lowest;
    gboolean timed;
    LogSink listener;
    void *listener_data;
    LogSink sink;
    void *sink_data;
} logger = {.format = LOG_FORMAT_TEXT, .lowest = LOG_INFO};

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};

void log_set_format(LogFormat format)
{
    logger.format = format;
}

void log_set_level(LogLevel lowest)
{
    logger.lowest = lowest;
}

void log_set_timed(gboolean timed)
{
    logger.timed = timed;
}

void log_set_listener(LogSink listener, void *data)
{
    logger.listener = listener;
    logger.listener_data = data;
}

void log_set_sink(LogSink sink, void *data)
{
    logger.sink = sink;
    logger.sink_data = data;
}

const char *log_level_name(LogLevel level)
{
    return level_names[level];
}

gboolean log_level_parse(const char *name, LogLevel *ret_level)
{
    for (guint i = 0; i < G_N_ELEMENTS(level_names); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *ret_level = (LogLevel)i;
            return TRUE;
        }
    }
    return FALSE;
}

/* As in RFC 8259; bytes that are not UTF-8 become U+FFFD. */
static void json_append_string(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    g_string_append_c(out, '"');
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);

        if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", *p);
        else if (quote_is_control(c))
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_unichar(out, c);
    }
    g_string_append_c(out, '"');
}

/* Appends name=value so that a value cannot look like another field: a value with a space, a quotation mark
 * or an equals sign is put in quotation marks, with a backslash before those inside it. */
static void text_append_value(GString *out, const char *value)
{
    g_autofree char *quoted = quote_key(value);

    if (strpbrk(quoted, " \"=") == NULL) {
        g_string_append(out, quoted);
        return;
    }
    g_string_append_c(out, '"');
    for (const char *p = quoted; *p != '\0'; p++) {
        if (*p == '"')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *p);
    }
    g_string_append_c(out, '"');
}

char *log_format_line(LogFormat format, LogLevel level, const char *message, GVariant *fields)
{
    g_autoptr(GString) out = g_string_sized_new(128);
    GVariantIter iter;
    const char *name, *value;

    if (format == LOG_FORMAT_JSON) {
        g_autofree char *now = clock_format_iso(clock_wall_us());

        g_string_append_printf(
            out, "{\"time\":\"%s\",\"format\":" JSON_FORMAT_TEXT ",\"level\":\"%s\",\"message\":", now,
            log_level_name(level));
        json_append_string(out, message);
    } else {
        g_autofree char *quoted = quote_text(message);

        g_string_append_printf(out, "thumbmill: %s%s", level >= LOG_WARNING ? log_level_name(level) : "",
                               level >= LOG_WARNING ? ": " : "");
        g_string_append(out, quoted);
    }
    g_variant_iter_init(&iter, fields);
    while (g_variant_iter_next(&iter, "{&s&s}", &name, &value)) {
        if (format == LOG_FORMAT_JSON) {
            g_string_append_c(out, ',');
            json_append_string(out, name);
            g_string_append_c(out, ':');
            json_append_string(out, value);
        } else {
            g_string_append_printf(out, " %s=", name);
            text_append_value(out, value);
        }
    }
    g_string_append(out, format == LOG_FORMAT_JSON ? "}\n" : "\n");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

void log_record(LogLevel level, const char *message, GVariant *fields)
{
    g_autofree char *line = NULL;

    if (level < logger.lowest)
        return;
    if (logger.listener != NULL)
        logger.listener(level, message, fields, logger.listener_data);
    if (logger.sink != NULL) {
        logger.sink(level, message, fields, logger.sink_data);
        return;
    }
    line = log_format_line(logger.format, level, message, fields);
    if (logger.timed && logger.format == LOG_FORMAT_TEXT) {
        g_autofree char *time = clock_format_local(clock_wall_us());
        g_autofree char *bare = g_steal_pointer(&line);

        line = g_strconcat(time, " ", bare, NULL); /* a single write(2) for the whole line */
    }
    (void)fd_write_all(STDERR_FILENO, line, strlen(line));
}

void log_event(LogLevel level, const char *message, ...)
{
    GVariantBuilder builder;
    g_autoptr(GVariant) fields = NULL;
    const char *name;
    va_list args;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    va_start(args, message);
    while ((name = va_arg(args, const char *)) != NULL) {
        const char *value = va_arg(args, const char *);

        if (value != NULL) {
            g_autofree char *valid = g_utf8_make_valid(value, -1);

            g_variant_builder_add(&builder, "{ss}", name, valid);
        }
    }
    va_end(args);
    fields = g_variant_ref_sink(g_variant_builder_end(&builder));
    log_record(level, message, fields);
}

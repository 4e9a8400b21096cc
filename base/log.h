/* Structured logging for the roles; library folders return errors and do not log.
 *
 * A record is a level, a sentence and fields (pairs of name and value). The default sink writes one line to
 * standard error in one write(2): text, or a JSON object with LOG_FORMAT_JSON. A process whose parent owns
 * the terminal installs a sink that sends its records to the parent instead. */
#pragma once

#include <glib.h>

typedef enum { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } LogLevel;
typedef enum { LOG_FORMAT_TEXT, LOG_FORMAT_JSON } LogFormat;

/* fields is an a{ss}, in order; owned by the sink's caller. */
typedef void (*LogSink)(LogLevel level, const char *message, GVariant *fields, void *data);

void log_set_format(LogFormat format);
void log_set_level(LogLevel lowest);

/* Whether the default sink begins a line of text with the local time. Turn it off if the reader of the lines
 * adds the time. JSON always has it. */
void log_set_timed(gboolean timed);

/* sink may be NULL, which restores the default sink. */
void log_set_sink(LogSink sink, void *data);

/* listener is called for each record that is logged, before the sink. May be NULL. */
void log_set_listener(LogSink listener, void *data);

/* Logs a message with fields: const char *name, const char *value, ... NULL. A field whose value is NULL is
 * omitted.
 *   log_event(LOG_WARNING, "object failed", "key", key, "class", "input", NULL); */
void log_event(LogLevel level, const char *message, ...) G_GNUC_NULL_TERMINATED;

/* Like log_event(), with the fields as an a{ss}. */
void log_record(LogLevel level, const char *message, GVariant *fields);

/* "debug", "info", "warning", "error". */
const char *log_level_name(LogLevel level);
gboolean log_level_parse(const char *name, LogLevel *ret_level);

/* The line that the default sink would write, with its newline but without the time of a text line. Owned by
 * the caller. */
char *log_format_line(LogFormat format, LogLevel level, const char *message, GVariant *fields);

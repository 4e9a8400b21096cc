/* Structured logging for the roles; library folders return errors and do not log.
 *
 * A record is a level, a sentence and fields (name, value pairs). The default sink writes one line to
 * standard error in one write(2): text, or one JSON object under LOG_FORMAT_JSON. A process whose parent owns
 * the terminal installs a sink that sends records there instead. */
#pragma once

#include <glib.h>

typedef enum { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } LogLevel;
typedef enum { LOG_FORMAT_TEXT, LOG_FORMAT_JSON } LogFormat;

/* fields is an a{ss}, in order; owned by the caller of the sink. */
typedef void (*LogSink)(LogLevel level, const char *message, GVariant *fields, void *data);

void log_set_format(LogFormat format);
void log_set_level(LogLevel lowest);

/* Whether the default sink begins a line of text with the local time. Not wanted where whoever takes the
 * lines adds it. JSON always has it. */
void log_set_timed(gboolean timed);

/* NULL restores the default sink. */
void log_set_sink(LogSink sink, void *data);

/* Fields: const char *name, const char *value, ... NULL. A NULL value leaves its field out.
 *   log_event(LOG_WARNING, "object failed", "key", key, "class", "input", NULL); */
void log_event(LogLevel level, const char *message, ...) G_GNUC_NULL_TERMINATED;

/* The same with the fields at hand (a{ss}). */
void log_record(LogLevel level, const char *message, GVariant *fields);

/* "debug", "info", "warning", "error". */
const char *log_level_name(LogLevel level);
gboolean log_level_parse(const char *name, LogLevel *ret_level);

/* The line that the default sink would write, with its newline, but for the time of a line of text. Owned by
 * the caller. */
char *log_format_line(LogFormat format, LogLevel level, const char *message, GVariant *fields);

#include "daemon/service/log_sinks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "daemon/service/syslog_line.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

static int priority_of(LogLevel level)
{
    static const int priorities[] = {[LOG_DEBUG] = 7, [LOG_INFO] = 6, [LOG_WARNING] = 4, [LOG_ERROR] = 3};

    return priorities[level];
}

gboolean log_sinks_has_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    g_autofree char *own = NULL;
    struct stat info;

    if (stream == NULL || fstat(STDERR_FILENO, &info) != 0)
        return FALSE;
    own = g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64)info.st_dev,
                          (guint64)info.st_ino);
    return strcmp(stream, own) == 0;
}

/* systemd's native protocol: a name, a newline, the size as 64 bits in little-endian order, the value, a
 * newline. The value may therefore contain any bytes. */
static void append_field(GString *datagram, const char *prefix, const char *name, const char *value)
{
    const guint64 size = GUINT64_TO_LE(strlen(value));
    g_autofree char *upper = g_ascii_strup(name, -1);

    for (char *c = upper; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c))
            *c = '_';
    g_string_append_printf(datagram, "%s%s\n", prefix, upper);
    g_string_append_len(datagram, (const char *)&size, sizeof size);
    g_string_append(datagram, value);
    g_string_append_c(datagram, '\n');
}

/* The message and its fields in the text format, as one line without its newline. */
static char *text_of(LogLevel level, const char *message, GVariant *fields)
{
    char *line = log_format_line(LOG_FORMAT_TEXT, level, message, fields);
    const char *prefix = "thumbmill: ";

    if (g_str_has_prefix(line, prefix))
        memmove(line, line + strlen(prefix), strlen(line + strlen(prefix)) + 1);
    return g_strchomp(line);
}

static gboolean send_to_journal(const GString *datagram)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET};
    autofd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    return fd >= 0 && sendto(fd, datagram->str, datagram->len, MSG_NOSIGNAL,
                             (const struct sockaddr *)&address, sizeof address) == (gssize)datagram->len;
}

static void to_journal(LogLevel level, const char *message, GVariant *fields, void *data)
{
    g_autoptr(GString) datagram = g_string_new(NULL);
    g_autofree char *text = text_of(level, message, fields);
    const char priority[] = {(char)('0' + priority_of(level)), '\0'};
    const char *name, *value;
    GVariantIter iter;

    (void)data;
    append_field(datagram, "", "MESSAGE", text);
    append_field(datagram, "", "PRIORITY", priority);
    append_field(datagram, "", "SYSLOG_IDENTIFIER", "thumbmill");
    append_field(datagram, "THUMBMILL_", "EVENT", message);
    g_variant_iter_init(&iter, fields);
    while (g_variant_iter_next(&iter, "{&s&s}", &name, &value))
        append_field(datagram, "THUMBMILL_", name, value);
    if (!send_to_journal(datagram)) {
        g_autofree char *line = log_format_line(LOG_FORMAT_TEXT, level, message, fields);

        (void)fd_write_all(STDERR_FILENO, line, strlen(line));
    }
}

static void to_syslog(LogLevel level, const char *message, GVariant *fields, void *data)
{
    g_autofree char *text = text_of(level, message, fields);

    (void)data;
    syslog_line_write(priority_of(level), text);
}

void log_sinks_use_journal(void)
{
    log_set_sink(to_journal, NULL);
}

void log_sinks_use_syslog(void)
{
    syslog_line_open();
    log_set_sink(to_syslog, NULL);
}

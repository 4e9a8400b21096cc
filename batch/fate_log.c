#include "batch/fate_log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json_format.h"
#include "base/quote.h"
#include "config/location.h"

/* Written at once beyond this, without waiting for a flush. */
#define PENDING_BYTES (64u << 10)

struct FateLog {
    int fd;
    char *path;
    char *bucket, *prefix; /* of the source */
    gboolean is_csv;
    gboolean has_failed;
    GError *error; /* of a write, not returned yet */
    GString *pending;
};

static int create(const char *path, GError **error)
{
    struct stat info;
    int fd;

    if (lstat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        error_set(error, ERROR_PERMANENT, "report.objects: %s is no regular file", path);
        return -1;
    }
    (void)unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        error_set_errno(error, ERROR_PERMANENT, errno, "report.objects: %s", path);
    return fd;
}

FateLog *fate_log_open(const Config *config, GError **error)
{
    const char *path = config->report.objects;
    g_auto(Location) source = {0};
    FateLog *log;
    int fd;

    if (path == NULL || !location_parse(config->source.url, &source, error))
        return NULL;
    fd = create(path, error);
    if (fd < 0)
        return NULL;
    log = g_new0(FateLog, 1);
    log->fd = fd;
    log->path = g_strdup(path);
    log->bucket = g_strdup(source.kind == LOCATION_S3 ? source.bucket : "");
    log->prefix = g_strdup(source.kind == LOCATION_S3 ? source.prefix : "");
    log->is_csv = g_str_has_suffix(path, ".csv");
    log->pending = g_string_new(NULL);
    return log;
}

static void append_column(GString *line, const char *text)
{
    g_string_append(line, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"')
            g_string_append_c(line, '"');
        g_string_append_c(line, *text);
    }
    g_string_append(line, "\"");
}

/* Bucket, key, version, status, error code, HTTP status, message. Keys are encoded as in an S3 manifest. */
static void add_csv(const FateLog *log, const char *key, const char *result, const GError *error)
{
    g_autofree char *full = g_strconcat(log->prefix, key, NULL);
    g_autofree char *encoded = g_uri_escape_string(full, "/", FALSE);
    g_autofree char *message = quote_text(error != NULL ? error->message : result);
    const char *const columns[] = {log->bucket,
                                   encoded,
                                   "",
                                   error != NULL ? "failed" : "succeeded",
                                   error != NULL ? error_class_name(error_class(error)) : "",
                                   "",
                                   message};

    for (guint i = 0; i < G_N_ELEMENTS(columns); i++) {
        if (i > 0)
            g_string_append_c(log->pending, ',');
        append_column(log->pending, columns[i]);
    }
    g_string_append_c(log->pending, '\n');
}

static void add_json(const FateLog *log, const char *key, const char *result, const GError *error)
{
    g_autofree char *shown = g_utf8_validate(key, -1, NULL) ? g_strdup(key) : quote_key(key);
    g_autofree char *reason = error != NULL ? quote_text(error->message) : NULL;
    json_t *object =
        json_pack("{s:i, s:s, s:s, s:s?, s:s?}", "format", JSON_FORMAT, "key", shown, "result", result,
                  "class", error != NULL ? error_class_name(error_class(error)) : NULL, "reason", reason);
    char *dump = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

    if (dump != NULL)
        g_string_append_printf(log->pending, "%s\n", dump);
    free(dump);
    json_decref(object);
}

static void write_pending(FateLog *log)
{
    if (!log->has_failed && !fd_write_all(log->fd, log->pending->str, log->pending->len)) {
        log->has_failed = TRUE;
        error_set_errno(&log->error, ERROR_PERMANENT, errno, "report.objects: %s", log->path);
    }
    g_string_truncate(log->pending, 0);
}

void fate_log_add(FateLog *log, const char *key, const char *result, const GError *error)
{
    if (log == NULL || log->has_failed)
        return;
    if (log->is_csv)
        add_csv(log, key, result, error);
    else
        add_json(log, key, result, error);
    if (log->pending->len >= PENDING_BYTES)
        write_pending(log);
}

gboolean fate_log_flush(FateLog *log, GError **error)
{
    if (log == NULL)
        return TRUE;
    write_pending(log);
    if (log->error == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&log->error));
    return FALSE;
}

void fate_log_free(FateLog *log)
{
    if (log == NULL)
        return;
    close(log->fd);
    g_clear_error(&log->error);
    g_string_free(log->pending, TRUE);
    g_free(log->path);
    g_free(log->bucket);
    g_free(log->prefix);
    g_free(log);
}

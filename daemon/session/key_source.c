#include "daemon/session/key_source.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/quote.h"

/* A report with the most failures, each with the longest texts, escaped. */
#define MAX_REPORT_BYTES ((gsize)64 << 20)

void key_source_free(KeySource *source)
{
    if (source != NULL)
        source->free(source);
}

char *key_source_name(const char *what, const char *path)
{
    g_autofree char *quoted = quote_key(path);

    return strcmp(path, KEY_SOURCE_STDIN) == 0 ? g_strdup_printf("%s standard input", what)
                                               : g_strdup_printf("%s %s", what, quoted);
}

/* Files */

static gssize file_read(KeySource *source, char *buffer, gsize n_bytes, GError **error)
{
    gssize n;

    do
        n = read(source->fd, buffer, n_bytes);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        error_set_errno(error, ERROR_PERMANENT, errno, "%s", source->name);
    return n;
}

static void file_free(KeySource *source)
{
    fd_clear(&source->fd);
    g_free(source->name);
    g_free(source);
}

static int open_list(const char *path, GError **error)
{
    int fd;

    if (strcmp(path, KEY_SOURCE_STDIN) == 0)
        fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    else
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        error_set_errno(error, ERROR_CONFIG, errno, "%s", path);
    return fd;
}

KeySource *key_source_file(const char *path, KeyListForm form, GError **error)
{
    const int fd = open_list(path, error);
    KeySource *source;

    if (fd < 0)
        return NULL;
    source = g_new(KeySource, 1);
    *source =
        (KeySource){.name = key_source_name(form == KEY_LIST_CSV ? "the manifest" : "the keys in", path),
                    .form = form,
                    .columns = KEY_LIST_BATCH_COLUMNS,
                    .fd = fd,
                    .read = file_read,
                    .free = file_free};
    return source;
}

/* Reports */

typedef struct {
    KeySource base;
    GString *keys; /* each followed by NUL */
    gsize next;
} ReportSource;

static gssize report_read(KeySource *base, char *buffer, gsize n_bytes, GError **error)
{
    ReportSource *source = (ReportSource *)base;
    const gsize n = MIN(n_bytes, source->keys->len - source->next);

    (void)error;
    memcpy(buffer, source->keys->str + source->next, n);
    source->next += n;
    return (gssize)n;
}

static void report_free_source(KeySource *base)
{
    g_string_free(((ReportSource *)base)->keys, TRUE);
    g_free(base->name);
    g_free(base);
}

/* FALSE if it is no list of failures. */
static gboolean collect_keys(json_t *failures, GString *keys)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *failure;
    size_t i;

    if (!json_is_array(failures))
        return FALSE;
    json_array_foreach(failures, i, failure)
    {
        const char *key = json_string_value(json_object_get(failure, "key"));

        if (key == NULL)
            return FALSE;
        if (g_hash_table_add(seen, (char *)key))
            g_string_append_len(keys, key, (gssize)strlen(key) + 1);
    }
    return TRUE;
}

KeySource *key_source_report(const char *path, guint64 *ret_truncated, GError **error)
{
    g_autoptr(GString) keys = g_string_new(NULL);
    g_autofree char *text = NULL;
    ReportSource *source;
    autofd int fd = open_list(path, error);
    json_t *root;
    gboolean is_report;
    gsize size;

    if (fd < 0)
        return NULL;
    text = fd_read_all(fd, MAX_REPORT_BYTES, path, &size, error);
    if (text == NULL)
        return NULL;
    root = json_loadb(text, size, 0, NULL);
    is_report = collect_keys(json_object_get(root, "failures"), keys);
    *ret_truncated = (guint64)json_integer_value(json_object_get(root, "failures_truncated"));
    json_decref(root);
    if (!is_report) {
        error_set(error, ERROR_CONFIG, "%s is no report of a run", path);
        return NULL;
    }
    source = g_new0(ReportSource, 1);
    source->base = (KeySource){.name = key_source_name("the failures in", path),
                               .form = KEY_LIST_NUL,
                               .fd = -1,
                               .read = report_read,
                               .free = report_free_source};
    source->keys = g_steal_pointer(&keys);
    return &source->base;
}

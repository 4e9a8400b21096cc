#include "store/reference.h"

#include <string.h>

#include "base/error.h"
#include "base/quote.h"
#include "s3/aws/uri.h"
#include "s3/transfer.h"
#include "store/file.h"

#define FILE_SCHEME "file://"

struct ReferenceIo {
    GMainContext *context;
    HttpClient *http;
    RequestCounters *counters;
    guint attempts;
};

/* A transfer, or an idle source that works on a file. */
struct ReferenceOperation {
    ReferenceIo *io;
    Transfer *transfer;
    GSource *idle;
    HttpKind kind;    /* HTTP_GET, HTTP_CHECK or HTTP_PUT */
    char *path;       /* NULL if the reference is not a valid file: URL */
    FilePlace place;  /* for uploads */
    gsize root_bytes; /* for downloads: as in FilePath */
    char *scheme;     /* of the reference, for error messages */
    Blob *into;
    guint64 max_bytes;
    gint64 expected_bytes;
    char **ret_version;
    char *version; /* to compare with */
    const void *data;
    gsize size_bytes;
    ReferenceFunc func;
    void *user;
};

ReferenceIo *reference_io_new(GMainContext *context, HttpClient *http, RequestCounters *counters,
                              guint attempts)
{
    ReferenceIo *io = g_new0(ReferenceIo, 1);

    io->context = g_main_context_ref(context);
    io->http = http;
    io->counters = counters;
    io->attempts = attempts;
    return io;
}

void reference_io_free(ReferenceIo *io)
{
    if (io == NULL)
        return;
    g_main_context_unref(io->context);
    g_free(io);
}

static void operation_free(ReferenceOperation *operation)
{
    if (operation->idle != NULL) {
        g_source_destroy(operation->idle);
        g_source_unref(operation->idle);
    }
    g_free(operation->path);
    g_free(operation->scheme);
    g_free(operation->version);
    g_clear_pointer(&operation->into, blob_unref);
    g_free(operation);
}

static void operation_finish(ReferenceOperation *operation, const GError *error)
{
    ReferenceFunc func = operation->func;
    void *user = operation->user;

    operation_free(operation);
    func(error, user);
}

static void on_transfer(const GError *error, void *data)
{
    ReferenceOperation *operation = data;

    operation->transfer = NULL;
    operation_finish(operation, error);
}

static gboolean get_file(const ReferenceOperation *operation, GError **error)
{
    /* Determined before reading: a file that changes while it is read has another version afterwards. */
    g_autofree char *version = file_version(operation->path);

    operation->io->counters->get++;
    if (!file_read(&(FilePath){operation->path, operation->root_bytes}, operation->max_bytes,
                   operation->expected_bytes, operation->into, error))
        return FALSE;
    if (operation->ret_version != NULL)
        *operation->ret_version = g_steal_pointer(&version);
    return TRUE;
}

static gboolean check_file(const ReferenceOperation *operation, GError **error)
{
    g_autofree char *now = file_version(operation->path);
    g_autofree char *quoted = quote_key(operation->path);

    operation->io->counters->check++;
    if (now == NULL || strcmp(now, operation->version) == 0)
        return TRUE;
    error_set(error, ERROR_TRANSIENT, "%s: the file has changed since it was read", quoted);
    return FALSE;
}

static gboolean work_on_file(const ReferenceOperation *operation, GError **error)
{
    if (operation->path == NULL) {
        error_set(error, ERROR_INTERNAL, "an unusable URL (%s)", operation->scheme);
        return FALSE;
    }
    if (operation->kind == HTTP_GET)
        return get_file(operation, error);
    if (operation->kind == HTTP_CHECK)
        return check_file(operation, error);
    operation->io->counters->put++;
    return file_write(operation->path, &operation->place, operation->data, operation->size_bytes, error);
}

static gboolean on_idle(void *data)
{
    ReferenceOperation *operation = data;
    g_autoptr(GError) error = NULL;

    if (!work_on_file(operation, &error) && operation->path != NULL)
        g_prefix_error(&error, "%s ", operation->kind == HTTP_PUT ? "PUT" : "GET");
    operation_finish(operation, error);
    return G_SOURCE_REMOVE;
}

gboolean reference_takes_md5(const char *reference)
{
    return g_str_has_prefix(reference, "http://") || g_str_has_prefix(reference, "https://");
}

static gboolean is_http(const ReferenceIo *io, const char *reference)
{
    return io->http != NULL && reference_takes_md5(reference);
}

static ReferenceOperation *operation_new(ReferenceIo *io, HttpKind kind, ReferenceFunc func, void *data)
{
    ReferenceOperation *operation = g_new0(ReferenceOperation, 1);

    operation->io = io;
    operation->kind = kind;
    operation->func = func;
    operation->user = data;
    return operation;
}

/* The decoded path of a file: URL (rest: without its scheme), owned by the caller. The values of its query
 * are stored in operation. NULL if it is invalid, also if the root is not a part of the path: such a URL is
 * not one of ours. */
static char *path_of(const char *rest, ReferenceOperation *operation)
{
    const gsize length = strcspn(rest, "?");
    g_autofree char *encoded = g_strndup(rest, length), *path = uri_decode(encoded, NULL);
    const char *query = rest + length;
    gsize root_bytes = 0;

    if (*query != '\0' && !(operation->kind == HTTP_PUT ? file_place_parse(query, &operation->place)
                                                        : file_root_parse(query, &operation->root_bytes)))
        return NULL;
    root_bytes = MAX(operation->root_bytes, operation->place.root_bytes);
    if (path == NULL || (root_bytes > 0 && (root_bytes >= strlen(path) || path[root_bytes - 1] != '/')))
        return NULL;
    return g_steal_pointer(&path);
}

/* Schedules an operation other than HTTP. An invalid reference is also reported from the main loop. */
static void operation_schedule(ReferenceOperation *operation, const char *reference)
{
    if (g_str_has_prefix(reference, FILE_SCHEME "/"))
        operation->path = path_of(reference + strlen(FILE_SCHEME), operation);
    /* Log only the scheme: the rest may be a secret. */
    operation->scheme = g_strndup(reference, MIN(strcspn(reference, ":"), 16));
    operation->idle = g_idle_source_new();
    g_source_set_priority(operation->idle, G_PRIORITY_DEFAULT);
    g_source_set_callback(operation->idle, on_idle, operation, NULL);
    g_source_attach(operation->idle, operation->io->context);
}

ReferenceOperation *reference_get(ReferenceIo *io, const ReferenceGet *get, ReferenceFunc func, void *data)
{
    ReferenceOperation *operation = operation_new(io, HTTP_GET, func, data);

    if (is_http(io, get->reference)) {
        TransferGet transfer = {.url = get->reference,
                                .into = get->into,
                                .max_bytes = get->max_bytes,
                                .expected_bytes = get->expected_bytes,
                                .expected_etag = get->expected_etag,
                                .ret_etag = get->ret_version,
                                .attempts = io->attempts};

        operation->transfer = transfer_get(io->http, &transfer, on_transfer, operation);
        return operation;
    }
    operation->into = blob_ref(get->into);
    operation->max_bytes = get->max_bytes;
    operation->expected_bytes = get->expected_bytes;
    operation->ret_version = get->ret_version;
    operation_schedule(operation, get->reference);
    return operation;
}

ReferenceOperation *reference_check(ReferenceIo *io, const char *reference, const char *version,
                                    ReferenceFunc func, void *data)
{
    ReferenceOperation *operation = operation_new(io, HTTP_CHECK, func, data);

    if (is_http(io, reference)) {
        TransferCheck check = {.url = reference, .etag = version, .attempts = io->attempts};

        operation->transfer = transfer_check(io->http, &check, on_transfer, operation);
        return operation;
    }
    operation->version = g_strdup(version);
    operation_schedule(operation, reference);
    return operation;
}

ReferenceOperation *reference_put(ReferenceIo *io, const ReferencePut *put, ReferenceFunc func, void *data)
{
    ReferenceOperation *operation = operation_new(io, HTTP_PUT, func, data);

    if (is_http(io, put->reference)) {
        TransferPut transfer = {.url = put->reference,
                                .headers = put->headers,
                                .content_type = put->content_type,
                                .data = put->data,
                                .size_bytes = put->size_bytes,
                                .md5 = put->md5,
                                .ignore_etag = put->ignore_etag,
                                .ret_existed = put->ret_existed,
                                .attempts = io->attempts};

        operation->transfer = transfer_put(io->http, &transfer, on_transfer, operation);
        return operation;
    }
    operation->data = put->data;
    operation->size_bytes = put->size_bytes;
    operation_schedule(operation, put->reference);
    return operation;
}

void reference_cancel(ReferenceOperation *operation)
{
    if (operation == NULL)
        return;
    transfer_cancel(operation->transfer);
    operation_free(operation);
}

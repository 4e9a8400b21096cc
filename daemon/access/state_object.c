#include "daemon/access/state_object.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/blob.h"
#include "base/error.h"
#include "base/fd.h"
#include "concurrent/task.h"
#include "daemon/access/s3_ask.h"
#include "store/beneath.h"
#include "store/bucket_store.h"
#include "store/directory_store.h"
#include "store/file_mark.h"

#define CLOCK_TEXT "The time of this object is the store's.\n"

struct StateObject {
    Loop *loop;
    Store *store;
    char *key;
    char *url;
    char *version; /* as it was read last: its ETag, or the version of a file; NULL if it did not exist */
    gboolean exists;
};

StateObject *state_object_new(Loop *loop, Store *store, const char *key)
{
    StateObject *object = g_new0(StateObject, 1);

    object->loop = loop;
    object->store = store;
    object->key = g_strdup(key);
    object->url = g_strconcat(store_url(store), key, NULL);
    return object;
}

void state_object_free(StateObject *object)
{
    if (object == NULL)
        return;
    g_free(object->key);
    g_free(object->url);
    g_free(object->version);
    g_free(object);
}

const char *state_object_url(const StateObject *object)
{
    return object->url;
}

static gboolean set_cancelled(GError **error)
{
    error_set(error, ERROR_CANCELLED, "cancelled");
    return FALSE;
}

/* A bucket */

/* FALSE if the task was cancelled, or the request failed; then *error is set. */
static gboolean ask(const StateObject *object, const char *key, HttpKind kind, const char *const *headers,
                    const char *text, S3Answer *answer)
{
    g_autofree char *full = g_strconcat(store_prefix(object->store), key, NULL);

    if (!s3_ask(object->loop, store_client(object->store),
                &(S3CallOptions){.kind = kind,
                                 .key = full,
                                 .headers = headers,
                                 .body = text,
                                 .body_bytes = text != NULL ? strlen(text) : 0},
                answer))
        return set_cancelled(&answer->error);
    return answer->error == NULL;
}

static gboolean read_bucket(StateObject *object, gsize max_bytes, GBytes **ret_content, GError **error)
{
    g_auto(S3Answer) answer = {.body = g_byte_array_new(), .max_body_bytes = max_bytes};

    if (!ask(object, object->key, HTTP_GET, NULL, NULL, &answer)) {
        if (answer.status != 404 || g_strcmp0(answer.code, "NoSuchBucket") == 0) {
            g_propagate_error(error, g_steal_pointer(&answer.error));
            return FALSE;
        }
        object->exists = FALSE;
        return TRUE;
    }
    object->exists = TRUE;
    object->version = g_steal_pointer(&answer.etag);
    *ret_content = g_byte_array_free_to_bytes(g_steal_pointer(&answer.body));
    return TRUE;
}

/* One attempt. condition: a header line, or NULL. *ret_unsupported is set with STATE_OBJECT_FAILED. */
static StateObjectResult put_if(const StateObject *object, const char *condition, const char *text,
                                gboolean *ret_unsupported, GError **error)
{
    const char *const headers[] = {condition, NULL};
    g_auto(S3Answer) answer = {0};

    if (ask(object, object->key, HTTP_PUT, headers, text, &answer))
        return STATE_OBJECT_WRITTEN;
    /* 404: it has been removed; 409: somebody writes it at this moment */
    if (answer.status == 412 || answer.status == 409 || (answer.status == 404 && object->exists))
        return STATE_OBJECT_LOST;
    *ret_unsupported = answer.status == 501 || answer.status == 400;
    g_propagate_error(error, g_steal_pointer(&answer.error));
    return STATE_OBJECT_FAILED;
}

/* If the server has no such condition, the object is replaced without one, and whoever reads once more sees
 * what became of it. */
static StateObjectResult replace_bucket(const StateObject *object, const char *text, GError **error)
{
    const char *etag = object->version;
    /* Ceph's gateway compares what is sent with the ETag without its quotes, which RFC 9110 demands. */
    g_autofree char *quoted = etag != NULL ? g_strdup_printf("If-Match: \"%s\"", etag) : NULL;
    g_autofree char *bare = etag != NULL ? g_strdup_printf("If-Match: %s", etag) : NULL;
    gboolean unsupported = FALSE;
    GError *failure = NULL;
    StateObjectResult result =
        put_if(object, object->exists ? quoted : "If-None-Match: *", text, &unsupported, &failure);

    if (result == STATE_OBJECT_LOST && object->exists && bare != NULL)
        result = put_if(object, bare, text, &unsupported, &failure);
    if (result == STATE_OBJECT_FAILED && unsupported) {
        g_clear_error(&failure);
        result = put_if(object, NULL, text, &unsupported, &failure);
    }
    if (result == STATE_OBJECT_FAILED)
        g_propagate_error(error, failure);
    return result;
}

/* A directory */

static char *path_of(const StateObject *object, const char *key)
{
    return g_strconcat(store_prefix(object->store), key, NULL);
}

static gboolean read_directory(StateObject *object, gsize max_bytes, GBytes **ret_content, GError **error)
{
    g_autofree char *path = path_of(object, object->key);
    const FilePath name = {path, store_file_place(object->store).root_bytes};
    g_auto(FileDescription) description = {0};
    g_autoptr(GError) failure = NULL;
    g_autoptr(Blob) blob = NULL;

    object->exists = file_describe(&name, &description, &failure);
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (!object->exists)
        return TRUE;
    object->version = g_steal_pointer(&description.version);
    blob = blob_new("state", max_bytes, error);
    if (blob == NULL || !file_read(&name, max_bytes, -1, blob, error) || !blob_seal(blob, error))
        return FALSE;
    *ret_content = g_bytes_new(blob_data(blob), blob_size(blob));
    return TRUE;
}

/* Opens and locks the folder of the object; the lock ends with the descriptor. A file system without locks
 * (some network file systems have none for folders) is used without. -1 with errno, EWOULDBLOCK: another
 * process holds it. */
static int lock_folder(const StateObject *object)
{
    g_autofree char *folder = g_path_get_dirname(object->key);
    autofd int root = beneath_open_root(store_prefix(object->store));
    autofd int found = root >= 0 ? beneath_open_folder(root, folder, 0) : -1;
    autofd int fd = found >= 0 ? openat(found, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd < 0 || (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK))
        return -1;
    return fd_steal(&fd);
}

static StateObjectResult replace_directory(const StateObject *object, const char *text, GError **error)
{
    g_autofree char *path = path_of(object, object->key);
    g_autofree char *folder = g_path_get_dirname(path);
    const FilePlace place = store_file_place(object->store);
    const FilePath name = {path, place.root_bytes};
    g_auto(FileDescription) now = {0};
    g_autoptr(GError) failure = NULL;
    autofd int lock = -1;

    (void)file_make_directory(folder, &place); /* file_write() tells what is wrong */
    lock = lock_folder(object);
    if (lock < 0 && errno == EWOULDBLOCK)
        return STATE_OBJECT_LOST;
    (void)file_describe(&name, &now, &failure);
    if (failure == NULL && g_strcmp0(now.version, object->version) != 0)
        return STATE_OBJECT_LOST;
    return file_write(path, &place, text, strlen(text), error) ? STATE_OBJECT_WRITTEN : STATE_OBJECT_FAILED;
}

gboolean state_object_read(StateObject *object, gsize max_bytes, GBytes **ret_content, GError **error)
{
    g_clear_pointer(&object->version, g_free);
    *ret_content = NULL;
    return store_is_directory(object->store) ? read_directory(object, max_bytes, ret_content, error)
                                             : read_bucket(object, max_bytes, ret_content, error);
}

StateObjectResult state_object_replace(StateObject *object, const char *text, GError **error)
{
    return store_is_directory(object->store) ? replace_directory(object, text, error)
                                             : replace_bucket(object, text, error);
}

/* The clock */

typedef struct {
    Future *future;
    GError *error;
    gint64 time_s; /* or -1 */
} Dated;

static void on_dated(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Dated *dated = data;

    (void)is_last;
    dated->error = error != NULL ? g_error_copy(error) : NULL;
    dated->time_s =
        objects != NULL && objects->len > 0 ? ((const StoreObject *)objects->pdata[0])->mtime_s : -1;
    future_set_result(dated->future, g_variant_new("()"), NULL);
}

/* The time that a listing tells of the object, as it does of outputs. */
static gboolean find_time(const StateObject *object, const char *key, gint64 *ret_now_s, GError **error)
{
    Dated dated = {.future = loop_create_future(object->loop), .time_s = -1};
    StoreListing *listing = store_list_one(object->store, key, on_dated, &dated);
    gboolean is_done;

    store_listing_next(listing);
    is_done = await(dated.future, error) != NULL;
    store_listing_free(listing);
    future_unref(dated.future);
    if (!is_done)
        return FALSE;
    *ret_now_s = dated.time_s;
    if (dated.error == NULL && dated.time_s >= 0)
        return TRUE;
    if (dated.error != NULL)
        g_propagate_error(error, dated.error);
    else
        error_set(error, ERROR_TRANSIENT, "%s%s is not listed after it was written", store_url(object->store),
                  key);
    return FALSE;
}

gboolean state_object_clock(StateObject *object, const char *key, gint64 *ret_now_s, GError **error)
{
    if (store_is_directory(object->store)) {
        g_autofree char *path = path_of(object, key);
        const FilePlace place = store_file_place(object->store);

        if (!file_write(path, &place, CLOCK_TEXT, strlen(CLOCK_TEXT), error))
            return FALSE;
    } else {
        g_auto(S3Answer) answer = {0};

        if (!ask(object, key, HTTP_PUT, NULL, CLOCK_TEXT, &answer)) {
            g_propagate_error(error, g_steal_pointer(&answer.error));
            return FALSE;
        }
    }
    return find_time(object, key, ret_now_s, error);
}

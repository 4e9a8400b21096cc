#include "store/directory_store.h"

#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/quote.h"
#include "s3/aws/uri.h"
#include "store/directory.h"
#include "store/file_mark.h"
#include "store/store_type.h"

/* Objects per page, as many as S3 returns. */
#define DIRECTORY_PAGE 1000u

/* NAME_MAX of every Linux file system. */
#define MAX_COMPONENT_BYTES 255u

/* How names of metadata begin in the headers of an upload. */
#define METADATA_PREFIX "x-amz-meta-"

typedef struct {
    Store base;
    GMainContext *context;
    StoreCounters *counters;
    FilePlace place;
    gboolean links_lead_out;
} DirectoryStore;

typedef struct {
    StoreListing base;
    DirectoryWalk *walk; /* NULL for a single key */
    char *only;          /* the key of store_list_one(), or NULL */
    GSource *idle;       /* the page that was requested */
} DirectoryListing;

/* A request for one file, answered from the main loop. */
typedef struct {
    StoreHeadRequest base;
    DirectoryStore *store;
    char *path;
    GSource *idle;
} DirectoryHead;

typedef struct {
    StoreDeleteRequest base;
    DirectoryStore *store;
    char *path;
    char *version;
    GSource *idle;
} DirectoryDelete;

/* Takes over the entry's key. */
static StoreObject *object_of(const DirectoryEntry *entry)
{
    g_autofree char *key = entry->key;
    StoreObject *object = store_object_new(key, NULL);

    object->size_bytes = entry->size_bytes;
    object->mtime_s = entry->time_s;
    object->mtime_ns = entry->time_ns;
    return object;
}

/* Listings */

static gboolean find_only(const DirectoryListing *listing, GPtrArray *page, GError **error)
{
    const Store *store = listing->base.store;
    DirectoryEntry entry;
    gboolean found = FALSE;

    if (!store_key_is_representable(store, listing->only, NULL))
        return TRUE;
    if (!directory_find(store->prefix, listing->only, &entry, &found, error))
        return FALSE;
    if (found)
        g_ptr_array_add(page, object_of(&entry));
    return TRUE;
}

/* FALSE with *error set; otherwise *ret_last says whether the walk is at its end. Parts that are left out
 * count as objects of the page. */
static gboolean fill_page(DirectoryWalk *walk, GPtrArray *page, gboolean *ret_last, GError **error)
{
    while (page->len + directory_walk_n_skips(walk) < DIRECTORY_PAGE) {
        DirectoryEntry entry;
        gboolean found = FALSE;

        if (!directory_walk_next(walk, &entry, &found, error))
            return FALSE;
        if (!found) {
            *ret_last = TRUE;
            return TRUE;
        }
        g_ptr_array_add(page, object_of(&entry));
    }
    *ret_last = FALSE;
    return TRUE;
}

static gboolean on_page(void *data)
{
    DirectoryListing *listing = data;
    g_autoptr(GPtrArray) page = g_ptr_array_new_full(DIRECTORY_PAGE, (GDestroyNotify)store_object_free);
    g_autoptr(GError) error = NULL;
    gboolean is_last = listing->only != NULL;
    gboolean ok;

    g_clear_pointer(&listing->idle, g_source_unref);
    ((DirectoryStore *)listing->base.store)->counters->list++;
    ok = listing->only != NULL ? find_only(listing, page, &error)
                               : fill_page(listing->walk, page, &is_last, &error);
    if (!ok) {
        g_prefix_error(&error, "LIST %s: ", store_url(listing->base.store));
        listing->base.func(NULL, FALSE, error, listing->base.user);
    } else {
        listing->base.func(page, is_last, NULL, listing->base.user);
    }
    return G_SOURCE_REMOVE;
}

/* Has func called from the main loop. The caller owns the source. */
static GSource *call_soon(const DirectoryStore *store, GSourceFunc func, void *data)
{
    GSource *idle = g_idle_source_new();

    g_source_set_priority(idle, G_PRIORITY_DEFAULT);
    g_source_set_callback(idle, func, data, NULL);
    g_source_attach(idle, store->context);
    return idle;
}

static void drop_call(GSource *idle)
{
    g_source_destroy(idle);
    g_source_unref(idle);
}

static void listing_next(StoreListing *base)
{
    DirectoryListing *listing = (DirectoryListing *)base;

    g_return_if_fail(listing->idle == NULL);
    listing->idle = call_soon((DirectoryStore *)base->store, on_page, listing);
}

static GPtrArray *listing_take_skips(StoreListing *base)
{
    const DirectoryListing *listing = (const DirectoryListing *)base;

    return listing->walk != NULL ? directory_walk_take_skips(listing->walk) : g_ptr_array_new();
}

static double listing_share(const StoreListing *base)
{
    const DirectoryListing *listing = (const DirectoryListing *)base;

    return listing->walk != NULL ? directory_walk_share(listing->walk) : -1;
}

static void listing_free(StoreListing *base)
{
    DirectoryListing *listing = (DirectoryListing *)base;

    g_clear_pointer(&listing->idle, drop_call);
    directory_walk_free(listing->walk);
    g_free(listing->only);
}

static DirectoryListing *listing_new(void)
{
    static const StoreListingOps ops = {
        .next = listing_next, .free = listing_free, .take_skips = listing_take_skips, .share = listing_share};
    DirectoryListing *listing = g_new0(DirectoryListing, 1);

    listing->base.ops = &ops;
    return listing;
}

static DirectoryWalk *walk_new(const DirectoryStore *store, StoreListMode mode, const StoreScope *scope)
{
    DirectoryWalkOptions options = {.root = store->base.prefix,
                                    .is_destination = mode == STORE_LIST_DESTINATION,
                                    .links_lead_out = store->links_lead_out,
                                    .needs_parent = store->place.base_bytes > 1};

    if (scope != NULL) {
        options.prefix = scope->prefix;
        options.after = scope->after;
        options.may_enter = scope->may_enter;
        options.data = scope->data;
        if (scope->never_by_link != NULL && store_is_directory(scope->never_by_link))
            options.never_by_link = store_prefix(scope->never_by_link);
    }
    return directory_walk_new(&options);
}

static StoreListing *directory_list(Store *base, StoreListMode mode, const StoreScope *scope)
{
    DirectoryListing *listing = listing_new();

    listing->walk = walk_new((const DirectoryStore *)base, mode, scope);
    return &listing->base;
}

static StoreListing *directory_list_one(Store *base, const char *key)
{
    DirectoryListing *listing = listing_new();

    (void)base;
    listing->only = g_strdup(key);
    return &listing->base;
}

/* References */

/* The problem that a directory has with a component of a key, or NULL. */
static const char *component_problem(const char *component)
{
    if (component[0] == '\0')
        return "has an empty component";
    if (strcmp(component, ".") == 0 || strcmp(component, "..") == 0)
        return "has a '.' or '..' component";
    if (strlen(component) > MAX_COMPONENT_BYTES)
        return "has a component of more than 255 bytes";
    return directory_is_temporary(component) ? "has the name of a thumbmill temporary file" : NULL;
}

static const char *directory_key_problem(const Store *base, const char *key)
{
    g_auto(GStrv) components = g_strsplit(key, "/", -1);
    const char *problem = NULL;

    if (strlen(key) > LIMIT_KEY_BYTES)
        return "is longer than 1024 bytes";
    if (strlen(base->prefix) + strlen(key) >= PATH_MAX)
        return "makes the path too long";
    for (gsize i = 0; components[i] != NULL && problem == NULL; i++)
        problem = component_problem(components[i]);
    return problem;
}

static char *directory_reference(Store *base, HttpKind kind, const char *full_key, const char *const *headers,
                                 guint32 expires_s, GError **error)
{
    const DirectoryStore *store = (const DirectoryStore *)base;
    g_autofree char *encoded = uri_encode(full_key, URI_KEEP_SLASH);
    g_autofree char *place = NULL;

    (void)headers;
    (void)expires_s;
    (void)error;
    if (kind == HTTP_PUT)
        place = file_place_format(&store->place);
    else
        place = file_root_format(store->links_lead_out ? 0 : store->place.root_bytes);
    return g_strconcat("file://", encoded, place, NULL);
}

/* Requests for one file */

static FilePath path_of(const DirectoryStore *store, const char *path)
{
    return (FilePath){path, store->place.root_bytes};
}

static void head_free(DirectoryHead *request)
{
    drop_call(request->idle);
    g_free(request->path);
    g_free(request);
}

static void head_cancel(StoreHeadRequest *base)
{
    head_free((DirectoryHead *)base);
}

static gboolean on_head(void *data)
{
    DirectoryHead *request = data;
    const StoreHeadRequest base = request->base;
    const FilePath path = path_of(request->store, request->path);
    g_autofree char *quoted = quote_key(request->path);
    g_autoptr(GError) error = NULL;
    FileDescription file = {0};
    StoreHead *head = NULL;

    request->store->counters->head++;
    if (file_describe(&path, &file, &error)) {
        head = g_new0(StoreHead, 1);
        *head = (StoreHead){.etag = file.version, .size_bytes = file.size_bytes, .metadata = file.lines};
    } else if (error == NULL) {
        error_set(&error, ERROR_PERMANENT, "HEAD %s: no such file", quoted);
    }
    head_free(request);
    base.func(head, error, base.user);
    return G_SOURCE_REMOVE;
}

static StoreHeadRequest *directory_head(Store *base, const char *full_key)
{
    DirectoryHead *request = g_new0(DirectoryHead, 1);

    request->base.cancel = head_cancel;
    request->store = (DirectoryStore *)base;
    request->path = g_strdup(full_key);
    request->idle = call_soon(request->store, on_head, request);
    return &request->base;
}

static void delete_free(DirectoryDelete *request)
{
    drop_call(request->idle);
    g_free(request->path);
    g_free(request->version);
    g_free(request);
}

static void delete_cancel(StoreDeleteRequest *base)
{
    delete_free((DirectoryDelete *)base);
}

static gboolean on_delete(void *data)
{
    static const StoreDeletion deletions[] = {[FILE_REMOVED] = STORE_DELETED,
                                              [FILE_CHANGED] = STORE_CHANGED,
                                              [FILE_REMOVE_FAILED] = STORE_DELETE_FAILED};
    DirectoryDelete *request = data;
    const StoreDeleteRequest base = request->base;
    const FilePath path = path_of(request->store, request->path);
    g_autoptr(GError) error = NULL;
    FileRemoval removal;

    request->store->counters->delete ++;
    removal = file_remove(&path, request->version, &error);
    delete_free(request);
    base.func(deletions[removal], error, base.user);
    return G_SOURCE_REMOVE;
}

static StoreDeleteRequest *directory_delete(Store *base, const char *full_key, const char *etag)
{
    DirectoryDelete *request = g_new0(DirectoryDelete, 1);

    request->base.cancel = delete_cancel;
    request->store = (DirectoryStore *)base;
    request->path = g_strdup(full_key);
    request->version = g_strdup(etag);
    request->idle = call_soon(request->store, on_delete, request);
    return &request->base;
}

static gboolean directory_mark(Store *base, const char *full_key, const char *const *lines)
{
    const FilePath path = path_of((DirectoryStore *)base, full_key);
    g_autoptr(GPtrArray) metadata = g_ptr_array_new();

    for (; *lines != NULL; lines++) {
        if (g_str_has_prefix(*lines, METADATA_PREFIX))
            g_ptr_array_add(metadata, (void *)*lines);
    }
    g_ptr_array_add(metadata, NULL);
    return file_mark(&path, (const char *const *)metadata->pdata);
}

FilePlace store_file_place(const Store *store)
{
    return ((const DirectoryStore *)store)->place;
}

static void directory_make(const Store *base)
{
    g_autofree char *directory = g_path_get_dirname(base->prefix); /* removes the '/' at the end */

    (void)file_make_directory(directory, &((const DirectoryStore *)base)->place);
}

/* Opening */

static void directory_close(Store *base)
{
    g_main_context_unref(((DirectoryStore *)base)->context);
}

Store *directory_store_open(const StoreOptions *options, const char *prefix)
{
    static const StoreOps ops = {
        .is_directory = TRUE,
        .close = directory_close,
        .list = directory_list,
        .list_one = directory_list_one,
        .key_problem = directory_key_problem,
        .reference = directory_reference,
        .make_directory = directory_make,
        .head = directory_head,
        .delete_object = directory_delete,
        .mark = directory_mark,
    };
    DirectoryStore *store = g_new0(DirectoryStore, 1);
    const char *slash;

    store->base.ops = &ops;
    store->base.prefix = g_strdup(prefix);
    store->context = g_main_context_ref(options->context);
    store->counters = options->counters;
    store->place =
        (FilePlace){.file_mode = options->file_mode, .dir_mode = options->dir_mode, .base_bytes = 1};
    store->place.root_bytes = strlen(store->base.prefix);
    store->links_lead_out = options->links_lead_out;
    if (options->may_create)
        return &store->base;
    slash = g_strrstr_len(store->base.prefix, (gssize)store->place.root_bytes - 1, "/");
    if (slash != NULL)
        store->place.base_bytes = (gsize)(slash + 1 - store->base.prefix);
    return &store->base;
}

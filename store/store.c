#include "store/store.h"

#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/quote.h"
#include "s3/aws/uri.h"
#include "s3/check.h"
#include "s3/split_listing.h"
#include "store/directory.h"

#define S3_SCHEME   "s3://"
#define FILE_SCHEME "file://"

/* Objects per page, as many as S3 returns. */
#define DIRECTORY_PAGE 1000u

/* NAME_MAX of every Linux file system. */
#define MAX_COMPONENT_BYTES 255u

struct Store {
    GMainContext *context;
    StoreCounters *counters;
    char *url;
    char *prefix;     /* of keys: empty, or ends with '/'; for a directory its absolute path */
    S3Client *client; /* NULL for a directory */
    S3Check *check;   /* NULL for a directory */
    FilePlace place;  /* for a directory */
    gboolean links_lead_out;
    guint list_ranges;
};

/* objects is set for a bucket; for a directory walk, or only for a single key. */
struct StoreListing {
    Store *store;
    S3SplitListing *objects;
    DirectoryWalk *walk;
    char *only;    /* the key of store_list_one(), or NULL */
    GSource *idle; /* for a directory: the page that was requested */
    StoreListFunc func;
    void *user;
};

void store_object_free(StoreObject *object)
{
    if (object == NULL)
        return;
    g_free(object->key);
    g_free(object->etag);
    g_free(object);
}

static char *with_slash(const char *prefix)
{
    return *prefix == '\0' || g_str_has_suffix(prefix, "/") ? g_strdup(prefix)
                                                            : g_strconcat(prefix, "/", NULL);
}

static gboolean open_bucket(Store *store, const StoreOptions *options, const char *rest, GError **error)
{
    gsize length = strcspn(rest, "/");
    g_autofree char *bucket = g_strndup(rest, length);
    g_autoptr(Endpoint) endpoint = NULL;

    if (options->keeper == NULL || options->http == NULL) {
        error_set(error, ERROR_PERMANENT, "%s: a bucket needs credentials", options->url);
        return FALSE;
    }
    endpoint = endpoint_new(&(EndpointOptions){.url = options->endpoint,
                                               .region = options->region,
                                               .addressing = options->addressing,
                                               .hosts = options->hosts},
                            bucket, error);
    if (endpoint == NULL) {
        g_prefix_error(error, "%s: ", options->url);
        return FALSE;
    }
    store->prefix = with_slash(rest[length] == '/' ? rest + length + 1 : "");
    store->client =
        s3_client_new(g_steal_pointer(&endpoint), options->keeper, options->http, options->attempts);
    s3_client_set_dialect(store->client, &options->dialect);
    store->check = s3_check_new(store->client);
    store->list_ranges = options->list_ranges;
    return TRUE;
}

static void open_directory(Store *store, const StoreOptions *options)
{
    const char *slash;

    store->prefix = with_slash(options->url + strlen(FILE_SCHEME));
    store->place =
        (FilePlace){.file_mode = options->file_mode, .dir_mode = options->dir_mode, .base_bytes = 1};
    store->place.root_bytes = strlen(store->prefix);
    store->links_lead_out = options->links_lead_out;
    if (options->may_create)
        return;
    slash = g_strrstr_len(store->prefix, (gssize)strlen(store->prefix) - 1, "/");
    if (slash != NULL)
        store->place.base_bytes = (gsize)(slash + 1 - store->prefix);
}

void store_make_directory(const Store *store)
{
    g_autofree char *directory = NULL;

    if (!store_is_directory(store))
        return;
    directory = g_path_get_dirname(store->prefix); /* removes the '/' at the end */
    (void)file_make_directory(directory, &store->place);
}

Store *store_open(const StoreOptions *options, GError **error)
{
    g_autoptr(Store) store = g_new0(Store, 1);

    store->context = g_main_context_ref(options->context);
    store->counters = options->counters;
    store->url = g_strdup(options->url);
    if (g_str_has_prefix(options->url, S3_SCHEME)) {
        if (!open_bucket(store, options, options->url + strlen(S3_SCHEME), error))
            return NULL;
    } else if (g_str_has_prefix(options->url, FILE_SCHEME "/")) {
        open_directory(store, options);
    } else {
        error_set(error, ERROR_CONFIG, "'%s' is no store: s3://BUCKET/[PREFIX/] or file:///DIRECTORY/",
                  options->url);
        return NULL;
    }
    return g_steal_pointer(&store);
}

void store_close(Store *store)
{
    if (store == NULL)
        return;
    s3_check_free(store->check);
    s3_client_free(store->client);
    g_main_context_unref(store->context);
    g_free(store->url);
    g_free(store->prefix);
    g_free(store);
}

const char *store_url(const Store *store)
{
    return store->url;
}

const char *store_prefix(const Store *store)
{
    return store->prefix;
}

S3Client *store_client(const Store *store)
{
    return store->client;
}

gboolean store_is_directory(const Store *store)
{
    return store->client == NULL;
}

/* Turns S3Objects into StoreObjects, and removes the prefix from their keys. */
static void on_s3_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    StoreListing *listing = data;
    gsize prefix_bytes = strlen(listing->store->prefix);
    g_autoptr(GPtrArray) page = NULL;

    if (error != NULL) {
        listing->func(NULL, FALSE, error, listing->user);
        return;
    }
    page = g_ptr_array_new_full(objects->len, (GDestroyNotify)store_object_free);
    for (guint i = 0; i < objects->len; i++) {
        S3Object *from = g_ptr_array_index(objects, i);
        StoreObject *to;

        /* A key equal to the prefix is how a console marks an empty folder: it is no object of the store. */
        if (from->key[prefix_bytes] == '\0')
            continue;
        if (listing->only != NULL && strcmp(from->key + prefix_bytes, listing->only) != 0)
            continue; /* another key that starts with only */
        to = g_new0(StoreObject, 1);
        *to = (StoreObject){g_strdup(from->key + prefix_bytes),
                            from->size_bytes,
                            from->mtime_s,
                            g_steal_pointer(&from->etag),
                            s3_object_is_archived(from),
                            0};
        g_ptr_array_add(page, to);
    }
    listing->func(page, is_last || listing->only != NULL, NULL, listing->user);
}

char *store_object_version(const StoreObject *object)
{
    if (object->etag != NULL)
        return g_strdup(object->etag);
    return g_strdup_printf("%" G_GUINT64_FORMAT "-%" G_GINT64_FORMAT ".%09u", object->size_bytes,
                           object->mtime_s, object->mtime_ns);
}

static StoreObject *object_of(const DirectoryEntry *entry)
{
    StoreObject *object = g_new0(StoreObject, 1);

    *object = (StoreObject){.key = entry->key,
                            .size_bytes = entry->size_bytes,
                            .mtime_s = entry->time_s,
                            .mtime_ns = entry->time_ns};
    return object;
}

static gboolean find_only(const StoreListing *listing, GPtrArray *page, GError **error)
{
    const Store *store = listing->store;
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

static gboolean on_directory_page(void *data)
{
    StoreListing *listing = data;
    g_autoptr(GPtrArray) page = g_ptr_array_new_full(DIRECTORY_PAGE, (GDestroyNotify)store_object_free);
    g_autoptr(GError) error = NULL;
    gboolean is_last = listing->only != NULL;
    gboolean ok;

    g_clear_pointer(&listing->idle, g_source_unref);
    listing->store->counters->list++;
    ok = listing->only != NULL ? find_only(listing, page, &error)
                               : fill_page(listing->walk, page, &is_last, &error);
    if (!ok) {
        g_prefix_error(&error, "LIST %s: ", listing->store->url);
        listing->func(NULL, FALSE, error, listing->user);
    } else {
        listing->func(page, is_last, NULL, listing->user);
    }
    return G_SOURCE_REMOVE;
}

static DirectoryWalk *walk_new(const Store *store, StoreListMode mode, const StoreScope *scope)
{
    DirectoryWalkOptions options = {.root = store->prefix,
                                    .is_destination = mode == STORE_LIST_DESTINATION,
                                    .links_lead_out = store->links_lead_out,
                                    .needs_parent = store->place.base_bytes > 1};

    if (scope != NULL) {
        options.may_enter = scope->may_enter;
        options.data = scope->data;
        if (scope->never_by_link != NULL && store_is_directory(scope->never_by_link))
            options.never_by_link = scope->never_by_link->prefix;
    }
    return directory_walk_new(&options);
}

StoreListing *store_list(Store *store, StoreListMode mode, StoreListFunc func, void *data)
{
    return store_list_scope(store, mode, NULL, func, data);
}

StoreListing *store_list_scope(Store *store, StoreListMode mode, const StoreScope *scope, StoreListFunc func,
                               void *data)
{
    StoreListing *listing = g_new0(StoreListing, 1);

    listing->store = store;
    listing->func = func;
    listing->user = data;
    if (store->client != NULL)
        listing->objects = s3_split_listing_new(
            store->client, &(S3SplitOptions){.prefix = store->prefix, .ranges = store->list_ranges},
            on_s3_page, listing);
    else
        listing->walk = walk_new(store, mode, scope);
    return listing;
}

StoreListing *store_list_one(Store *store, const char *key, StoreListFunc func, void *data)
{
    g_autofree char *full = g_strconcat(store->prefix, key, NULL);
    StoreListing *listing = g_new0(StoreListing, 1);

    listing->store = store;
    listing->only = g_strdup(key);
    listing->func = func;
    listing->user = data;
    if (store->client != NULL) /* key is the first of all keys that start with it */
        listing->objects = s3_split_listing_new(
            store->client, &(S3SplitOptions){.prefix = full, .max_keys = 1}, on_s3_page, listing);
    return listing;
}

void store_listing_next(StoreListing *listing)
{
    if (listing->objects != NULL) {
        s3_split_listing_next(listing->objects);
        return;
    }
    g_return_if_fail(listing->idle == NULL);
    listing->idle = g_idle_source_new();
    g_source_set_priority(listing->idle, G_PRIORITY_DEFAULT);
    g_source_set_callback(listing->idle, on_directory_page, listing, NULL);
    g_source_attach(listing->idle, listing->store->context);
}

char *store_listing_take_problem(StoreListing *listing)
{
    return listing->objects != NULL ? s3_split_listing_take_problem(listing->objects) : NULL;
}

GPtrArray *store_listing_take_skips(StoreListing *listing)
{
    return listing->walk != NULL ? directory_walk_take_skips(listing->walk) : g_ptr_array_new();
}

double store_listing_share(const StoreListing *listing)
{
    return listing->walk != NULL ? directory_walk_share(listing->walk) : -1;
}

void store_listing_free(StoreListing *listing)
{
    if (listing == NULL)
        return;
    if (listing->idle != NULL) {
        g_source_destroy(listing->idle);
        g_source_unref(listing->idle);
    }
    s3_split_listing_free(listing->objects);
    directory_walk_free(listing->walk);
    g_free(listing->only);
    g_free(listing);
}

/* The problem that a directory has with the key, or NULL. */
static const char *path_problem(const char *key)
{
    g_auto(GStrv) components = g_strsplit(key, "/", -1);

    for (gsize i = 0; components[i] != NULL; i++) {
        if (components[i][0] == '\0')
            return "has an empty component";
        if (strcmp(components[i], ".") == 0 || strcmp(components[i], "..") == 0)
            return "has a '.' or '..' component";
        if (strlen(components[i]) > MAX_COMPONENT_BYTES)
            return "has a component of more than 255 bytes";
        if (directory_is_temporary(components[i]))
            return "has the name of a temporary file of ours";
    }
    return NULL;
}

gboolean store_key_is_representable(const Store *store, const char *key, GError **error)
{
    gboolean is_directory = store_is_directory(store);
    gsize prefix_bytes = strlen(store->prefix);
    const char *problem = NULL;

    if (*key == '\0')
        problem = "is empty";
    else if (strlen(key) + (is_directory ? 0 : prefix_bytes) > LIMIT_KEY_BYTES)
        problem = "is longer than 1024 bytes";
    else if (is_directory && strlen(key) + prefix_bytes >= PATH_MAX)
        problem = "makes too long a path";
    else if (is_directory)
        problem = path_problem(key);
    else if (!g_utf8_validate(key, -1, NULL))
        problem = "is no UTF-8";
    if (problem != NULL) {
        g_autofree char *quoted = quote_key(key);

        error_set(error, ERROR_INPUT, "%s cannot hold the key '%s': it %s", store->url, quoted, problem);
        return FALSE;
    }
    return TRUE;
}

FilePlace store_file_place(const Store *store)
{
    return store->place;
}

static char *make_reference(Store *store, HttpKind kind, const char *key, const char *const *headers,
                            guint32 expires_s, GError **error)
{
    g_autofree char *full = g_strconcat(store->prefix, key, NULL);
    g_autofree char *encoded = NULL, *place = NULL;

    if (!store_key_is_representable(store, key, error))
        return NULL;
    if (store->client != NULL)
        return s3_client_presign(store->client, kind, full, headers, expires_s, error);
    encoded = uri_encode(full, URI_KEEP_SLASH);
    if (kind == HTTP_PUT)
        place = file_place_format(&store->place);
    else
        place = file_root_format(store->links_lead_out ? 0 : store->place.root_bytes);
    return g_strconcat(FILE_SCHEME, encoded, place, NULL);
}

char *store_get_reference(Store *store, const char *key, guint32 expires_s, GError **error)
{
    return make_reference(store, HTTP_GET, key, NULL, expires_s, error);
}

char *store_put_reference(Store *store, const char *key, const char *const *headers, guint32 expires_s,
                          GError **error)
{
    return make_reference(store, HTTP_PUT, key, headers, expires_s, error);
}

char *store_sign_put(Store *store, const char *key, const char *const *headers, const char *payload_hash,
                     GStrv *ret_headers, GError **error)
{
    g_autofree char *full = g_strconcat(store->prefix, key, NULL);
    char *url = NULL;
    GStrv lines;

    if (!store_key_is_representable(store, key, error))
        return NULL;
    if (store->client == NULL) {
        error_set(error, ERROR_INTERNAL, "%s is a directory: nothing to sign", store->url);
        return NULL;
    }
    lines = s3_client_sign(
        store->client,
        &(S3Request){.kind = HTTP_PUT, .key = full, .headers = headers, .payload_hash = payload_hash}, &url);
    if (lines == NULL) {
        error_set(error, ERROR_UNAVAILABLE, "there are no credentials at the moment");
        return NULL;
    }
    *ret_headers = lines;
    return url;
}

gboolean store_can_sign(const Store *store)
{
    return store->client == NULL || s3_client_can_sign(store->client);
}

void store_check(Store *store)
{
    if (store->client != NULL)
        s3_check_run(store->check);
}

#include "tests/store/memory_store.h"

#include <string.h>

#include "store/store_type.h"

typedef struct {
    Store base;
    GMainContext *context;
    GTree *objects;    /* of StoreObject by key */
    GHashTable *marks; /* metadata by key */
    ErrorClass failure;
    gboolean has_no_credentials;
    guint pages, heads;
} MemoryStore;

typedef struct {
    StoreListing base;
    char *prefix; /* or NULL */
    char *after;  /* only keys greater than this; or NULL */
    char *only;
    GSource *idle;
} MemoryListing;

typedef struct {
    StoreHeadRequest base;
    MemoryStore *store;
    char *key;
    GSource *idle;
} MemoryHead;

typedef struct {
    StoreDeleteRequest base;
    MemoryStore *store;
    char *key, *etag;
    GSource *idle;
} MemoryDelete;

static gint compare(const void *a, const void *b, void *data)
{
    (void)data;
    return strcmp(a, b);
}

/* Calls func once, from the main loop. Owned by the caller. */
static GSource *idle_new(const MemoryStore *store, GSourceFunc func, void *data)
{
    GSource *idle = g_idle_source_new();

    g_source_set_priority(idle, G_PRIORITY_DEFAULT);
    g_source_set_callback(idle, func, data, NULL);
    g_source_attach(idle, store->context);
    return idle;
}

static void idle_free(GSource *idle)
{
    if (idle == NULL)
        return;
    g_source_destroy(idle);
    g_source_unref(idle);
}

static GError *failure_of(const MemoryStore *store)
{
    if (store->failure == ERROR_CLASS_NONE)
        return NULL;
    return g_error_new(error_quark(), (gint)store->failure, "%s fails", store->base.url);
}

/* Listings */

typedef struct {
    const MemoryListing *listing;
    GPtrArray *page;
    gboolean is_full;
} Filling;

static gboolean fill(void *key, void *value, void *data)
{
    const StoreObject *from = value;
    Filling *filling = data;

    if ((filling->listing->after != NULL && strcmp(key, filling->listing->after) <= 0) ||
        (filling->listing->prefix != NULL && !g_str_has_prefix(key, filling->listing->prefix)) ||
        (filling->listing->only != NULL && strcmp(key, filling->listing->only) != 0))
        return FALSE;
    filling->is_full = filling->page->len == MEMORY_STORE_PAGE;
    if (filling->is_full)
        return TRUE;
    g_ptr_array_add(filling->page, store_object_copy(from));
    return FALSE;
}

static gboolean on_page(void *data)
{
    MemoryListing *listing = data;
    MemoryStore *store = (MemoryStore *)listing->base.store;
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)store_object_free);
    g_autoptr(GError) error = failure_of(store);
    Filling filling = {listing, page, FALSE};

    g_clear_pointer(&listing->idle, g_source_unref);
    store->pages++;
    if (error != NULL) {
        listing->base.func(NULL, FALSE, error, listing->base.user);
        return G_SOURCE_REMOVE;
    }
    g_tree_foreach(store->objects, fill, &filling);
    if (page->len > 0) {
        g_free(listing->after);
        listing->after = g_strdup(((const StoreObject *)page->pdata[page->len - 1])->key);
    }
    listing->base.func(page, !filling.is_full, NULL, listing->base.user);
    return G_SOURCE_REMOVE;
}

static void listing_next(StoreListing *base)
{
    MemoryListing *listing = (MemoryListing *)base;

    listing->idle = idle_new((const MemoryStore *)base->store, on_page, listing);
}

static void listing_free(StoreListing *base)
{
    MemoryListing *listing = (MemoryListing *)base;

    idle_free(listing->idle);
    g_free(listing->prefix);
    g_free(listing->after);
    g_free(listing->only);
}

static StoreListing *list_one(Store *store, const char *key)
{
    static const StoreListingOps ops = {.next = listing_next, .free = listing_free};
    MemoryListing *listing = g_new0(MemoryListing, 1);

    (void)store;
    listing->base.ops = &ops;
    listing->only = g_strdup(key);
    return &listing->base;
}

static StoreListing *list(Store *store, StoreListMode mode, const StoreScope *scope)
{
    StoreListing *listing = list_one(store, NULL);

    (void)mode;
    if (scope != NULL) {
        ((MemoryListing *)listing)->prefix = g_strdup(scope->prefix);
        ((MemoryListing *)listing)->after = g_strdup(scope->after);
    }
    return listing;
}

/* Requests for one object */

static const char *key_problem(const Store *store, const char *key)
{
    (void)store;
    return strchr(key, '\n') != NULL ? "has a line break" : NULL;
}

static char *reference(Store *base, HttpKind kind, const char *full_key, const char *const *headers,
                       guint32 expires_s, GError **error)
{
    (void)kind;
    (void)headers;
    (void)expires_s;
    if (!store_can_sign(base)) {
        error_set(error, ERROR_UNAVAILABLE, "no credentials are available at the moment");
        return NULL;
    }
    return g_strconcat("memory:", full_key, NULL);
}

static char *sign_put(Store *base, const char *full_key, const char *const *headers, const char *payload_hash,
                      GStrv *ret_headers, GError **error)
{
    char *url = reference(base, HTTP_PUT, full_key, NULL, 0, error);
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
    g_autofree char *hash = g_strconcat("x-hash: ", payload_hash, NULL);

    if (url == NULL)
        return NULL;
    g_strv_builder_addv(lines, (const char **)headers);
    g_strv_builder_add(lines, hash);
    *ret_headers = g_strv_builder_end(lines);
    return url;
}

static gboolean can_sign(const Store *base)
{
    return !((const MemoryStore *)base)->has_no_credentials;
}

static const char *mark_of(const MemoryStore *store, const char *key)
{
    const char *mark = g_hash_table_lookup(store->marks, key);

    return mark != NULL ? mark : "";
}

static gboolean on_head(void *data)
{
    MemoryHead *request = data;
    const StoreObject *object = g_tree_lookup(request->store->objects, request->key);
    g_autoptr(GError) error = failure_of(request->store);
    StoreHead *head = NULL;
    StoreHeadFunc func = request->base.func;
    void *user = request->base.user;

    request->store->heads++;
    if (error == NULL && object == NULL)
        error_set(&error, ERROR_PERMANENT, "there is no such object");
    if (error == NULL) {
        head = g_new0(StoreHead, 1);
        *head = (StoreHead){g_strdup(object->etag), object->size_bytes, NULL, NULL,
                            g_strsplit(mark_of(request->store, request->key), "\n", -1)};
    }
    g_source_unref(request->idle);
    g_free(request->key);
    g_free(request);
    func(head, error, user);
    return G_SOURCE_REMOVE;
}

static void head_cancel(StoreHeadRequest *base)
{
    MemoryHead *request = (MemoryHead *)base;

    idle_free(request->idle);
    g_free(request->key);
    g_free(request);
}

static StoreHeadRequest *head(Store *base, const char *full_key)
{
    MemoryHead *request = g_new0(MemoryHead, 1);

    request->base.cancel = head_cancel;
    request->store = (MemoryStore *)base;
    request->key = g_strdup(full_key);
    request->idle = idle_new(request->store, on_head, request);
    return &request->base;
}

static gboolean on_delete(void *data)
{
    MemoryDelete *request = data;
    MemoryStore *store = request->store;
    const StoreObject *object = g_tree_lookup(store->objects, request->key);
    g_autoptr(GError) error = failure_of(store);
    const StoreDeleteRequest base = request->base;
    StoreDeletion deletion = STORE_DELETED;

    if (error != NULL)
        deletion = STORE_DELETE_FAILED;
    else if (object != NULL && strcmp(object->etag, request->etag) != 0)
        deletion = STORE_CHANGED;
    else
        g_tree_remove(store->objects, request->key);
    base.cancel(&request->base);
    base.func(deletion, error, base.user);
    return G_SOURCE_REMOVE;
}

static void delete_cancel(StoreDeleteRequest *base)
{
    MemoryDelete *request = (MemoryDelete *)base;

    idle_free(request->idle);
    g_free(request->key);
    g_free(request->etag);
    g_free(request);
}

static StoreDeleteRequest *delete_object(Store *base, const char *full_key, const char *etag)
{
    MemoryDelete *request = g_new0(MemoryDelete, 1);

    request->base.cancel = delete_cancel;
    request->store = (MemoryStore *)base;
    request->key = g_strdup(full_key);
    request->etag = g_strdup(etag);
    request->idle = idle_new(request->store, on_delete, request);
    return &request->base;
}

/* The store */

static void close_store(Store *base)
{
    MemoryStore *store = (MemoryStore *)base;

    g_tree_unref(store->objects);
    g_hash_table_unref(store->marks);
    g_main_context_unref(store->context);
}

Store *memory_store_new(const char *url, GMainContext *context)
{
    static const StoreOps ops = {.close = close_store,
                                 .list = list,
                                 .list_one = list_one,
                                 .key_problem = key_problem,
                                 .reference = reference,
                                 .sign_put = sign_put,
                                 .can_sign = can_sign,
                                 .head = head,
                                 .delete_object = delete_object};
    MemoryStore *store = g_new0(MemoryStore, 1);

    store->base.ops = &ops;
    store->base.url = g_strdup(url);
    store->base.prefix = g_strdup("");
    store->context = g_main_context_ref(context);
    store->objects = g_tree_new_full(compare, NULL, NULL, (GDestroyNotify)store_object_free);
    store->marks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    store->failure = ERROR_CLASS_NONE;
    return &store->base;
}

void memory_store_put(Store *base, const char *key, gint64 mtime_s)
{
    g_autofree char *etag = g_strdup_printf("%s-%" G_GINT64_FORMAT, key, mtime_s);
    StoreObject *object = store_object_new(key, etag);

    object->size_bytes = 1000;
    object->mtime_s = mtime_s;
    g_tree_replace(((MemoryStore *)base)->objects, (void *)object->key, object);
}

void memory_store_remove(Store *base, const char *key)
{
    g_tree_remove(((MemoryStore *)base)->objects, key);
}

void memory_store_mark(Store *base, const char *key, const char *metadata)
{
    g_hash_table_replace(((MemoryStore *)base)->marks, g_strdup(key), g_strdup(metadata));
}

gboolean memory_store_has(const Store *base, const char *key)
{
    return g_tree_lookup(((const MemoryStore *)base)->objects, key) != NULL;
}

void memory_store_archive(Store *base, const char *key)
{
    StoreObject *object = g_tree_lookup(((MemoryStore *)base)->objects, key);

    object->is_archived = TRUE;
}

void memory_store_fail(Store *base, ErrorClass class)
{
    ((MemoryStore *)base)->failure = class;
}

void memory_store_set_credentials(Store *base, gboolean has_credentials)
{
    ((MemoryStore *)base)->has_no_credentials = !has_credentials;
}

guint memory_store_pages(const Store *base)
{
    return ((const MemoryStore *)base)->pages;
}

guint memory_store_heads(const Store *base)
{
    return ((const MemoryStore *)base)->heads;
}

#include "store/store.h"

#include "base/error.h"
#include "base/quote.h"
#include "store/store_type.h"

/* Stores */

void store_close(Store *store)
{
    if (store == NULL)
        return;
    if (store->ops->close != NULL)
        store->ops->close(store);
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

gboolean store_is_directory(const Store *store)
{
    return store->ops->is_directory;
}

void store_make_directory(const Store *store)
{
    if (store->ops->make_directory != NULL)
        store->ops->make_directory(store);
}

/* Listings */

static StoreListing *listing_begin(StoreListing *listing, Store *store, StoreListFunc func, void *data)
{
    listing->store = store;
    listing->func = func;
    listing->user = data;
    return listing;
}

StoreListing *store_list(Store *store, StoreListMode mode, StoreListFunc func, void *data)
{
    return store_list_scope(store, mode, NULL, func, data);
}

StoreListing *store_list_scope(Store *store, StoreListMode mode, const StoreScope *scope, StoreListFunc func,
                               void *data)
{
    return listing_begin(store->ops->list(store, mode, scope), store, func, data);
}

StoreListing *store_list_one(Store *store, const char *key, StoreListFunc func, void *data)
{
    return listing_begin(store->ops->list_one(store, key), store, func, data);
}

void store_listing_next(StoreListing *listing)
{
    listing->ops->next(listing);
}

StoreRange store_listing_range(const StoreListing *listing)
{
    return listing->ops->range != NULL ? listing->ops->range(listing) : (StoreRange){0};
}

void store_listing_hold(StoreListing *listing, guint64 range, gboolean is_held)
{
    if (listing->ops->hold != NULL)
        listing->ops->hold(listing, range, is_held);
}

const char *store_listing_until(const StoreListing *listing, guint64 range)
{
    return listing->ops->until != NULL ? listing->ops->until(listing, range) : NULL;
}

char *store_listing_take_problem(StoreListing *listing)
{
    return listing->ops->take_problem != NULL ? listing->ops->take_problem(listing) : NULL;
}

GPtrArray *store_listing_take_skips(StoreListing *listing)
{
    return listing->ops->take_skips != NULL ? listing->ops->take_skips(listing) : g_ptr_array_new();
}

double store_listing_share(const StoreListing *listing)
{
    return listing->ops->share != NULL ? listing->ops->share(listing) : -1;
}

void store_listing_free(StoreListing *listing)
{
    if (listing == NULL)
        return;
    listing->ops->free(listing);
    g_free(listing);
}

/* Requests for one object */

gboolean store_key_is_representable(const Store *store, const char *key, GError **error)
{
    const char *problem = *key == '\0' ? "is empty" : store->ops->key_problem(store, key);

    if (problem != NULL) {
        g_autofree char *quoted = quote_key(key);

        error_set(error, ERROR_INPUT, "%s cannot hold the key '%s': it %s", store->url, quoted, problem);
        return FALSE;
    }
    return TRUE;
}

static char *make_reference(Store *store, HttpKind kind, const char *key, const char *const *headers,
                            guint32 expires_s, GError **error)
{
    g_autofree char *full = g_strconcat(store->prefix, key, NULL);

    if (!store_key_is_representable(store, key, error))
        return NULL;
    return store->ops->reference(store, kind, full, headers, expires_s, error);
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

    if (!store_key_is_representable(store, key, error))
        return NULL;
    if (store->ops->sign_put == NULL) {
        error_set(error, ERROR_INTERNAL, "%s is a directory: there is nothing to sign", store->url);
        return NULL;
    }
    return store->ops->sign_put(store, full, headers, payload_hash, ret_headers, error);
}

gboolean store_can_sign(const Store *store)
{
    return store->ops->can_sign == NULL || store->ops->can_sign(store);
}

StoreHeadRequest *store_head(Store *store, const char *key, StoreHeadFunc func, void *data)
{
    g_autofree char *full = g_strconcat(store->prefix, key, NULL);
    StoreHeadRequest *request = store->ops->head(store, full);

    request->func = func;
    request->user = data;
    return request;
}

void store_head_cancel(StoreHeadRequest *request)
{
    if (request != NULL)
        request->cancel(request);
}

StoreDeleteRequest *store_delete(Store *store, const char *key, const char *etag, StoreDeleteFunc func,
                                 void *data)
{
    g_autofree char *full = g_strconcat(store->prefix, key, NULL);
    StoreDeleteRequest *request = store->ops->delete_object(store, full, etag);

    request->func = func;
    request->user = data;
    return request;
}

void store_delete_cancel(StoreDeleteRequest *request)
{
    if (request != NULL)
        request->cancel(request);
}

gboolean store_mark(Store *store, const char *key, const char *const *lines)
{
    g_autofree char *full = g_strconcat(store->prefix, key, NULL);

    return store->ops->mark == NULL || store->ops->mark(store, full, lines);
}

void store_check(Store *store)
{
    if (store->ops->check != NULL)
        store->ops->check(store);
}

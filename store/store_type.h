/* A kind of store, as a table of operations: what bucket_store.c and directory_store.c implement, and
 * store.c calls. For the files of store/, and for tests that bring a store of their own. */
#pragma once

#include "s3/http/http.h"
#include "store/model.h"

/* Operations marked "may be NULL" do nothing then, or what their comment says. Keys are relative; full keys
 * begin with the store's prefix. References and listings are made for representable keys only. */
typedef struct {
    gboolean is_directory;

    /* Frees what belongs to the implementation, except the Store itself. May be NULL. */
    void (*close)(Store *store);

    /* Listings, which store.c completes with the callback. list_one() gets a key that may be
     * unrepresentable. */
    StoreListing *(*list)(Store *store, StoreListMode mode, const StoreScope *scope);
    StoreListing *(*list_one)(Store *store, const char *key);

    /* The problem that the store has with a key that is not empty, as the end of "it ...", or NULL. */
    const char *(*key_problem)(const Store *store, const char *key);

    /* A reference for HTTP_GET or HTTP_PUT: see store_put_reference(). */
    char *(*reference)(Store *store, HttpKind kind, const char *full_key, const char *const *headers,
                       guint32 expires_s, GError **error);

    /* See store_sign_put(). May be NULL if the store signs nothing. */
    char *(*sign_put)(Store *store, const char *full_key, const char *const *headers,
                      const char *payload_hash, GStrv *ret_headers, GError **error);
    gboolean (*can_sign)(const Store *store);   /* may be NULL: always */
    void (*check)(Store *store);                /* may be NULL */
    void (*make_directory)(const Store *store); /* may be NULL */

    /* Start a request, which store.c completes with the callback. */
    StoreHeadRequest *(*head)(Store *store, const char *full_key);
    StoreDeleteRequest *(*delete_object)(Store *store, const char *full_key, const char *etag);
    gboolean (*mark)(Store *store, const char *full_key, const char *const *lines); /* may be NULL */
} StoreOps;

/* The struct of an implementation begins with a Store; it is allocated by g_new0(). */
struct Store {
    const StoreOps *ops;
    char *url;
    char *prefix; /* of keys: empty, or ends with '/'; for a directory its absolute path */
};

typedef struct {
    void (*next)(StoreListing *listing);
    void (*free)(
        StoreListing *listing); /* frees what belongs to the implementation, except the StoreListing */
    char *(*take_problem)(StoreListing *listing);    /* may be NULL if there are no problems */
    GPtrArray *(*take_skips)(StoreListing *listing); /* may be NULL if nothing is skipped */
    double (*share)(const StoreListing *listing);    /* may be NULL: unknown */
    /* See store.h. May be NULL, all three: there is one range, which ends with the listing. */
    StoreRange (*range)(const StoreListing *listing);
    void (*hold)(StoreListing *listing, guint64 range, gboolean is_held);
    const char *(*until)(const StoreListing *listing, guint64 range);
} StoreListingOps;

/* The struct of an implementation begins with a StoreListing; it is allocated by g_new0(). */
struct StoreListing {
    const StoreListingOps *ops;
    Store *store;
    StoreListFunc func;
    void *user;
};

/* The struct of an implementation begins with one of these. */
struct StoreHeadRequest {
    void (*cancel)(StoreHeadRequest *request); /* ends the request without a callback, and frees it */
    StoreHeadFunc func;
    void *user;
};

struct StoreDeleteRequest {
    void (*cancel)(StoreDeleteRequest *request);
    StoreDeleteFunc func;
    void *user;
};

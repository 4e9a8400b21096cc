#include "store/bucket_store.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "s3/call.h"
#include "s3/check.h"
#include "s3/etag.h"
#include "s3/split_listing.h"
#include "store/store_type.h"

typedef struct {
    Store base;
    S3Client *client;
    S3Check *check;
    guint list_ranges;
} BucketStore;

typedef struct {
    StoreListing base;
    S3SplitListing *objects;
    char *only; /* the key of store_list_one(), or NULL */
} BucketListing;

typedef struct {
    StoreHeadRequest base;
    S3Call *call;
} BucketHead;

typedef struct {
    StoreDeleteRequest base;
    S3Call *call;
} BucketDelete;

/* Answers to a DELETE with a condition. */
#define STATUS_MISSING      404
#define STATUS_PRECONDITION 412

/* Listings */

/* Turns S3Objects into StoreObjects, and removes the prefix from their keys. */
static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    BucketListing *listing = data;
    const char *only = listing->only;
    const gsize prefix_bytes = strlen(listing->base.store->prefix);
    g_autoptr(GPtrArray) page = NULL;

    if (error != NULL) {
        listing->base.func(NULL, FALSE, error, listing->base.user);
        return;
    }
    page = g_ptr_array_new_full(objects->len, (GDestroyNotify)store_object_free);
    for (guint i = 0; i < objects->len; i++) {
        const S3Object *from = g_ptr_array_index(objects, i);
        StoreObject *to;

        /* A key equal to the prefix is how a console marks an empty folder: it is no object of the store. */
        if (from->key[prefix_bytes] == '\0')
            continue;
        if (only != NULL && strcmp(from->key + prefix_bytes, only) != 0)
            continue; /* another key that starts with only */
        to = store_object_new(from->key + prefix_bytes, from->etag);
        to->size_bytes = from->size_bytes;
        to->mtime_s = from->mtime_s;
        to->is_archived = s3_object_is_archived(from);
        g_ptr_array_add(page, to);
    }
    listing->base.func(page, is_last || only != NULL, NULL, listing->base.user);
}

static void listing_next(StoreListing *base)
{
    s3_split_listing_next(((BucketListing *)base)->objects);
}

static char *listing_take_problem(StoreListing *base)
{
    return s3_split_listing_take_problem(((BucketListing *)base)->objects);
}

/* A key of a range's end, without the store's prefix. */
static const char *relative(const StoreListing *base, const char *key)
{
    return key != NULL ? key + strlen(base->store->prefix) : NULL;
}

static StoreRange listing_range(const StoreListing *base)
{
    const S3SplitRange *range = s3_split_listing_range(((const BucketListing *)base)->objects);

    return (StoreRange){range->id, relative(base, range->after), relative(base, range->until), range->is_end};
}

static void listing_hold(StoreListing *base, guint64 range, gboolean is_held)
{
    s3_split_listing_hold(((BucketListing *)base)->objects, range, is_held);
}

static const char *listing_until(const StoreListing *base, guint64 range)
{
    return relative(base, s3_split_listing_until(((const BucketListing *)base)->objects, range));
}

static void listing_free(StoreListing *base)
{
    BucketListing *listing = (BucketListing *)base;

    s3_split_listing_free(listing->objects);
    g_free(listing->only);
}

static BucketListing *listing_new(const BucketStore *store, const S3SplitOptions *options)
{
    static const StoreListingOps ops = {.next = listing_next,
                                        .free = listing_free,
                                        .take_problem = listing_take_problem,
                                        .range = listing_range,
                                        .hold = listing_hold,
                                        .until = listing_until};
    BucketListing *listing = g_new0(BucketListing, 1);

    listing->base.ops = &ops;
    listing->objects = s3_split_listing_new(store->client, options, on_page, listing);
    return listing;
}

static StoreListing *bucket_list(Store *base, StoreListMode mode, const StoreScope *scope)
{
    static const StoreScope all;
    const BucketStore *store = (const BucketStore *)base;
    const StoreScope *in = scope != NULL ? scope : &all;
    g_autofree char *prefix = g_strconcat(base->prefix, in->prefix, NULL);
    g_autofree char *after = in->after != NULL ? g_strconcat(base->prefix, in->after, NULL) : NULL;
    const guint ranges =
        in->max_ranges > 0 ? MIN(in->max_ranges, MAX(store->list_ranges, 1)) : store->list_ranges;

    (void)mode;
    return &listing_new(store, &(S3SplitOptions){.prefix = prefix,
                                                 .after = after,
                                                 .ranges = ranges,
                                                 .pages_per_range = in->pages_per_range})
                ->base;
}

/* The key is the first of all keys that start with it. */
static StoreListing *bucket_list_one(Store *base, const char *key)
{
    g_autofree char *full = g_strconcat(base->prefix, key, NULL);
    BucketListing *listing =
        listing_new((const BucketStore *)base, &(S3SplitOptions){.prefix = full, .max_keys = 1});

    listing->only = g_strdup(key);
    return &listing->base;
}

/* Requests for one object */

static const char *bucket_key_problem(const Store *base, const char *key)
{
    if (strlen(base->prefix) + strlen(key) > LIMIT_KEY_BYTES)
        return "is longer than 1024 bytes";
    return g_utf8_validate(key, -1, NULL) ? NULL : "is not UTF-8";
}

static char *bucket_reference(Store *base, HttpKind kind, const char *full_key, const char *const *headers,
                              guint32 expires_s, GError **error)
{
    return s3_client_presign(((BucketStore *)base)->client, kind, full_key, headers, expires_s, error);
}

static char *bucket_sign_put(Store *base, const char *full_key, const char *const *headers,
                             const char *payload_hash, GStrv *ret_headers, GError **error)
{
    char *url = NULL;
    GStrv lines = s3_client_sign(
        ((BucketStore *)base)->client,
        &(S3Request){.kind = HTTP_PUT, .key = full_key, .headers = headers, .payload_hash = payload_hash},
        &url);

    if (lines == NULL) {
        error_set(error, ERROR_UNAVAILABLE, "no credentials are available at the moment");
        return NULL;
    }
    *ret_headers = lines;
    return url;
}

static gboolean bucket_can_sign(const Store *base)
{
    return s3_client_can_sign(((const BucketStore *)base)->client);
}

static void bucket_check(Store *base)
{
    s3_check_run(((BucketStore *)base)->check);
}

static StoreHead *head_of(const HttpResponse *response)
{
    const char *etag = http_response_header(response, HTTP_HEADER_ETAG);
    gint64 length = http_response_length(response);
    StoreHead *head = g_new0(StoreHead, 1);

    head->etag = etag != NULL ? etag_bare(etag) : NULL;
    head->size_bytes = length >= 0 ? (guint64)length : G_MAXUINT64;
    head->version_id = g_strdup(http_response_header(response, HTTP_HEADER_VERSION_ID));
    head->content_type = g_strdup(http_response_header(response, HTTP_HEADER_CONTENT_TYPE));
    head->metadata = g_strdupv((GStrv)http_response_metadata(response));
    return head;
}

static void on_head(const HttpResponse *response, const GError *error, void *data)
{
    g_autofree BucketHead *request = data;

    request->base.func(error == NULL ? head_of(response) : NULL, error, request->base.user);
}

static void head_cancel(StoreHeadRequest *base)
{
    BucketHead *request = (BucketHead *)base;

    s3_call_cancel(request->call);
    g_free(request);
}

static StoreHeadRequest *bucket_head(Store *base, const char *full_key)
{
    BucketHead *request = g_new0(BucketHead, 1);

    request->base.cancel = head_cancel;
    request->call =
        s3_call_start(((BucketStore *)base)->client,
                      &(S3CallOptions){.kind = HTTP_HEAD, .key = full_key, .done = on_head, .user = request});
    return &request->base;
}

static void on_delete(const HttpResponse *response, const GError *error, void *data)
{
    g_autofree BucketDelete *request = data;
    const glong status = response != NULL ? http_response_status(response) : 0;

    if (error == NULL || status == STATUS_MISSING)
        request->base.func(STORE_DELETED, NULL, request->base.user);
    else if (status == STATUS_PRECONDITION)
        request->base.func(STORE_CHANGED, NULL, request->base.user);
    else
        request->base.func(STORE_DELETE_FAILED, error, request->base.user);
}

static void delete_cancel(StoreDeleteRequest *base)
{
    BucketDelete *request = (BucketDelete *)base;

    s3_call_cancel(request->call);
    g_free(request);
}

static StoreDeleteRequest *bucket_delete(Store *base, const char *full_key, const char *etag)
{
    g_autofree char *condition = g_strdup_printf("If-Match: \"%s\"", etag);
    const char *const headers[] = {condition, NULL};
    BucketDelete *request = g_new0(BucketDelete, 1);

    request->base.cancel = delete_cancel;
    request->call = s3_call_start(
        ((BucketStore *)base)->client,
        &(S3CallOptions){
            .kind = HTTP_DELETE, .key = full_key, .headers = headers, .done = on_delete, .user = request});
    return &request->base;
}

/* Opening */

static void bucket_close(Store *base)
{
    BucketStore *store = (BucketStore *)base;

    s3_check_free(store->check);
    s3_client_free(store->client);
}

static const StoreOps bucket_ops = {
    .close = bucket_close,
    .list = bucket_list,
    .list_one = bucket_list_one,
    .key_problem = bucket_key_problem,
    .reference = bucket_reference,
    .sign_put = bucket_sign_put,
    .can_sign = bucket_can_sign,
    .check = bucket_check,
    .head = bucket_head,
    .delete_object = bucket_delete,
};

S3Client *store_client(const Store *store)
{
    return store->ops == &bucket_ops ? ((const BucketStore *)store)->client : NULL;
}

Store *bucket_store_open(const StoreOptions *options, const char *bucket, const char *prefix, GError **error)
{
    g_autoptr(Endpoint) endpoint = NULL;
    BucketStore *store;

    if (options->keeper == NULL || options->http == NULL) {
        error_set(error, ERROR_PERMANENT, "%s: a bucket needs credentials", options->url);
        return NULL;
    }
    endpoint = endpoint_new(&(EndpointOptions){.url = options->endpoint,
                                               .region = options->region,
                                               .addressing = options->addressing,
                                               .hosts = options->hosts},
                            bucket, error);
    if (endpoint == NULL) {
        g_prefix_error(error, "%s: ", options->url);
        return NULL;
    }
    store = g_new0(BucketStore, 1);
    store->base.ops = &bucket_ops;
    store->base.prefix = g_strdup(prefix);
    store->client =
        s3_client_new(g_steal_pointer(&endpoint), options->keeper, options->http, options->attempts);
    s3_client_set_dialect(store->client, &options->dialect);
    store->check = s3_check_new(store->client);
    store->list_ranges = options->list_ranges;
    return &store->base;
}

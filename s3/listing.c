#include "s3/listing.h"

#include <string.h>

#include "base/error.h"
#include "base/quote.h"
#include "s3/call.h"

/* Consecutive pages without a key after which a server is considered to be in a loop. */
#define MAX_EMPTY_PAGES 1000u

#define MAX_QUERY       5u

struct S3Listing {
    S3Client *client;
    char *prefix;
    char *after;    /* or NULL to list from the beginning */
    char *max_keys; /* or NULL for the server's default */
    gboolean may_begin_early;
    char *token;    /* of the awaited page; NULL for the first */
    char *last_key; /* of all pages so far */
    guint empty_pages;
    guint pages;         /* received so far */
    gboolean has_failed; /* the last request for this page failed */
    Sigv4Pair query[MAX_QUERY];
    ListXml *xml;
    S3Page page; /* the page just read */
    S3Call *call;
    S3ListFunc func;
    void *user;
};

static gboolean list_sink(const HttpResponse *response, const void *data, gsize size_bytes, void *user,
                          GError **error)
{
    S3Listing *listing = user;

    (void)response;
    return list_xml_feed(listing->xml, data, size_bytes, error);
}

static void list_begin(void *user)
{
    S3Listing *listing = user;

    g_clear_pointer(&listing->xml, list_xml_free);
    listing->xml = list_xml_new(s3_client_dialect(listing->client)->lists_by_marker);
}

/* Some servers ignore the start key without an error. */
static gboolean check_start(S3Listing *listing, const S3Page *page, GError **error)
{
    const char *after = listing->after;

    if (listing->may_begin_early || listing->pages > 0 || after == NULL || page->objects->len == 0 ||
        strcmp(((const S3Object *)page->objects->pdata[0])->key, after) > 0)
        return TRUE;
    error_set(error, ERROR_PERMANENT, "the server ignores %s",
              s3_client_dialect(listing->client)->lists_by_marker ? "marker" : "start-after");
    return FALSE;
}

/* Checks the guarantees that merging and comparing listings rely on. Keys are delivered whole, with the
 * prefix. */
static gboolean check_keys(S3Listing *listing, const S3Page *page, GError **error)
{
    const char *last = listing->last_key;

    for (guint i = 0; i < page->objects->len; i++) {
        const S3Object *object = g_ptr_array_index(page->objects, i);

        if (!g_str_has_prefix(object->key, listing->prefix) ||
            (last != NULL && strcmp(last, object->key) >= 0)) {
            g_autofree char *quoted = quote_key(object->key);

            error_set(
                error, ERROR_PERMANENT,
                "the server lists in another order than byte order, or keys outside the prefix, at '%s'",
                quoted);
            return FALSE;
        }
        last = object->key;
    }
    return TRUE;
}

static gboolean check_progress(S3Listing *listing, const S3Page *page, GError **error)
{
    listing->empty_pages = page->objects->len == 0 ? listing->empty_pages + 1 : 0;
    if (page->next_token == NULL)
        return TRUE;
    if (g_strcmp0(page->next_token, listing->token) == 0 || listing->empty_pages > MAX_EMPTY_PAGES) {
        error_set(error, ERROR_PERMANENT, "the server repeats its continuation token");
        return FALSE;
    }
    return TRUE;
}

/* Leaves out the keys of a page that are not after the start. */
static void drop_early(const S3Listing *listing, GPtrArray *objects)
{
    guint early = 0;

    while (early < objects->len &&
           strcmp(((const S3Object *)objects->pdata[early])->key, listing->after) <= 0)
        early++;
    if (early > 0)
        g_ptr_array_remove_range(objects, 0, early);
}

static void list_deliver(S3Listing *listing)
{
    g_autoptr(GPtrArray) objects = g_steal_pointer(&listing->page.objects);
    gboolean is_last = listing->page.next_token == NULL;

    if (objects->len > 0) {
        const S3Object *object = g_ptr_array_index(objects, objects->len - 1);

        g_free(listing->last_key);
        listing->last_key = g_strdup(object->key);
    }
    g_free(listing->token);
    listing->token = g_steal_pointer(&listing->page.next_token);
    listing->pages++;
    if (listing->after != NULL)
        drop_early(listing, objects);
    listing->func(objects, is_last, NULL, listing->user); /* may free listing */
}

/* Parses a 2xx response; FALSE if it is not a page. */
static gboolean list_parse(S3Listing *listing, const HttpResponse *response, GError **error)
{
    const GError *sink_error = http_response_sink_error(response);

    if (sink_error != NULL) {
        g_propagate_error(error, g_error_copy(sink_error));
        return FALSE;
    }
    s3_page_clear(&listing->page);
    return list_xml_finish(listing->xml, &listing->page, error) &&
           check_start(listing, &listing->page, error) && check_keys(listing, &listing->page, error) &&
           check_progress(listing, &listing->page, error);
}

static gboolean list_accept(const HttpResponse *response, void *user, RetryVerdict *ret_verdict,
                            GError **error)
{
    S3Listing *listing = user;
    g_autoptr(GError) failure = NULL;

    if (list_parse(listing, response, &failure))
        return TRUE;
    g_prefix_error(&failure, "LIST s3://%s/%s: ", endpoint_bucket(s3_client_endpoint(listing->client)),
                   listing->prefix);
    ret_verdict->class = error_class(failure);
    ret_verdict->is_retryable = ret_verdict->class == ERROR_TRANSIENT;
    ret_verdict->reason = list_xml_is_error(listing->xml) ? RETRY_SERVER : RETRY_TRUNCATED;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

static void list_done(const HttpResponse *response, const GError *error, void *user)
{
    S3Listing *listing = user;

    (void)response;
    listing->call = NULL;
    listing->has_failed = error != NULL;
    if (error != NULL)
        listing->func(NULL, FALSE, error, listing->user);
    else
        list_deliver(listing);
}

static gsize list_query(S3Listing *listing)
{
    gboolean by_marker = s3_client_dialect(listing->client)->lists_by_marker;
    const char *goes_on = by_marker ? "marker" : "continuation-token";
    const char *starts = by_marker ? "marker" : "start-after";
    Sigv4Pair *query = listing->query;
    gsize n = 0;

    if (!by_marker)
        query[n++] = (Sigv4Pair){"list-type", "2"};
    /* XML 1.0 cannot represent every byte that a key may have. */
    query[n++] = (Sigv4Pair){"encoding-type", "url"};
    query[n++] = (Sigv4Pair){"prefix", listing->prefix};
    if (listing->max_keys != NULL)
        query[n++] = (Sigv4Pair){"max-keys", listing->max_keys};
    if (listing->token != NULL)
        query[n++] = (Sigv4Pair){goes_on, listing->token};
    else if (listing->after != NULL)
        query[n++] = (Sigv4Pair){starts, listing->after};
    return n;
}

S3Listing *s3_listing_new(S3Client *client, const S3ListOptions *options, S3ListFunc func, void *data)
{
    S3Listing *listing = g_new0(S3Listing, 1);

    listing->client = client;
    listing->prefix = g_strdup(options->prefix);
    listing->after = g_strdup(options->after);
    listing->may_begin_early = options->may_begin_early;
    listing->max_keys = options->max_keys > 0 ? g_strdup_printf("%u", options->max_keys) : NULL;
    listing->func = func;
    listing->user = data;
    return listing;
}

/* Asks AWS for the restore status of archived objects. Not sent to other servers, which do not know the
 * header. */
static const char *const aws_headers[] = {"x-amz-optional-object-attributes: RestoreStatus", NULL};

void s3_listing_next(S3Listing *listing)
{
    guint attempts = s3_client_attempts(listing->client);
    gboolean is_aws = endpoint_is_aws(s3_client_endpoint(listing->client));

    g_return_if_fail(listing->call == NULL);

    if (listing->has_failed) /* the caller paces its own retries */
        attempts = 1;
    listing->call = s3_call_start(listing->client, &(S3CallOptions){.kind = HTTP_LIST,
                                                                    .key = "",
                                                                    .query = listing->query,
                                                                    .query_count = list_query(listing),
                                                                    .headers = is_aws ? aws_headers : NULL,
                                                                    .attempts = attempts,
                                                                    .sink = list_sink,
                                                                    .begin = list_begin,
                                                                    .accept = list_accept,
                                                                    .done = list_done,
                                                                    .user = listing});
}

void s3_listing_free(S3Listing *listing)
{
    if (listing == NULL)
        return;
    s3_call_cancel(listing->call);
    list_xml_free(listing->xml);
    s3_page_clear(&listing->page);
    g_free(listing->prefix);
    g_free(listing->after);
    g_free(listing->max_keys);
    g_free(listing->token);
    g_free(listing->last_key);
    g_free(listing);
}

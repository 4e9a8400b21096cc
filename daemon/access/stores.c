#include "daemon/access/stores.h"

#include "store/open.h"

/* Arguments shared by all steps of opening. */
typedef struct {
    Stores *stores;
    const Config *config;
    const StoreCredentials *credentials;
    const HttpProxies *proxies;
    GMainContext *context;
} Opening;

static HttpClient *open_http(const Opening *opening, const S3Config *s3, GError **error)
{
    HttpClient *http = http_client_new(opening->context, s3->ca_file, &opening->stores->counters, error);

    if (http != NULL)
        http_client_set_proxies(http, opening->proxies);
    return http;
}

static guint mode_of(const char *octal)
{
    return (guint)g_ascii_strtoull(octal, NULL, 8);
}

static Store *open_store(const Opening *opening, const char *url, const S3Config *s3,
                         CredentialsKeeper *keeper, HttpClient *http, GError **error)
{
    const DestinationConfig *destination = &opening->config->destination;
    Stores *stores = opening->stores;

    return store_open(
        &(StoreOptions){
            .url = url,
            .context = opening->context,
            .counters = &stores->counters,
            .links_lead_out = opening->config->source.follow_links == CONFIG_LINKS_ANY,
            .may_create = destination->create,
            .file_mode = mode_of(destination->file_mode),
            .dir_mode = mode_of(destination->dir_mode),
            .endpoint = s3->endpoint,
            .region = s3->region,
            .addressing = (EndpointAddressing)s3->addressing,
            .hosts = {s3->dual_stack, s3->fips},
            .keeper = keeper,
            .http = http,
            .attempts = opening->config->retries.attempts,
            .list_ranges = s3->list_ranges,
            .dialect = {.requester_pays = s3->requester_pays, .lists_by_marker = s3->list_version == 1}},
        error);
}

static gboolean open_all(const Opening *opening, GError **error)
{
    const SourceConfig *source = &opening->config->source;
    const DestinationConfig *destination = &opening->config->destination;
    Stores *stores = opening->stores;

    stores->source_http = open_http(opening, &source->s3, error);
    if (stores->source_http == NULL)
        return FALSE;
    stores->destination_http = stores->source_http;
    if (g_strcmp0(source->s3.ca_file, destination->s3.ca_file) != 0)
        stores->destination_http = open_http(opening, &destination->s3, error);
    if (stores->destination_http == NULL)
        return FALSE;
    stores->source = open_store(opening, source->url, &source->s3,
                                store_credentials_source(opening->credentials), stores->source_http, error);
    if (stores->source == NULL)
        return FALSE;
    stores->destination =
        open_store(opening, destination->url, &destination->s3,
                   store_credentials_destination(opening->credentials), stores->destination_http, error);
    return stores->destination != NULL;
}

Stores *stores_open(const Config *config, const StoreCredentials *credentials, const HttpProxies *proxies,
                    GMainContext *context, GError **error)
{
    Stores *stores = g_new0(Stores, 1);
    const Opening opening = {stores, config, credentials, proxies, context};

    if (open_all(&opening, error))
        return stores;
    stores_close(stores);
    return NULL;
}

void stores_count(const Stores *stores, RunReport *report)
{
    request_counters_add(&report->requests, &stores->counters);
}

void stores_close(Stores *stores)
{
    if (stores == NULL)
        return;
    store_close(stores->source);
    store_close(stores->destination);
    if (stores->destination_http != stores->source_http)
        http_client_free(stores->destination_http);
    http_client_free(stores->source_http);
    g_free(stores);
}

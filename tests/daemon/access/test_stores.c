/* How the supervisor reaches its stores: credentials, clients and counters. No request is sent. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "config/config.h"
#include "daemon/access/store_credentials.h"
#include "daemon/access/stores.h"
#include "store/bucket_store.h"

static GMainContext *context;
static guint calls;
static GError *outcome;

static void setup(void)
{
    context = g_main_context_new();
}

static void teardown(void)
{
    g_clear_error(&outcome);
    g_main_context_unref(context);
}

TestSuite(stores, .init = setup, .fini = teardown);

/* Both are flow mappings of YAML, without braces. */
static Config *config_of(const char *source, const char *destination)
{
    g_autofree char *text = g_strdup_printf("source: {%s}\ndestination: {%s}\n"
                                            "outputs: [{name: a, width: 1, height: 1}]\n",
                                            source, destination);
    g_autoptr(GError) error = NULL;
    Config *config = config_parse(text, strlen(text), "c", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config;
}

static GVariant *environment_of(const char *text)
{
    return g_variant_ref_sink(g_variant_new_parsed(text));
}

#define KEYS      "{'AWS_ACCESS_KEY_ID': 'id', 'AWS_SECRET_ACCESS_KEY': 's3cr3t'}"
#define NOTHING   "@a{ss} {}"

#define ORIGINALS "url: 's3://originals/'"
#define MADE      "url: 's3://made/'"

static void on_credentials(const GError *error, void *data)
{
    (void)data;
    calls++;
    outcome = error != NULL ? g_error_copy(error) : NULL;
}

static void wait_for(StoreCredentials *credentials)
{
    store_credentials_await(credentials, on_credentials, NULL);
    while (calls == 0)
        g_main_context_iteration(context, TRUE);
}

Test(stores, directories_need_no_credentials)
{
    g_autoptr(Config) config = config_of("url: 'file:///originals/'", "url: 'file:///made/'");
    g_autoptr(GVariant) environment = environment_of(NOTHING);
    StoreCredentials *credentials = store_credentials_open(config, environment, context, NULL);
    const HttpProxies proxies = {0};
    g_autoptr(GError) error = NULL;
    Stores *stores;

    cr_assert_not_null(credentials);
    cr_assert_not(store_credentials_are_needed(credentials));
    cr_assert_null(store_credentials_source(credentials));
    stores = stores_open(config, credentials, &proxies, context, &error);
    cr_assert_not_null(stores, "%s", error != NULL ? error->message : "");
    cr_assert(store_is_directory(stores->source));
    cr_assert_str_eq(store_url(stores->destination), "file:///made/");
    stores_close(stores);
    store_credentials_free(credentials);
}

Test(stores, both_buckets_share_what_they_can)
{
    g_autoptr(Config) config = config_of(ORIGINALS, MADE);
    g_autoptr(GVariant) environment = environment_of(KEYS);
    StoreCredentials *credentials = store_credentials_open(config, environment, context, NULL);
    const HttpProxies proxies = {0};
    g_autoptr(RunReport) report = report_new("r");
    Stores *stores;

    cr_assert(store_credentials_are_needed(credentials));
    cr_assert_eq(store_credentials_source(credentials), store_credentials_destination(credentials));
    wait_for(credentials);
    cr_assert_null(outcome);
    stores = stores_open(config, credentials, &proxies, context, NULL);
    cr_assert_not_null(stores);
    cr_assert_eq(stores->source_http, stores->destination_http);
    cr_assert_not_null(store_client(stores->source));
    cr_assert(store_can_sign(stores->source));
    stores->counters.list = 2;
    stores->counters.retry_reasons[RETRY_THROTTLE] = 1;
    stores_count(stores, report);
    cr_assert_eq(report->requests.list, 2);
    cr_assert_eq(report->requests.retry_reasons[RETRY_THROTTLE], 1);
    stores_close(stores);
    store_credentials_free(credentials);
}

Test(stores, each_bucket_may_have_its_own_credentials)
{
    g_autofree char *folder = g_dir_make_tmp("test-stores-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "keys", NULL);
    g_autofree char *source = g_strdup_printf(ORIGINALS ", s3: {credentials_file: '%s'}", path);
    g_autoptr(Config) config = config_of(source, MADE);
    g_autoptr(GVariant) environment = environment_of(KEYS);
    StoreCredentials *credentials;

    cr_assert(
        g_file_set_contents(path, "[default]\naws_access_key_id = a\naws_secret_access_key = b\n", -1, NULL));
    cr_assert_eq(g_chmod(path, 0600), 0);
    credentials = store_credentials_open(config, environment, context, NULL);
    cr_assert_not_null(credentials);
    cr_assert_neq(store_credentials_source(credentials), store_credentials_destination(credentials));
    wait_for(credentials);
    cr_assert_null(outcome, "%s", outcome != NULL ? outcome->message : "");
    cr_assert_eq(calls, 1, "when both have come");
    store_credentials_free(credentials);
    cr_assert_eq(g_remove(path), 0);
    cr_assert_eq(g_rmdir(folder), 0);
}

Test(stores, credentials_that_are_half_there_are_an_error)
{
    g_autoptr(Config) config = config_of(ORIGINALS, "url: 'file:///made/'");
    g_autoptr(GVariant) environment = environment_of("{'AWS_ACCESS_KEY_ID': 'id'}");
    g_autoptr(GError) error = NULL;
    StoreCredentials *credentials = store_credentials_open(config, environment, context, &error);

    if (credentials != NULL) {
        wait_for(credentials);
        cr_assert_not_null(outcome);
    } else {
        cr_assert_not_null(error);
    }
    store_credentials_free(credentials);
}

Test(stores, certificates_of_each_store_have_a_client_of_their_own)
{
    g_autoptr(Config) config =
        config_of(ORIGINALS ", s3: {ca_file: '/etc/ssl/certs/ca-certificates.crt'}", MADE);
    g_autoptr(GVariant) environment = environment_of(KEYS);
    StoreCredentials *credentials = store_credentials_open(config, environment, context, NULL);
    const HttpProxies proxies = {0};
    Stores *stores = stores_open(config, credentials, &proxies, context, NULL);

    cr_assert_not_null(stores);
    cr_assert_neq(stores->source_http, stores->destination_http);
    stores_close(stores);
    store_credentials_free(credentials);
}

Test(stores, an_endpoint_that_is_none_is_an_error_of_the_configuration)
{
    g_autoptr(Config) config = config_of(ORIGINALS, MADE);
    g_autoptr(GVariant) environment = environment_of(KEYS);
    StoreCredentials *credentials = store_credentials_open(config, environment, context, NULL);
    const HttpProxies proxies = {0};
    g_autoptr(GError) error = NULL;

    g_free(config->destination.s3.endpoint);
    config->destination.s3.endpoint = g_strdup("gopher://x");
    cr_assert_null(stores_open(config, credentials, &proxies, context, &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    store_credentials_free(credentials);
}

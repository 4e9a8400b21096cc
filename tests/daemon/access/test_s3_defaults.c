#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "config/config.h"
#include "daemon/access/s3_defaults.h"

static const char profile[] =
    "[default]\nregion = of-profile\nendpoint_url = http://profile\nca_bundle = /profile.pem\n"
    "s3 =\n  addressing_style = virtual\n  use_dualstack_endpoint = true\n"
    "[profile odd]\ns3 =\n  addressing_style = ipv6\n";

static Config *parse(const char *sections)
{
    g_autofree char *text = g_strconcat("outputs: [{name: a, width: 3, height: 4}]\n", sections, NULL);
    g_autoptr(GError) error = NULL;
    Config *config = config_parse(text, strlen(text), "c.yaml", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config;
}

/* more: the text of an a{ss}, to which AWS_CONFIG_FILE is added. */
static GVariant *environment_with(const char *path, const char *more)
{
    g_autoptr(GVariant) given = g_variant_parse(G_VARIANT_TYPE("a{ss}"), more, NULL, NULL, NULL);
    GVariantBuilder builder;
    GVariantIter iter;
    const char *name, *value;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    g_variant_builder_add(&builder, "{ss}", "AWS_CONFIG_FILE", path);
    g_variant_iter_init(&iter, given);
    while (g_variant_iter_next(&iter, "{&s&s}", &name, &value))
        g_variant_builder_add(&builder, "{ss}", name, value);
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

static gboolean apply(Config *config, const char *variables, GError **error)
{
    g_autofree char *path = g_strdup("/tmp/test-s3-defaults-XXXXXX");
    g_autoptr(GVariant) environment = NULL;
    int fd = g_mkstemp(path);
    gboolean done;

    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert(g_file_set_contents(path, profile, -1, NULL));
    environment = environment_with(path, variables);
    done = s3_defaults_apply(config, environment, error);
    (void)g_unlink(path);
    return done;
}

#define BUCKETS "source: {url: s3://photos}\ndestination: {url: s3://web"

Test(s3_defaults, fill_in_what_is_not_configured)
{
    g_autoptr(Config) config =
        parse(BUCKETS ", s3: {region: eu-west-1, endpoint: 'https://own', ca_file: /own.pem, "
                      "addressing: path}}\n");

    cr_assert(apply(config, "{'AWS_USE_FIPS_ENDPOINT': 'true'}", NULL));
    cr_assert_str_eq(config->source.s3.region, "of-profile");
    cr_assert_str_eq(config->source.s3.endpoint, "http://profile");
    cr_assert_str_eq(config->source.s3.ca_file, "/profile.pem");
    cr_assert_eq(config->source.s3.addressing, CONFIG_ADDRESSING_VIRTUAL);
    cr_assert(config->source.s3.dual_stack && config->source.s3.fips);
    cr_assert_str_eq(config->destination.s3.region, "eu-west-1");
    cr_assert_str_eq(config->destination.s3.endpoint, "https://own");
    cr_assert_str_eq(config->destination.s3.ca_file, "/own.pem");
    cr_assert_eq(config->destination.s3.addressing, CONFIG_ADDRESSING_PATH);
}

Test(s3_defaults, variables_count_before_the_profile)
{
    g_autoptr(Config) config = parse(BUCKETS "}\n");

    cr_assert(
        apply(config, "{'AWS_ENDPOINT_URL_S3': 'http://variable', 'AWS_DEFAULT_REGION': 'there'}", NULL));
    cr_assert_str_eq(config->source.s3.endpoint, "http://variable");
    cr_assert_str_eq(config->destination.s3.region, "there");
}

Test(s3_defaults, without_a_profile_all_stays)
{
    g_autoptr(Config) config = parse(BUCKETS "}\n");

    cr_assert(apply(config, "{'AWS_PROFILE': 'none'}", NULL));
    cr_assert_null(config->source.s3.endpoint);
    cr_assert_null(config->source.s3.region);
    cr_assert_null(config->source.s3.ca_file);
    cr_assert_eq(config->source.s3.addressing, CONFIG_ADDRESSING_AUTO);
    cr_assert_not(config->source.s3.dual_stack || config->source.s3.fips);
}

Test(s3_defaults, what_cannot_be)
{
    g_autoptr(Config) config = parse(BUCKETS "}\n");
    g_autoptr(Config) directories = parse("source: {url: file:///a/}\ndestination: {url: file:///b/}\n");
    g_autoptr(GError) error = NULL, unreadable = NULL;

    cr_assert_not(apply(config, "{'AWS_PROFILE': 'odd'}", &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert(strstr(error->message, "addressing_style") != NULL);
    cr_assert_not(apply(config, "{'AWS_SHARED_CREDENTIALS_FILE': '/tmp'}", &unreadable));
    cr_assert_eq(error_class(unreadable), ERROR_PERMANENT);
    cr_assert(apply(directories, "{'AWS_SHARED_CREDENTIALS_FILE': '/tmp'}", NULL), "no bucket, no question");
}

/* Judged by the configuration file alone, these are two places. */
Test(s3_defaults, an_endpoint_of_the_environment_may_close_a_loop)
{
    g_autoptr(Config) config =
        parse("source: {url: s3://photos, s3: {endpoint: 'http://one'}}\ndestination: {url: s3://photos}\n");
    g_autoptr(Config) other =
        parse("source: {url: s3://photos, s3: {endpoint: 'http://one'}}\ndestination: {url: s3://photos}\n");
    g_autoptr(GError) error = NULL;

    cr_assert(apply(other, "{'AWS_ENDPOINT_URL': 'http://two'}", NULL));
    cr_assert_not(apply(config, "{'AWS_ENDPOINT_URL': 'http://one'}", &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
}

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "s3/aws/aws_settings.h"

static const char config[] = "[profile all]\n"
                             "region = of-profile\n"
                             "endpoint_url = http://profile\n"
                             "services = some\n"
                             "ca_bundle = /profile.pem\n"
                             "use_fips_endpoint = true\n"
                             "s3 =\n"
                             "  use_dualstack_endpoint = True\n"
                             "[profile ignoring]\n"
                             "endpoint_url = http://profile\n"
                             "ignore_configured_endpoint_urls = true\n"
                             "[profile plain]\n"
                             "endpoint_url = http://profile\n"
                             "use_dualstack_endpoint = true\n"
                             "[services some]\n"
                             "s3 =\n"
                             "  endpoint_url = http://service-s3\n"
                             "sqs =\n"
                             "  endpoint_url = http://service-sqs\n";

typedef struct {
    GVariant *environment;
    Profiles *profiles;
    char *path;
} Settings;

/* variables: the text of an a{ss}, without AWS_CONFIG_FILE. */
static Settings settings_of(const char *variables)
{
    Settings settings = {.path = g_strdup("/tmp/test-aws-settings-XXXXXX")};
    g_autoptr(GVariant) given = g_variant_parse(G_VARIANT_TYPE("a{ss}"), variables, NULL, NULL, NULL);
    GVariantBuilder builder;
    GVariantIter iter;
    const char *name, *value;
    int fd = g_mkstemp(settings.path);

    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert(g_file_set_contents(settings.path, config, -1, NULL));
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    g_variant_builder_add(&builder, "{ss}", "AWS_CONFIG_FILE", settings.path);
    g_variant_iter_init(&iter, given);
    while (g_variant_iter_next(&iter, "{&s&s}", &name, &value))
        g_variant_builder_add(&builder, "{ss}", name, value);
    settings.environment = g_variant_ref_sink(g_variant_builder_end(&builder));
    settings.profiles = profiles_load(settings.environment, NULL);
    cr_assert_not_null(settings.profiles);
    return settings;
}

static void settings_clear(Settings *settings)
{
    (void)g_unlink(settings->path);
    g_free(settings->path);
    g_variant_unref(settings->environment);
    profiles_free(settings->profiles);
}

static void expect_endpoint(const char *variables, AwsService service, const char *wanted)
{
    Settings settings = settings_of(variables);
    const char *found = aws_settings_endpoint(settings.environment, settings.profiles, service);

    cr_assert_eq(g_strcmp0(found, wanted), 0, "%s: %s", variables, found);
    settings_clear(&settings);
}

Test(aws_settings, endpoints_in_their_order)
{
    expect_endpoint("{}", AWS_SERVICE_S3, NULL);
    expect_endpoint(
        "{'AWS_ENDPOINT_URL_S3': 'http://own', 'AWS_ENDPOINT_URL': 'http://any', 'AWS_PROFILE': 'all'}",
        AWS_SERVICE_S3, "http://own");
    expect_endpoint(
        "{'AWS_ENDPOINT_URL_S3': 'http://own', 'AWS_ENDPOINT_URL': 'http://any', 'AWS_PROFILE': 'all'}",
        AWS_SERVICE_STS, "http://any");
    expect_endpoint("{'AWS_ENDPOINT_URL_STS': 'http://own', 'AWS_PROFILE': 'all'}", AWS_SERVICE_STS,
                    "http://own");
    expect_endpoint("{'AWS_ENDPOINT_URL_STS': 'http://own', 'AWS_PROFILE': 'all'}", AWS_SERVICE_S3,
                    "http://service-s3");
    expect_endpoint("{'AWS_ENDPOINT_URL_S3': '', 'AWS_PROFILE': 'all'}", AWS_SERVICE_STS, "http://profile");
    expect_endpoint("{'AWS_PROFILE': 'plain'}", AWS_SERVICE_S3, "http://profile");
    expect_endpoint("{'AWS_PROFILE': 'missing'}", AWS_SERVICE_S3, NULL);
}

Test(aws_settings, endpoints_may_be_ignored)
{
    expect_endpoint("{'AWS_ENDPOINT_URL_S3': 'http://own', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS': 'TRUE'}",
                    AWS_SERVICE_S3, NULL);
    expect_endpoint("{'AWS_ENDPOINT_URL_S3': 'http://own', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS': 'no'}",
                    AWS_SERVICE_S3, "http://own");
    expect_endpoint("{'AWS_ENDPOINT_URL_S3': 'http://own', 'AWS_PROFILE': 'ignoring'}", AWS_SERVICE_S3, NULL);
    expect_endpoint("{'AWS_PROFILE': 'ignoring', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS': 'false'}",
                    AWS_SERVICE_S3, "http://profile");
}

static void expect_region(const char *variables, const char *wanted)
{
    Settings settings = settings_of(variables);

    cr_assert_eq(g_strcmp0(aws_settings_region(settings.environment, settings.profiles), wanted), 0, "%s",
                 variables);
    settings_clear(&settings);
}

Test(aws_settings, regions_in_their_order)
{
    expect_region("{}", NULL);
    expect_region("{'AWS_REGION': 'one', 'AWS_DEFAULT_REGION': 'two', 'AWS_PROFILE': 'all'}", "one");
    expect_region("{'AWS_DEFAULT_REGION': 'two', 'AWS_PROFILE': 'all'}", "two");
    expect_region("{'AWS_DEFAULT_PROFILE': 'all'}", "of-profile");
}

Test(aws_settings, the_rest)
{
    Settings profile = settings_of("{'AWS_PROFILE': 'all'}");
    Settings plain = settings_of("{'AWS_PROFILE': 'plain', 'AWS_USE_FIPS_ENDPOINT': '1'}");
    Settings variables =
        settings_of("{'AWS_PROFILE': 'all', 'AWS_CA_BUNDLE': '/variable.pem', "
                    "'AWS_USE_FIPS_ENDPOINT': 'false', 'AWS_USE_DUALSTACK_ENDPOINT': 'false'}");

    cr_assert_str_eq(aws_settings_ca_bundle(profile.environment, profile.profiles), "/profile.pem");
    cr_assert(aws_settings_fips(profile.environment, profile.profiles));
    cr_assert(aws_settings_dual_stack(profile.environment, profile.profiles, AWS_SERVICE_S3));
    cr_assert_not(aws_settings_dual_stack(profile.environment, profile.profiles, AWS_SERVICE_STS));
    cr_assert_null(aws_settings_ca_bundle(plain.environment, plain.profiles));
    cr_assert_not(aws_settings_fips(plain.environment, plain.profiles), "true is the only word for it");
    cr_assert(aws_settings_dual_stack(plain.environment, plain.profiles, AWS_SERVICE_STS));
    cr_assert_str_eq(aws_settings_ca_bundle(variables.environment, variables.profiles), "/variable.pem");
    cr_assert_not(aws_settings_fips(variables.environment, variables.profiles));
    cr_assert_not(aws_settings_dual_stack(variables.environment, variables.profiles, AWS_SERVICE_S3));
    settings_clear(&profile);
    settings_clear(&plain);
    settings_clear(&variables);
}

#include "s3/aws/aws_settings.h"

#include "base/env_map.h"
#include "s3/aws/credentials_env.h"

static const struct {
    const char *variable; /* for this service's endpoint */
    const char *key;      /* in a services section, and of the service's settings in a profile */
} services[] = {
    [AWS_SERVICE_S3] = {"AWS_ENDPOINT_URL_S3", "s3"}, [AWS_SERVICE_STS] = {"AWS_ENDPOINT_URL_STS", "sts"}};

static const char *setting(GVariant *environment, const Profiles *profiles, const char *variable,
                           const char *key)
{
    const char *value = environment_lookup(environment, variable);

    return value != NULL ? value : profiles_get(profiles, profiles_chosen(environment), key);
}

static gboolean is_true(const char *value)
{
    return value != NULL && g_ascii_strcasecmp(value, "true") == 0;
}

const char *aws_settings_region(GVariant *environment, const Profiles *profiles)
{
    const char *region = environment_lookup(environment, "AWS_REGION");

    return region != NULL ? region : setting(environment, profiles, "AWS_DEFAULT_REGION", "region");
}

const char *aws_settings_endpoint(GVariant *environment, const Profiles *profiles, AwsService service)
{
    const char *profile = profiles_chosen(environment);
    const char *url = environment_lookup(environment, services[service].variable);

    if (is_true(setting(environment, profiles, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                        "ignore_configured_endpoint_urls")))
        return NULL;
    if (url == NULL)
        url = environment_lookup(environment, "AWS_ENDPOINT_URL");
    if (url == NULL)
        url = profiles_get_service(profiles, profile, services[service].key, "endpoint_url");
    return url != NULL ? url : profiles_get(profiles, profile, "endpoint_url");
}

const char *aws_settings_addressing(GVariant *environment, const Profiles *profiles)
{
    return profiles_get_nested(profiles, profiles_chosen(environment), "s3", "addressing_style");
}

const char *aws_settings_ca_bundle(GVariant *environment, const Profiles *profiles)
{
    return setting(environment, profiles, "AWS_CA_BUNDLE", "ca_bundle");
}

gboolean aws_settings_dual_stack(GVariant *environment, const Profiles *profiles, AwsService service)
{
    const char *value =
        setting(environment, profiles, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");

    if (value == NULL)
        value = profiles_get_nested(profiles, profiles_chosen(environment), services[service].key,
                                    "use_dualstack_endpoint");
    return is_true(value);
}

gboolean aws_settings_fips(GVariant *environment, const Profiles *profiles)
{
    return is_true(setting(environment, profiles, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"));
}

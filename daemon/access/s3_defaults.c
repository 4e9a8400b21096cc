#include "daemon/access/s3_defaults.h"

#include "base/error.h"
#include "config/config.h"
#include "config/location.h"
#include "s3/aws/aws_settings.h"

static void fill(char **value, const char *found)
{
    if (*value == NULL)
        *value = g_strdup(found);
}

static gboolean fill_addressing(S3Config *s3, const char *found, GError **error)
{
    if (s3->addressing != CONFIG_ADDRESSING_AUTO || found == NULL || g_str_equal(found, "auto"))
        return TRUE;
    if (g_str_equal(found, "path")) {
        s3->addressing = CONFIG_ADDRESSING_PATH;
        return TRUE;
    }
    if (g_str_equal(found, "virtual")) {
        s3->addressing = CONFIG_ADDRESSING_VIRTUAL;
        return TRUE;
    }
    error_set(error, ERROR_CONFIG, "the profile's addressing_style must be auto, path or virtual");
    return FALSE;
}

static gboolean apply(S3Config *s3, GVariant *environment, const Profiles *profiles, GError **error)
{
    fill(&s3->endpoint, aws_settings_endpoint(environment, profiles, AWS_SERVICE_S3));
    fill(&s3->region, aws_settings_region(environment, profiles));
    fill(&s3->ca_file, aws_settings_ca_bundle(environment, profiles));
    s3->dual_stack = aws_settings_dual_stack(environment, profiles, AWS_SERVICE_S3);
    s3->fips = aws_settings_fips(environment, profiles);
    return fill_addressing(s3, aws_settings_addressing(environment, profiles), error);
}

gboolean s3_defaults_apply(Config *config, GVariant *environment, GError **error)
{
    g_autoptr(Profiles) profiles = NULL;

    if (!location_is_bucket(config->source.url) && !location_is_bucket(config->destination.url))
        return TRUE;
    profiles = profiles_load(environment, error);
    return profiles != NULL && apply(&config->source.s3, environment, profiles, error) &&
           apply(&config->destination.s3, environment, profiles, error) &&
           config_proves_no_loop(config, error);
}

#include "s3/aws/credentials_chain.h"

#include "base/env_map.h"
#include "base/error.h"
#include "s3/aws/credentials_container.h"
#include "s3/aws/credentials_env.h"
#include "s3/aws/credentials_explicit.h"
#include "s3/aws/credentials_fixed.h"
#include "s3/aws/credentials_imds.h"
#include "s3/aws/credentials_last.h"
#include "s3/aws/credentials_profile.h"
#include "s3/aws/credentials_web_identity.h"
#include "s3/aws/profiles.h"

/* Whether a profile is configured: one is chosen by name, or the default one exists. */
static gboolean wants_profile(GVariant *environment, const Profiles *profiles)
{
    return environment_lookup(environment, "AWS_PROFILE") != NULL ||
           environment_lookup(environment, "AWS_DEFAULT_PROFILE") != NULL ||
           profiles_has(profiles, profiles_chosen(environment));
}

/* Lists the places without credentials, in the order of the header. Owned by the caller. */
static char *tried_text(const Profiles *profiles)
{
    const char *files = profiles_describe(profiles);

    return g_strdup_printf("s3.credentials_file is not set; $CREDENTIALS_DIRECTORY (of systemd) has no "
                           "s3-credentials; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; "
                           "AWS_WEB_IDENTITY_TOKEN_FILE is not set; %s%s has no profile 'default'; no "
                           "AWS_CONTAINER_CREDENTIALS_... variable is set",
                           *files != '\0' ? "" : "~/.aws (HOME is not set)", files);
}

/* The role of the EC2 instance, which no variable names. */
static CredentialsProvider *choose_last(const CredentialsOptions *options, const Profiles *profiles,
                                        GError **error)
{
    g_autofree char *tried = tried_text(profiles);
    CredentialsProvider *imds;

    if (!credentials_imds_is_allowed(options->environment)) {
        error_set(error, ERROR_PERMANENT, "no credentials: %s; AWS_EC2_METADATA_DISABLED is true", tried);
        return NULL;
    }
    imds = credentials_imds_new(options->environment, options->context, error);
    return imds != NULL ? credentials_last_new(imds, tried) : NULL;
}

CredentialsProvider *credentials_chain_choose(const CredentialsOptions *options, GError **error)
{
    GVariant *environment = options->environment;
    GMainContext *context = options->context;
    g_autoptr(Profiles) profiles = NULL;
    g_autofree char *file =
        options->file != NULL ? g_strdup(options->file) : credentials_explicit_of_systemd(environment);

    if (file != NULL)
        return credentials_explicit_new(file, context);
    if (environment_lookup(environment, "AWS_ACCESS_KEY_ID") != NULL ||
        environment_lookup(environment, "AWS_SECRET_ACCESS_KEY") != NULL) {
        g_autoptr(Credentials) credentials = credentials_from_environment(environment, error);

        return credentials != NULL ? credentials_fixed_new(credentials, context) : NULL;
    }
    profiles = profiles_load(environment, error);
    if (profiles == NULL)
        return NULL;
    if (credentials_web_identity_is_named(environment))
        return credentials_web_identity_from_environment(environment, profiles, context, error);
    if (wants_profile(environment, profiles))
        return credentials_profile_new(environment, options->runner, context);
    if (credentials_container_is_named(environment))
        return credentials_container_new(environment, context, error);
    return choose_last(options, profiles, error);
}

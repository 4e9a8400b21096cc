#include "s3/credentials_chain.h"

#include "s3/credentials_env.h"
#include "s3/credentials_local.h"

CredentialsProvider *credentials_chain_choose(GVariant *environment, GMainContext *context, GError **error)
{
    if (environment_lookup(environment, "AWS_ACCESS_KEY_ID") != NULL ||
        environment_lookup(environment, "AWS_SECRET_ACCESS_KEY") != NULL) {
        g_autoptr(Credentials) credentials = credentials_from_environment(environment, error);

        return credentials != NULL ? credentials_fixed_new(credentials, context) : NULL;
    }
    return credentials_profile_new(environment, context);
}

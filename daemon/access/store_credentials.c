#include "daemon/access/store_credentials.h"

#include "config/location.h"
#include "daemon/access/credential_command.h"
#include "s3/aws/credentials_chain.h"

struct StoreCredentials {
    CredentialsKeeper *source;
    CredentialsKeeper *destination; /* may be the same keeper */
    CredentialsWait *wait;
    gboolean has_source; /* wait is for the destination's credentials */
    CredentialsWaitFunc func;
    void *user;
};

static CredentialsKeeper *keeper_new(const S3Config *s3, GVariant *environment, GMainContext *context,
                                     GError **error)
{
    CredentialsProvider *provider =
        credentials_chain_choose(&(CredentialsOptions){.environment = environment,
                                                       .context = context,
                                                       .file = s3->credentials_file,
                                                       .runner = &credential_command_runner},
                                 error);

    return provider != NULL ? credentials_keeper_new(provider, context) : NULL;
}

StoreCredentials *store_credentials_open(const Config *config, GVariant *environment, GMainContext *context,
                                         GError **error)
{
    const S3Config *source = &config->source.s3;
    const S3Config *destination = &config->destination.s3;
    g_autoptr(StoreCredentials) credentials = g_new0(StoreCredentials, 1);

    if (location_is_bucket(config->source.url)) {
        credentials->source = keeper_new(source, environment, context, error);
        if (credentials->source == NULL)
            return NULL;
    }
    if (!location_is_bucket(config->destination.url))
        return g_steal_pointer(&credentials);
    if (credentials->source != NULL &&
        g_strcmp0(source->credentials_file, destination->credentials_file) == 0)
        credentials->destination = credentials->source;
    else
        credentials->destination = keeper_new(destination, environment, context, error);
    return credentials->destination != NULL ? g_steal_pointer(&credentials) : NULL;
}

gboolean store_credentials_are_needed(const StoreCredentials *credentials)
{
    return credentials->source != NULL || credentials->destination != NULL;
}

static void on_credentials(const GError *error, void *user)
{
    StoreCredentials *credentials = user;

    credentials->wait = NULL;
    if (error == NULL && !credentials->has_source && credentials->destination != NULL) {
        credentials->has_source = TRUE;
        credentials->wait =
            credentials_keeper_await(credentials->destination, NULL, on_credentials, credentials);
    } else {
        credentials->func(error, credentials->user);
    }
}

void store_credentials_await(StoreCredentials *credentials, CredentialsWaitFunc func, void *user)
{
    credentials->func = func;
    credentials->user = user;
    credentials->has_source = credentials->source == NULL || credentials->source == credentials->destination;
    credentials->wait =
        credentials_keeper_await(credentials->has_source ? credentials->destination : credentials->source,
                                 NULL, on_credentials, credentials);
}

CredentialsKeeper *store_credentials_source(const StoreCredentials *credentials)
{
    return credentials->source;
}

CredentialsKeeper *store_credentials_destination(const StoreCredentials *credentials)
{
    return credentials->destination;
}

void store_credentials_free(StoreCredentials *credentials)
{
    if (credentials == NULL)
        return;
    credentials_wait_cancel(credentials->wait);
    if (credentials->destination != credentials->source)
        credentials_keeper_free(credentials->destination);
    credentials_keeper_free(credentials->source);
    g_free(credentials);
}

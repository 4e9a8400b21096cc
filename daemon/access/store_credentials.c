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
    g_autoptr(StoreCredentials) keys = g_new0(StoreCredentials, 1);

    if (location_is_bucket(config->source.url)) {
        keys->source = keeper_new(source, environment, context, error);
        if (keys->source == NULL)
            return NULL;
    }
    if (!location_is_bucket(config->destination.url))
        return g_steal_pointer(&keys);
    if (keys->source != NULL && g_strcmp0(source->credentials_file, destination->credentials_file) == 0)
        keys->destination = keys->source;
    else
        keys->destination = keeper_new(destination, environment, context, error);
    return keys->destination != NULL ? g_steal_pointer(&keys) : NULL;
}

gboolean store_credentials_are_needed(const StoreCredentials *keys)
{
    return keys->source != NULL || keys->destination != NULL;
}

static void on_credentials(const GError *error, void *user)
{
    StoreCredentials *keys = user;

    keys->wait = NULL;
    if (error == NULL && !keys->has_source && keys->destination != NULL) {
        keys->has_source = TRUE;
        keys->wait = credentials_keeper_await(keys->destination, NULL, on_credentials, keys);
    } else {
        keys->func(error, keys->user);
    }
}

void store_credentials_await(StoreCredentials *keys, CredentialsWaitFunc func, void *user)
{
    keys->func = func;
    keys->user = user;
    keys->has_source = keys->source == NULL || keys->source == keys->destination;
    keys->wait = credentials_keeper_await(keys->has_source ? keys->destination : keys->source, NULL,
                                          on_credentials, keys);
}

CredentialsKeeper *store_credentials_source(const StoreCredentials *keys)
{
    return keys->source;
}

CredentialsKeeper *store_credentials_destination(const StoreCredentials *keys)
{
    return keys->destination;
}

void store_credentials_free(StoreCredentials *keys)
{
    if (keys == NULL)
        return;
    credentials_wait_cancel(keys->wait);
    if (keys->destination != keys->source)
        credentials_keeper_free(keys->destination);
    credentials_keeper_free(keys->source);
    g_free(keys);
}

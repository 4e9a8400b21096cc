#include "s3/credentials.h"

#include "s3/credentials_env.h"
#include "s3/credentials_file.h"

struct Credentials {
    guint refs;
    char *access_key_id;
    Secret *secret_key;
    Secret *session_token;
    char *source;
};

Credentials *credentials_new(const char *access_key_id, Secret *secret_key, Secret *session_token,
                             const char *source)
{
    Credentials *credentials = g_new0(Credentials, 1);

    credentials->refs = 1;
    credentials->access_key_id = g_strdup(access_key_id);
    credentials->secret_key = secret_key;
    credentials->session_token = session_token;
    credentials->source = g_strdup(source);
    return credentials;
}

const char *credentials_access_key_id(const Credentials *credentials)
{
    return credentials->access_key_id;
}

const Secret *credentials_secret_key(const Credentials *credentials)
{
    return credentials->secret_key;
}

const Secret *credentials_session_token(const Credentials *credentials)
{
    return credentials->session_token;
}

const char *credentials_source(const Credentials *credentials)
{
    return credentials->source;
}

Credentials *credentials_ref(Credentials *credentials)
{
    credentials->refs++;
    return credentials;
}

void credentials_unref(Credentials *credentials)
{
    if (credentials == NULL || --credentials->refs > 0)
        return;
    g_free(credentials->access_key_id);
    secret_unref(credentials->secret_key);
    secret_unref(credentials->session_token);
    g_free(credentials->source);
    g_free(credentials);
}

Credentials *credentials_resolve(GVariant *environment, GError **error)
{
    /* Half a pair in the environment is a mistake to report, not a reason to use other keys. */
    if (environment_lookup(environment, "AWS_ACCESS_KEY_ID") != NULL ||
        environment_lookup(environment, "AWS_SECRET_ACCESS_KEY") != NULL)
        return credentials_from_environment(environment, error);
    return credentials_from_file(environment, error);
}

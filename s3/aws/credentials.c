#include "s3/aws/credentials.h"

struct Credentials {
    guint refs;
    char *access_key_id;
    Secret *secret_key;
    Secret *session_token;
    char *source;
    gint64 expiry_s;
};

Credentials *credentials_new(const char *access_key_id, Secret *secret_key, Secret *session_token,
                             const char *source)
{
    return credentials_new_until(access_key_id, secret_key, session_token, source, CREDENTIALS_FOREVER);
}

Credentials *credentials_new_until(const char *access_key_id, Secret *secret_key, Secret *session_token,
                                   const char *source, gint64 expiry_s)
{
    Credentials *credentials = g_new0(Credentials, 1);

    credentials->refs = 1;
    credentials->access_key_id = g_strdup(access_key_id);
    credentials->secret_key = secret_key;
    credentials->session_token = session_token;
    credentials->source = g_strdup(source);
    credentials->expiry_s = expiry_s;
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

gint64 credentials_expiry_s(const Credentials *credentials)
{
    return credentials->expiry_s;
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
    secret_free(credentials->secret_key);
    secret_free(credentials->session_token);
    g_free(credentials->source);
    g_free(credentials);
}

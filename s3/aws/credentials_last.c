#include "s3/aws/credentials_last.h"

#include "base/error.h"

typedef struct {
    CredentialsProvider provider;
    CredentialsProvider *inner;
    char *tried;
    CredentialsDone done;
    void *user;
} Last;

static void on_credentials(Credentials *credentials, const GError *failure, void *user)
{
    Last *last = user;
    g_autoptr(GError) error = NULL;

    if (failure != NULL)
        error_set(&error, error_class(failure), "no credentials: %s; %s", last->tried, failure->message);
    last->done(credentials, error, last->user);
}

static void last_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    Last *last = (Last *)provider;

    last->done = done;
    last->user = user;
    credentials_provider_fetch(last->inner, on_credentials, last);
}

static void last_free(CredentialsProvider *provider)
{
    Last *last = (Last *)provider;

    credentials_provider_free(last->inner);
    g_free(last->tried);
    g_free(last);
}

CredentialsProvider *credentials_last_new(CredentialsProvider *inner, const char *tried)
{
    Last *last = g_new0(Last, 1);

    last->provider = (CredentialsProvider){last_fetch, last_free};
    last->inner = inner;
    last->tried = g_strdup(tried);
    return &last->provider;
}

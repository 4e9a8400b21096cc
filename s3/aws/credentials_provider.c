#include "s3/aws/credentials_provider.h"

void credentials_provider_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    provider->fetch(provider, done, user);
}

void credentials_provider_free(CredentialsProvider *provider)
{
    if (provider != NULL)
        provider->free(provider);
}

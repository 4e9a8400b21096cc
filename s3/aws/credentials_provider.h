/* A provider: one source of credentials, which can be asked again when they expire. Each kind is a file
 * credentials_KIND.c whose struct begins with a CredentialsProvider. Supervisor only; never blocks for longer
 * than reading a local file takes; single-threaded, on one GMainContext. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials.h"

/* Exactly one of credentials and error is NULL. Both are borrowed during the call. Class ERROR_TRANSIENT:
 * another fetch may succeed; ERROR_PERMANENT. */
typedef void (*CredentialsDone)(Credentials *credentials, const GError *error, void *user);

typedef struct CredentialsProvider CredentialsProvider;

struct CredentialsProvider {
    /* Requests credentials. done is called once, from the main loop, never from here. Not to be called again
     * before that. */
    void (*fetch)(CredentialsProvider *provider, CredentialsDone done, void *user);
    /* Also ends a running fetch, without calling done. */
    void (*free)(CredentialsProvider *provider);
};

void credentials_provider_fetch(CredentialsProvider *provider, CredentialsDone done, void *user);

/* May be called from done. provider may be NULL. */
void credentials_provider_free(CredentialsProvider *provider);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CredentialsProvider, credentials_provider_free)

/* A provider: one place where credentials come from, which can be asked again when they expire. Each kind is
 * a file credentials_KIND.c whose struct begins with a CredentialsProvider. Supervisor only; never blocks for
 * longer than a local file takes; single-threaded, on one GMainContext. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials.h"

/* Exactly one of the two is NULL. Both are borrowed during the call. Class ERROR_TRANSIENT: asking again may
 * help; ERROR_PERMANENT. */
typedef void (*CredentialsDone)(Credentials *credentials, const GError *error, void *user);

typedef struct CredentialsProvider CredentialsProvider;

struct CredentialsProvider {
    /* Asks for credentials. done is called once, from the main loop, never from here. Not again before that.
     */
    void (*fetch)(CredentialsProvider *provider, CredentialsDone done, void *user);
    /* Also ends a fetch that is under way, without a call. */
    void (*free)(CredentialsProvider *provider);
};

void credentials_provider_fetch(CredentialsProvider *provider, CredentialsDone done, void *user);

/* May be called from done. NULL is allowed. */
void credentials_provider_free(CredentialsProvider *provider);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CredentialsProvider, credentials_provider_free)

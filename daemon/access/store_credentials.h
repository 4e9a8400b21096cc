/* The credentials of both stores of a configuration: finds, fetches and renews them. There are two keepers if
 * the stores name different credentials files, else one. Used by the supervisor. Single-threaded, on one
 * GMainContext. */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "s3/aws/credentials_keeper.h"

typedef struct StoreCredentials StoreCredentials;

/* Starts to fetch the credentials that buckets need. environment (a{ss}) is what thumbmill was started with;
 * a reference is kept. Errors of credentials_chain_choose(). */
StoreCredentials *store_credentials_open(const Config *config, GVariant *environment, GMainContext *context,
                                         GError **error);

/* Whether one of the stores is a bucket. */
gboolean store_credentials_are_needed(const StoreCredentials *credentials);

/* Calls func once, from the main loop, when all required credentials are available, or when some cannot be
 * obtained: then error is set, valid during the call. Call this once, and only if credentials are needed. */
void store_credentials_await(StoreCredentials *credentials, CredentialsWaitFunc func, void *user);

/* NULL if the store is a directory. */
CredentialsKeeper *store_credentials_source(const StoreCredentials *credentials);
CredentialsKeeper *store_credentials_destination(const StoreCredentials *credentials);

/* Cancels a wait without calling func. Call it after everything that uses the keepers is freed. NULL is
 * allowed. */
void store_credentials_free(StoreCredentials *credentials);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreCredentials, store_credentials_free)

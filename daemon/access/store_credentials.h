/* The credentials of both stores of a configuration: found, fetched and kept valid. Two keepers where the
 * stores name different files, else one. Used by the supervisor. Single-threaded, on one GMainContext. */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "s3/aws/credentials_keeper.h"

typedef struct StoreCredentials StoreCredentials;

/* Begins to fetch those that a bucket needs. environment (a{ss}) is what thumbmill was started with; a
 * reference is kept. Errors as credentials_chain_choose() has them. */
StoreCredentials *store_credentials_open(const Config *config, GVariant *environment, GMainContext *context,
                                         GError **error);

/* Whether one of the stores is a bucket. */
gboolean store_credentials_are_needed(const StoreCredentials *keys);

/* Calls func once, from the main loop, when all that are needed are there, or one cannot be had: then error
 * is set, valid during the call. Once, and only if some are needed. */
void store_credentials_await(StoreCredentials *keys, CredentialsWaitFunc func, void *user);

/* NULL: the store is a directory. */
CredentialsKeeper *store_credentials_source(const StoreCredentials *keys);
CredentialsKeeper *store_credentials_destination(const StoreCredentials *keys);

/* Without a call. After all that uses the keepers. NULL is allowed. */
void store_credentials_free(StoreCredentials *keys);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreCredentials, store_credentials_free)

/* The credentials of both stores of a configuration: found, fetched and kept valid. Two keepers where the
 * stores name different files, else one. Used by the supervisor. Single-threaded, on one GMainContext. */
#pragma once

#include <glib.h>

#include "config/config.h"
#include "s3/credentials_keeper.h"

typedef struct Keys Keys;

/* Begins to fetch those that a bucket needs. environment (a{ss}) is what thumbmill was started with; a
 * reference is kept. Errors as credentials_chain_choose() has them. */
Keys *keys_open(const Config *config, GVariant *environment, GMainContext *context, GError **error);

/* Whether one of the stores is a bucket. */
gboolean keys_are_needed(const Keys *keys);

/* Calls func once, from the main loop, when all that are needed are there, or one cannot be had: then error
 * is set, valid during the call. Once, and only if some are needed. */
void keys_await(Keys *keys, CredentialsWaitFunc func, void *user);

/* NULL: the store is a directory. */
CredentialsKeeper *keys_source(const Keys *keys);
CredentialsKeeper *keys_destination(const Keys *keys);

/* Without a call. After all that uses the keepers. NULL is allowed. */
void keys_free(Keys *keys);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keys, keys_free)

/* Keeps credentials valid: fetches them from a provider, renews them in the background before they expire,
 * and hands out the latest snapshot. Supervisor only; single-threaded, on one GMainContext. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Credentials are renewed this long before they expire, or after half of their lifetime if that is shorter. A
 * random delay of up to a quarter of this is added, so that many machines do not renew at once. */
#define CREDENTIALS_RENEW_AHEAD_S 900

/* The pause after a failed renewal while the old credentials are still valid: this, or an eighth of their
 * remaining lifetime if that is shorter, but at least a second. */
#define CREDENTIALS_RETRY_S 60

typedef struct CredentialsKeeper CredentialsKeeper;
typedef struct CredentialsWait CredentialsWait;

/* Takes ownership of provider and starts a fetch at once. */
CredentialsKeeper *credentials_keeper_new(CredentialsProvider *provider, GMainContext *context);

/* A keeper that has these credentials from the start, and never others. Keeps a reference. */
CredentialsKeeper *credentials_keeper_new_fixed(Credentials *credentials, GMainContext *context);

/* All waits must have been called back or cancelled; may be called by the last callback. keeper may be
 * NULL. */
void credentials_keeper_free(CredentialsKeeper *keeper);

/* The latest snapshot, borrowed; or NULL before the first one, or if it has expired. */
Credentials *credentials_keeper_current(CredentialsKeeper *keeper);

/* Called once, from the main loop, after credentials_keeper_await(). If error is NULL,
 * credentials_keeper_current() has the awaited credentials. Otherwise error is the provider's, valid during
 * the call; its class is ERROR_UNAVAILABLE if the provider has delivered credentials before, and so may do so
 * again. */
typedef void (*CredentialsWaitFunc)(const GError *error, void *user);

/* Waits for credentials other than refused, or for any if it is NULL. Starts a fetch if there are none and no
 * fetch is running. refused are credentials that a server calls expired before their time; borrowed during
 * the call. */
CredentialsWait *credentials_keeper_await(CredentialsKeeper *keeper, const Credentials *refused,
                                          CredentialsWaitFunc func, void *user);

/* Must not be called after the callback. wait may be NULL. */
void credentials_wait_cancel(CredentialsWait *wait);

/* Starts a fetch as credentials_keeper_await() does, for callers that do not wait but check again later. */
void credentials_keeper_renew(CredentialsKeeper *keeper, const Credentials *refused);

/* The time to renew credentials that are valid from now_s until expiry_s, in Unix seconds; random is in [0,
 * 1). Pure. */
double credentials_renewal_s(gint64 now_s, gint64 expiry_s, double random);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CredentialsKeeper, credentials_keeper_free)

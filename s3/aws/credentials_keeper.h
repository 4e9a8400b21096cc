/* Keeps credentials valid: asks a provider for them, asks again in the background before they expire, and
 * hands out the latest snapshot. Supervisor only; single-threaded, on one GMainContext. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Renewed so long before they expire, or after half of their life if that is shorter; up to a quarter of this
 * later by chance, so that many machines do not ask at once. */
#define CREDENTIALS_RENEW_AHEAD_S 900

/* Between a failed renewal and the next while the old ones are still valid: this, or an eighth of what is
 * left of them if that is less, but not under a second. */
#define CREDENTIALS_RETRY_S 60

typedef struct CredentialsKeeper CredentialsKeeper;
typedef struct CredentialsWait CredentialsWait;

/* Takes provider and asks it at once. */
CredentialsKeeper *credentials_keeper_new(CredentialsProvider *provider, GMainContext *context);

/* One that has these credentials from the start, and never others. Keeps a reference. */
CredentialsKeeper *credentials_keeper_new_fixed(Credentials *credentials, GMainContext *context);

/* After its waits have been told or cancelled; may be called by the last of them. NULL is allowed. */
void credentials_keeper_free(CredentialsKeeper *keeper);

/* The latest snapshot, borrowed; NULL: none yet, or they have expired. */
Credentials *credentials_keeper_current(CredentialsKeeper *keeper);

/* How often the provider was asked. */
guint credentials_keeper_fetches(const CredentialsKeeper *keeper);

/* What credentials_keeper_await() calls, once, from the main loop. error NULL: credentials_keeper_current()
 * has what was waited for. Else as the provider says, valid during the call; the class is ERROR_UNAVAILABLE
 * if it has given credentials before, and so may again. */
typedef void (*CredentialsWaitFunc)(const GError *error, void *user);

/* Waits for credentials other than refused (NULL: for any); asks the provider for them if there are none and
 * it is not being asked already. refused is what a server calls expired before its time; borrowed during the
 * call. */
CredentialsWait *credentials_keeper_await(CredentialsKeeper *keeper, const Credentials *refused,
                                          CredentialsWaitFunc func, void *user);

/* Not after its call. NULL is allowed. */
void credentials_wait_cancel(CredentialsWait *wait);

/* Asks the provider as credentials_keeper_await() does, for somebody who does not wait but looks again later.
 */
void credentials_keeper_renew(CredentialsKeeper *keeper, const Credentials *refused);

/* When to renew what is valid from now_s until expiry_s, random being in [0, 1): Unix seconds. Pure. */
double credentials_renewal_s(gint64 now_s, gint64 expiry_s, double random);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CredentialsKeeper, credentials_keeper_free)

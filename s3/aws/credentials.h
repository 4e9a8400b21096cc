/* Credentials: an immutable snapshot of the keys that sign requests. Only the supervisor has any.
 *
 * The secret parts are Secrets, and nothing here prints them. Reference counts are not atomic:
 * single-threaded. */
#pragma once

#include <glib.h>

#include "base/secret.h"

#define CREDENTIALS_FOREVER G_MAXINT64

typedef struct Credentials Credentials;

/* Takes ownership of secret_key and session_token (which may be NULL). source describes the origin for error
 * texts and logs. */
Credentials *credentials_new(const char *access_key_id, Secret *secret_key, Secret *session_token,
                             const char *source);

/* The same for credentials that expire at expiry_s (Unix seconds). */
Credentials *credentials_new_until(const char *access_key_id, Secret *secret_key, Secret *session_token,
                                   const char *source, gint64 expiry_s);

const char *credentials_access_key_id(const Credentials *credentials);
const Secret *credentials_secret_key(const Credentials *credentials);
const Secret *credentials_session_token(const Credentials *credentials); /* may be NULL */
const char *credentials_source(const Credentials *credentials);
gint64 credentials_expiry_s(const Credentials *credentials); /* or CREDENTIALS_FOREVER */

Credentials *credentials_ref(Credentials *credentials);
void credentials_unref(Credentials *credentials);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Credentials, credentials_unref)

/* Credentials: an immutable snapshot of what signs requests. Only the supervisor has any.
 *
 * The secret parts are Secrets and nothing here prints them. References are not atomic: single-threaded.
 * Formats and order: AWS SDKs and Tools Reference Guide, "Credential provider chain". */
#pragma once

#include <glib.h>

#include "base/secret.h"

typedef struct Credentials Credentials;

/* Takes secret_key and session_token (which may be NULL). source says in words where they come from. */
Credentials *credentials_new(const char *access_key_id, Secret *secret_key, Secret *session_token,
                             const char *source);

const char *credentials_access_key_id(const Credentials *credentials);
const Secret *credentials_secret_key(const Credentials *credentials);
const Secret *credentials_session_token(const Credentials *credentials); /* NULL: none */
const char *credentials_source(const Credentials *credentials);

Credentials *credentials_ref(Credentials *credentials);
void credentials_unref(Credentials *credentials);

/* The chain: the environment if it has any of the AWS_ key variables, else the shared credentials file.
 * environment is an a{ss}: variables as the supervisor was handed them, never getenv(). Class
 * ERROR_PERMANENT: there are none, or what is there is incomplete. */
Credentials *credentials_resolve(GVariant *environment, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Credentials, credentials_unref)

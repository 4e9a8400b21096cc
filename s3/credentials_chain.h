/* Which provider an environment asks for. Supervisor only.
 *
 *   1. AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY: the environment
 *   2. the profile AWS_PROFILE, AWS_DEFAULT_PROFILE or "default" of AWS's files
 *
 * The first that is spoken of is the one: what is half there or broken is a mistake to report, not a reason
 * to use other keys. (Order: AWS SDKs and Tools Reference Guide, "Credential provider chain".) */
#pragma once

#include <glib.h>

#include "s3/credentials_provider.h"

/* environment is an a{ss}: variables as the supervisor was handed them, never getenv(). Class
 * ERROR_PERMANENT: half a pair of keys. */
CredentialsProvider *credentials_chain_choose(GVariant *environment, GMainContext *context, GError **error);

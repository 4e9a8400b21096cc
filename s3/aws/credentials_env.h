/* Keys in the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (once named
 * AWS_SECURITY_TOKEN), AWS_CREDENTIAL_EXPIRATION. Supervisor only. The variables are an a{ss}; wiping the
 * message they came in is the caller's duty. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials.h"

/* Class ERROR_PERMANENT: one of the two keys is missing, or the time is none. */
Credentials *credentials_from_environment(GVariant *environment, GError **error);

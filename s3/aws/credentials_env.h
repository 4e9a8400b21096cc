/* Credentials in the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (formerly
 * AWS_SECURITY_TOKEN), AWS_CREDENTIAL_EXPIRATION. Supervisor only. The variables are an a{ss}; the caller
 * must wipe the message that they arrived in. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials.h"

/* Class ERROR_PERMANENT: one of the two keys is missing, or the expiration is not a valid time. */
Credentials *credentials_from_environment(GVariant *environment, GError **error);

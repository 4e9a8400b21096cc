/* The first provider of the chain: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. Supervisor
 * only. The variables are an a{ss}; wiping the message they came in is the caller's duty. */
#pragma once

#include <glib.h>

#include "s3/credentials.h"

/* The value of a variable, borrowed from environment; NULL if it is missing or empty. */
const char *environment_lookup(GVariant *environment, const char *name);

/* Class ERROR_PERMANENT: one of the two keys is missing. */
Credentials *credentials_from_environment(GVariant *environment, GError **error);

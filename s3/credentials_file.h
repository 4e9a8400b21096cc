/* The second provider of the chain: static keys in AWS's shared credentials file. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/credentials.h"

/* Real files are a few KiB, with dozens of profiles. */
#define CREDENTIALS_FILE_MAX_BYTES (256u << 10)

/* From AWS_SHARED_CREDENTIALS_FILE or $HOME/.aws/credentials, profile AWS_PROFILE, AWS_DEFAULT_PROFILE or
 * "default" of environment (a{ss}). Class ERROR_PERMANENT, naming file and profile. Profiles that assume
 * roles or run a credential_process are refused, not skipped. */
Credentials *credentials_from_file(GVariant *environment, GError **error);

/* The same with both given. */
Credentials *credentials_from_profile(const char *path, const char *profile, GError **error);

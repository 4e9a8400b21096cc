/* The provider of a profile's static keys, in AWS's shared files. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/credentials.h"
#include "s3/profiles.h"

/* The keys of a profile. Class ERROR_PERMANENT, naming files and profile. Profiles that assume roles or run a
 * credential_process are refused, not skipped. */
Credentials *credentials_from_profile(const Profiles *profiles, const char *profile, GError **error);

/* Of the profile that environment (a{ss}) chooses, in the files that it names. */
Credentials *credentials_from_file(GVariant *environment, GError **error);

/* The provider of a profile's static credentials in AWS's shared files. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials.h"
#include "s3/aws/profiles.h"

/* The credentials of a profile. Class ERROR_PERMANENT, naming files and profile. */
Credentials *credentials_from_profile(const Profiles *profiles, const char *profile, GError **error);

/* Providers that need nothing but memory or a file. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/credentials_provider.h"

/* Always gives these credentials, of which it keeps a reference. */
CredentialsProvider *credentials_fixed_new(Credentials *credentials, GMainContext *context);

/* credentials_from_file(): the files are read again by each fetch, as whoever rotates keys writes them there.
 * Keeps a reference of environment (a{ss}). */
CredentialsProvider *credentials_profile_new(GVariant *environment, GMainContext *context);

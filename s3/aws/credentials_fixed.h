/* The provider of what is there already. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Always gives these credentials, of which it keeps a reference. */
CredentialsProvider *credentials_fixed_new(Credentials *credentials, GMainContext *context);

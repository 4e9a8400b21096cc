/* The provider of credentials that are already known. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Always delivers these credentials, and keeps a reference. */
CredentialsProvider *credentials_fixed_new(Credentials *credentials, GMainContext *context);

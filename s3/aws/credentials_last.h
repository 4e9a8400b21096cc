/* The last provider of the chain (s3/aws/credentials_chain.h), used when nothing says where the credentials
 * are. When it has none either, its error names every place that was tried, in order. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Takes ownership of inner, the provider to use. tried lists the places that were tried before, for error
 * texts. */
CredentialsProvider *credentials_last_new(CredentialsProvider *inner, const char *tried);

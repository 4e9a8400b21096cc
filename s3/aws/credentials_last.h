/* The last provider of the chain (s3/aws/credentials_chain.h). Nobody has said where the credentials are;
 * when this one has none either, its error names every place that was tried, in order. Supervisor only. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Takes inner, which is asked. tried says in words what was tried before it. */
CredentialsProvider *credentials_last_new(CredentialsProvider *inner, const char *tried);

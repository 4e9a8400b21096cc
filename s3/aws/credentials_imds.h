/* The provider of EC2 instances: the role of the instance, from its metadata service, version 2 only (version
 * 1 answers whoever can be made to fetch a URL). Supervisor only. (AWS SDKs and Tools Reference Guide, "IMDS
 * credential provider".) */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Not if AWS_EC2_METADATA_DISABLED of environment (a{ss}) is true. */
gboolean credentials_imds_is_allowed(GVariant *environment);

/* At AWS_EC2_METADATA_SERVICE_ENDPOINT, or the address of AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (IPv4 or
 * IPv6). Class ERROR_INTERNAL. */
CredentialsProvider *credentials_imds_new(GVariant *environment, GMainContext *context, GError **error);

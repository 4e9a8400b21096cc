/* The provider for EC2 instances: the role of the instance, from its metadata service, version 2 only
 * (version 1 serves anybody who can make this machine fetch a URL). Supervisor only. (AWS SDKs and Tools
 * Reference Guide, "IMDS credential provider".) */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* FALSE if AWS_EC2_METADATA_DISABLED of environment (a{ss}) is true. */
gboolean credentials_imds_is_allowed(GVariant *environment);

/* Uses AWS_EC2_METADATA_SERVICE_ENDPOINT, or the address for AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (IPv4 or
 * IPv6). Class ERROR_INTERNAL. */
CredentialsProvider *credentials_imds_new(GVariant *environment, GMainContext *context, GError **error);

/* The provider for ECS tasks and EKS Pod Identity: a local service that the container's environment names.
 * Supervisor only. (AWS SDKs and Tools Reference Guide, "Container credential provider".) */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Whether environment (a{ss}) names such a service. */
gboolean credentials_container_is_named(GVariant *environment);

/* Uses AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, a path at ECS's own address, or
 * AWS_CONTAINER_CREDENTIALS_FULL_URI, which must be https, or have this host or its metadata service as host.
 * Sends AWS_CONTAINER_AUTHORIZATION_TOKEN or the content of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, which is
 * read again for each fetch as EKS rotates it. Class ERROR_PERMANENT: another host; ERROR_INTERNAL. */
CredentialsProvider *credentials_container_new(GVariant *environment, GMainContext *context, GError **error);

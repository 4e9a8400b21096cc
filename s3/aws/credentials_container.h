/* The provider of ECS tasks and of EKS Pod Identity: a service beside the container, named by its
 * environment. Supervisor only. (AWS SDKs and Tools Reference Guide, "Container credential provider".) */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

/* Whether environment (a{ss}) names such a service. */
gboolean credentials_container_is_named(GVariant *environment);

/* From AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, a path at ECS's own address, or
 * AWS_CONTAINER_CREDENTIALS_FULL_URI: https, or a host that is this one or its metadata service. Sends
 * AWS_CONTAINER_AUTHORIZATION_TOKEN or, read anew by each fetch as EKS rotates it, what is in
 * AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE. Class ERROR_PERMANENT: another host; ERROR_INTERNAL. */
CredentialsProvider *credentials_container_new(GVariant *environment, GMainContext *context, GError **error);

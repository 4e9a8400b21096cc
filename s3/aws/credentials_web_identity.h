/* The provider of web identities: a token that Kubernetes (IRSA) or another issuer writes into a file stands
 * for a role, whose keys STS hands out. Supervisor only. (AWS SDKs and Tools Reference Guide, "Assume role
 * with web identity".) */
#pragma once

#include <glib.h>

#include "s3/aws/sts.h"

/* Whether environment (a{ss}) names a token's file. */
gboolean credentials_web_identity_is_named(GVariant *environment);

/* The token is read anew by each fetch, as its issuer replaces it. Takes sts, copies the rest. */
CredentialsProvider *credentials_web_identity_new(const char *token_file, const StsRole *role, Sts *sts,
                                                  GMainContext *context);

/* From AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and, if there is one, AWS_ROLE_SESSION_NAME. Class
 * ERROR_PERMANENT: no role, unusable settings; ERROR_INTERNAL. */
CredentialsProvider *credentials_web_identity_from_environment(GVariant *environment,
                                                               const Profiles *profiles,
                                                               GMainContext *context, GError **error);

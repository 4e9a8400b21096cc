/* The provider of web identities: with a token that Kubernetes (IRSA) or another issuer writes into a file,
 * STS returns the credentials of a role. Supervisor only. (AWS SDKs and Tools Reference Guide, "Assume role
 * with web identity".) */
#pragma once

#include <glib.h>

#include "s3/aws/sts.h"

/* Whether environment (a{ss}) names a token file. */
gboolean credentials_web_identity_is_named(GVariant *environment);

/* The token is read again for each fetch, as its issuer replaces it. Takes ownership of sts, copies the other
 * arguments. */
CredentialsProvider *credentials_web_identity_new(const char *token_file, const StsRole *role, Sts *sts,
                                                  GMainContext *context);

/* Uses AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME, which may be missing. Class
 * ERROR_PERMANENT: no role, unusable settings; ERROR_INTERNAL. */
CredentialsProvider *credentials_web_identity_from_environment(GVariant *environment,
                                                               const Profiles *profiles,
                                                               GMainContext *context, GError **error);

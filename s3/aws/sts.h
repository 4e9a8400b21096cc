/* AWS's Security Token Service: exchanges a web identity, or credentials that may assume a role, for the
 * credentials of that role. Supervisor only; single-threaded, on one GMainContext.
 *
 * Uses the regional endpoint, or the one set by AWS_ENDPOINT_URL_STS and similar settings
 * (s3/aws/aws_settings.h), trusts AWS_CA_BUNDLE, and uses the proxies that the environment names. (AWS
 * Security Token Service API Reference; query protocol, version 2011-06-15.) */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"
#include "s3/aws/profiles.h"

/* The lifetimes of credentials that STS accepts. */
#define STS_MIN_DURATION_S 900u
#define STS_MAX_DURATION_S 43200u

/* The longest web identity token that STS accepts. */
#define STS_MAX_TOKEN_BYTES 20000u

typedef struct Sts Sts;

/* Borrowed during a call. */
typedef struct {
    const char *arn;
    const char *session_name; /* shown in AWS's logs; NULL for "thumbmill" */
    const char *external_id;  /* may be NULL */
    guint duration_s;         /* or 0 for an hour */
} StsRole;

/* Class ERROR_PERMANENT: an invalid region, endpoint or CA bundle; ERROR_INTERNAL. */
Sts *sts_new(GVariant *environment, const Profiles *profiles, GMainContext *context, GError **error);

/* Ends a running call without calling done. sts may be NULL. */
void sts_free(Sts *sts);

/* AssumeRole, signed with the credentials by. One call at a time; done is called from the main loop. */
void sts_assume_role(Sts *sts, const StsRole *role, Credentials *by, CredentialsDone done, void *user);

/* AssumeRoleWithWebIdentity, which is not signed: the token is the proof. Otherwise as sts_assume_role(). */
void sts_assume_role_with_web_identity(Sts *sts, const StsRole *role, const Secret *token,
                                       CredentialsDone done, void *user);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sts, sts_free)

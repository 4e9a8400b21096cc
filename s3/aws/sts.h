/* AWS's Security Token Service: turns a web identity, or keys that may assume a role, into the keys of that
 * role. Supervisor only; single-threaded, on one GMainContext.
 *
 * The regional endpoint, or the one that AWS_ENDPOINT_URL_STS and its like name (s3/aws/aws_settings.h);
 * trusts AWS_CA_BUNDLE; by the proxies that the environment names. (AWS Security Token Service API Reference;
 * query protocol, version 2011-06-15.) */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"
#include "s3/aws/profiles.h"

/* What STS takes for how long keys shall be valid. */
#define STS_MIN_DURATION_S 900u
#define STS_MAX_DURATION_S 43200u

/* Of a web identity: what STS takes. */
#define STS_MAX_TOKEN_BYTES 20000u

typedef struct Sts Sts;

/* Borrowed during a call. */
typedef struct {
    const char *arn;
    const char *session_name; /* that AWS's logs show; NULL: "thumbmill" */
    const char *external_id;  /* NULL: none */
    guint duration_s;         /* 0: an hour */
} StsRole;

/* Class ERROR_PERMANENT: a region, endpoint or CA bundle that is none; ERROR_INTERNAL. */
Sts *sts_new(GVariant *environment, const Profiles *profiles, GMainContext *context, GError **error);

/* Ends what is under way, without a call. NULL is allowed. */
void sts_free(Sts *sts);

/* AssumeRole, signed with by. One call at a time; done comes from the main loop. */
void sts_assume_role(Sts *sts, const StsRole *role, Credentials *by, CredentialsDone done, void *user);

/* AssumeRoleWithWebIdentity, which nobody signs: the token is the proof. As above. */
void sts_assume_role_with_web_identity(Sts *sts, const StsRole *role, const Secret *token,
                                       CredentialsDone done, void *user);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sts, sts_free)

/* Plans how a profile gets its credentials: the source of the first ones, and the roles to assume with them,
 * one after another. Supervisor only. Pure.
 *
 * role_arn needs web_identity_token_file, or credential_source, or source_profile, which may have a role of
 * its own. Keys have precedence over a role in a profile that is a source; in the chosen profile the role has
 * precedence over keys. (AWS SDKs and Tools Reference Guide, "Assume role credential provider"; AWS's own
 * tools do so.) */
#pragma once

#include <glib.h>

#include "s3/aws/profiles.h"
#include "s3/aws/sts.h"

/* Limit of profiles from the chosen one to the one that has a source. */
#define PROFILE_PLAN_MAX_ROLES 16u

typedef enum {
    PROFILE_BASE_KEYS,        /* aws_access_key_id ... of base_profile, which may be missing */
    PROFILE_BASE_ENVIRONMENT, /* credential_source */
    PROFILE_BASE_INSTANCE,    /* credential_source */
    PROFILE_BASE_CONTAINER,   /* credential_source */
    PROFILE_BASE_IDENTITY,    /* token_file, for the first role */
    PROFILE_BASE_PROCESS,     /* command_line */
} ProfileBase;

/* The strings are borrowed from profiles. */
typedef struct {
    ProfileBase base;
    const char *base_profile;
    const char *token_file;   /* for PROFILE_BASE_IDENTITY */
    const char *command_line; /* for PROFILE_BASE_PROCESS */
    GArray *roles;            /* of StsRole, in the order in which they are assumed */
} ProfilePlan;

/* Class ERROR_PERMANENT, naming profile and files: settings that contradict each other, are missing or out of
 * range; a profile that is its own source, directly without having keys, or through others; a profile that
 * needs a person (MFA) or a browser (SSO). */
gboolean profile_plan_make(const Profiles *profiles, const char *profile, ProfilePlan *ret_plan,
                           GError **error);

void profile_plan_clear(ProfilePlan *plan);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProfilePlan, profile_plan_clear)

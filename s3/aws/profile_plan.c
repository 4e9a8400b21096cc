#include "s3/aws/profile_plan.h"

#include <stdarg.h>
#include <string.h>

#include "base/error.h"

static const struct {
    const char *name;
    ProfileBase base;
} credential_sources[] = {{"Environment", PROFILE_BASE_ENVIRONMENT},
                          {"Ec2InstanceMetadata", PROFILE_BASE_INSTANCE},
                          {"EcsContainer", PROFILE_BASE_CONTAINER}};

static gboolean refuse(const Profiles *profiles, const char *profile, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static gboolean refuse(const Profiles *profiles, const char *profile, GError **error, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    error_set(error, ERROR_PERMANENT, "profile '%s' of %s %s", profile, profiles_describe(profiles), what);
    return FALSE;
}

static gboolean has_keys(const Profiles *profiles, const char *profile)
{
    return profiles_get(profiles, profile, "aws_access_key_id") != NULL ||
           profiles_get(profiles, profile, "aws_secret_access_key") != NULL;
}

/* Inserts the role of a profile before the roles found so far. */
static gboolean add_role(const Profiles *profiles, const char *profile, GArray *roles, GError **error)
{
    const char *duration = profiles_get(profiles, profile, "duration_seconds");
    guint64 duration_s = 0;
    const StsRole role = {.arn = profiles_get(profiles, profile, "role_arn"),
                          .session_name = profiles_get(profiles, profile, "role_session_name"),
                          .external_id = profiles_get(profiles, profile, "external_id")};

    if (profiles_get(profiles, profile, "mfa_serial") != NULL)
        return refuse(profiles, profile, error,
                      "has mfa_serial, which needs a code that only a person can enter");
    if (duration != NULL &&
        !g_ascii_string_to_unsigned(duration, 10, STS_MIN_DURATION_S, STS_MAX_DURATION_S, &duration_s, NULL))
        return refuse(profiles, profile, error, "has a duration_seconds that is not between %u and %u",
                      STS_MIN_DURATION_S, STS_MAX_DURATION_S);
    if (roles->len == PROFILE_PLAN_MAX_ROLES)
        return refuse(profiles, profile, error, "needs a chain of more than %u roles",
                      PROFILE_PLAN_MAX_ROLES);
    g_array_prepend_val(roles, role);
    g_array_index(roles, StsRole, 0).duration_s = (guint)duration_s;
    return TRUE;
}

static gboolean take_credential_source(const Profiles *profiles, const char *profile, const char *source,
                                       ProfilePlan *plan, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(credential_sources); i++) {
        if (strcmp(source, credential_sources[i].name) == 0) {
            plan->base = credential_sources[i].base;
            return TRUE;
        }
    }
    return refuse(profiles, profile, error,
                  "has an unknown credential_source (known: Environment, Ec2InstanceMetadata, EcsContainer)");
}

/* Handles a profile that has a role. *ret_next is the source profile to continue with, or NULL if the plan is
 * complete. */
static gboolean follow_role(const Profiles *profiles, const char *profile, ProfilePlan *plan,
                            const char **ret_next, GError **error)
{
    const char *token_file = profiles_get(profiles, profile, "web_identity_token_file");
    const char *next = profiles_get(profiles, profile, "source_profile");
    const char *source = profiles_get(profiles, profile, "credential_source");

    if (!add_role(profiles, profile, plan->roles, error))
        return FALSE;
    *ret_next = NULL;
    if (token_file != NULL) {
        plan->base = PROFILE_BASE_IDENTITY;
        plan->token_file = token_file;
        return TRUE;
    }
    if (next != NULL && source != NULL)
        return refuse(profiles, profile, error, "has both source_profile and credential_source");
    if (source != NULL)
        return take_credential_source(profiles, profile, source, plan, error);
    if (next == NULL)
        return refuse(profiles, profile, error,
                      "has a role_arn, but no source_profile, credential_source or web_identity_token_file");
    if (!profiles_has(profiles, next))
        return refuse(profiles, profile, error, "has source_profile '%s', which does not exist", next);
    *ret_next = next;
    return TRUE;
}

/* Handles a profile without a role, or with keys that have precedence over its role. */
static gboolean follow_source(const Profiles *profiles, const char *profile, ProfilePlan *plan,
                              GError **error)
{
    plan->base = PROFILE_BASE_KEYS;
    plan->base_profile = profile;
    if (has_keys(profiles, profile))
        return TRUE;
    if (profiles_get(profiles, profile, "web_identity_token_file") != NULL)
        return refuse(profiles, profile, error, "has a web_identity_token_file, but no role_arn");
    plan->command_line = profiles_get(profiles, profile, "credential_process");
    if (plan->command_line != NULL) {
        plan->base = PROFILE_BASE_PROCESS;
        return TRUE;
    }
    if (profiles_get(profiles, profile, "sso_session") != NULL ||
        profiles_get(profiles, profile, "sso_start_url") != NULL)
        return refuse(profiles, profile, error,
                      "uses single sign-on, which is not supported directly: use a profile with "
                      "credential_process = aws configure export-credentials --profile %s",
                      profile);
    return TRUE;
}

static gboolean is_among(GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);
}

gboolean profile_plan_make(const Profiles *profiles, const char *profile, ProfilePlan *ret_plan,
                           GError **error)
{
    g_auto(ProfilePlan) plan = {.roles = g_array_new(FALSE, FALSE, sizeof(StsRole))};
    g_autoptr(GPtrArray) visited = g_ptr_array_new();
    const char *at = profile;

    while (at != NULL) {
        gboolean is_source = visited->len > 0;

        if (profiles_get(profiles, at, "role_arn") == NULL || (is_source && has_keys(profiles, at))) {
            if (!follow_source(profiles, at, &plan, error))
                return FALSE;
            break;
        }
        if (is_among(visited, at))
            return refuse(profiles, at, error, "is its own source_profile%s",
                          visited->len > 1 ? ", through other profiles" : "");
        g_ptr_array_add(visited, (void *)at);
        if (!follow_role(profiles, at, &plan, &at, error))
            return FALSE;
    }
    *ret_plan = plan;
    plan.roles = NULL;
    return TRUE;
}

void profile_plan_clear(ProfilePlan *plan)
{
    g_clear_pointer(&plan->roles, g_array_unref);
}

#include "s3/aws/credentials_profile.h"

#include "base/error.h"
#include "s3/aws/credentials_container.h"
#include "s3/aws/credentials_env.h"
#include "s3/aws/credentials_file.h"
#include "s3/aws/credentials_fixed.h"
#include "s3/aws/credentials_imds.h"
#include "s3/aws/credentials_process.h"
#include "s3/aws/credentials_web_identity.h"
#include "s3/aws/late_answer.h"
#include "s3/aws/profile_plan.h"

typedef struct {
    CredentialsProvider provider;
    GVariant *environment;
    GMainContext *context;
    const CommandRunner *runner;
    LateAnswer *failure;
    CredentialsDone done;
    void *user;
    /* State of one fetch. base and sts live until the next fetch, as they may not be freed during their
     * callbacks. */
    Profiles *profiles;
    ProfilePlan plan;
    CredentialsProvider *base;
    Sts *sts;
    guint assumed; /* how many of the plan's roles were assumed */
} Profile;

static void forget_fetch(Profile *profile)
{
    g_clear_pointer(&profile->base, credentials_provider_free);
    g_clear_pointer(&profile->sts, sts_free);
    profile_plan_clear(&profile->plan);
    g_clear_pointer(&profile->profiles, profiles_free);
    profile->assumed = 0;
}

/* Called with the credentials of the base, and then of each role. */
static void on_credentials(Credentials *credentials, const GError *failure, void *user)
{
    Profile *profile = user;
    g_autoptr(GError) error = NULL;

    if (credentials != NULL && profile->assumed < profile->plan.roles->len) {
        const StsRole *role = &g_array_index(profile->plan.roles, StsRole, profile->assumed);

        profile->assumed++;
        sts_assume_role(profile->sts, role, credentials, on_credentials, profile);
        return;
    }
    if (failure != NULL)
        error_set(&error, error_class(failure), "profile '%s': %s", profiles_chosen(profile->environment),
                  failure->message);
    profile->done(credentials, error, profile->user);
}

static CredentialsProvider *fixed(Credentials *taken, GMainContext *context)
{
    g_autoptr(Credentials) credentials = taken;

    return credentials != NULL ? credentials_fixed_new(credentials, context) : NULL;
}

/* The web identity assumes the first role itself. */
static CredentialsProvider *open_identity(Profile *profile, GError **error)
{
    Sts *sts = sts_new(profile->environment, profile->profiles, profile->context, error);

    profile->assumed = 1;
    return sts != NULL ? credentials_web_identity_new(profile->plan.token_file,
                                                      &g_array_index(profile->plan.roles, StsRole, 0), sts,
                                                      profile->context)
                       : NULL;
}

static CredentialsProvider *open_base(Profile *profile, GError **error)
{
    GVariant *environment = profile->environment;

    switch (profile->plan.base) {
    case PROFILE_BASE_KEYS:
        return fixed(credentials_from_profile(profile->profiles, profile->plan.base_profile, error),
                     profile->context);
    case PROFILE_BASE_ENVIRONMENT:
        return fixed(credentials_from_environment(environment, error), profile->context);
    case PROFILE_BASE_PROCESS:
        if (profile->runner != NULL)
            return credentials_process_new(profile->plan.command_line, environment, profile->runner,
                                           profile->context);
        error_set(error, ERROR_PERMANENT, "credential_process cannot be run in this process");
        return NULL;
    case PROFILE_BASE_IDENTITY: return open_identity(profile, error);
    case PROFILE_BASE_CONTAINER:
        if (credentials_container_is_named(environment))
            return credentials_container_new(environment, profile->context, error);
        error_set(error, ERROR_PERMANENT,
                  "credential_source is EcsContainer, but no AWS_CONTAINER_CREDENTIALS_... variable is set");
        return NULL;
    case PROFILE_BASE_INSTANCE:
        if (credentials_imds_is_allowed(environment))
            return credentials_imds_new(environment, profile->context, error);
        error_set(error, ERROR_PERMANENT,
                  "credential_source is Ec2InstanceMetadata, but AWS_EC2_METADATA_DISABLED is true");
        return NULL;
    }
    g_assert_not_reached();
}

static gboolean begin(Profile *profile, GError **error)
{
    GVariant *environment = profile->environment;

    forget_fetch(profile);
    profile->profiles = profiles_load(environment, error);
    if (profile->profiles == NULL ||
        !profile_plan_make(profile->profiles, profiles_chosen(environment), &profile->plan, error))
        return FALSE;
    profile->base = open_base(profile, error);
    if (profile->base == NULL)
        return FALSE;
    if (profile->assumed < profile->plan.roles->len)
        profile->sts = sts_new(environment, profile->profiles, profile->context, error);
    return profile->sts != NULL || profile->assumed == profile->plan.roles->len;
}

static void profile_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    Profile *profile = (Profile *)provider;
    GError *error = NULL;

    profile->done = done;
    profile->user = user;
    if (begin(profile, &error))
        credentials_provider_fetch(profile->base, on_credentials, profile);
    else
        late_answer_give(profile->failure, NULL, error, done, user);
}

static void profile_free(CredentialsProvider *provider)
{
    Profile *profile = (Profile *)provider;

    forget_fetch(profile);
    late_answer_free(profile->failure);
    g_main_context_unref(profile->context);
    g_variant_unref(profile->environment);
    g_free(profile);
}

CredentialsProvider *credentials_profile_new(GVariant *environment, const CommandRunner *runner,
                                             GMainContext *context)
{
    Profile *profile = g_new0(Profile, 1);

    profile->provider = (CredentialsProvider){profile_fetch, profile_free};
    profile->environment = g_variant_ref(environment);
    profile->runner = runner;
    profile->context = g_main_context_ref(context);
    profile->failure = late_answer_new(context);
    return &profile->provider;
}

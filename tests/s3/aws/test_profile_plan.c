#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "s3/aws/profile_plan.h"

static const char config[] =
    "[profile keys]\naws_access_key_id = i\naws_secret_access_key = s\n"
    "[profile one]\nrole_arn = arn:one\nsource_profile = keys\nexternal_id = ext\nrole_session_name = me\n"
    "duration_seconds = 900\n"
    "[profile two]\nrole_arn = arn:two\nsource_profile = one\n"
    "[profile three]\nrole_arn = arn:three\nsource_profile = two\n"
    "[profile own]\nrole_arn = arn:own\nsource_profile = own\naws_access_key_id = i\naws_secret_access_key = "
    "s\n"
    "[profile keys-first]\nrole_arn = arn:x\nsource_profile = own\n"
    "[profile env]\nrole_arn = arn:env\ncredential_source = Environment\n"
    "[profile instance]\nrole_arn = arn:i\ncredential_source = Ec2InstanceMetadata\n"
    "[profile container]\nrole_arn = arn:c\ncredential_source = EcsContainer\n"
    "[profile identity]\nrole_arn = arn:w\nweb_identity_token_file = /t\nsource_profile = keys\n"
    "[profile on-identity]\nrole_arn = arn:on\nsource_profile = identity\n"
    "[profile self]\nrole_arn = a\nsource_profile = self\n"
    "[profile a]\nrole_arn = a\nsource_profile = b\n"
    "[profile b]\nrole_arn = b\nsource_profile = a\n"
    "[profile into]\nrole_arn = b\nsource_profile = a\n"
    "[profile both]\nrole_arn = a\nsource_profile = keys\ncredential_source = Environment\n"
    "[profile neither]\nrole_arn = a\n"
    "[profile odd]\nrole_arn = a\ncredential_source = environment\n"
    "[profile missing]\nrole_arn = a\nsource_profile = nowhere\n"
    "[profile mfa]\nrole_arn = a\nsource_profile = keys\nmfa_serial = arn:mfa\n"
    "[profile short]\nrole_arn = a\nsource_profile = keys\nduration_seconds = 899\n"
    "[profile long]\nrole_arn = a\nsource_profile = keys\nduration_seconds = 43201\n"
    "[profile word]\nrole_arn = a\nsource_profile = keys\nduration_seconds = 1h\n"
    "[profile token]\nweb_identity_token_file = /t\n"
    "[profile process]\ncredential_process = /bin/x y\n"
    "[profile on-process]\nrole_arn = arn:p\nsource_profile = process\n"
    "[profile sso]\nsso_session = s\n"
    "[profile old-sso]\nsso_start_url = s\n"
    "[profile on-sso]\nrole_arn = a\nsource_profile = sso\n";

static Profiles *profiles;

static void load(void)
{
    GString *text = g_string_new(config);
    g_autofree char *path = g_strdup("/tmp/test-profile-plan-XXXXXX");
    g_autoptr(GVariant) environment = NULL;
    int fd = g_mkstemp(path);

    cr_assert_geq(fd, 0);
    close(fd);
    for (guint i = 0; i < PROFILE_PLAN_MAX_ROLES + 1; i++)
        g_string_append_printf(text, "[profile chain-%u]\nrole_arn = a\nsource_profile = chain-%u\n", i,
                               i + 1);
    cr_assert(g_file_set_contents(path, text->str, -1, NULL));
    g_string_free(text, TRUE);
    environment = g_variant_ref_sink(g_variant_new_parsed("{'AWS_CONFIG_FILE': %s}", path));
    profiles = profiles_load(environment, NULL);
    cr_assert_not_null(profiles);
    (void)g_unlink(path);
}

static void unload(void)
{
    profiles_free(profiles);
}

TestSuite(profile_plan, .init = load, .fini = unload);

/* roles: their ARNs, separated by commas. */
static void expect(const char *profile, ProfileBase base, const char *base_profile, const char *roles)
{
    g_auto(ProfilePlan) plan = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) found = g_string_new(NULL);

    cr_assert(profile_plan_make(profiles, profile, &plan, &error), "%s", error != NULL ? error->message : "");
    for (guint i = 0; i < plan.roles->len; i++)
        g_string_append_printf(found, "%s%s", i > 0 ? "," : "", g_array_index(plan.roles, StsRole, i).arn);
    cr_assert_eq(plan.base, base);
    cr_assert_eq(g_strcmp0(plan.base_profile, base_profile), 0);
    cr_assert_str_eq(found->str, roles);
}

static void refuses(const char *profile, const char *words)
{
    g_auto(ProfilePlan) plan = {0};
    g_autoptr(GError) error = NULL;

    cr_assert_not(profile_plan_make(profiles, profile, &plan, &error), "%s", profile);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert(strstr(error->message, words) != NULL, "%s", error->message);
    cr_assert(strstr(error->message, "/tmp/test-profile-plan-") != NULL, "%s", error->message);
}

Test(profile_plan, keys)
{
    expect("keys", PROFILE_BASE_KEYS, "keys", "");
    expect("nowhere", PROFILE_BASE_KEYS, "nowhere", "");
}

Test(profile_plan, roles_are_assumed_from_the_source_on)
{
    expect("one", PROFILE_BASE_KEYS, "keys", "arn:one");
    expect("three", PROFILE_BASE_KEYS, "keys", "arn:one,arn:two,arn:three");
}

Test(profile_plan, keys_count_first_in_a_source_only)
{
    expect("own", PROFILE_BASE_KEYS, "own", "arn:own");
    expect("keys-first", PROFILE_BASE_KEYS, "own", "arn:x");
}

Test(profile_plan, other_sources)
{
    expect("env", PROFILE_BASE_ENVIRONMENT, NULL, "arn:env");
    expect("instance", PROFILE_BASE_INSTANCE, NULL, "arn:i");
    expect("container", PROFILE_BASE_CONTAINER, NULL, "arn:c");
    expect("identity", PROFILE_BASE_IDENTITY, NULL, "arn:w");
    expect("process", PROFILE_BASE_PROCESS, "process", "");
    expect("on-process", PROFILE_BASE_PROCESS, "process", "arn:p");
    expect("on-identity", PROFILE_BASE_IDENTITY, NULL, "arn:w,arn:on");
}

Test(profile_plan, settings_of_a_role)
{
    g_auto(ProfilePlan) plan = {0};
    const StsRole *role;

    cr_assert(profile_plan_make(profiles, "two", &plan, NULL));
    role = &g_array_index(plan.roles, StsRole, 0);
    cr_assert_str_eq(role->external_id, "ext");
    cr_assert_str_eq(role->session_name, "me");
    cr_assert_eq(role->duration_s, 900);
    role = &g_array_index(plan.roles, StsRole, 1);
    cr_assert_null(role->external_id);
    cr_assert_null(role->session_name);
    cr_assert_eq(role->duration_s, 0);
}

Test(profile_plan, loops)
{
    refuses("self", "profile 'self' ");
    refuses("self", "is its own source_profile");
    refuses("a", "is its own source_profile, through other profiles");
    refuses("into", "is its own source_profile, through other profiles");
    refuses("chain-0", "needs a chain of more than 16 roles");
}

Test(profile_plan, contradictions)
{
    refuses("both", "has both source_profile and credential_source");
    refuses("neither", "has a role_arn, but no source_profile, credential_source or web_identity_token_file");
    refuses("odd",
            "has an unknown credential_source (known: Environment, Ec2InstanceMetadata, EcsContainer)");
    refuses("missing", "has source_profile 'nowhere', which does not exist");
    refuses("short", "has a duration_seconds that is not between 900 and 43200");
    refuses("long", "has a duration_seconds");
    refuses("word", "has a duration_seconds");
    refuses("token", "has a web_identity_token_file, but no role_arn");
}

Test(profile_plan, what_needs_a_person)
{
    refuses("mfa", "has mfa_serial");
    refuses("sso", "aws configure export-credentials --profile sso");
    refuses("old-sso", "single sign-on");
    refuses("on-sso", "profile 'sso' ");
}

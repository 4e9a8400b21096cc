#include "s3/aws/profiles.h"

#include "base/env_map.h"
#include "s3/aws/credentials_env.h"
#include "s3/aws/profile_file.h"

struct Profiles {
    ProfileFile *credentials; /* has precedence */
    ProfileFile *config;
    char *description;
};

/* Owned by the caller; NULL if neither the variable nor HOME is set. */
static char *path_of(GVariant *environment, const char *variable, const char *name)
{
    const char *path = environment_lookup(environment, variable);
    const char *home = environment_lookup(environment, "HOME");

    if (path != NULL)
        return g_strdup(path);
    return home != NULL ? g_build_filename(home, ".aws", name, NULL) : NULL;
}

static ProfileFile *load(ProfileFileKind kind, const char *path, GError **error)
{
    return path != NULL ? profile_file_load(kind, path, error) : profile_file_parse(kind, "", NULL, 0, error);
}

Profiles *profiles_load(GVariant *environment, GError **error)
{
    g_autoptr(Profiles) profiles = g_new0(Profiles, 1);
    g_autofree char *credentials = path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    g_autofree char *config = path_of(environment, "AWS_CONFIG_FILE", "config");

    profiles->credentials = load(PROFILE_FILE_CREDENTIALS, credentials, error);
    if (profiles->credentials != NULL)
        profiles->config = load(PROFILE_FILE_CONFIG, config, error);
    if (profiles->config == NULL)
        return NULL;
    profiles->description =
        g_strdup_printf("%s%s%s", credentials != NULL ? credentials : "",
                        credentials != NULL && config != NULL ? " and " : "", config != NULL ? config : "");
    return g_steal_pointer(&profiles);
}

void profiles_free(Profiles *profiles)
{
    if (profiles == NULL)
        return;
    profile_file_free(profiles->credentials);
    profile_file_free(profiles->config);
    g_free(profiles->description);
    g_free(profiles);
}

const char *profiles_chosen(GVariant *environment)
{
    const char *profile = environment_lookup(environment, "AWS_PROFILE");

    if (profile == NULL)
        profile = environment_lookup(environment, "AWS_DEFAULT_PROFILE");
    return profile != NULL ? profile : "default";
}

gboolean profiles_has(const Profiles *profiles, const char *profile)
{
    return profile_file_has(profiles->credentials, PROFILE_SECTION_PROFILE, profile) ||
           profile_file_has(profiles->config, PROFILE_SECTION_PROFILE, profile);
}

const char *profiles_get(const Profiles *profiles, const char *profile, const char *key)
{
    return profiles_get_nested(profiles, profile, key, NULL);
}

const char *profiles_get_nested(const Profiles *profiles, const char *profile, const char *key,
                                const char *nested)
{
    const char *value =
        profile_file_get(profiles->credentials, PROFILE_SECTION_PROFILE, profile, key, nested);

    return value != NULL ? value
                         : profile_file_get(profiles->config, PROFILE_SECTION_PROFILE, profile, key, nested);
}

const char *profiles_get_service(const Profiles *profiles, const char *profile, const char *service,
                                 const char *setting)
{
    const char *section = profiles_get(profiles, profile, "services");

    if (section == NULL)
        return NULL;
    return profile_file_get(profiles->config, PROFILE_SECTION_SERVICES, section, service, setting);
}

const char *profiles_describe(const Profiles *profiles)
{
    return profiles->description;
}

/* AWS's config and credentials files as one: a profile has the settings of both, and where both have one, the
 * credentials file's counts. Supervisor only. Immutable; holds secrets, see s3/aws/profile_file.h. */
#pragma once

#include <glib.h>

typedef struct Profiles Profiles;

/* From AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE of environment (a{ss}), or config and credentials in
 * $HOME/.aws. Files that do not exist are empty; without HOME only those that are named are read. Class
 * ERROR_PERMANENT, naming the file. */
Profiles *profiles_load(GVariant *environment, GError **error);

/* NULL is allowed. */
void profiles_free(Profiles *profiles);

/* AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default". Borrowed from environment. */
const char *profiles_chosen(GVariant *environment);

gboolean profiles_has(const Profiles *profiles, const char *profile);

/* A setting of a profile, valid as long as profiles; NULL: none, or empty. */
const char *profiles_get(const Profiles *profiles, const char *profile, const char *key);

/* A setting below key, "key =" with deeper lines of its own. The rest as above. */
const char *profiles_get_nested(const Profiles *profiles, const char *profile, const char *key,
                                const char *nested);

/* A setting of a service in the section [services NAME] that the profile's setting services names. The rest
 * as above. */
const char *profiles_get_service(const Profiles *profiles, const char *profile, const char *service,
                                 const char *setting);

/* Where they come from, for people: "/home/u/.aws/credentials and /home/u/.aws/config". */
const char *profiles_describe(const Profiles *profiles);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Profiles, profiles_free)

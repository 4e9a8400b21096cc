/* AWS's config and credentials files merged: a profile has the settings of both, and the credentials file has
 * precedence. Supervisor only. Immutable; holds secrets, see s3/aws/profile_file.h. */
#pragma once

#include <glib.h>

typedef struct Profiles Profiles;

/* Loads the files named by AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE in environment (a{ss}), or config
 * and credentials in $HOME/.aws. Files that do not exist count as empty; without HOME only the named ones are
 * read. Class ERROR_PERMANENT, naming the file. */
Profiles *profiles_load(GVariant *environment, GError **error);

/* profiles may be NULL. */
void profiles_free(Profiles *profiles);

/* AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default". Borrowed from environment. */
const char *profiles_chosen(GVariant *environment);

gboolean profiles_has(const Profiles *profiles, const char *profile);

/* A setting of a profile, or NULL if it is missing or empty. Valid as long as profiles. */
const char *profiles_get(const Profiles *profiles, const char *profile, const char *key);

/* A setting nested below key, that is, indented below an empty "key =". Otherwise as profiles_get(). */
const char *profiles_get_nested(const Profiles *profiles, const char *profile, const char *key,
                                const char *nested);

/* A setting of a service in the section [services NAME], where NAME is the profile's setting services.
 * Otherwise as profiles_get(). */
const char *profiles_get_service(const Profiles *profiles, const char *profile, const char *service,
                                 const char *setting);

/* Names the files for messages: "/home/u/.aws/credentials and /home/u/.aws/config". */
const char *profiles_describe(const Profiles *profiles);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Profiles, profiles_free)

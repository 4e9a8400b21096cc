#include "s3/aws/credentials_file.h"

#include <string.h>

#include "base/error.h"

/* Sets the error that says why a profile has no usable credentials. */
static void refuse(const Profiles *profiles, const char *profile, const char *missing, GError **error)
{
    const char *files = profiles_describe(profiles);

    if (*files == '\0') {
        error_set(error, ERROR_PERMANENT,
                  "no credentials: neither AWS_ACCESS_KEY_ID, AWS_SHARED_CREDENTIALS_FILE nor HOME is set");
        return;
    }
    if (!profiles_has(profiles, profile)) {
        error_set(error, ERROR_PERMANENT,
                  "no AWS_ACCESS_KEY_ID in the environment, and no profile '%s' in %s", profile, files);
        return;
    }
    error_set(error, ERROR_PERMANENT, "profile '%s' of %s has no %s", profile, files, missing);
}

Credentials *credentials_from_profile(const Profiles *profiles, const char *profile, GError **error)
{
    const char *id = profiles_get(profiles, profile, "aws_access_key_id");
    const char *key = profiles_get(profiles, profile, "aws_secret_access_key");
    const char *token = profiles_get(profiles, profile, "aws_session_token");
    g_autofree char *source = NULL;

    if (id == NULL || key == NULL) {
        refuse(profiles, profile, id == NULL ? "aws_access_key_id" : "aws_secret_access_key", error);
        return NULL;
    }
    source = g_strdup_printf("profile '%s' of %s", profile, profiles_describe(profiles));
    return credentials_new(id, secret_new(key, strlen(key)),
                           token != NULL ? secret_new(token, strlen(token)) : NULL, source);
}

#include "s3/aws/credentials_env.h"

#include <string.h>

#include "base/clock.h"
#include "base/env_map.h"
#include "base/error.h"

static Secret *secret_lookup(GVariant *environment, const char *name)
{
    const char *value = environment_lookup(environment, name);

    return value != NULL ? secret_new(value, strlen(value)) : NULL;
}

Credentials *credentials_from_environment(GVariant *environment, GError **error)
{
    const char *id = environment_lookup(environment, "AWS_ACCESS_KEY_ID");
    const char *expiry = environment_lookup(environment, "AWS_CREDENTIAL_EXPIRATION");
    g_autoptr(Secret) key = secret_lookup(environment, "AWS_SECRET_ACCESS_KEY");
    gint64 expiry_s = CREDENTIALS_FOREVER;
    Secret *token = NULL;

    if (id == NULL || key == NULL) {
        error_set(error, ERROR_PERMANENT, "the environment variable %s is not set",
                  id == NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY");
        return NULL;
    }
    if (expiry != NULL && !clock_parse_iso(expiry, &expiry_s)) {
        error_set(error, ERROR_PERMANENT,
                  "the environment variable AWS_CREDENTIAL_EXPIRATION is not a time in ISO 8601");
        return NULL;
    }
    token = secret_lookup(environment, "AWS_SESSION_TOKEN");
    if (token == NULL) /* its former name */
        token = secret_lookup(environment, "AWS_SECURITY_TOKEN");
    return credentials_new_until(id, g_steal_pointer(&key), token, "environment", expiry_s);
}

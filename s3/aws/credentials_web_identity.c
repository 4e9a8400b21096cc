#include "s3/aws/credentials_web_identity.h"

#include <errno.h>
#include <string.h>

#include "base/env_map.h"
#include "base/error.h"
#include "s3/aws/credentials_env.h"
#include "s3/aws/late_answer.h"
#include "s3/aws/secret_file.h"

typedef struct {
    CredentialsProvider provider;
    char *token_file;
    char *role_arn;
    char *session_name;
    guint duration_s;
    Sts *sts;
    LateAnswer *failure;
} WebIdentity;

/* Reads the token. Owned by the caller. Class ERROR_PERMANENT, naming the file. */
static Secret *read_token(const char *path, GError **error)
{
    char buffer[STS_MAX_TOKEN_BYTES + 2];
    gssize size = secret_file_read(path, buffer, sizeof buffer - 1);
    Secret *token = NULL;

    if (size < 0) {
        error_set_errno(error, ERROR_PERMANENT, errno, "%s", path);
        return NULL;
    }
    buffer[size] = '\0';
    g_strchomp(buffer);
    if (*buffer == '\0')
        error_set(error, ERROR_PERMANENT, "%s: contains no web identity token", path);
    else if (strlen(buffer) > STS_MAX_TOKEN_BYTES)
        error_set(error, ERROR_PERMANENT, "%s: more than %u bytes", path, STS_MAX_TOKEN_BYTES);
    else
        token = secret_new(buffer, strlen(buffer));
    secret_wipe(buffer, sizeof buffer);
    return token;
}

static void web_identity_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    WebIdentity *identity = (WebIdentity *)provider;
    GError *error = NULL;
    g_autoptr(Secret) token = read_token(identity->token_file, &error);
    const StsRole role = {.arn = identity->role_arn,
                          .session_name = identity->session_name,
                          .duration_s = identity->duration_s};

    if (token == NULL)
        late_answer_give(identity->failure, NULL, error, done, user);
    else
        sts_assume_role_with_web_identity(identity->sts, &role, token, done, user);
}

static void web_identity_free(CredentialsProvider *provider)
{
    WebIdentity *identity = (WebIdentity *)provider;

    sts_free(identity->sts);
    late_answer_free(identity->failure);
    g_free(identity->token_file);
    g_free(identity->role_arn);
    g_free(identity->session_name);
    g_free(identity);
}

gboolean credentials_web_identity_is_named(GVariant *environment)
{
    return environment_lookup(environment, "AWS_WEB_IDENTITY_TOKEN_FILE") != NULL;
}

CredentialsProvider *credentials_web_identity_new(const char *token_file, const StsRole *role, Sts *sts,
                                                  GMainContext *context)
{
    WebIdentity *identity = g_new0(WebIdentity, 1);

    identity->provider = (CredentialsProvider){web_identity_fetch, web_identity_free};
    identity->token_file = g_strdup(token_file);
    identity->role_arn = g_strdup(role->arn);
    identity->session_name = g_strdup(role->session_name);
    identity->duration_s = role->duration_s;
    identity->sts = sts;
    identity->failure = late_answer_new(context);
    return &identity->provider;
}

CredentialsProvider *credentials_web_identity_from_environment(GVariant *environment,
                                                               const Profiles *profiles,
                                                               GMainContext *context, GError **error)
{
    const StsRole role = {.arn = environment_lookup(environment, "AWS_ROLE_ARN"),
                          .session_name = environment_lookup(environment, "AWS_ROLE_SESSION_NAME")};
    Sts *sts;

    if (role.arn == NULL) {
        error_set(error, ERROR_PERMANENT,
                  "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN, the role to assume with it, is not");
        return NULL;
    }
    sts = sts_new(environment, profiles, context, error);
    return sts != NULL
               ? credentials_web_identity_new(environment_lookup(environment, "AWS_WEB_IDENTITY_TOKEN_FILE"),
                                              &role, sts, context)
               : NULL;
}

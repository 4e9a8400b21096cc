#include "s3/aws/credentials_explicit.h"

#include <errno.h>
#include <string.h>

#include "base/env_map.h"
#include "base/error.h"
#include "s3/aws/credentials_env.h"
#include "s3/aws/credentials_json.h"
#include "s3/aws/late_answer.h"
#include "s3/aws/profile_file.h"
#include "s3/aws/secret_file.h"

#define SYSTEMD_NAME "s3-credentials"

typedef struct {
    CredentialsProvider provider;
    char *path;
    LateAnswer *answer;
} Explicit;

static Credentials *from_profile_file(const char *path, const char *text, gsize size_bytes, GError **error)
{
    g_autoptr(ProfileFile) file = profile_file_parse(PROFILE_FILE_CREDENTIALS, path, text, size_bytes, error);
    static const char *const keys[] = {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"};
    const char *values[G_N_ELEMENTS(keys)];

    if (file == NULL)
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        values[i] = profile_file_get(file, PROFILE_SECTION_PROFILE, "default", keys[i], NULL);
    if (values[0] == NULL || values[1] == NULL) {
        error_set(error, ERROR_PERMANENT, "%s: neither JSON nor a [default] with %s", path,
                  values[0] == NULL ? keys[0] : keys[1]);
        return NULL;
    }
    return credentials_new(values[0], secret_new(values[1], strlen(values[1])),
                           values[2] != NULL ? secret_new(values[2], strlen(values[2])) : NULL, path);
}

Credentials *credentials_from_explicit_file(const char *path, GError **error)
{
    char text[CREDENTIALS_EXPLICIT_MAX_BYTES + 1];
    gssize size = secret_file_read(path, text, sizeof text);
    Credentials *credentials = NULL;

    if (size < 0) {
        error_set_errno(error, ERROR_PERMANENT, errno, "%s", path);
        return NULL;
    }
    if ((gsize)size == sizeof text) {
        error_set(error, ERROR_PERMANENT, "%s: more than %u bytes", path, CREDENTIALS_EXPLICIT_MAX_BYTES);
    } else {
        text[size] = '\0';
        if (text[strspn(text, " \t\r\n")] == '{')
            credentials = credentials_from_json(text, CREDENTIALS_JSON_PROCESS, path, error);
        else
            credentials = from_profile_file(path, text, (gsize)size, error);
    }
    secret_wipe(text, sizeof text);
    return credentials;
}

static void explicit_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    Explicit *file = (Explicit *)provider;
    GError *error = NULL;
    g_autoptr(Credentials) credentials = credentials_from_explicit_file(file->path, &error);

    late_answer_give(file->answer, credentials, error, done, user);
}

static void explicit_free(CredentialsProvider *provider)
{
    Explicit *file = (Explicit *)provider;

    late_answer_free(file->answer);
    g_free(file->path);
    g_free(file);
}

CredentialsProvider *credentials_explicit_new(const char *path, GMainContext *context)
{
    Explicit *file = g_new0(Explicit, 1);

    file->provider = (CredentialsProvider){explicit_fetch, explicit_free};
    file->path = g_strdup(path);
    file->answer = late_answer_new(context);
    return &file->provider;
}

char *credentials_explicit_of_systemd(GVariant *environment)
{
    const char *directory = environment_lookup(environment, "CREDENTIALS_DIRECTORY");
    g_autofree char *path = directory != NULL ? g_build_filename(directory, SYSTEMD_NAME, NULL) : NULL;

    return path != NULL && g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

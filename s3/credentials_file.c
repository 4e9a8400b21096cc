#include "s3/credentials_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "s3/credentials_env.h"

/* What a profile may hold instead of static keys; each is named in the refusal. */
static const char *const foreign_keys[] = {"role_arn", "credential_process", "sso_session", "sso_start_url",
                                           "web_identity_token_file"};

/* A value inside the file's buffer. */
typedef struct {
    const char *text;
    gsize size_bytes;
} Span;

typedef struct {
    gboolean is_there;
    Span access_key_id;
    Span secret_key;
    Span session_token;
    const char *foreign; /* NULL: none */
} Profile;

static Span span_strip(Span span)
{
    while (span.size_bytes > 0 && g_ascii_isspace(span.text[0])) {
        span.text++;
        span.size_bytes--;
    }
    while (span.size_bytes > 0 && g_ascii_isspace(span.text[span.size_bytes - 1]))
        span.size_bytes--;
    return span;
}

static gboolean span_is(Span span, const char *text)
{
    return span.size_bytes == strlen(text) && memcmp(span.text, text, span.size_bytes) == 0;
}

/* Splits "name = value" or "[name]" at the first such byte. */
static gboolean span_split(Span span, char at, Span *ret_left, Span *ret_right)
{
    const char *found = memchr(span.text, at, span.size_bytes);

    if (found == NULL)
        return FALSE;
    *ret_left = span_strip((Span){span.text, (gsize)(found - span.text)});
    *ret_right = span_strip((Span){found + 1, span.size_bytes - (gsize)(found - span.text) - 1});
    return TRUE;
}

static void profile_set(Profile *profile, Span name, Span value)
{
    if (span_is(name, "aws_access_key_id"))
        profile->access_key_id = value;
    else if (span_is(name, "aws_secret_access_key"))
        profile->secret_key = value;
    else if (span_is(name, "aws_session_token"))
        profile->session_token = value;
    for (gsize i = 0; i < G_N_ELEMENTS(foreign_keys); i++) {
        if (span_is(name, foreign_keys[i]))
            profile->foreign = foreign_keys[i];
    }
}

/* One line. Whether it belongs to the wanted profile is kept in *inside from line to line. */
static void profile_parse_line(Profile *profile, const char *wanted, Span line, gboolean *inside)
{
    /* An indented line continues the key above it: nested settings, never a key of ours. */
    gboolean is_nested = line.size_bytes > 0 && g_ascii_isspace(line.text[0]);
    Span name, value, rest;

    line = span_strip(line);
    if (line.size_bytes == 0 || line.text[0] == '#' || line.text[0] == ';')
        return;
    if (line.text[0] == '[') {
        line.text++;
        line.size_bytes--;
        *inside = span_split(line, ']', &name, &rest) && span_is(name, wanted);
        profile->is_there = profile->is_there || *inside;
    } else if (*inside && !is_nested && span_split(line, '=', &name, &value)) {
        profile_set(profile, name, value);
    }
}

static Profile profile_parse(Span file, const char *wanted)
{
    Profile profile = {0};
    gboolean inside = FALSE;

    if (file.size_bytes >= 3 && memcmp(file.text, "\xef\xbb\xbf", 3) == 0) {
        file.text += 3;
        file.size_bytes -= 3;
    }
    while (file.size_bytes > 0) {
        const char *newline = memchr(file.text, '\n', file.size_bytes);
        gsize length = newline != NULL ? (gsize)(newline - file.text) : file.size_bytes;
        gsize taken = newline != NULL ? length + 1 : length;

        profile_parse_line(&profile, wanted, (Span){file.text, length}, &inside);
        file.text += taken;
        file.size_bytes -= taken;
    }
    return profile;
}

static Credentials *profile_to_credentials(const Profile *profile, const char *path, const char *name,
                                           GError **error)
{
    g_autofree char *id = NULL;
    g_autofree char *source = g_strdup_printf("profile '%s' of %s", name, path);
    const char *missing = NULL;
    Secret *token = NULL;

    if (!profile->is_there) {
        error_set(error, ERROR_PERMANENT, "%s: no profile '%s'", path, name);
        return NULL;
    }
    if (profile->access_key_id.size_bytes == 0)
        missing = "aws_access_key_id";
    else if (profile->secret_key.size_bytes == 0)
        missing = "aws_secret_access_key";
    if (missing != NULL && profile->foreign != NULL) {
        error_set(error, ERROR_PERMANENT, "%s: profile '%s' uses %s, only static keys are supported", path,
                  name, profile->foreign);
        return NULL;
    }
    if (missing != NULL || memchr(profile->secret_key.text, '\0', profile->secret_key.size_bytes) != NULL) {
        error_set(error, ERROR_PERMANENT, "%s: profile '%s' has no usable %s", path, name,
                  missing != NULL ? missing : "aws_secret_access_key");
        return NULL;
    }
    id = g_strndup(profile->access_key_id.text, profile->access_key_id.size_bytes);
    if (profile->session_token.size_bytes > 0)
        token = secret_new(profile->session_token.text, profile->session_token.size_bytes);
    return credentials_new(id, secret_new(profile->secret_key.text, profile->secret_key.size_bytes), token,
                           source);
}

/* Not fd_read_all(): its buffer grows, and would leave copies of the keys behind. */
static gboolean read_into(const char *path, char *buffer, gsize capacity, gsize *ret_size, GError **error)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    gsize size = 0;

    if (fd < 0) {
        error_set_errno(error, ERROR_PERMANENT, errno, "no AWS_ACCESS_KEY_ID in the environment, and %s",
                        path);
        return FALSE;
    }
    while (size < capacity) {
        gssize n = read(fd, buffer + size, capacity - size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_set_errno(error, ERROR_PERMANENT, errno, "%s", path);
            return FALSE;
        }
        if (n == 0) {
            *ret_size = size;
            return TRUE;
        }
        size += (gsize)n;
    }
    error_set(error, ERROR_PERMANENT, "%s: larger than %u bytes", path, CREDENTIALS_FILE_MAX_BYTES);
    return FALSE;
}

Credentials *credentials_from_profile(const char *path, const char *profile, GError **error)
{
    gsize capacity = CREDENTIALS_FILE_MAX_BYTES + 1;
    char *buffer = g_malloc(capacity);
    Credentials *credentials = NULL;
    gsize size = 0;

    if (read_into(path, buffer, capacity, &size, error)) {
        Profile parsed = profile_parse((Span){buffer, size}, profile);

        credentials = profile_to_credentials(&parsed, path, profile, error);
    }
    secret_wipe(buffer, capacity);
    g_free(buffer);
    return credentials;
}

Credentials *credentials_from_file(GVariant *environment, GError **error)
{
    const char *path = environment_lookup(environment, "AWS_SHARED_CREDENTIALS_FILE");
    const char *profile = environment_lookup(environment, "AWS_PROFILE");
    const char *home = environment_lookup(environment, "HOME");
    g_autofree char *default_path = NULL;

    if (profile == NULL)
        profile = environment_lookup(environment, "AWS_DEFAULT_PROFILE");
    if (path == NULL && home == NULL) {
        error_set(error, ERROR_PERMANENT,
                  "no credentials: neither AWS_ACCESS_KEY_ID, AWS_SHARED_CREDENTIALS_FILE nor HOME is set");
        return NULL;
    }
    if (path == NULL)
        path = default_path = g_build_filename(home, ".aws", "credentials", NULL);
    return credentials_from_profile(path, profile != NULL ? profile : "default", error);
}

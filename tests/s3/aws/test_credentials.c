#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "s3/aws/credentials_chain.h"
#include "s3/aws/credentials_env.h"

/* name, value, ... NULL */
static GVariant *environment(const char *name, ...)
{
    GVariantBuilder builder;
    va_list args;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    va_start(args, name);
    for (; name != NULL; name = va_arg(args, const char *))
        g_variant_builder_add(&builder, "{ss}", name, va_arg(args, const char *));
    va_end(args);
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

static char *write_file(const char *text, gssize size)
{
    char *path = g_strdup("/tmp/test-credentials-XXXXXX");
    int fd = g_mkstemp(path);

    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert(g_file_set_contents(path, text, size, NULL));
    return path;
}

typedef struct {
    Credentials *credentials;
    GError *error;
    guint calls;
} Answer;

static void on_answer(Credentials *credentials, const GError *error, void *user)
{
    Answer *answer = user;

    answer->calls++;
    answer->credentials = credentials != NULL ? credentials_ref(credentials) : NULL;
    answer->error = error != NULL ? g_error_copy(error) : NULL;
}

/* Returns the credentials of the provider that the chain chooses. */
static Credentials *resolve(GVariant *variables, GError **error)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(CredentialsProvider) provider =
        credentials_chain_choose(&(CredentialsOptions){.environment = variables, .context = context}, error);
    Answer answer = {0};

    if (provider == NULL)
        return NULL;
    credentials_provider_fetch(provider, on_answer, &answer);
    cr_assert_eq(answer.calls, 0, "called from the fetch");
    while (answer.calls == 0)
        g_main_context_iteration(context, TRUE);
    if (answer.error != NULL)
        g_propagate_error(error, answer.error);
    return answer.credentials;
}

static void assert_keys(const Credentials *credentials, const char *id, const char *secret, const char *token)
{
    cr_assert_not_null(credentials);
    cr_assert_str_eq(credentials_access_key_id(credentials), id);
    cr_assert_str_eq(secret_peek(credentials_secret_key(credentials)), secret);
    if (token == NULL)
        cr_assert_null(credentials_session_token(credentials));
    else
        cr_assert_str_eq(secret_peek(credentials_session_token(credentials)), token);
}

static void assert_refused(Credentials *credentials, GError **error, const char *words)
{
    cr_assert_null(credentials);
    cr_assert_eq(error_class(*error), ERROR_PERMANENT);
    cr_assert(strstr((*error)->message, words) != NULL, "%s", (*error)->message);
    cr_assert_null(strstr((*error)->message, "s3cr3t"), "%s", (*error)->message);
    g_clear_error(error);
}

Test(credentials, from_the_environment)
{
    g_autoptr(GVariant) both =
        environment("AWS_ACCESS_KEY_ID", "id", "AWS_SECRET_ACCESS_KEY", "s3cr3t", NULL);
    g_autoptr(GVariant) all = environment("AWS_SESSION_TOKEN", "tok", "AWS_ACCESS_KEY_ID", "id",
                                          "AWS_SECRET_ACCESS_KEY", "s3cr3t", NULL);
    g_autoptr(Credentials) one = credentials_from_environment(both, NULL);
    g_autoptr(Credentials) two = resolve(all, NULL);
    g_autoptr(Credentials) same = credentials_ref(one);

    assert_keys(one, "id", "s3cr3t", NULL);
    assert_keys(two, "id", "s3cr3t", "tok");
    cr_assert_str_eq(credentials_source(one), "environment");
    cr_assert_eq(same, one);
}

Test(credentials, the_environment_has_expiry_and_the_old_name_of_the_token)
{
    g_autoptr(GVariant) good =
        environment("AWS_ACCESS_KEY_ID", "id", "AWS_SECRET_ACCESS_KEY", "s3cr3t", "AWS_SECURITY_TOKEN", "old",
                    "AWS_CREDENTIAL_EXPIRATION", "2033-05-18T03:33:20Z", NULL);
    g_autoptr(GVariant) bad = environment("AWS_ACCESS_KEY_ID", "id", "AWS_SECRET_ACCESS_KEY", "s3cr3t",
                                          "AWS_CREDENTIAL_EXPIRATION", "soon", NULL);
    g_autoptr(Credentials) credentials = resolve(good, NULL);
    g_autoptr(GError) error = NULL;

    assert_keys(credentials, "id", "s3cr3t", "old");
    cr_assert_eq(credentials_expiry_s(credentials), 2000000000);
    assert_refused(resolve(bad, &error), &error, "AWS_CREDENTIAL_EXPIRATION");
}

/* Half a pair in the environment is an error, even if the file has a whole pair. */
Test(credentials, half_an_environment_is_refused)
{
    g_autofree char *path = write_file("[default]\naws_access_key_id=a\naws_secret_access_key=b\n", -1);
    g_autoptr(GVariant) id =
        environment("AWS_ACCESS_KEY_ID", "id", "AWS_SHARED_CREDENTIALS_FILE", path, NULL);
    g_autoptr(GVariant) key = environment("AWS_SECRET_ACCESS_KEY", "s3cr3t", "AWS_ACCESS_KEY_ID", "",
                                          "AWS_SHARED_CREDENTIALS_FILE", path, NULL);
    g_autoptr(GError) error = NULL;

    assert_refused(resolve(id, &error), &error, "AWS_SECRET_ACCESS_KEY is not set");
    assert_refused(resolve(key, &error), &error, "AWS_ACCESS_KEY_ID is not set");
    (void)g_unlink(path);
}

static const char file[] = "[default]\r\n"
                           "aws_access_key_id = id-default\r\n"
                           "aws_secret_access_key=s3cr3t/+=#;d\t\r\n"
                           "s3 =\n"
                           "  aws_session_token = nested, not ours\n"
                           "\n"
                           "[ spaced ]\n"
                           "   \n"
                           "aws_access_key_id\t=\tid-old\n"
                           "aws_access_key_id = id-new\n"
                           "aws_secret_access_key = s3cr3t s\n"
                           "aws_session_token = tok=\n"
                           "[half]\n"
                           "aws_access_key_id = id\n"
                           "aws_secret_access_key =\n"
                           "[no-id]\n"
                           "aws_secret_access_key = s3cr3t\n"
                           "[role]\n"
                           "role_arn = arn:aws:iam::1:role/x\n"
                           "[process]\n"
                           "credential_process = /bin/true\n"
                           "[split]\n"
                           "aws_access_key_id = id-split\n"
                           "[other]\n"
                           "[split]\n"
                           "aws_secret_access_key = s3cr3t-split"; /* no newline at the end */

static Credentials *from_profile(const char *path, const char *profile, GError **error)
{
    g_autoptr(GVariant) names =
        environment("AWS_SHARED_CREDENTIALS_FILE", path, "AWS_PROFILE", profile, NULL);

    return resolve(names, error);
}

Test(credentials, from_a_file)
{
    g_autofree char *path = write_file(file, -1);
    g_autoptr(Credentials) standard = from_profile(path, "default", NULL);
    g_autoptr(Credentials) spaced = from_profile(path, "spaced", NULL);
    g_autoptr(Credentials) split = from_profile(path, "split", NULL);

    assert_keys(standard, "id-default", "s3cr3t/+=#;d", NULL);
    assert_keys(spaced, "id-new", "s3cr3t s", "tok=");
    assert_keys(split, "id-split", "s3cr3t-split", NULL);
    cr_assert(strstr(credentials_source(spaced), "'spaced'") != NULL &&
              strstr(credentials_source(spaced), path) != NULL);
    (void)g_unlink(path);
}

Test(credentials, refusals_name_file_and_profile)
{
    g_autofree char *path = write_file(file, -1);
    g_autofree char *broken = write_file("[default]\naws_secret_access_key s3cr3t\n", -1);
    g_autoptr(GError) error = NULL;

    assert_refused(from_profile(path, "none", &error), &error, "no profile 'none'");
    assert_refused(from_profile(path, "none", &error), &error, path);
    assert_refused(from_profile(path, "half", &error), &error, "has no aws_secret_access_key");
    assert_refused(from_profile(path, "no-id", &error), &error, "has no aws_access_key_id");
    assert_refused(from_profile(path, "no-id", &error), &error, "'no-id'");
    assert_refused(from_profile(path, "role", &error), &error, "has a role_arn, but no source_profile");
    assert_refused(from_profile(path, "process", &error), &error,
                   "credential_process cannot be run in this process");
    assert_refused(from_profile(broken, "default", &error), &error, ":2: ");
    (void)g_unlink(path);
    (void)g_unlink(broken);
    assert_refused(from_profile(path, "default", &error), &error, path);
    assert_refused(from_profile("/tmp", "default", &error), &error, "/tmp");
}

/* Each setting is taken from the credentials file, else from the config file. */
Test(credentials, both_files_are_one)
{
    g_autofree char *keys = write_file("[p]\naws_secret_access_key = s3cr3t-c\n[only]\n"
                                       "aws_access_key_id = i\naws_secret_access_key = s3cr3t\n",
                                       -1);
    g_autofree char *config =
        write_file("[profile p]\naws_access_key_id = id-f\naws_secret_access_key = s3cr3t-f\n"
                   "[profile f]\naws_access_key_id = id\naws_secret_access_key = s3cr3t-f\n"
                   "[only]\naws_session_token = no profile\n",
                   -1);
    const char *const names[] = {"p", "f", "only", "none"};
    Credentials *found[G_N_ELEMENTS(names)] = {0};
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GVariant) variables = environment("AWS_SHARED_CREDENTIALS_FILE", keys, "AWS_CONFIG_FILE",
                                                    config, "AWS_PROFILE", names[i], NULL);

        found[i] = resolve(variables, i < 3 ? NULL : &error);
    }
    assert_keys(found[0], "id-f", "s3cr3t-c", NULL);
    assert_keys(found[1], "id", "s3cr3t-f", NULL);
    assert_keys(found[2], "i", "s3cr3t", NULL);
    assert_refused(found[3], &error, keys);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        credentials_unref(found[i]);
    (void)g_unlink(keys);
    (void)g_unlink(config);
}

/* The error named only EC2, whatever the expected source of the credentials. */
Test(credentials, without_any_all_that_was_tried_is_named_in_order)
{
    static const char *const tried[] = {
        "s3.credentials_file",
        "$CREDENTIALS_DIRECTORY",
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "/no/home/.aws/credentials and /no/home/.aws/config has no profile 'default'",
        "AWS_CONTAINER_CREDENTIALS_",
        "AWS_EC2_METADATA_DISABLED is true"};
    g_autoptr(GVariant) variables =
        environment("HOME", "/no/home", "AWS_EC2_METADATA_DISABLED", "true", NULL);
    g_autoptr(GError) error = NULL;
    const char *at;

    cr_assert_null(resolve(variables, &error));
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    at = error->message;
    for (guint i = 0; i < G_N_ELEMENTS(tried); i++) {
        const char *next = strstr(at, tried[i]);

        cr_assert_not_null(next, "%s: %s", tried[i], error->message);
        at = next;
    }
}

Test(credentials, the_chain_finds_file_and_profile)
{
    g_autofree char *home = g_dir_make_tmp("test-home-XXXXXX", NULL);
    g_autofree char *directory = g_build_filename(home, ".aws", NULL);
    g_autofree char *path = g_build_filename(directory, "credentials", NULL);
    g_autofree char *other = write_file("[p]\naws_access_key_id=other\naws_secret_access_key=s3cr3t\n", -1);
    g_autoptr(GVariant) by_home = environment("HOME", home, "AWS_EC2_METADATA_DISABLED", "true", NULL);
    g_autoptr(GVariant) by_profile =
        environment("HOME", home, "AWS_PROFILE", "spaced", "AWS_DEFAULT_PROFILE", "x", NULL);
    g_autoptr(GVariant) by_default_profile = environment("HOME", home, "AWS_DEFAULT_PROFILE", "split", NULL);
    g_autoptr(GVariant) by_file =
        environment("HOME", home, "AWS_SHARED_CREDENTIALS_FILE", other, "AWS_PROFILE", "p", NULL);
    g_autoptr(GVariant) nothing = environment("AWS_EC2_METADATA_DISABLED", "true", NULL);
    g_autoptr(Credentials) one = NULL, two = NULL, three = NULL, four = NULL;
    g_autoptr(GError) error = NULL;

    assert_refused(resolve(by_home, &error), &error, path);
    cr_assert_eq(g_mkdir(directory, 0700), 0);
    cr_assert(g_file_set_contents(path, file, -1, NULL));
    one = resolve(by_home, NULL);
    assert_keys(one, "id-default", "s3cr3t/+=#;d", NULL);
    two = resolve(by_profile, NULL);
    assert_keys(two, "id-new", "s3cr3t s", "tok=");
    three = resolve(by_default_profile, NULL);
    assert_keys(three, "id-split", "s3cr3t-split", NULL);
    four = resolve(by_file, NULL);
    assert_keys(four, "other", "s3cr3t", NULL);
    assert_refused(resolve(nothing, &error), &error, "no credentials");
    assert_refused(resolve(nothing, &error), &error, "~/.aws (HOME is not set)");
    (void)g_unlink(path);
    (void)g_unlink(other);
    (void)g_rmdir(directory);
    (void)g_rmdir(home);
}

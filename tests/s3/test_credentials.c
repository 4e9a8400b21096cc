#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "s3/credentials.h"
#include "s3/credentials_env.h"
#include "s3/credentials_file.h"

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
    g_autoptr(Credentials) two = credentials_resolve(all, NULL);
    g_autoptr(Credentials) same = credentials_ref(one);

    assert_keys(one, "id", "s3cr3t", NULL);
    assert_keys(two, "id", "s3cr3t", "tok");
    cr_assert_str_eq(credentials_source(one), "environment");
    cr_assert_eq(same, one);
}

/* Half a pair is a mistake, even where the file has a whole one. */
Test(credentials, half_an_environment_is_refused)
{
    g_autofree char *path = write_file("[default]\naws_access_key_id=a\naws_secret_access_key=b\n", -1);
    g_autoptr(GVariant) id =
        environment("AWS_ACCESS_KEY_ID", "id", "AWS_SHARED_CREDENTIALS_FILE", path, NULL);
    g_autoptr(GVariant) key = environment("AWS_SECRET_ACCESS_KEY", "s3cr3t", "AWS_ACCESS_KEY_ID", "",
                                          "AWS_SHARED_CREDENTIALS_FILE", path, NULL);
    g_autoptr(GError) error = NULL;

    assert_refused(credentials_resolve(id, &error), &error, "AWS_SECRET_ACCESS_KEY is not set");
    assert_refused(credentials_resolve(key, &error), &error, "AWS_ACCESS_KEY_ID is not set");
    (void)g_unlink(path);
}

static const char file[] = "\xef\xbb\xbf# a comment\r\n"
                           "; another [default]\r\n"
                           "aws_access_key_id = outside of any profile\n"
                           "[default]\r\n"
                           "aws_access_key_id = id-default\r\n"
                           "aws_secret_access_key=s3cr3t/+=#;d\t\r\n"
                           "s3 =\n"
                           "  aws_session_token = nested, not ours\n"
                           "\n"
                           "[ spaced ]\n"
                           "   \n"
                           "aws_access_key_id\t=\tid-old\n"
                           "aws_access_key_id = id-new\n"
                           "no equals sign here\n"
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
                           "[broken\n"
                           "aws_access_key_id = x\n"
                           "[split]\n"
                           "aws_access_key_id = id-split\n"
                           "[other]\n"
                           "[split]\n"
                           "aws_secret_access_key = s3cr3t-split"; /* no newline at the end */

Test(credentials, from_a_file)
{
    g_autofree char *path = write_file(file, -1);
    g_autoptr(Credentials) standard = credentials_from_profile(path, "default", NULL);
    g_autoptr(Credentials) spaced = credentials_from_profile(path, "spaced", NULL);
    g_autoptr(Credentials) split = credentials_from_profile(path, "split", NULL);

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
    g_autofree char *prefix = g_strconcat(path, ": ", NULL);
    g_autoptr(GError) error = NULL;

    assert_refused(credentials_from_profile(path, "none", &error), &error, "no profile 'none'");
    assert_refused(credentials_from_profile(path, "broken", &error), &error, prefix);
    assert_refused(credentials_from_profile(path, "half", &error), &error,
                   "'half' has no usable aws_secret_access_key");
    assert_refused(credentials_from_profile(path, "no-id", &error), &error,
                   "'no-id' has no usable aws_access_key_id");
    assert_refused(credentials_from_profile(path, "role", &error), &error, "'role' uses role_arn");
    assert_refused(credentials_from_profile(path, "process", &error), &error,
                   "'process' uses credential_process");
    (void)g_unlink(path);
    assert_refused(credentials_from_profile(path, "default", &error), &error, path);
    assert_refused(credentials_from_profile("/tmp", "default", &error), &error, "/tmp");
}

Test(credentials, hostile_files)
{
    static const char nul[] = "[default]\naws_access_key_id=i\naws_secret_access_key=s\0t\n";
    g_autofree char *big = g_strnfill(CREDENTIALS_FILE_MAX_BYTES + 1, '\n');
    g_autofree char *big_path = write_file(big, -1);
    g_autofree char *nul_path = write_file(nul, sizeof nul - 1);
    g_autofree char *empty_path = write_file("", 0);
    g_autoptr(GError) error = NULL;

    assert_refused(credentials_from_profile(big_path, "default", &error), &error, "larger than");
    assert_refused(credentials_from_profile(nul_path, "default", &error), &error, "no usable");
    assert_refused(credentials_from_profile(empty_path, "default", &error), &error, "no profile");
    (void)g_unlink(big_path);
    (void)g_unlink(nul_path);
    (void)g_unlink(empty_path);
}

Test(credentials, the_chain_finds_file_and_profile)
{
    g_autofree char *home = g_dir_make_tmp("test-home-XXXXXX", NULL);
    g_autofree char *directory = g_build_filename(home, ".aws", NULL);
    g_autofree char *path = g_build_filename(directory, "credentials", NULL);
    g_autofree char *other = write_file("[p]\naws_access_key_id=other\naws_secret_access_key=s3cr3t\n", -1);
    g_autoptr(GVariant) by_home = environment("HOME", home, NULL);
    g_autoptr(GVariant) by_profile =
        environment("HOME", home, "AWS_PROFILE", "spaced", "AWS_DEFAULT_PROFILE", "x", NULL);
    g_autoptr(GVariant) by_default_profile = environment("HOME", home, "AWS_DEFAULT_PROFILE", "split", NULL);
    g_autoptr(GVariant) by_file =
        environment("HOME", home, "AWS_SHARED_CREDENTIALS_FILE", other, "AWS_PROFILE", "p", NULL);
    g_autoptr(GVariant) nothing = environment(NULL);
    g_autoptr(Credentials) one = NULL, two = NULL, three = NULL, four = NULL;
    g_autoptr(GError) error = NULL;

    assert_refused(credentials_resolve(by_home, &error), &error, path);
    cr_assert_eq(g_mkdir(directory, 0700), 0);
    cr_assert(g_file_set_contents(path, file, -1, NULL));
    one = credentials_resolve(by_home, NULL);
    assert_keys(one, "id-default", "s3cr3t/+=#;d", NULL);
    two = credentials_resolve(by_profile, NULL);
    assert_keys(two, "id-new", "s3cr3t s", "tok=");
    three = credentials_resolve(by_default_profile, NULL);
    assert_keys(three, "id-split", "s3cr3t-split", NULL);
    four = credentials_resolve(by_file, NULL);
    assert_keys(four, "other", "s3cr3t", NULL);
    assert_refused(credentials_resolve(nothing, &error), &error, "no credentials");
    (void)g_unlink(path);
    (void)g_unlink(other);
    (void)g_rmdir(directory);
    (void)g_rmdir(home);
}

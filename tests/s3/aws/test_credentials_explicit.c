#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "s3/aws/credentials_chain.h"
#include "s3/aws/credentials_explicit.h"

static char *write_file(const char *text)
{
    g_autofree char *folder = g_dir_make_tmp("test-explicit-XXXXXX", NULL);
    char *path = g_build_filename(folder, "s3-credentials", NULL);

    cr_assert(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void remove_file(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    (void)g_unlink(path);
    (void)g_rmdir(folder);
}

static void expect_keys(const char *text, const char *token, gint64 expiry_s)
{
    g_autofree char *path = write_file(text);
    g_autoptr(GError) error = NULL;
    g_autoptr(Credentials) credentials = credentials_from_explicit_file(path, &error);
    const Secret *found;

    cr_assert_not_null(credentials, "%s", error != NULL ? error->message : "");
    cr_assert_str_eq(credentials_access_key_id(credentials), "id");
    cr_assert_str_eq(secret_peek(credentials_secret_key(credentials)), "s3cr3t");
    found = credentials_session_token(credentials);
    cr_assert_eq(g_strcmp0(found != NULL ? secret_peek(found) : NULL, token), 0);
    cr_assert_eq(credentials_expiry_s(credentials), expiry_s);
    cr_assert_str_eq(credentials_source(credentials), path);
    remove_file(path);
}

#define JSON "{\"Version\": 1, \"AccessKeyId\": \"id\", \"SecretAccessKey\": \"s3cr3t\""

Test(credentials_explicit, of_both_formats)
{
    expect_keys("[default]\naws_access_key_id = id\naws_secret_access_key = s3cr3t\n", NULL,
                CREDENTIALS_FOREVER);
    expect_keys("# ours\n[other]\naws_access_key_id = x\n[default]\naws_secret_access_key=s3cr3t\n"
                "aws_session_token=tok\naws_access_key_id=id",
                "tok", CREDENTIALS_FOREVER);
    expect_keys(JSON "}", NULL, CREDENTIALS_FOREVER);
    expect_keys("\n  " JSON ", \"SessionToken\": \"tok\", \"Expiration\": \"2033-05-18T03:33:20Z\"}\n", "tok",
                2000000000);
}

static void refuses(const char *text, const char *words)
{
    g_autofree char *path = write_file(text);
    g_autoptr(GError) error = NULL;

    cr_assert_null(credentials_from_explicit_file(path, &error));
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert(g_str_has_prefix(error->message, path), "%s", error->message);
    cr_assert(strstr(error->message, words) != NULL, "%s", error->message);
    cr_assert_null(strstr(error->message, "s3cr3t"), "%s", error->message);
    remove_file(path);
}

Test(credentials_explicit, what_is_none)
{
    g_autofree char *large = g_strnfill(CREDENTIALS_EXPLICIT_MAX_BYTES + 1, '\n');
    g_autoptr(GError) error = NULL;

    refuses("", "neither JSON nor a [default] with aws_access_key_id");
    refuses("[default]\naws_access_key_id = id\n", "neither JSON nor a [default] with aws_secret_access_key");
    refuses("[other]\naws_access_key_id = id\naws_secret_access_key = s3cr3t\n",
            "neither JSON nor a [default]");
    refuses("id:s3cr3t\n", ":1: ");
    refuses("{s3cr3t", "the response is not a JSON object");
    refuses("{\"AccessKeyId\": \"id\"}", "the response's Version is not 1");
    refuses(large, "more than 65536 bytes");
    cr_assert_null(credentials_from_explicit_file("/nonexistent/keys", &error));
    cr_assert_str_eq(error->message, "/nonexistent/keys: No such file or directory");
}

typedef struct {
    gboolean is_there;
    char *id;
    char *failure;
} Answer;

static void on_answer(Credentials *credentials, const GError *error, void *user)
{
    Answer *answer = user;

    answer->is_there = TRUE;
    answer->id = credentials != NULL ? g_strdup(credentials_access_key_id(credentials)) : NULL;
    answer->failure = error != NULL ? g_strdup(error->message) : NULL;
}

/* The access key id that the chain chooses, or NULL. Owned by the caller. */
static char *chosen_id(const char *file, const char *directory)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GVariant) environment = g_variant_ref_sink(
        g_variant_new_parsed("{'AWS_ACCESS_KEY_ID': 'of-environment', 'AWS_SECRET_ACCESS_KEY': 'x', "
                             "'CREDENTIALS_DIRECTORY': %s}",
                             directory));
    g_autoptr(CredentialsProvider) provider = credentials_chain_choose(
        &(CredentialsOptions){.environment = environment, .context = context, .file = file}, NULL);
    Answer answer = {0};

    cr_assert_not_null(provider);
    credentials_provider_fetch(provider, on_answer, &answer);
    cr_assert_not(answer.is_there);
    while (!answer.is_there)
        g_main_context_iteration(context, TRUE);
    g_free(answer.failure);
    return answer.id;
}

static void expect_chosen(const char *file, const char *directory, const char *wanted)
{
    g_autofree char *id = chosen_id(file, directory);

    cr_assert_eq(g_strcmp0(id, wanted), 0, "%s", id);
}

/* A file that was named but is missing is an error; systemd's file may be missing. */
Test(credentials_explicit, comes_first)
{
    g_autofree char *own = write_file("[default]\naws_access_key_id=own\naws_secret_access_key=s3cr3t\n");
    g_autofree char *systemd =
        write_file("[default]\naws_access_key_id=systemd\naws_secret_access_key=s3cr3t\n");
    g_autofree char *directory = g_path_get_dirname(systemd);

    expect_chosen(own, directory, "own");
    expect_chosen(NULL, directory, "systemd");
    expect_chosen("/nonexistent/keys", directory, NULL);
    expect_chosen(NULL, "/nonexistent", "of-environment");
    expect_chosen(NULL, "", "of-environment");
    remove_file(own);
    remove_file(systemd);
}

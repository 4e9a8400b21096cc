/* A profile's credential_process, from the file to the credentials, with real commands. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "daemon/access/credential_command.h"
#include "s3/aws/credentials_chain.h"

#define KEYS "{\"Version\": 1, \"AccessKeyId\": \"id\", \"SecretAccessKey\": \"s3cr3t\""

typedef struct {
    gboolean is_there;
    Credentials *credentials;
    GError *error;
} Answer;

typedef struct {
    char *folder;
    char *config;
    GMainContext *context;
    CredentialsProvider *provider;
    Answer answer;
} Bench;

static void on_credentials(Credentials *credentials, const GError *error, void *user)
{
    Answer *answer = user;

    answer->is_there = TRUE;
    answer->credentials = credentials != NULL ? credentials_ref(credentials) : NULL;
    answer->error = error != NULL ? g_error_copy(error) : NULL;
}

/* Opens a profile whose credential_process is this line. */
static void bench_open(Bench *bench, const char *line)
{
    g_autofree char *text = g_strdup_printf("[default]\ncredential_process = %s\n", line);
    g_autoptr(GVariant) environment = NULL;

    *bench = (Bench){.context = g_main_context_new()};
    bench->folder = g_dir_make_tmp("test-command-XXXXXX", NULL);
    bench->config = g_build_filename(bench->folder, "config", NULL);
    cr_assert(g_file_set_contents(bench->config, text, -1, NULL));
    environment = g_variant_ref_sink(g_variant_new_parsed(
        "{'AWS_CONFIG_FILE': %s, 'PATH': '/nowhere:/usr/bin:/bin', 'GREETING': 'a b'}", bench->config));
    bench->provider = credentials_chain_choose(&(CredentialsOptions){.environment = environment,
                                                                     .context = bench->context,
                                                                     .runner = &credential_command_runner},
                                               NULL);
    cr_assert_not_null(bench->provider);
}

static void bench_fetch(Bench *bench)
{
    g_clear_pointer(&bench->answer.credentials, credentials_unref);
    g_clear_error(&bench->answer.error);
    bench->answer.is_there = FALSE;
    credentials_provider_fetch(bench->provider, on_credentials, &bench->answer);
    cr_assert_not(bench->answer.is_there, "called from the fetch");
    while (!bench->answer.is_there)
        g_main_context_iteration(bench->context, TRUE);
}

static void bench_clear(Bench *bench)
{
    credentials_provider_free(bench->provider);
    credentials_unref(bench->answer.credentials);
    g_clear_error(&bench->answer.error);
    g_main_context_unref(bench->context);
    (void)g_unlink(bench->config);
    (void)g_rmdir(bench->folder);
    g_free(bench->config);
    g_free(bench->folder);
}

static void expect_keys(const char *line, const char *token, gint64 expiry_s)
{
    Bench bench;
    const Secret *found;

    bench_open(&bench, line);
    bench_fetch(&bench);
    cr_assert_null(bench.answer.error, "%s", bench.answer.error->message);
    cr_assert_str_eq(credentials_access_key_id(bench.answer.credentials), "id");
    cr_assert_str_eq(secret_peek(credentials_secret_key(bench.answer.credentials)), "s3cr3t");
    found = credentials_session_token(bench.answer.credentials);
    cr_assert_eq(g_strcmp0(found != NULL ? secret_peek(found) : NULL, token), 0);
    cr_assert_eq(credentials_expiry_s(bench.answer.credentials), expiry_s);
    bench_clear(&bench);
}

static void expect_failure(const char *line, ErrorClass class, const char *words)
{
    Bench bench;

    bench_open(&bench, line);
    bench_fetch(&bench);
    cr_assert_not_null(bench.answer.error, "%s", line);
    cr_assert_eq(error_class(bench.answer.error), class, "%s", bench.answer.error->message);
    cr_assert(strstr(bench.answer.error->message, words) != NULL, "%s", bench.answer.error->message);
    cr_assert(strstr(bench.answer.error->message, "credential_process: ") != NULL, "%s",
              bench.answer.error->message);
    cr_assert_null(strstr(bench.answer.error->message, "s3cr3t"), "%s", bench.answer.error->message);
    bench_clear(&bench);
}

Test(credential_command, writes_keys)
{
    expect_keys("/bin/echo '" KEYS "}'", NULL, CREDENTIALS_FOREVER);
    expect_keys("echo '" KEYS ", \"SessionToken\": \"tok\", \"Expiration\": \"2033-05-18T03:33:20+00:00\"}'",
                "tok", 2000000000);
    expect_keys("sh -c 'echo noise >&2; sleep 0.1; echo \"$0\"' '" KEYS "}'", NULL, CREDENTIALS_FOREVER);
}

/* The command gets the environment that thumbmill was started with, an empty standard input, and no shell. */
Test(credential_command, its_surroundings)
{
    expect_keys("sh -c 'read line || test \"$GREETING\" = \"a b\" && echo \"$0\"' '" KEYS "}'", NULL,
                CREDENTIALS_FOREVER);
    expect_failure("echo $GREETING; echo", ERROR_PERMANENT, "the response is not a JSON object");
}

Test(credential_command, what_goes_wrong_is_said)
{
    expect_failure("sh -c 'echo first >&2; echo \"no such\trole\" >&2; exit 3'", ERROR_PERMANENT,
                   "sh exited with status 3: no such\\trole");
    expect_failure("false", ERROR_PERMANENT, "false exited with status 1");
    expect_failure("sh -c 'kill -SEGV $$'", ERROR_PERMANENT, "sh was killed by SIGSEGV");
    expect_failure("/nonexistent/program", ERROR_PERMANENT, "cannot run /nonexistent/program");
    expect_failure("nonexistent-program a", ERROR_PERMANENT, "no nonexistent-program in PATH");
    expect_failure("/tmp", ERROR_PERMANENT, "cannot run /tmp");
    expect_failure("sh 'a", ERROR_PERMANENT, "an unterminated quotation");
    expect_failure("echo s3cr3t", ERROR_PERMANENT, "the response is not a JSON object");
    expect_failure("echo '{}'", ERROR_PERMANENT, "the response's Version is not 1");
    expect_failure("echo '{\"Version\": 2}'", ERROR_PERMANENT, "the response's Version is not 1");
    expect_failure("echo '{\"Version\": 1}'", ERROR_PERMANENT, "the response has no AccessKeyId");
    expect_failure("printf 'a\\0b'", ERROR_PERMANENT, "wrote a NUL byte");
}

Test(credential_command, floods)
{
    const gint64 start_us = clock_now_us();

    expect_failure("sh -c 'cat /dev/zero'", ERROR_PERMANENT, "sh wrote more than 64 KiB");
    expect_failure("sh -c 'head -c 1000000 /dev/zero >&2; echo >&2; echo end >&2; exit 1'", ERROR_PERMANENT,
                   "sh exited with status 1: end");
    expect_keys("sh -c 'printf \"%60000s\" \"$0\"' '" KEYS "}'", NULL, CREDENTIALS_FOREVER);
    cr_assert_lt(clock_now_us() - start_us, 30 * CLOCK_US_PER_S);
}

/* A helper that keeps running holds the other ends of the pipes. */
Test(credential_command, what_it_leaves_behind_is_not_waited_for)
{
    const gint64 start_us = clock_now_us();

    expect_keys("sh -c 'sleep 20 & echo \"$0\"' '" KEYS "}'", NULL, CREDENTIALS_FOREVER);
    cr_assert_lt(clock_now_us() - start_us, 15 * CLOCK_US_PER_S);
}

static void on_output(const char *output, const GError *error, void *user)
{
    cr_assert_null(output);
    *(GError **)user = g_error_copy(error);
}

/* All processes that the command has started are killed too. */
Test(credential_command, a_hanging_one_is_killed)
{
    static const char *const argv[] = {"sh", "-c", "sleep 1000 & echo $! >&2; sleep 1000; :", NULL};
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GVariant) environment = g_variant_ref_sink(g_variant_new_parsed("@a{ss} {}"));
    g_autoptr(GError) error = NULL;
    const Command command = {argv, environment, context, 1};
    const char *pid;
    gint64 deadline_us = clock_now_us() + 10 * CLOCK_US_PER_S;

    cr_assert_not_null(credential_command_runner.start(&command, on_output, &error, NULL));
    while (error == NULL)
        g_main_context_iteration(context, TRUE);
    cr_assert_eq(error_class(error), ERROR_TRANSIENT);
    cr_assert(g_str_has_prefix(error->message, "sh did not finish in time and was killed: "), "%s",
              error->message);
    pid = error->message + strlen("sh did not finish in time and was killed: ");
    while (kill((pid_t)g_ascii_strtoll(pid, NULL, 10), 0) == 0 && clock_now_us() < deadline_us)
        g_usleep(10000);
    cr_assert_lt(clock_now_us(), deadline_us, "what it has started lives on");
}

Test(credential_command, can_be_cancelled)
{
    static const char *const argv[] = {"sleep", "1000", NULL};
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GVariant) environment = g_variant_ref_sink(g_variant_new_parsed("@a{ss} {}"));
    const Command command = {argv, environment, context, 60};
    CommandRun *run = credential_command_runner.start(&command, on_output, NULL, NULL);

    cr_assert_not_null(run);
    credential_command_runner.cancel(run);
    credential_command_runner.cancel(NULL);
    cr_assert_not(g_main_context_iteration(context, FALSE));
}

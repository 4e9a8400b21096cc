#include "s3/aws/credentials_process.h"

#include "base/error.h"
#include "s3/aws/command_line.h"
#include "s3/aws/credentials_json.h"
#include "s3/aws/late_answer.h"

#define SOURCE "credential_process"

/* Some commands ask another service, which may be slow; none waits for a person. */
#define TIMEOUT_S 60u

typedef struct {
    CredentialsProvider provider;
    char *command_line;
    GVariant *environment;
    const CommandRunner *runner;
    GMainContext *context;
    CommandRun *run;
    LateAnswer *failure;
    CredentialsDone done;
    void *user;
} KeysCommand;

static void on_output(const char *output, const GError *failure, void *user)
{
    KeysCommand *keys = user;
    g_autoptr(Credentials) credentials = NULL;
    g_autoptr(GError) error = NULL;

    keys->run = NULL;
    if (failure == NULL)
        credentials = credentials_from_json(output, CREDENTIALS_JSON_PROCESS, SOURCE, &error);
    else
        error_set(&error, error_class(failure), SOURCE ": %s", failure->message);
    keys->done(credentials, error, keys->user);
}

static void command_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    KeysCommand *keys = (KeysCommand *)provider;
    GError *error = NULL;
    g_auto(GStrv) argv = command_line_split(keys->command_line, &error);

    keys->done = done;
    keys->user = user;
    if (argv != NULL)
        keys->run = keys->runner->start(&(Command){.argv = (const char *const *)argv,
                                                   .environment = keys->environment,
                                                   .context = keys->context,
                                                   .timeout_s = TIMEOUT_S},
                                        on_output, keys, &error);
    if (keys->run == NULL) {
        g_prefix_error(&error, SOURCE ": ");
        late_answer_give(keys->failure, NULL, error, done, user);
    }
}

static void command_free(CredentialsProvider *provider)
{
    KeysCommand *keys = (KeysCommand *)provider;

    keys->runner->cancel(keys->run);
    late_answer_free(keys->failure);
    g_variant_unref(keys->environment);
    g_main_context_unref(keys->context);
    g_free(keys->command_line);
    g_free(keys);
}

CredentialsProvider *credentials_process_new(const char *command_line, GVariant *environment,
                                             const CommandRunner *runner, GMainContext *context)
{
    KeysCommand *keys = g_new0(KeysCommand, 1);

    keys->provider = (CredentialsProvider){command_fetch, command_free};
    keys->command_line = g_strdup(command_line);
    keys->environment = g_variant_ref(environment);
    keys->runner = runner;
    keys->context = g_main_context_ref(context);
    keys->failure = late_answer_new(context);
    return &keys->provider;
}

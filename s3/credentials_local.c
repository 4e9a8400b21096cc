#include "s3/credentials_local.h"

#include "base/timer.h"
#include "s3/credentials_file.h"

typedef struct {
    CredentialsProvider provider;
    Credentials *credentials; /* fixed */
    GVariant *environment;    /* of a profile */
    Timer *answer;
    CredentialsDone done;
    void *user;
} Local;

static void local_answer(void *data)
{
    Local *local = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Credentials) credentials = local->credentials != NULL
                                             ? credentials_ref(local->credentials)
                                             : credentials_from_file(local->environment, &error);

    local->done(credentials, error, local->user);
}

static void local_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    Local *local = (Local *)provider;

    local->done = done;
    local->user = user;
    timer_set(local->answer, 0);
}

static void local_free(CredentialsProvider *provider)
{
    Local *local = (Local *)provider;

    timer_free(local->answer);
    credentials_unref(local->credentials);
    g_clear_pointer(&local->environment, g_variant_unref);
    g_free(local);
}

static Local *local_new(GMainContext *context)
{
    Local *local = g_new0(Local, 1);

    local->provider = (CredentialsProvider){local_fetch, local_free};
    local->answer = timer_new(context, local_answer, local);
    return local;
}

CredentialsProvider *credentials_fixed_new(Credentials *credentials, GMainContext *context)
{
    Local *local = local_new(context);

    local->credentials = credentials_ref(credentials);
    return &local->provider;
}

CredentialsProvider *credentials_profile_new(GVariant *environment, GMainContext *context)
{
    Local *local = local_new(context);

    local->environment = g_variant_ref(environment);
    return &local->provider;
}

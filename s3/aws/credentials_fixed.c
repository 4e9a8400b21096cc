#include "s3/aws/credentials_fixed.h"

#include "s3/aws/late_answer.h"

typedef struct {
    CredentialsProvider provider;
    Credentials *credentials;
    LateAnswer *answer;
} Fixed;

static void fixed_fetch(CredentialsProvider *provider, CredentialsDone done, void *user)
{
    Fixed *fixed = (Fixed *)provider;

    late_answer_give(fixed->answer, fixed->credentials, NULL, done, user);
}

static void fixed_free(CredentialsProvider *provider)
{
    Fixed *fixed = (Fixed *)provider;

    late_answer_free(fixed->answer);
    credentials_unref(fixed->credentials);
    g_free(fixed);
}

CredentialsProvider *credentials_fixed_new(Credentials *credentials, GMainContext *context)
{
    Fixed *fixed = g_new0(Fixed, 1);

    fixed->provider = (CredentialsProvider){fixed_fetch, fixed_free};
    fixed->credentials = credentials_ref(credentials);
    fixed->answer = late_answer_new(context);
    return &fixed->provider;
}

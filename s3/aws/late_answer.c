#include "s3/aws/late_answer.h"

#include "base/timer.h"

struct LateAnswer {
    Timer *timer;
    Credentials *credentials;
    GError *error;
    CredentialsDone done;
    void *user;
};

/* done may free the answer. */
static void tell(void *data)
{
    LateAnswer *answer = data;
    g_autoptr(Credentials) credentials = g_steal_pointer(&answer->credentials);
    g_autoptr(GError) error = g_steal_pointer(&answer->error);

    answer->done(credentials, error, answer->user);
}

LateAnswer *late_answer_new(GMainContext *context)
{
    LateAnswer *answer = g_new0(LateAnswer, 1);

    answer->timer = timer_new(context, tell, answer);
    return answer;
}

void late_answer_free(LateAnswer *answer)
{
    if (answer == NULL)
        return;
    timer_free(answer->timer);
    credentials_unref(answer->credentials);
    g_clear_error(&answer->error);
    g_free(answer);
}

void late_answer_give(LateAnswer *answer, Credentials *credentials, GError *error, CredentialsDone done,
                      void *user)
{
    answer->credentials = credentials != NULL ? credentials_ref(credentials) : NULL;
    answer->error = error;
    answer->done = done;
    answer->user = user;
    timer_set(answer->timer, 0);
}

/* Delivers a provider's result that is known at once from the main loop, as CredentialsDone demands. One
 * result at a time. Supervisor only; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

typedef struct LateAnswer LateAnswer;

LateAnswer *late_answer_new(GMainContext *context);

/* Frees answer without calling done. answer may be NULL. */
void late_answer_free(LateAnswer *answer);

/* Calls done once, soon. Exactly one of credentials and error is NULL. Keeps a reference of credentials,
 * takes ownership of error. */
void late_answer_give(LateAnswer *answer, Credentials *credentials, GError *error, CredentialsDone done,
                      void *user);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LateAnswer, late_answer_free)

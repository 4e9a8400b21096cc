/* What a provider knows at once, told from the main loop, as CredentialsDone demands. For providers: one
 * answer at a time. Supervisor only; single-threaded. */
#pragma once

#include <glib.h>

#include "s3/aws/credentials_provider.h"

typedef struct LateAnswer LateAnswer;

LateAnswer *late_answer_new(GMainContext *context);

/* Without a call. NULL is allowed. */
void late_answer_free(LateAnswer *answer);

/* Calls done soon, once. Exactly one of the two is NULL; keeps a reference of credentials, takes error. */
void late_answer_give(LateAnswer *answer, Credentials *credentials, GError *error, CredentialsDone done,
                      void *user);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LateAnswer, late_answer_free)

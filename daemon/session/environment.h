/* The user's environment, which the supervisor needs to find credentials and the state directory, and a
 * credential_process to run in: taken out of the main process's own, handed over by message. */
#pragma once

#include <glib.h>

typedef struct Environment Environment;

/* Takes all variables, and overwrites the secret ones (AWS_SECRET_ACCESS_KEY,
 * AWS_SESSION_TOKEN and the like) in this process's environment, so that neither /proc/PID/environ nor any
 * child shows them. They are kept as secrets (base/secret.h), for each supervisor that is to be started.
 * Values that are not UTF-8 are left out. */
Environment *environment_take(void);

/* As a floating a{ss}. */
GVariant *environment_to_variant(const Environment *environment);

/* NULL is allowed. */
void environment_free(Environment *environment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Environment, environment_free)

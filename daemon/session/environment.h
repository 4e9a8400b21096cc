/* The user's environment, taken out of the main process's own environment and sent to the supervisor as a
 * message. The supervisor needs it to find credentials and the state directory, and to run a
 * credential_process. */
#pragma once

#include <glib.h>

typedef struct Environment Environment;

/* Copies all variables, and overwrites the secret ones (AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and the
 * like) in this process's environment, so that neither /proc/PID/environ nor any child shows them. The copies
 * are kept as secrets (base/secret.h), for each supervisor that will be started. Values that are not UTF-8
 * are left out. */
Environment *environment_take(void);

/* The variables as a floating a{ss}. */
GVariant *environment_to_variant(const Environment *environment);

/* environment may be NULL. */
void environment_free(Environment *environment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Environment, environment_free)

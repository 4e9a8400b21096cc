/* The user's environment, taken out of the main process's own environment and sent to the supervisor as a
 * message. The supervisor needs it to find credentials and the state directory, and to run a
 * credential_process. */
#pragma once

#include <glib.h>

typedef struct Environment Environment;

/* At the first call, copies all variables, and overwrites the secret ones (AWS_SECRET_ACCESS_KEY,
 * AWS_SESSION_TOKEN and the like) in this process's environment, so that neither /proc/PID/environ nor any child
 * shows them. The copies are kept as secrets (base/secret.h) until the process ends, for each supervisor that will
 * be started. Values that are not UTF-8 are left out. */
const Environment *environment_take(void);

/* The variables as a floating a{ss}. */
GVariant *environment_to_variant(const Environment *environment);

/* The user's environment, which the supervisor needs to find credentials and the state directory, and a
 * credential_process to run in: taken from the main process's own, handed over by message, and its secrets
 * wiped here. */
#pragma once

#include <glib.h>

/* All variables as a floating a{ss}. Those that are not UTF-8 are left out. */
GVariant *environment_for_supervisor(void);

/* Overwrites the secret ones (AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and the like) in this process's
 * environment, so that neither /proc/PID/environ nor any child shows them. */
void environment_wipe_secrets(void);

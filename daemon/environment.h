/* The user's environment, as far as the supervisor needs it to find credentials and the state directory:
 * taken from the main process's own, handed over by message, and wiped here. */
#pragma once

#include <glib.h>

/* The variables AWS_*, HOME and STATE_DIRECTORY as a floating a{ss}. Values that are not UTF-8 are left out.
 */
GVariant *environment_for_supervisor(void);

/* Overwrites the secret ones (AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and the like) in this process's
 * environment, so that neither /proc/PID/environ nor any child shows them. */
void environment_wipe_secrets(void);

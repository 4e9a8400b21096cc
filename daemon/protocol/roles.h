/* The executables of the roles: where they are, and what environment they get. */
#pragma once

#include <glib.h>

#include "concurrent/process_executor.h"

typedef enum { ROLE_SUPERVISOR, ROLE_WORKER, ROLE_IMAGER } Role;

/* "supervisor", "worker", "imager". */
const char *role_name(Role role);

/* Its executable: beside the running one (a build tree), else where it was installed. NULL, with class
 * ERROR_CONFIG, if it is at neither place. Owned by the caller. */
char *role_executable(Role role, GError **error);

/* The explicit environment of a role: a fixed locale, and what a developer sets for sanitizers and GLib.
 * Nothing else of this process's environment passes, so no credential does. Owned by the caller (g_strfreev).
 */
GStrv role_environment(void);

/* The first thing that a role does. Leaves and says so unless a parent started this process with a channel:
 * roles are not for people. */
void role_expect_parent(Role role);

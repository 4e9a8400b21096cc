/* The executables of the roles: their paths, and their environment. */
#pragma once

#include <glib.h>

#include "concurrent/process_executor.h"

typedef enum { ROLE_SUPERVISOR, ROLE_WORKER, ROLE_IMAGER, ROLE_WEB } Role;

/* "supervisor", "worker", "imager", "web". */
const char *role_name(Role role);

/* The path of the role's executable: next to the running one (in a build tree), else where it was installed.
 * NULL, with class ERROR_CONFIG, if it is in neither place. Owned by the caller. */
char *role_executable(Role role, GError **error);

/* The explicit environment of a role: a fixed locale, and the variables for sanitizers and GLib that a
 * developer sets. Nothing else of this process's environment is passed on, so no credentials are. Owned by
 * the caller (g_strfreev). */
GStrv role_environment(void);

/* The first thing that a role does. Exits with an error message unless a parent started this process with a
 * channel: roles are not started by people. */
void role_expect_parent(Role role);

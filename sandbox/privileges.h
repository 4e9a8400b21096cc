/* The privileges of a process beyond its user: capabilities (capabilities(7)), and what programs that it
 * starts may gain. Used by every role; none of them needs more than root's permission to access files of
 * other users, and only if it was started as root. */
#pragma once

#include <glib.h>

typedef enum {
    /* No capability. */
    PRIVILEGES_NONE,
    /* Read and write files of other users, if the process had that capability: for a store that is a
     * directory. */
    PRIVILEGES_FILES,
    /* In addition, change the owner and group of files: for the process that creates sockets and reports. */
    PRIVILEGES_OWNERS,
} Privileges;

/* Gives up all capabilities except these, for this process and the programs that it starts. Does nothing if
 * the process has no other capabilities, so that it also works where capset(2) is forbidden. Class
 * ERROR_INTERNAL. */
gboolean privileges_drop(Privileges keep, GError **error);

/* Ensures that no program that this process starts can gain privileges from set-user-ID or file capabilities.
 * FALSE with errno. */
gboolean privileges_forbid_new(void);

/* Prevents processes of the same user from tracing this process or reading its memory, and disables core
 * files. */
void privileges_hide(void);

/* The privileges of this process as text: "no new privileges, not dumpable, no capabilities". Owned by the
 * caller. */
char *privileges_describe(void);

/* Whether the process is root, even without capabilities: it owns root's files. */
gboolean privileges_is_root(void);

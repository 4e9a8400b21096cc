/* What a process may do beyond its user: capabilities (capabilities(7)), and what the programs that it starts
 * may gain. Used by every role; none of them needs more than root's right to files of other users, and that
 * only where it was started as root. */
#pragma once

#include <glib.h>

typedef enum {
    /* No capability. */
    PRIVILEGES_NONE,
    /* To read and write files of other users, where it had that: of a store that is a directory. */
    PRIVILEGES_FILES,
    /* The same, and to give files to a user or group: of the process that owns sockets and reports. */
    PRIVILEGES_OWNERS,
} Privileges;

/* Gives up all capabilities but these, for this process and the programs that it starts. A process that has
 * no others stays as it is, also where capset(2) is forbidden. Class ERROR_INTERNAL. */
gboolean privileges_drop(Privileges keep, GError **error);

/* No program that this process starts can gain anything by being set-user-ID or by its file's capabilities.
 * FALSE with errno. */
gboolean privileges_forbid_new(void);

/* Nobody of the same user can trace this process or read its memory, and it leaves no core file. */
void privileges_hide(void);

/* The state of this process in words: "no new privileges, not dumpable, no capabilities". Owned by the
 * caller. */
char *privileges_describe(void);

/* Whether the process is root, also without capabilities: files of root are its own. */
gboolean privileges_is_root(void);

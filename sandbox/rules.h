/* The files and network ports that a sandbox leaves accessible. Plain values. */
#pragma once

#include <glib.h>

typedef enum {
    SANDBOX_READ,    /* read the file, or everything below the directory */
    SANDBOX_EXECUTE, /* SANDBOX_READ, and execute */
    SANDBOX_CHANGE,  /* SANDBOX_READ, and write files, create files and directories, remove files */
} SandboxAccess;

/* A path that does not exist is skipped: it stays forbidden if it appears later. Symbolic links are resolved
 * once, when the sandbox is entered. */
typedef struct {
    const char *path;
    SandboxAccess access;
} SandboxPath;

typedef struct {
    const SandboxPath *paths;
    gsize n_paths;
    const guint16 *ports; /* allowed for outgoing TCP connections; before Linux 6.7 all are allowed */
    gsize n_ports;
    guint modes; /* permissions that fchmod(2) may set; 0: it is denied */
} SandboxRules;

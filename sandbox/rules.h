/* What a sandbox leaves open of files and the network. Plain values. */
#pragma once

#include <glib.h>

typedef enum {
    SANDBOX_READ,    /* the file, or everything below the directory */
    SANDBOX_EXECUTE, /* the same, and run it */
    SANDBOX_CHANGE,  /* the same as SANDBOX_READ; write files, make files and directories, remove files */
} SandboxAccess;

/* A path that does not exist is left out: it stays forbidden when it appears later. Symbolic links are
 * followed once, when the sandbox is entered. */
typedef struct {
    const char *path;
    SandboxAccess access;
} SandboxPath;

typedef struct {
    const SandboxPath *paths;
    gsize n_paths;
    const guint16 *ports; /* to which TCP may connect; a kernel older than Linux 6.7 allows all */
    gsize n_ports;
    guint modes; /* permissions that an open file may be given; 0: they stay as they are */
} SandboxRules;

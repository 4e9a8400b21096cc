/* The interface by which s3/ runs a command whose output is a secret. The caller implements it, as s3/ starts
 * no processes. Supervisor only; single-threaded. */
#pragma once

#include <glib.h>

typedef struct CommandRun CommandRun;

/* Borrowed during a call. */
typedef struct {
    const char *const *argv; /* argv[0] is searched for in PATH if it has no '/' */
    GVariant *environment;   /* a{ss} */
    GMainContext *context;
    guint timeout_s;
} Command;

/* Exactly one of output and error is NULL. output is the standard output of a command that ended with status
 * 0, NUL-terminated, without other NULs; borrowed, and wiped after the call. Class ERROR_TRANSIENT: timeout;
 * ERROR_PERMANENT: the command cannot be run, failed or wrote too much, with the end of its standard error;
 * ERROR_INTERNAL. The run is already freed. */
typedef void (*CommandDone)(const char *output, const GError *error, void *user);

typedef struct {
    /* done is called once, from the command's context, never from start. Class ERROR_PERMANENT,
     * ERROR_INTERNAL. */
    CommandRun *(*start)(const Command *command, CommandDone done, void *user, GError **error);
    /* Kills the command; done is not called. run may be NULL. */
    void (*cancel)(CommandRun *run);
} CommandRunner;

/* How s3/ runs a command whose output is a secret: by somebody else, as it starts no processes. Supervisor
 * only; single-threaded. */
#pragma once

#include <glib.h>

typedef struct CommandRun CommandRun;

/* Borrowed during a call. */
typedef struct {
    const char *const *argv; /* the first is searched for in PATH if it has no '/' */
    GVariant *environment;   /* a{ss} */
    GMainContext *context;
    guint timeout_s;
} Command;

/* Exactly one of the two is NULL. output is what the command, having ended with status 0, wrote to its
 * standard output, NUL-terminated, without NUL in it; borrowed, and wiped after the call. Class
 * ERROR_TRANSIENT: it took too long; ERROR_PERMANENT: it cannot be run, failed or wrote too much, with the
 * last words of its standard error; ERROR_INTERNAL. The run is gone by then. */
typedef void (*CommandDone)(const char *output, const GError *error, void *user);

typedef struct {
    /* done is called once, from the command's context, never from here. Class ERROR_PERMANENT,
     * ERROR_INTERNAL. */
    CommandRun *(*start)(const Command *command, CommandDone done, void *user, GError **error);
    /* Kills it, without a call. NULL is allowed. */
    void (*cancel)(CommandRun *run);
} CommandRunner;

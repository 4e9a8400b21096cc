/* A machine with things that a worker must not access: a home directory with keys, secrets, a shell, and a
 * process that plays the supervisor. Created for each test, and removed after it. */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
    char *folder;
    char *key_file;    /* mode 0400 */
    char *aws;         /* .aws/credentials in a home directory */
    char *secrets;     /* a directory of credentials, as service managers create it */
    char *source;      /* a directory store, like destination; contains a link "link" to .aws in the home
                        * directory */
    char *destination; /* contains one file, "old" */
    char *ca_file;
    char *control;    /* a Unix socket that listens */
    int listener;     /* the descriptor of control */
    char *program;    /* plays the imager: a copy of true(1) */
    pid_t supervisor; /* sleeps; has SECRET in its memory and environment */
} Machine;

void machine_init(Machine *machine);
void machine_clear(Machine *machine);

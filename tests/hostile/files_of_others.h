/* A machine with what a worker must not reach: a home with keys, secrets, a shell; and a process beside it
 * that stands for the supervisor. Made for each test, and removed after it. */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
    char *folder;
    char *key_file;    /* mode 0400 */
    char *aws;         /* a home's .aws/credentials */
    char *secrets;     /* a directory of credentials, as service managers make them */
    char *source;      /* the directories of stores; in the source is a link to the home's .aws, "link" */
    char *destination; /* with one file in it, "old" */
    char *ca_file;
    char *control;    /* a Unix socket, on which somebody listens */
    int listener;     /* on that */
    char *program;    /* that stands for the imager: a copy of true(1) */
    pid_t supervisor; /* sleeps; has SECRET in its memory and environment */
} Machine;

void machine_init(Machine *machine);
void machine_clear(Machine *machine);

/* What a taken-over process tries, and what must come of it. Attempts change only what the test has made, so
 * that a sandbox that fails harms nobody. The attempts run one after the other in a child that has entered
 * its sandbox; it writes each result to a pipe, since assertions do not work there. */
#pragma once

#include <glib.h>

/* Returns 0 if the attempt succeeded, else the errno by which it was refused. */
typedef int (*AttemptFunc)(const char *argument);

typedef struct {
    const char *name;
    AttemptFunc func;
    const char *argument;
} Attempt;

/* Of what failed; 0 when it worked. */
int attempt_failure(long result);

/* Attempts to read a file, and to list a directory. */
int attempt_read(const char *path);
int attempt_list(const char *path);

/* Enters the sandbox in a child by enter(), makes all attempts, and asserts that each was refused, by an
 * errno that a sandbox gives (EACCES, EPERM, ENOSYS, and EXDEV for links out of what is open). enter returns
 * FALSE if it cannot be entered. Prints how many there were. */
void attempts_expect_refused(gboolean (*enter)(void), const Attempt *attempts, gsize n);

/* Attempts of a compromised process, and their expected results. Attempts change only files and processes
 * that the test has created, so that a sandbox that fails harms nobody. They run one after the other in a
 * child that has entered its sandbox; the child writes each result to a pipe, since assertions do not work
 * there. */
#pragma once

#include <glib.h>

/* Returns 0 if the attempt succeeded, else the errno by which it was refused. */
typedef int (*AttemptFunc)(const char *argument);

typedef struct {
    const char *name;
    AttemptFunc func;
    const char *argument;
} Attempt;

/* The errno of a failed system call; 0 if it succeeded. */
int attempt_failure(long result);

/* Attempts to read a file, and to list a directory. */
int attempt_read(const char *path);
int attempt_list(const char *path);

/* Calls enter() in a child to enter the sandbox, makes all attempts, and asserts that each was refused with
 * an errno that a sandbox returns (EACCES, EPERM, ENOSYS, and EXDEV for links out of accessible directories).
 * enter returns FALSE if the sandbox cannot be entered. Prints the number of attempts. */
void attempts_expect_refused(gboolean (*enter)(void), const Attempt *attempts, gsize n);

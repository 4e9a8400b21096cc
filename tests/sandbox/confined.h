/* Shared by the tests of the sandbox: each rule is tested by a child in the sandbox, which reports by its
 * exit status, because a failed assertion in a forked child would hang the run. */
#pragma once

#include <glib.h>

/* The exit status of a child that could not enter the sandbox. */
#define NO_SANDBOX 99

typedef int (*ChildFunc)(void);

/* Runs func() in a child, in the sandbox or not, and returns its wait status. */
int confined_run(ChildFunc func, gboolean sandboxed);

/* Asserts that func(), in the sandbox, returns expected, or is killed by SIGSYS. what: for the error text. */
void confined_expect_exit(ChildFunc func, int expected, const char *what);
void confined_expect_killed(ChildFunc func, const char *what);

/* The errno of a failed system call, as an exit status; 0 if it succeeded. */
int confined_failure(long result);

/* A ChildFunc that opens a file by its name. */
int confined_open_file(void);

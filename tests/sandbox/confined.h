/* What the tests of the sandbox share: each rule is tried by a child in it, which reports by its exit status,
 * because a failed assertion in a forked child would hang the run. */
#pragma once

#include <glib.h>

/* The exit status of a child that could not enter the sandbox. */
#define NO_SANDBOX 99

typedef int (*ChildFunc)(void);

/* The wait status of func() in a child, in the sandbox or not. */
int confined_run(ChildFunc func, gboolean sandboxed);

/* In the sandbox, func() returns expected, or is killed by SIGSYS. what: for the text. */
void confined_expect_exit(ChildFunc func, int expected, const char *what);
void confined_expect_killed(ChildFunc func, const char *what);

/* Of what failed, as an exit status; 0 when it worked. */
int confined_failure(long result);

/* One thing to try: opens a file by its name. */
int confined_open_file(void);

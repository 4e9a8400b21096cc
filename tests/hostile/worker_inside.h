/* Shared by the files of test_worker_inside.c: a machine, and the sandbox of a worker on it. */
#pragma once

#include "files_of_others.h"

/* The only port of this worker's servers and proxies. */
#define INSIDE_PORT 8443

/* Created before each test, and removed after it. */
extern Machine machine;

/* Enters the sandbox of a worker whose stores are machine's directories. FALSE on failure. */
gboolean inside_enter(void);

/* Same as inside_enter(), but without Landlock, as with sandbox: best-effort. */
gboolean inside_enter_without_landlock(void);

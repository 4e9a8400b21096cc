/* What the files of test_worker_inside.c share: a machine, and the sandbox of a worker on it. */
#pragma once

#include "files_of_others.h"

/* The only port that servers and proxies of this worker have. */
#define INSIDE_PORT 8443

/* Made before each test, and removed after it. */
extern Machine machine;

/* Enters the sandbox of a worker whose stores are machine's directories. FALSE if that cannot be. */
gboolean inside_enter(void);

/* The same without Landlock, of a configuration with sandbox: best-effort. */
gboolean inside_enter_without_landlock(void);

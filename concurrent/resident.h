/* A process's resident memory, as given by /proc. For worker.c. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Opens the process's statm; the caller closes it. -1 if the process is gone. */
int resident_open(pid_t pid);

/* 0 if it is unknown. */
guint64 resident_bytes(int statm);

/* How much memory a process has resident, as /proc tells. For worker.c. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* The process's statm, the caller's to close; -1 if it is gone. */
int resident_open(pid_t pid);

/* 0 if that is not to be known. */
guint64 resident_bytes(int statm);

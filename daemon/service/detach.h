/* Runs a daemon in the background, with a pid file, on systems without a service manager. Used by the main
 * process, before it starts anything.
 *
 * This is the only place where a fork is not followed by exec: the new process continues as this program,
 * with nothing open and no thread. */
#pragma once

#include <glib.h>

/* Creates the pid file, and locks it for the lifetime of this process, so that it cannot become stale. FALSE
 * with class ERROR_CONFIG if it cannot be created, or with ERROR_PERMANENT, naming the holder, if it is
 * locked. *ret_fd is the caller's, and must be kept open. */
gboolean detach_take_pid_file(const char *path, int *ret_fd, GError **error);

/* Writes this process's pid to the pid file. */
gboolean detach_write_pid(int fd, GError **error);

/* Continues in the background. Returns in the new process, whose standard descriptors are /dev/null, with the
 * descriptor for detach_ready(). The old process waits until the new one is ready, and exits with status 0;
 * if the new process exits earlier, the old one exits with the same status. -1 with class ERROR_INTERNAL if
 * the process cannot be created. */
int detach_begin(GError **error);

/* Lets the old process exit. Takes the descriptor. */
void detach_ready(int fd);

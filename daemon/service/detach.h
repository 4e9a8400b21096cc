/* A daemon for systems without a service manager: in the background, with a pid file. Used by the main
 * process, before it has started anything.
 *
 * This is the one place where a fork is not followed by exec: the process that goes on is this one, with
 * nothing open and no thread. */
#pragma once

#include <glib.h>

/* Takes the pid file: creates it, and locks it for the life of this process, so that it cannot go stale.
 * FALSE with class ERROR_CONFIG if it cannot be made, or ERROR_PERMANENT, naming its holder, if it is held.
 * *ret_fd is the caller's, to be kept open. */
gboolean detach_take_pid_file(const char *path, int *ret_fd, GError **error);

/* Writes this process's number into it. */
gboolean detach_write_pid(int fd, GError **error);

/* Goes into the background. Returns in the new process, whose standard descriptors are /dev/null, with the
 * descriptor by which it says that it is ready. The old one waits for that, and leaves with status 0, or with
 * that of the new one if it ends before. -1 with class ERROR_INTERNAL if there is no process to be had. */
int detach_begin(GError **error);

/* The old process may go. Takes the descriptor. */
void detach_ready(int fd);

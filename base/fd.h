/* File descriptors: each is owned by exactly one variable, and always close-on-exec. */
#pragma once

#include <glib.h>

/* Closes *fd if it is not negative, and sets it to -1. errno is kept. */
void fd_clear(int *fd);

/* `autofd int fd = -1;` closes the descriptor at the end of the scope; fd_steal() keeps it open. */
#define autofd __attribute__((cleanup(fd_clear)))

/* Returns *fd and sets it to -1: the caller owns it now. */
int fd_steal(int *fd);

/* Writes all bytes, restarting on EINTR. On failure returns FALSE and sets errno. */
gboolean fd_write_all(int fd, const void *data, gsize size_bytes);

/* Reads until end of file, at most max_bytes; more is an error of class ERROR_LIMIT. `what` names the file in
 * errors. Returns a NUL-terminated buffer (the NUL is not counted), owned by the caller, or NULL. */
char *fd_read_all(int fd, gsize max_bytes, const char *what, gsize *ret_size, GError **error);

/* Like fd_read_all(), for a file by name. Class ERROR_CONFIG if it cannot be opened. */
char *fd_read_file(const char *path, gsize max_bytes, gsize *ret_size, GError **error);

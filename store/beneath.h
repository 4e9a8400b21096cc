/* Opens paths below a directory that others may write to as well. Each step starts from the open directory of
 * the previous step, and follows no symbolic link that somebody else made: whoever may write to the tree
 * cannot make us read or write elsewhere, whatever they replace and when. (openat2(2) with RESOLVE_BENEATH
 * would do some of that, on Linux 5.6 and later; it neither makes folders nor checks who owns a link.) Used
 * wherever files are read or written; blocks on the disk.
 * docs/adr/0057-symbolic-links-in-directory-stores.md */
#pragma once

#include <glib.h>

/* Relative paths have no empty, "." or ".." component. */

/* Opens root for the functions below. Symbolic links on the way to it are the operator's and are followed. -1
 * with errno. */
int beneath_open_root(const char *root);

/* Opens the folder `relative` ("": root itself) below root_fd, with O_PATH. make_mode: missing folders are
 * made with this mode, whatever the umask; 0: they are not made. Symbolic links fail with ELOOP, except for
 * links directly in root that belong to the superuser or to this process's user: an output may have a disk of
 * its own. -1 with errno. */
int beneath_open_folder(int root_fd, const char *relative, guint make_mode);

/* Opens the file root/relative for reading, without waiting for the other end of a pipe. Links that lead to
 * places below root are followed; others fail with ELOOP. root ends with '/'. -1 with errno. */
int beneath_open_file(const char *root, const char *relative);

/* Whether a link of this owner, directly in the root of a destination, may lead out of it. */
gboolean beneath_is_trusted_link(guint uid);

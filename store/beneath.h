/* Paths below a directory that others may write into as well. Every step is taken from the directory of the
 * step before, and goes through no symbolic link that somebody else made: whoever may write into the tree
 * cannot have us read or write elsewhere, whatever he exchanges and when. (openat2(2) with RESOLVE_BENEATH
 * would do some of that, on Linux 5.6 and later; it neither makes folders nor asks whose a link is.) Used by
 * whoever reads or writes files; blocks on the disk.
 * docs/adr/0057-symbolic-links-in-directory-stores.md */
#pragma once

#include <glib.h>

/* Relative paths have no empty, "." or ".." component. */

/* Opens root for the functions below: symbolic links on the way to it are the operator's. -1 with errno. */
int beneath_open_root(const char *root);

/* Opens the folder `relative` ("": root itself) below root_fd, with O_PATH. make_mode: folders that are
 * missing are made, with this mode whatever the umask; 0: they are not. Links are in the way (ELOOP), except
 * in root itself those of root, the user, and of this process's user: an output may have a disk of its own.
 * -1 with errno. */
int beneath_open_folder(int root_fd, const char *relative, guint make_mode);

/* Opens the file root/relative for reading, and where it is no plain file not even that: nobody waits for a
 * pipe. Links that lead to places below root are followed; another one is in the way (ELOOP). root ends with
 * '/'. -1 with errno. */
int beneath_open_file(const char *root, const char *relative);

/* Whether the link of this owner may lead out of a destination, if it is in its root. */
gboolean beneath_is_trusted_link(guint uid);

/* Descriptors that are sent with a message. A GVariant of type "h" in the message is an index into this list.
 *
 * The list owns its descriptors: those that are not taken out are closed with the list, so that refusing a
 * message half-way leaks nothing. */
#pragma once

#include <glib.h>

#include "base/limits.h"

typedef struct {
    int fds[LIMIT_MESSAGE_FDS + 1]; /* one more, as a large payload has a descriptor of its own */
    guint count;
} FdList;

FdList *fd_list_new(void);

/* Takes ownership of fd; returns its index. More than LIMIT_MESSAGE_FDS is a programming error. */
gint32 fd_list_append(FdList *list, int fd);

/* Takes a descriptor out of the list; the caller then owns it. -1 if there is none at this index or it was
 * taken before. */
int fd_list_steal(FdList *list, gint32 index);

/* Duplicates all descriptors, for a message that may have to be sent twice. Returns NULL for NULL, and if dup
 * fails, with *error set (ERROR_INTERNAL). */
FdList *fd_list_dup(const FdList *list, GError **error);

/* Closes the remaining descriptors. list may be NULL. A list in the caller's storage is initialized with
 * count = 0 and cleared. */
void fd_list_clear(FdList *list);
void fd_list_free(FdList *list);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FdList, fd_list_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FdList, fd_list_clear)

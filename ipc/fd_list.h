/* Descriptors that travel with a message. A GVariant of type "h" in the message is an index into this list.
 *
 * The list owns what is in it: what nobody takes out is closed with the list, so that a message which is
 * refused half-way leaks nothing. */
#pragma once

#include <glib.h>

#include "base/limits.h"

typedef struct {
    int fds[LIMIT_MESSAGE_FDS + 1]; /* one more: a large payload rides as a descriptor of its own */
    guint count;
} FdList;

FdList *fd_list_new(void);

/* Takes fd; returns its index. More than LIMIT_MESSAGE_FDS is a programming error. */
gint32 fd_list_append(FdList *list, int fd);

/* A descriptor out of the list, owned by the caller now; -1 if there is none at this index or it was taken
 * before. */
int fd_list_steal(FdList *list, gint32 index);

/* The same list in new descriptors, for a message that may have to be sent twice. NULL gives NULL, and so
 * does a failing dup, with *error set (ERROR_INTERNAL). */
FdList *fd_list_dup(const FdList *list, GError **error);

/* Closes what is left in it. NULL is allowed. A list in the caller's storage begins with count = 0 and is
 * cleared. */
void fd_list_clear(FdList *list);
void fd_list_free(FdList *list);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FdList, fd_list_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FdList, fd_list_clear)

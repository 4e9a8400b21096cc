#include "ipc/fd_list.h"

#include <errno.h>
#include <fcntl.h>

#include "base/error.h"
#include "base/fd.h"

FdList *fd_list_new(void)
{
    return g_new0(FdList, 1);
}

gint32 fd_list_append(FdList *list, int fd)
{
    g_assert(list->count < G_N_ELEMENTS(list->fds));
    list->fds[list->count] = fd;
    return (gint32)list->count++;
}

int fd_list_steal(FdList *list, gint32 index)
{
    if (list == NULL || index < 0 || (guint)index >= list->count)
        return -1;
    return fd_steal(&list->fds[index]);
}

FdList *fd_list_dup(const FdList *list, GError **error)
{
    g_autoptr(FdList) copy = NULL;

    if (list == NULL)
        return NULL;
    copy = fd_list_new();
    for (guint i = 0; i < list->count; i++) {
        int fd = fcntl(list->fds[i], F_DUPFD_CLOEXEC, 0);

        if (fd < 0) {
            error_set_errno(error, ERROR_INTERNAL, errno, "duplicating a descriptor");
            return NULL;
        }
        fd_list_append(copy, fd);
    }
    return g_steal_pointer(&copy);
}

void fd_list_clear(FdList *list)
{
    if (list == NULL)
        return;
    for (guint i = 0; i < list->count; i++)
        fd_clear(&list->fds[i]);
    list->count = 0;
}

void fd_list_free(FdList *list)
{
    fd_list_clear(list);
    g_free(list);
}

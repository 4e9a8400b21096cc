#include "store/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

gboolean beneath_is_trusted_link(guint uid)
{
    return uid == 0 || uid == geteuid();
}

int beneath_open_root(const char *root)
{
    return open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Opens the target of the link `name`. The link itself is opened first, so that nobody can exchange it
 * between the check of its owner and readlinkat(). */
static int open_trusted_link(int fd, const char *name)
{
    char target[PATH_MAX];
    autofd int link = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    ssize_t length;

    if (link < 0 || fstat(link, &st) != 0)
        return -1;
    if (!S_ISLNK(st.st_mode) || !beneath_is_trusted_link(st.st_uid)) {
        errno = S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
        return -1;
    }
    length = readlinkat(link, "", target, sizeof target - 1);
    if (length < 0)
        return -1;
    target[length] = '\0';
    return openat(fd, target, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Makes the folder `name`, or opens it if it exists by now. -1 with errno. */
static int make_folder(int fd, const char *name, guint mode)
{
    autofd int made = -1;

    if (mkdirat(fd, name, 0700) != 0)
        return errno == EEXIST ? openat(fd, name, FOLDER_FLAGS) : -1;
    made = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (made < 0 || fchmod(made, mode) != 0)
        return -1;
    return fd_steal(&made);
}

/* Whether name is a symbolic link. */
static gboolean is_link(int fd, const char *name)
{
    struct stat st;

    return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* Opens the next component. is_first: fd is the root. */
static int open_step(int fd, const char *name, guint make_mode, gboolean is_first)
{
    int next = openat(fd, name, FOLDER_FLAGS);
    int saved = errno;

    if (next >= 0)
        return next;
    if (saved == ENOENT && make_mode != 0)
        return make_folder(fd, name, make_mode);
    if ((saved != ENOTDIR && saved != ELOOP) || !is_link(fd, name)) {
        errno = saved;
        return -1;
    }
    if (is_first)
        return open_trusted_link(fd, name);
    errno = ELOOP;
    return -1;
}

int beneath_open_folder(int root_fd, const char *relative, guint make_mode)
{
    g_auto(GStrv) names = g_strsplit(relative, "/", -1);
    autofd int fd = openat(root_fd, ".", FOLDER_FLAGS);

    for (guint i = 0; fd >= 0 && names[i] != NULL; i++) {
        const int next = open_step(fd, names[i], make_mode, i == 0);
        const int saved = errno;

        close(fd);
        fd = next;
        errno = saved;
    }
    return fd_steal(&fd);
}

/* Opens root/relative without following symbolic links. */
static int open_plain(const char *root, const char *relative)
{
    const char *slash = strrchr(relative, '/');
    g_autofree char *folder = g_strndup(relative, slash != NULL ? (gsize)(slash - relative) : 0);
    autofd int root_fd = beneath_open_root(root);
    autofd int fd = -1;

    if (root_fd < 0)
        return -1;
    fd = fd_steal(&root_fd);
    for (const char *at = folder; *at != '\0';) {
        const gsize length = strcspn(at, "/");
        g_autofree char *name = g_strndup(at, length);
        const int next = openat(fd, name, FOLDER_FLAGS);
        const int saved = next < 0 && is_link(fd, name) ? ELOOP : errno;

        close(fd);
        fd = next;
        errno = saved;
        if (fd < 0)
            return -1;
        at += length + (at[length] == '/' ? 1 : 0);
    }
    return openat(fd, slash != NULL ? slash + 1 : relative,
                  O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Opens a path with links: resolves it to a path without links, which must be below the root's, and opens
 * that step by step, so that changing a link in the meantime gains nothing. */
static int open_by_links(const char *root, const char *relative)
{
    g_autofree char *path = g_strconcat(root, relative, NULL), *below = NULL;
    char *real_root = realpath(root, NULL);
    char *real = real_root != NULL ? realpath(path, NULL) : NULL;
    const int saved = errno;
    const gsize length = real_root != NULL && strcmp(real_root, "/") != 0 ? strlen(real_root) : 0;
    int fd = -1;

    errno = real != NULL ? ELOOP : saved;
    if (real != NULL && strncmp(real, real_root, length) == 0 && real[length] == '/') {
        below = g_strdup(real + length + 1);
        fd = open_plain(real_root, below);
    }
    free(real);
    free(real_root);
    return fd;
}

int beneath_open_file(const char *root, const char *relative)
{
    const int fd = open_plain(root, relative);

    return fd < 0 && errno == ELOOP ? open_by_links(root, relative) : fd;
}

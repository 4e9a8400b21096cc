#include "base/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"

/* A pid, a host name (at most HOST_NAME_MAX, 64) and a time. */
#define MAX_TEXT_BYTES 256u

/* How often the lock file may be removed by its previous holder between open() and flock() before we give
 * up. */
#define MAX_REMOVALS 10u

/* A holder writes its name just after it has taken the lock: how long and how often to wait for that. */
#define WRITE_PAUSE_US (10 * CLOCK_US_PER_MS)
#define WRITE_LOOKS    20u

struct LockFile {
    char *path;
    int fd;
};

void lock_holder_clear(LockHolder *holder)
{
    g_clear_pointer(&holder->host, g_free);
    g_clear_pointer(&holder->since, g_free);
    holder->pid = 0;
}

static void holder_read(int fd, LockHolder *ret_holder)
{
    char text[MAX_TEXT_BYTES];
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    g_auto(GStrv) words = NULL;

    lock_holder_clear(ret_holder);
    if (size <= 0)
        return;
    text[size] = '\0';
    words = g_strsplit(g_strchomp(text), " ", 3);
    if (g_strv_length(words) != 3 || !g_utf8_validate(text, -1, NULL))
        return;
    ret_holder->pid = g_ascii_strtoll(words[0], NULL, 10);
    ret_holder->host = g_strdup(words[1]);
    ret_holder->since = g_strdup(words[2]);
}

/* Whether the name was left by an earlier holder: a process of this host that no longer exists. */
static gboolean is_old(const LockHolder *holder)
{
    return holder->pid <= 0 || (strcmp(holder->host, g_get_host_name()) == 0 &&
                                kill((pid_t)holder->pid, 0) != 0 && errno == ESRCH);
}

/* Reads the holder of a lock that is held. The holder may not have written its name yet. */
static void holder_await(int fd, LockHolder *ret_holder)
{
    for (guint i = 0; i < WRITE_LOOKS; i++) {
        if (i > 0)
            g_usleep(WRITE_PAUSE_US);
        holder_read(fd, ret_holder);
        if (!is_old(ret_holder))
            return;
    }
    lock_holder_clear(ret_holder);
}

/* A full disk does no harm: the lock is held anyway, and only its text is missing. */
static void holder_write(int fd)
{
    g_autofree char *since = clock_format_iso(clock_wall_us());
    g_autofree char *text = g_strdup_printf("%d %s %s\n", (int)getpid(), g_get_host_name(), since);

    if (ftruncate(fd, 0) == 0)
        (void)fd_write_all(fd, text, strlen(text));
}

/* Opens the lock file. Its folder may be writable to everybody. The mode keeps other users from opening the
 * file, which would let them lock it. A file with a second name may be another file of this user, whose
 * content would be overwritten. */
static int open_own(const char *path)
{
    autofd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0)
        return -1;
    if (!S_ISREG(info.st_mode) || info.st_uid != geteuid() || info.st_nlink > 1) {
        errno = EPERM;
        return -1;
    }
    /* Corrects the mode of a file that an earlier version made. */
    if ((info.st_mode & 077) != 0 && fchmod(fd, 0600) != 0)
        return -1;
    return fd_steal(&fd);
}

/* Whether the path still names the opened file. If not, the lock is worthless. */
static gboolean is_still(const char *path, int fd)
{
    struct stat opened, named;

    return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

static LockFile *lock_new(const char *path, int fd)
{
    LockFile *lock = g_new(LockFile, 1);

    *lock = (LockFile){g_strdup(path), fd};
    holder_write(fd);
    return lock;
}

LockResult lock_file_take(const char *path, LockFile **ret_lock, LockHolder *ret_holder, GError **error)
{
    for (guint i = 0; i < MAX_REMOVALS; i++) {
        autofd int fd = open_own(path);

        if (fd < 0)
            break;
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK)
                break;
            *ret_holder = (LockHolder){0};
            holder_await(fd, ret_holder);
            return LOCK_HELD;
        }
        if (is_still(path, fd)) {
            *ret_lock = lock_new(path, fd_steal(&fd));
            return LOCK_TAKEN;
        }
        errno = ESTALE;
    }
    error_set_errno(error, ERROR_PERMANENT, errno, "%s", path);
    return LOCK_FAILED;
}

gboolean lock_file_seems_held(const char *path)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    g_auto(LockHolder) holder = {0};

    if (fd < 0)
        return FALSE;
    holder_read(fd, &holder);
    return holder.pid > 0 && holder.pid <= G_MAXINT && (kill((pid_t)holder.pid, 0) == 0 || errno == EPERM);
}

void lock_file_release(LockFile *lock)
{
    if (lock == NULL)
        return;
    if (is_still(lock->path, lock->fd))
        (void)unlink(lock->path); /* while it is held: a process that opened it before will notice
                                   * (is_still()) */
    close(lock->fd);
    g_free(lock->path);
    g_free(lock);
}

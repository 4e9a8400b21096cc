#include "daemon/service/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

/* "4194304\n": the largest pid. */
#define MAX_PID_BYTES 16u

/* The pid that the file contains, as text; owned by the caller. */
static char *holder_of(int fd)
{
    char text[MAX_PID_BYTES + 1] = "";
    const gssize n = pread(fd, text, MAX_PID_BYTES, 0);

    text[MAX(n, 0)] = '\0';
    return g_strdup(g_strchomp(text));
}

gboolean detach_take_pid_file(const char *path, int *ret_fd, GError **error)
{
    autofd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0644);
    struct stat info;

    if ((fd < 0 && errno == ELOOP) || (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)))) {
        error_set(error, ERROR_CONFIG, "%s: not a regular file, as a pid file must be", path);
        return FALSE;
    }
    if (fd < 0) {
        error_set_errno(error, ERROR_CONFIG, errno, "%s", path);
        return FALSE;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        g_autofree char *holder = holder_of(fd);

        error_set(error, ERROR_PERMANENT, "%s: held by process %s", path, holder);
        return FALSE;
    }
    *ret_fd = fd_steal(&fd);
    return TRUE;
}

gboolean detach_write_pid(int fd, GError **error)
{
    g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());

    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, strlen(text), 0) == (gssize)strlen(text))
        return TRUE;
    error_set_errno(error, ERROR_CONFIG, errno, "the pid file");
    return FALSE;
}

/* The old process: exits with 0 when the new process is ready, else with the new process's exit status. */
static void wait_and_leave(pid_t pid, int fd)
{
    char byte;
    int status = 0;
    sigset_t none;

    sigemptyset(&none); /* signals blocked for the new process should end this one */
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (read(fd, &byte, 1) == 1)
        _exit(0);
    (void)waitpid(pid, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int detach_begin(GError **error)
{
    autofd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int ends[2];
    pid_t pid = -1;

    if (null >= 0 && pipe2(ends, O_CLOEXEC) == 0)
        pid = fork();
    if (pid < 0) {
        error_set_errno(error, ERROR_INTERNAL, errno, "cannot detach into the background");
        return -1;
    }
    if (pid > 0) {
        close(ends[1]);
        wait_and_leave(pid, ends[0]);
    }
    close(ends[0]);
    (void)setsid();
    /* now, so that no child of this process keeps open a pipe whose end the caller waits for */
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        (void)dup2(null, i);
    return ends[1];
}

void detach_ready(int fd)
{
    autofd int owned = fd;

    (void)fd_write_all(owned, "", 1);
}

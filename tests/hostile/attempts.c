#include "attempts.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

/* Sent by a child that could not enter the sandbox. */
#define NOT_ENTERED (-1)

int attempt_failure(long result)
{
    return result < 0 ? errno : 0;
}

int attempt_read(const char *path)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC);

    return attempt_failure(fd);
}

int attempt_list(const char *path)
{
    DIR *dir = opendir(path);

    if (dir == NULL)
        return errno;
    closedir(dir);
    return 0;
}

static void G_GNUC_NORETURN make_attempts(int fd, gboolean (*enter)(void), const Attempt *attempts, gsize n)
{
    const int not_entered = NOT_ENTERED;

    alarm(50);
    if (!enter()) {
        (void)!write(fd, &not_entered, sizeof not_entered);
        _exit(1);
    }
    for (gsize i = 0; i < n; i++) {
        const int result = attempts[i].func(attempts[i].argument);

        (void)!write(fd, &result, sizeof result);
    }
    _exit(0);
}

static gboolean is_refusal(int result)
{
    return result == EACCES || result == EPERM || result == EXDEV || result == ENOSYS;
}

void attempts_expect_refused(gboolean (*enter)(void), const Attempt *attempts, gsize n)
{
    int ends[2], result = 0, status = -1;
    pid_t pid;

    cr_assert_eq(pipe(ends), 0);
    pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0)
        make_attempts(ends[1], enter, attempts, n);
    close(ends[1]);
    for (gsize i = 0; i < n; i++) {
        cr_assert_eq(read(ends[0], &result, sizeof result), (gssize)sizeof result, "%s ended the process",
                     attempts[i].name);
        cr_assert_neq(result, NOT_ENTERED, "the sandbox could not be entered");
        cr_expect(is_refusal(result), "%s %s: %s", attempts[i].name,
                  attempts[i].argument != NULL ? attempts[i].argument : "",
                  result == 0 ? "succeeded" : g_strerror(result));
    }
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0)
        cr_assert_eq(errno, EINTR);
    cr_expect_eq(status, 0);
    fprintf(stderr, "%zu attempts\n", n);
}

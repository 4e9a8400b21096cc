#include "confined.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

int confined_run(ChildFunc func, gboolean sandboxed)
{
    pid_t pid = fork();
    int status = -1;

    cr_assert_geq(pid, 0);
    if (pid == 0) {
        alarm(30);
        if (sandboxed && !sandbox_enter(SANDBOX_REQUIRED, &(SandboxState){0}, NULL))
            _exit(NO_SANDBOX);
        _exit(func());
    }
    while (waitpid(pid, &status, 0) < 0)
        cr_assert_eq(errno, EINTR);
    return status;
}

void confined_expect_exit(ChildFunc func, int expected, const char *what)
{
    int status = confined_run(func, TRUE);

    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == expected, "%s: status 0x%x, not exit %d", what,
              status, expected);
}

void confined_expect_killed(ChildFunc func, const char *what)
{
    int status = confined_run(func, TRUE);

    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "%s: status 0x%x, not SIGSYS", what, status);
}

int confined_failure(long result)
{
    return result < 0 ? errno : 0;
}

int confined_open_file(void)
{
    return confined_failure(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

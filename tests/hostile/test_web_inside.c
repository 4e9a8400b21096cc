/* A compromised thumbmill-web: inside its sandbox it can do nothing but accept connections and talk over them.
 * The attempts are an imager's. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "imager_attempts.h"
#include "sandbox/sandbox.h"

/* The exit status of a child that could not enter its sandbox. */
#define NOT_ENTERED 99

static int status_of(int (*deed)(guint number), guint number)
{
    const pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        alarm(50);
        if (!sandbox_limits(&(SandboxLimits){.max_file_bytes = 1}, NULL) ||
            !sandbox_enter_web(SANDBOX_REQUIRED, &(SandboxState){0}, NULL))
            _exit(NOT_ENTERED);
        _exit(deed(number));
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* Whether an attempt that was not refused is one of those that serving takes. */
static gboolean is_serving(const char *attempt)
{
    static const char *const calls[] = {"accept4 ", "setsockopt ", "getsockname ", "getpeername "};

    for (guint i = 0; i < G_N_ELEMENTS(calls); i++)
        if (g_str_has_prefix(attempt, calls[i]))
            return TRUE;
    return FALSE;
}

static int make_attempts(guint number)
{
    g_autoptr(GString) not_refused = g_string_new(NULL);
    const guint n = imager_attempts_make(not_refused);
    g_auto(GStrv) list = g_strsplit(not_refused->str, "; ", -1);
    guint n_bad = 0;

    (void)number;
    for (guint i = 0; list[i] != NULL; i++) {
        if (list[i][0] != '\0' && !is_serving(list[i])) {
            fprintf(stderr, "not refused: %s\n", list[i]);
            n_bad++;
        }
    }
    return n_bad == 0 && n >= 100 && g_strv_length(list) == 4 ? 0 : 1;
}

static int make_deadly(guint number)
{
    fprintf(stderr, "%s does not kill\n", imager_attempts_make_deadly(number));
    return 0;
}

static void *do_nothing(void *data)
{
    return data;
}

static int make_thread(guint number)
{
    pthread_t thread;

    (void)number;
    return pthread_create(&thread, NULL, do_nothing, NULL) == EPERM ? 0 : 1;
}

Test(web_inside, is_refused_everything_but_serving)
{
    cr_assert_eq(status_of(make_attempts, 0), 0);
}

Test(web_inside, is_killed_for_what_no_library_does)
{
    for (guint i = 0; i < imager_attempts_count_deadly(); i++) {
        const int status = status_of(make_deadly, i);

        cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status 0x%x", status);
    }
}

Test(web_inside, creates_no_thread)
{
    cr_assert_eq(status_of(make_thread, 0), 0);
}

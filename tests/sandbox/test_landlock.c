/* Landlock as in older kernels: what each version restricts, and what it allows. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "confined.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

#define FIRST_ABI 1 /* Linux 5.13 */

static int abi;
static char *path;

/* Runs func with Landlock restrictions in a child; the exit status is the errno of func. */
static int behind(ChildFunc func)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || landlock_confine(abi, NULL) != 0)
        return NO_SANDBOX;
    return func();
}

static int empty_file(void)
{
    return confined_failure(truncate(path, 0));
}

static int connect_to_server(void)
{
    const struct sockaddr_in peer = {
        .sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return confined_failure(connect(fd, (const struct sockaddr *)&peer, sizeof peer));
}

static int signal_parent(void)
{
    return confined_failure(kill(getppid(), 0));
}

static int open_behind(void)
{
    return behind(confined_open_file);
}

static int empty_behind(void)
{
    return behind(empty_file);
}

static int connect_behind(void)
{
    return behind(connect_to_server);
}

static int signal_behind(void)
{
    return behind(signal_parent);
}

static void expect(ChildFunc func, int expected, const char *what)
{
    const int status = confined_run(func, FALSE);

    cr_expect_eq(status, expected << 8, "version %d, %s: status 0x%x", abi, what, status);
}

Test(landlock, each_version_restricts_what_it_knows)
{
    int fd = g_file_open_tmp("thumbmill-landlock-XXXXXX", &path, NULL);

    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert_geq(landlock_abi(), FIRST_ABI);
    for (abi = FIRST_ABI; abi <= landlock_abi(); abi++) {
        expect(open_behind, EACCES, "a file");
        expect(empty_behind, abi >= LANDLOCK_ABI_TRUNCATION ? EACCES : 0, "emptying a file");
        expect(connect_behind, abi >= LANDLOCK_ABI_NETWORK ? EACCES : ECONNREFUSED, "a server");
        expect(signal_behind, abi >= LANDLOCK_ABI_SCOPES ? EPERM : 0, "a signal");
    }
    (void)g_unlink(path);
    g_free(path);
}

Test(landlock, what_it_lacks_is_said_with_the_linux_that_has_it)
{
    const struct {
        int abi;
        const char *text;
    } cases[] = {
        {1, "version 1: files; TCP from Linux 6.7 on, signals from 6.12 on"},
        {3, "version 3: files; TCP from Linux 6.7 on, signals from 6.12 on"},
        {4, "version 4: files, TCP; signals from Linux 6.12 on"},
        {6, "version 6: files, TCP, signals"},
        {9, "version 9: files, TCP, signals"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const SandboxState state = {.landlock_abi = cases[i].abi};
        g_autofree char *text = sandbox_describe_landlock(&state);

        cr_expect_str_eq(text, cases[i].text);
    }
}

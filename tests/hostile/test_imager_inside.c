/* A compromised imager: what it tries inside its sandbox is refused or kills it, and the resources that it
 * uses are limited. If root runs this test, everything is tried as another user, too. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "imager_attempts.h"
#include "sandbox/sandbox.h"

#define MAX_FILE_BYTES ((guint64)1 << 20)
#define MAX_DATA_BYTES ((guint64)256 << 20)

#define NOBODY         65534

/* The exit status of a child that could not enter its sandbox. */
#define NOT_ENTERED 99

static const uid_t other_users[] = {NOBODY};

typedef int (*Deed)(guint number);

static gboolean enter(uid_t user)
{
    SandboxLimits limits = {.max_file_bytes = MAX_FILE_BYTES, .max_data_bytes = MAX_DATA_BYTES};

#ifdef THUMBMILL_SANITIZED
    limits.max_data_bytes = 0; /* a sanitizer reserves more */
#endif
    if (user != geteuid() && (setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0))
        return FALSE;
    return sandbox_limits(&limits, NULL) && sandbox_enter(SANDBOX_REQUIRED, &(SandboxState){0}, NULL);
}

/* Runs deed(number) in a child in the sandbox, which exits with its result. Returns the child's wait
 * status. */
static int status_of(uid_t user, Deed deed, guint number)
{
    const pid_t pid = fork();
    int status = -1;

    cr_assert_geq(pid, 0);
    if (pid == 0) {
        alarm(50);
        _exit(enter(user) ? deed(number) : NOT_ENTERED);
    }
    while (waitpid(pid, &status, 0) < 0)
        cr_assert_eq(errno, EINTR);
    return status;
}

static int make_attempts(guint number)
{
    g_autoptr(GString) not_refused = g_string_new(NULL);
    const guint n = imager_attempts_make(not_refused);

    (void)number;
    if (not_refused->len > 0)
        fprintf(stderr, "not refused: %s\n", not_refused->str);
    fprintf(stderr, "%u attempts refused, user %u\n", n, geteuid());
    return not_refused->len == 0 && n >= 100 ? 0 : 1;
}

static int make_deadly(guint number)
{
    fprintf(stderr, "%s does not kill\n", imager_attempts_make_deadly(number));
    return 0;
}

static void expect_refused(uid_t user)
{
    cr_expect_eq(status_of(user, make_attempts, 0), 0);
}

static void expect_killed(uid_t user)
{
    for (guint i = 0; i < imager_attempts_count_deadly(); i++) {
        const int status = status_of(user, make_deadly, i);

        cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status 0x%x", status);
    }
    fprintf(stderr, "%u attempts that kill, user %u\n", imager_attempts_count_deadly(), user);
}

static void for_each_user(void (*expect)(uid_t user))
{
    expect(geteuid());
    for (gsize i = 0; geteuid() == 0 && i < G_N_ELEMENTS(other_users); i++)
        expect(other_users[i]);
}

Test(imager_inside, is_refused_everything_but_what_images_need)
{
    for_each_user(expect_refused);
}

Test(imager_inside, is_killed_for_what_no_library_does)
{
    for_each_user(expect_killed);
}

/* Resources: each deed allocates as much as possible, and returns 0 if that is within the limit. */

static int take_descriptors(guint number)
{
    guint n = 0;

    (void)number;
    while (fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0) >= 0)
        n++;
    return errno == EMFILE && n < 256 ? 0 : 1;
}

/* A memory file, as an imager gets it. */
static int memory_file = -1;

static int grow_file(guint number)
{
    const int fd = memory_file;
    const off_t too_much = (off_t)MAX_FILE_BYTES + 1;
    static char bytes[4096];

    (void)number;
    if (ftruncate(fd, too_much) == 0 || errno != EFBIG)
        return 1;
    if (fallocate(fd, 0, 0, too_much) == 0 || errno != EFBIG)
        return 2;
    if (pwrite(fd, bytes, sizeof bytes, (off_t)MAX_FILE_BYTES) >= 0 || errno != EFBIG)
        return 3;
    return ftruncate(fd, (off_t)MAX_FILE_BYTES) == 0 ? 0 : 4;
}

#ifndef THUMBMILL_SANITIZED
/* Limits all private writable memory, however it is allocated. */
static int take_memory(guint number)
{
    const gsize piece = (gsize)1 << 20;
    guint64 taken = 0;

    (void)number;
    while (mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        taken += piece;
    if (errno != ENOMEM || taken > MAX_DATA_BYTES)
        return 1;
    return sbrk((intptr_t)MAX_DATA_BYTES) == (void *)-1 ? 0 : 2;
}
#endif

static void expect_bounds(uid_t user)
{
    static const struct {
        const char *name;
        Deed deed;
    } deeds[] = {
        {"descriptors", take_descriptors},
        {"the size of a file", grow_file},
#ifndef THUMBMILL_SANITIZED
        {"memory", take_memory},
#endif
    };

    for (gsize i = 0; i < G_N_ELEMENTS(deeds); i++) {
        const int status = status_of(user, deeds[i].deed, 0);

        cr_expect_eq(status, 0, "%s: status 0x%x", deeds[i].name, status);
    }
}

Test(imager_inside, what_it_takes_is_bounded)
{
    memory_file = memfd_create("x", MFD_CLOEXEC);
    cr_assert_geq(memory_file, 0);
    for_each_user(expect_bounds);
}

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/lock_file.h"

static char *folder;
static char *path;

static void setup(void)
{
    folder = g_dir_make_tmp("thumbmill-lock-XXXXXX", NULL);
    path = g_build_filename(folder, "a.lock", NULL);
}

static void teardown(void)
{
    g_unlink(path);
    cr_assert_eq(g_rmdir(folder), 0);
    g_free(path);
    g_free(folder);
}

TestSuite(lock_file, .init = setup, .fini = teardown);

static void overwrite(const char *text)
{
    autofd int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    cr_assert_geq(fd, 0);
    cr_assert(fd_write_all(fd, text, strlen(text)));
}

/* Starts a child that holds the lock until it is killed. The child reports through a pipe when it has the
 * lock. */
static pid_t start_holder(void)
{
    int ready[2];
    char byte;
    pid_t pid;

    cr_assert_eq(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        g_auto(LockHolder) holder = {0};
        LockFile *lock = NULL;

        prctl(PR_SET_PDEATHSIG, SIGKILL); /* ends with this process if an assertion fails */

        if (lock_file_take(path, &lock, &holder, NULL) == LOCK_TAKEN && write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

Test(lock_file, names_its_holder_and_is_free_when_that_is_killed)
{
    g_auto(LockHolder) holder = {0};
    g_auto(LockHolder) nobody = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(LockFile) lock = NULL;
    pid_t pid = start_holder();

    cr_assert_eq(lock_file_take(path, &lock, &holder, &error), LOCK_HELD);
    cr_assert_null(lock);
    cr_assert_eq(holder.pid, pid);
    cr_assert_str_eq(holder.host, g_get_host_name());
    cr_assert_eq(strlen(holder.since), strlen("2026-11-23T19:28:01.123Z"));
    kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    cr_assert_eq(lock_file_take(path, &lock, &nobody, &error), LOCK_TAKEN);
    cr_assert_not_null(lock);
    cr_assert_null(error);
}

Test(lock_file, is_free_once_released)
{
    g_auto(LockHolder) holder = {0};

    for (guint i = 0; i < 3; i++) {
        LockFile *lock = NULL;

        cr_assert_eq(lock_file_take(path, &lock, &holder, NULL), LOCK_TAKEN);
        cr_assert(g_file_test(path, G_FILE_TEST_EXISTS));
        lock_file_release(lock);
        cr_assert_not(g_file_test(path, G_FILE_TEST_EXISTS));
    }
}

/* A holder that was killed between locking and writing, or with a full disk: no name is reported. */
Test(lock_file, does_not_name_who_is_gone)
{
    g_auto(LockHolder) holder = {0};
    g_autoptr(LockFile) lock = NULL;
    pid_t pid = start_holder(), gone = fork();
    g_autofree char *text = NULL;

    if (gone == 0)
        _exit(0);
    waitpid(gone, NULL, 0);
    text = g_strdup_printf("%d %s 2026-11-23T19:28:01.123Z\n", (int)gone, g_get_host_name());
    overwrite(text);
    cr_assert_eq(lock_file_take(path, &lock, &holder, NULL), LOCK_HELD);
    cr_assert_eq(holder.pid, 0);
    cr_assert_null(holder.host);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

Test(lock_file, garbage_names_nobody)
{
    g_auto(LockHolder) holder = {0};
    g_autoptr(LockFile) lock = NULL, mine = NULL;
    static const char *const texts[] = {"",        "\n",      "x",           "12",
                                        "12 host", "a b c d", "-3 host now", "12 h\xff now"};
    pid_t pid = start_holder();

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        overwrite(texts[i]);
        cr_assert_eq(lock_file_take(path, &lock, &holder, NULL), LOCK_HELD);
        cr_assert_eq(holder.pid, 0, "text %u: %d", i, (int)holder.pid);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    cr_assert_eq(lock_file_take(path, &mine, &holder, NULL), LOCK_TAKEN);
}

/* The holder's file is removed: a new one is locked instead of the unlinked one. */
Test(lock_file, a_removed_file_is_made_anew)
{
    g_auto(LockHolder) holder = {0};
    g_autoptr(LockFile) first = NULL, second = NULL, third = NULL;

    cr_assert_eq(lock_file_take(path, &first, &holder, NULL), LOCK_TAKEN);
    cr_assert_eq(g_unlink(path), 0);
    cr_assert_eq(lock_file_take(path, &second, &holder, NULL), LOCK_TAKEN);
    cr_assert_eq(lock_file_take(path, &third, &holder, NULL), LOCK_HELD);
    cr_assert_eq(holder.pid, getpid());
}

/* Several processes take and release the lock: never two at a time. */
Test(lock_file, is_held_by_one_at_a_time, .timeout = 60)
{
    const guint n_children = 4;
    g_autofree char *mark = g_build_filename(folder, "mark", NULL);

    for (guint i = 0; i < n_children; i++) {
        if (fork() != 0)
            continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (guint taken = 0; taken < 200;) {
            g_auto(LockHolder) holder = {0};
            LockFile *lock = NULL;

            if (lock_file_take(path, &lock, &holder, NULL) != LOCK_TAKEN)
                continue;
            if (mkdir(mark, 0700) != 0 || rmdir(mark) != 0)
                _exit(1);
            taken++;
            lock_file_release(lock);
        }
        _exit(0);
    }
    for (guint i = 0; i < n_children; i++) {
        int status;

        cr_assert_gt(wait(&status), 0);
        cr_assert_eq(status, 0);
    }
}

Test(lock_file, what_is_no_file_of_ours_is_refused)
{
    g_auto(LockHolder) holder = {0};
    g_autoptr(GError) folder_error = NULL, link_error = NULL, pipe_error = NULL, missing_error = NULL;
    g_autofree char *below = g_build_filename(path, "b.lock", NULL);
    g_autoptr(LockFile) lock = NULL;

    cr_assert_eq(lock_file_take(folder, &lock, &holder, &folder_error), LOCK_FAILED);
    cr_assert_eq(error_class(folder_error), ERROR_PERMANENT);
    cr_assert(strstr(folder_error->message, folder) != NULL);
    cr_assert_eq(lock_file_take(below, &lock, &holder, &missing_error), LOCK_FAILED);
    cr_assert_eq(symlink("/dev/null", path), 0);
    cr_assert_eq(lock_file_take(path, &lock, &holder, &link_error), LOCK_FAILED);
    cr_assert_eq(g_unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_assert_eq(lock_file_take(path, &lock, &holder, &pipe_error), LOCK_FAILED);
    cr_assert_null(lock);
}

static guint mode_of(const char *file)
{
    struct stat info;

    cr_assert_eq(lstat(file, &info), 0);
    return info.st_mode & 0777;
}

/* A process that can open the file can lock it, and so keep every run from starting. */
Test(lock_file, nobody_else_can_open_it)
{
    g_auto(LockHolder) holder = {0};
    LockFile *lock = NULL;

    cr_assert_eq(lock_file_take(path, &lock, &holder, NULL), LOCK_TAKEN);
    cr_expect_eq(mode_of(path), 0600);
    lock_file_release(lock);

    cr_assert(g_file_set_contents(path, "", 0, NULL));
    cr_assert_eq(chmod(path, 0666), 0);
    cr_assert_eq(lock_file_take(path, &lock, &holder, NULL), LOCK_TAKEN);
    cr_expect_eq(mode_of(path), 0600, "as an earlier version left it");
    lock_file_release(lock);
}

/* The second name may be a file of this user that would be overwritten. */
Test(lock_file, a_file_with_a_second_name_is_left_alone)
{
    g_auto(LockHolder) holder = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *other = g_build_filename(folder, "precious", NULL);
    g_autofree char *text = NULL;
    LockFile *lock = NULL;

    cr_assert(g_file_set_contents(other, "precious", -1, NULL));
    cr_assert_eq(link(other, path), 0);
    cr_assert_eq(lock_file_take(path, &lock, &holder, &error), LOCK_FAILED);
    cr_expect_eq(error_class(error), ERROR_PERMANENT);
    cr_assert(g_file_get_contents(other, &text, NULL, NULL));
    cr_expect_str_eq(text, "precious");
    g_unlink(other);
}

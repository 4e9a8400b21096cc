/* A compromised worker tries to access files other than its own. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attempts.h"
#include "base/fd.h"
#include "worker_inside.h"

static int write_file(const char *path)
{
    autofd int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

    return attempt_failure(fd);
}

static int make_file(const char *path)
{
    autofd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    return attempt_failure(fd);
}

static int remove_file(const char *path)
{
    return attempt_failure(unlink(path));
}

static int make_directory(const char *path)
{
    return attempt_failure(mkdir(path, 0700));
}

/* Creates another name for a file, in an accessible directory. */
static int link_to(const char *path)
{
    g_autofree char *name = g_build_filename(machine.destination, "link", NULL);

    return attempt_failure(link(path, name));
}

static int move_here(const char *path)
{
    g_autofree char *name = g_build_filename(machine.destination, "moved", NULL);

    return attempt_failure(rename(path, name));
}

/* Symbolic links may not be created anywhere, not even in the destination. */
static int make_symlink(const char *path)
{
    g_autofree char *name = g_build_filename(machine.destination, "symlink", NULL);

    return attempt_failure(symlink(path, name));
}

static int make_socket(const char *name)
{
    g_autofree char *path = g_build_filename(machine.destination, name, NULL);

    return attempt_failure(mknod(path, S_IFSOCK | 0600, 0));
}

static int shorten(const char *path)
{
    return attempt_failure(truncate(path, 0));
}

/* Attempts to change attributes of a file. */

static int publish(const char *path)
{
    return attempt_failure(chmod(path, 0666));
}

static int publish_at(const char *path)
{
    return attempt_failure(fchmodat(AT_FDCWD, path, 0666, 0));
}

static int give_away(const char *path)
{
    return attempt_failure(lchown(path, getuid(), getgid()));
}

static int make_old(const char *path)
{
    const struct timespec times[2] = {{0}};

    return attempt_failure(utimensat(AT_FDCWD, path, times, 0));
}

static int label(const char *path)
{
    return attempt_failure(setxattr(path, "user.thumbmill", "x", 1, 0));
}

static int watch(const char *path)
{
    autofd int fd = inotify_init1(IN_CLOEXEC);

    return fd < 0 ? errno : attempt_failure(inotify_add_watch(fd, path, IN_ALL_EVENTS));
}

/* Attempts to change the mode of an original, which may be opened for reading. mode is octal. */
static int change_mode_of_original(const char *mode)
{
    g_autofree char *path = g_build_filename(machine.source, "a.jpg", NULL);
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? -1 : attempt_failure(fchmod(fd, (mode_t)strtoul(mode, NULL, 8)));
}

static int make_open_original_old(const char *argument)
{
    g_autofree char *path = g_build_filename(machine.source, "a.jpg", NULL);
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
    const struct timespec times[2] = {{0}};

    (void)argument;
    return fd < 0 ? -1 : attempt_failure(futimens(fd, times));
}

static int label_open_original(const char *argument)
{
    g_autofree char *path = g_build_filename(machine.source, "a.jpg", NULL);
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC);

    (void)argument;
    return fd < 0 ? -1 : attempt_failure(fsetxattr(fd, "user.thumbmill", "x", 1, 0));
}

static int give_open_original_away(const char *argument)
{
    g_autofree char *path = g_build_filename(machine.source, "a.jpg", NULL);
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC);

    (void)argument;
    return fd < 0 ? -1 : attempt_failure(fchown(fd, getuid(), getgid()));
}

Test(worker_inside, what_files_are_is_left_to_others)
{
    g_autofree char *original = g_build_filename(machine.source, "a.jpg", NULL);
    const Attempt attempts[] = {
        {"publish", publish, machine.key_file},
        {"publish", publish, machine.aws},
        {"publish", publish, original},
        {"publish", publish, machine.secrets},
        {"publish by another call", publish_at, machine.key_file},
        {"give away", give_away, machine.key_file},
        {"give away", give_away, original},
        {"make old", make_old, machine.key_file},
        {"make old", make_old, original},
        {"label", label, machine.key_file},
        {"label", label, original},
        {"watch", watch, machine.folder},
        {"watch", watch, "/tmp"},
        {"make an original set-user-ID", change_mode_of_original, "4755"},
        {"let everybody write an original", change_mode_of_original, "0666"},
        {"make an original old", make_open_original_old, NULL},
        {"label an original", label_open_original, NULL},
        {"give an original away", give_open_original_away, NULL},
    };

    attempts_expect_refused(inside_enter, attempts, G_N_ELEMENTS(attempts));
}

/* Opened for neither reading nor writing, but truncated. */
static int empty_by_open(const char *path)
{
    autofd int fd = open(path, O_ACCMODE | O_TRUNC | O_CLOEXEC);

    return attempt_failure(fd);
}

static int empty_by_openat2(const char *path)
{
    const struct open_how how = {.flags = O_ACCMODE | O_TRUNC | O_CLOEXEC};
    autofd int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);

    return attempt_failure(fd);
}

static int read_through(const char *prefix)
{
    g_autofree char *path = g_strconcat(prefix, machine.key_file, NULL);

    return attempt_read(path);
}

Test(worker_inside, files_of_others_are_refused)
{
    g_autofree char *aws_folder = g_path_get_dirname(machine.aws);
    g_autofree char *secrets = g_path_get_dirname(machine.secrets);
    g_autofree char *original = g_build_filename(machine.source, "a.jpg", NULL);
    g_autofree char *new_original = g_build_filename(machine.source, "new.jpg", NULL);
    g_autofree char *new_key = g_build_filename(machine.folder, "new", NULL);
    g_autofree char *linked = g_build_filename(machine.source, "link", "credentials", NULL);
    const Attempt attempts[] = {
        {"read", attempt_read, machine.key_file},
        {"read", attempt_read, machine.aws},
        {"read", attempt_read, machine.secrets},
        {"read", attempt_read, linked},
        {"read", attempt_read, "/etc/passwd"},
        {"read", attempt_read, "/etc/shadow"},
        {"read", attempt_read, "/etc/group"},
        {"read", attempt_read, "/etc/hostname"},
        {"read", attempt_read, "/etc/fstab"},
        {"read", attempt_read, "/bin/sh"},
        {"read", attempt_read, "/usr/bin/env"},
        {"read", attempt_read, "/dev/zero"},
        {"read", attempt_read, "/dev/mem"},
        {"read", attempt_read, "/dev/kmsg"},
        {"read through the root", read_through, "/proc/self/root"},
        {"read through its parent", read_through, "/proc/thread-self/root"},
        {"write", write_file, machine.key_file},
        {"write", write_file, original},
        {"write", write_file, machine.ca_file},
        {"write", write_file, machine.program},
        {"write", write_file, "/etc/hosts"},
        {"write", write_file, "/etc/resolv.conf"},
        {"write", write_file, "/dev/null"},
        {"shorten", shorten, machine.key_file},
        {"shorten", shorten, original},
        {"empty", empty_by_open, machine.key_file},
        {"empty", empty_by_open, original},
        {"empty by another call", empty_by_openat2, machine.key_file},
        {"empty by another call", empty_by_openat2, original},
        {"make", make_file, new_original},
        {"make", make_file, new_key},
        {"make", make_file, "/tmp/thumbmill-hostile"},
        {"make", make_file, "/dev/shm/thumbmill-hostile"},
        {"list", attempt_list, "/"},
        {"list", attempt_list, "/etc"},
        {"list", attempt_list, "/home"},
        {"list", attempt_list, "/root"},
        {"list", attempt_list, "/tmp"},
        {"list", attempt_list, "/run"},
        {"list", attempt_list, "/var/lib"},
        {"list", attempt_list, aws_folder},
        {"list", attempt_list, secrets},
        {"remove", remove_file, machine.key_file},
        {"remove", remove_file, original},
        {"make a directory", make_directory, new_original},
        {"make a directory", make_directory, "/tmp/thumbmill-hostile"},
        {"link to", link_to, machine.key_file},
        {"link to", link_to, machine.aws},
        {"link to", link_to, "/etc/passwd"},
        {"move", move_here, machine.key_file},
        {"move", move_here, original},
        {"make a symbolic link to", make_symlink, machine.key_file},
        {"make a socket", make_socket, "socket"},
    };
    Attempt usable[G_N_ELEMENTS(attempts)];
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(attempts); i++)
        if (attempts[i].argument[0] != '/' || attempts[i].func == make_file ||
            attempts[i].func == read_through || attempts[i].func == make_directory ||
            access(attempts[i].argument, F_OK) == 0)
            usable[n++] = attempts[i];
    attempts_expect_refused(inside_enter, usable, n);
    cr_expect_geq(n, 40u);
    cr_expect_eq(access(machine.key_file, F_OK), 0);
    cr_expect_eq(access(original, F_OK), 0);
}

/* Refused by seccomp alone: older versions of Landlock do not cover it. */
Test(worker_inside, emptying_files_and_changing_what_they_are_is_refused_without_landlock)
{
    g_autofree char *original = g_build_filename(machine.source, "a.jpg", NULL);
    const Attempt attempts[] = {
        {"shorten", shorten, machine.key_file},
        {"shorten", shorten, original},
        {"empty", empty_by_open, machine.key_file},
        {"empty", empty_by_open, original},
        {"empty by another call", empty_by_openat2, machine.key_file},
        {"empty by another call", empty_by_openat2, original},
        {"publish", publish, machine.key_file},
        {"publish by another call", publish_at, machine.key_file},
        {"give away", give_away, machine.key_file},
        {"make old", make_old, machine.key_file},
        {"label", label, machine.key_file},
        {"watch", watch, machine.folder},
    };
    struct stat st;

    attempts_expect_refused(inside_enter_without_landlock, attempts, G_N_ELEMENTS(attempts));
    cr_expect_eq(stat(machine.key_file, &st), 0);
    cr_expect_eq(st.st_size, strlen("SECRET"));
    cr_expect_eq(st.st_mode & 07777, 0400);
}

/* A compromised worker tries to run programs other than its imager. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"
#include "base/fd.h"
#include "worker_inside.h"

static int run_program(const char *path)
{
    char *argv[] = {(char *)(guintptr)path, NULL}, *env[] = {NULL};
    int ends[2], result = 0;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        (void)execve(path, argv, env);
        result = errno;
        (void)!write(ends[1], &result, sizeof result);
        _exit(127);
    }
    close(ends[1]);
    (void)!read(ends[0], &result, sizeof result);
    close(ends[0]);
    (void)waitpid(pid, NULL, 0);
    return result;
}

/* Runs a program that it has created itself, in memory or in a writable directory. */
static int run_from_memory(const char *argument)
{
    autofd int fd = memfd_create("program", 0);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);

    (void)argument;
    if (fd < 0 || write(fd, "#!/bin/sh\n", 10) != 10)
        return -1;
    return run_program(path);
}

static int run_by_descriptor(const char *argument)
{
    autofd int fd = memfd_create("program", 0);
    char *argv[] = {NULL};

    (void)argument;
    return attempt_failure(syscall(SYS_execveat, fd, "", argv, argv, AT_EMPTY_PATH));
}

static int run_from_destination(const char *argument)
{
    g_autofree char *path = g_build_filename(machine.destination, "program", NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

    (void)argument;
    if (fd < 0 || write(fd, "#!/bin/sh\n", 10) != 10 || fchmod(fd, 0700) != 0)
        return -1;
    close(fd);
    return run_program(path);
}

Test(worker_inside, other_programs_are_refused)
{
    const Attempt attempts[] = {
        {"run", run_program, "/bin/sh"},
        {"run", run_program, "/bin/bash"},
        {"run", run_program, "/usr/bin/env"},
        {"run", run_program, "/usr/bin/python3"},
        {"run", run_program, "/usr/bin/curl"},
        {"run", run_program, "/bin/true"},
        {"run from memory", run_from_memory, NULL},
        {"run by a descriptor", run_by_descriptor, NULL},
        {"run from the destination", run_from_destination, NULL},
    };
    Attempt usable[G_N_ELEMENTS(attempts)];
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(attempts); i++)
        if (attempts[i].argument == NULL || access(attempts[i].argument, X_OK) == 0)
            usable[n++] = attempts[i];
    attempts_expect_refused(inside_enter, usable, n);
}

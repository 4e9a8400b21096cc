/* A compromised worker tries to access other processes of its user. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"
#include "base/fd.h"
#include "sandbox/landlock.h"
#include "worker_inside.h"

/* /proc is readable for the sanitizers' run-time libraries, which need it. */
#ifdef THUMBMILL_SANITIZED
#define PROC_IS_OPEN TRUE
#else
#define PROC_IS_OPEN FALSE
#endif

static int read_process(const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", machine.supervisor, name);

    return attempt_read(path);
}

static int read_of_parent(const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", getppid(), name);

    return attempt_read(path);
}

static int list_process(const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", machine.supervisor, name);

    return attempt_list(path);
}

static int trace(const char *argument)
{
    (void)argument;
    return attempt_failure(ptrace(PTRACE_ATTACH, machine.supervisor, NULL, NULL));
}

static int seize(const char *argument)
{
    (void)argument;
    return attempt_failure(ptrace(PTRACE_SEIZE, machine.supervisor, NULL, NULL));
}

static int read_memory(const char *argument)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)(guintptr)&machine, 1};

    (void)argument;
    return attempt_failure(syscall(SYS_process_vm_readv, machine.supervisor, &here, 1, &there, 1, 0));
}

static int write_memory(const char *argument)
{
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {(void *)(guintptr)&machine, 1};

    (void)argument;
    return attempt_failure(syscall(SYS_process_vm_writev, machine.supervisor, &here, 1, &there, 1, 0));
}

static int take_descriptor(const char *argument)
{
    autofd int process = pidfd_open(machine.supervisor, 0);

    (void)argument;
    return process < 0 ? errno : attempt_failure(syscall(SYS_pidfd_getfd, process, 0, 0));
}

static int change_limits(const char *argument)
{
    const struct rlimit none = {0, 0};

    (void)argument;
    return attempt_failure(prlimit(machine.supervisor, RLIMIT_NOFILE, &none, NULL));
}

static int slow_down(const char *argument)
{
    (void)argument;
    return attempt_failure(setpriority(PRIO_PROCESS, (id_t)machine.supervisor, 19));
}

static int move_away(const char *argument)
{
    cpu_set_t set;

    (void)argument;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return attempt_failure(sched_setaffinity(machine.supervisor, sizeof set, &set));
}

static int signal_by_number(const char *argument)
{
    (void)argument;
    return attempt_failure(kill(machine.supervisor, SIGKILL));
}

static int signal_all(const char *argument)
{
    (void)argument;
    return attempt_failure(kill(-1, 0));
}

static int signal_parent(const char *argument)
{
    (void)argument;
    return attempt_failure(kill(getppid(), SIGKILL));
}

/* The supervisor kills what is left in it when the worker ends. */
static int leave_session(const char *argument)
{
    (void)argument;
    return attempt_failure(setsid());
}

static int signal_thread(const char *argument)
{
    (void)argument;
    return attempt_failure(syscall(SYS_tgkill, machine.supervisor, machine.supervisor, SIGKILL));
}

static int signal_by_descriptor(const char *argument)
{
    autofd int process = pidfd_open(machine.supervisor, 0);

    (void)argument;
    return process < 0 ? errno : attempt_failure(pidfd_send_signal(process, SIGKILL, NULL, 0));
}

/* The kernel sends this signal, with the permissions of the process that requested it. */
static int signal_by_descriptor_owner(const char *argument)
{
    int ends[2];
    siginfo_t info = {0};

    (void)argument;
    if (pipe(ends) != 0 || fcntl(ends[0], F_SETOWN, machine.supervisor) != 0 ||
        fcntl(ends[0], F_SETSIG, SIGKILL) != 0 || fcntl(ends[0], F_SETFL, O_ASYNC) != 0 ||
        write(ends[1], "x", 1) != 1)
        return errno;
    (void)usleep(50000);
    return syscall(SYS_waitid, P_PID, machine.supervisor, &info, WEXITED | WNOHANG, NULL) == 0 ? 0 : EPERM;
}

/* Inserts a line into the terminal's input, as if the user had typed it. */
static int type_at_terminal(const char *line)
{
    autofd int fd = memfd_create("terminal", MFD_CLOEXEC);

    return attempt_failure(ioctl(fd, TIOCSTI, line));
}

Test(worker_inside, other_processes_are_refused)
{
    const Attempt always[] = {
        {"trace", trace, NULL},
        {"seize", seize, NULL},
        {"read memory", read_memory, NULL},
        {"write memory", write_memory, NULL},
        {"take a descriptor", take_descriptor, NULL},
        {"limit its descriptors", change_limits, NULL},
        {"make it slow", slow_down, NULL},
        {"take its processors", move_away, NULL},
        {"signal", signal_by_number, NULL},
        {"signal everybody", signal_all, NULL},
        {"signal the parent", signal_parent, NULL},
        {"type", type_at_terminal, "x"},
        {"leave the session", leave_session, NULL},
    };
    const Attempt by_proc[] = {
        {"read of the supervisor", read_process, "mem"},
        {"read of the supervisor", read_process, "environ"},
        {"read of the supervisor", read_process, "maps"},
        {"read of the supervisor", read_process, "auxv"},
        {"read of the supervisor", read_process, "stack"},
        {"read of the supervisor", read_process, "syscall"},
        {"list of the supervisor", list_process, "fd"},
        {"list of the supervisor", list_process, "cwd"},
        {"list of the supervisor", list_process, "root"},
        {"list of the supervisor", list_process, "map_files"},
        {"read of the parent", read_of_parent, "mem"},
        {"read of the parent", read_of_parent, "environ"},
        {"read of the supervisor", read_process, "cmdline"},
        {"read of the supervisor", read_process, "status"},
        {"list", attempt_list, "/proc"},
        {"list", attempt_list, "/proc/self/fd"},
    };
    const Attempt scoped[] = {
        {"signal a thread", signal_thread, NULL},
        {"signal by a descriptor", signal_by_descriptor, NULL},
        {"signal as owner of a descriptor", signal_by_descriptor_owner, NULL},
    };

    attempts_expect_refused(inside_enter, always, G_N_ELEMENTS(always));
    if (!PROC_IS_OPEN)
        attempts_expect_refused(inside_enter, by_proc, G_N_ELEMENTS(by_proc));
    if (landlock_abi() >= LANDLOCK_ABI_SCOPES)
        attempts_expect_refused(inside_enter, scoped, G_N_ELEMENTS(scoped));
}

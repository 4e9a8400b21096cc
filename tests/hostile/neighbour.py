"""Another user of the machine, who reaches for the processes of a run.

    neighbour.py PID...    tries everything with each process, and prints what it got hold of, as JSON

Run by tests/e2e/test_hostile_neighbour.py as that user.
"""

import ctypes
import json
import os
import signal
import sys

PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
SYS_PROCESS_VM_READV, SYS_PROCESS_VM_WRITEV, SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 310, 311, 434, 438
FILES = ("environ", "mem", "maps", "auxv", "fd/0", "fd/3", "cwd/x", "root/etc/passwd", "io", "pagemap", "stack", "syscall", "personality",
         "fdinfo/3", "map_files", "task/{pid}/mem", "task/{pid}/environ")
WRITES = ("mem", "oom_score_adj", "coredump_filter", "comm", "clear_refs", "attr/exec", "uid_map", "timerslack_ns")
SIGNALS = (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGSEGV)

libc = ctypes.CDLL(None, use_errno=True)


def opens(path, flags):
    try:
        fd = os.open(path, flags)
    except OSError:
        return False
    try:
        if flags == os.O_RDONLY and not os.path.isdir(f"/proc/self/fd/{fd}"):
            return len(os.read(fd, 64)) > 0
        return flags == os.O_RDONLY or os.write(fd, b"0\n") > 0
    except OSError:
        return False
    finally:
        os.close(fd)


def kills(pid, number):
    try:
        os.kill(pid, number)
        return True
    except OSError:
        return False


def calls(*arguments):
    return libc.syscall(*arguments) >= 0


def takes_descriptor(pid):
    pidfd = libc.syscall(SYS_PIDFD_OPEN, pid, 0)
    return pidfd >= 0 and calls(SYS_PIDFD_GETFD, pidfd, 3, 0)


def changes(change, *arguments):
    try:
        change(*arguments)
        return True
    except OSError:
        return False


def attempts(pid):
    """[(what it is, whether it succeeded)]"""
    memory = (ctypes.c_uint64 * 2)(0x400000, 8)
    for name in FILES:
        yield f"read {name}", opens(f"/proc/{pid}/" + name.format(pid=pid), os.O_RDONLY)
    for name in WRITES:
        yield f"write {name}", opens(f"/proc/{pid}/{name}", os.O_WRONLY)
    for number in SIGNALS:
        yield f"signal {number.name}", kills(pid, number)
    for name, request in (("attach", PTRACE_ATTACH), ("seize", PTRACE_SEIZE)):
        yield f"ptrace {name}", libc.ptrace(request, pid, 0, 0) == 0
    yield "process_vm_readv", calls(SYS_PROCESS_VM_READV, pid, memory, 1, memory, 1, 0)
    yield "process_vm_writev", calls(SYS_PROCESS_VM_WRITEV, pid, memory, 1, memory, 1, 0)
    yield "pidfd_getfd", takes_descriptor(pid)
    yield "priority", changes(os.setpriority, os.PRIO_PROCESS, pid, 10)
    yield "affinity", changes(os.sched_setaffinity, pid, {0})


def main():
    tried, got = 0, []
    for pid in map(int, sys.argv[1:]):
        for name, success in attempts(pid):
            tried += 1
            if success:
                got.append(f"{name} of {pid}")
    print(json.dumps({"tried": tried, "got": got}))


if __name__ == "__main__":
    main()

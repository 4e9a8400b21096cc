"""The container image under podman: built by scripts/image, loaded into a storage of these tests' own, started with the
restrictions that docs and etc/kubernetes/ ask for."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import tempfile

import harness

USER = 65532
BUILD_TIMEOUT_S = 1500
# As PID 1 of a container that may write to what is mounted and to nothing else.
RESTRICTED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
# What podman takes where systemd is not PID 1 and the limits of open files are lower than it would set.
MACHINE = ("--ulimit", "nofile=1024:4096", "--ulimit", "nproc=1000:1000")
# podman 5 warns of a machine's version 1 of cgroups on standard error, where tests read what the container wrote.
ENVIRONMENT = {**os.environ, "PODMAN_IGNORE_CGROUPSV1_WARNING": "1"}
STORAGE = ("--cgroup-manager", "cgroupfs", "--runtime", "runc")


def build(archive, **environment):
    """Runs scripts/image. If that takes too long, all that it has started ends with it."""
    command = [os.path.join(harness.ROOT, "scripts", "image"), "--output", archive]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **environment})
    try:
        code = child.wait(BUILD_TIMEOUT_S)
    except BaseException:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(60)
        raise
    if code != 0:
        raise AssertionError(f"{command}: {code}")


class Podman:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="thumbmill-podman-", dir="/var/tmp")
        self.image, self.count = None, 0
        atexit.register(self.remove)

    def command(self, *arguments):
        places = ("--root", os.path.join(self.folder, "storage"), "--runroot", os.path.join(self.folder, "run"))
        return ["podman", *places, *STORAGE, *arguments]

    def run(self, *arguments, expect=0, timeout_s=120):
        """What a podman command wrote; expect is None if any exit code will do."""
        done = subprocess.run(self.command(*arguments), capture_output=True, encoding="utf-8", errors="replace", env=ENVIRONMENT,
                              stdin=subprocess.DEVNULL, timeout=timeout_s, check=False)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"podman {arguments}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done

    def load(self, archive):
        self.image = self.run("load", "-q", "-i", archive).stdout.strip().removeprefix("Loaded image: ")

    def remove(self):
        self.run("rm", "--all", "--force", "--time", "0", expect=None)
        subprocess.run(["umount", "--lazy", os.path.join(self.folder, "storage", "overlay")], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)


class Container:
    """A container that runs in the background until it is removed. options are podman's, arguments thumbmill's."""

    def __init__(self, podman, options, *arguments, network="none"):
        podman.count += 1
        self.podman, self.name = podman, f"thumbmill-e2e-{os.getpid()}-{podman.count}"
        podman.run("run", "--detach", "--name", self.name, "--network", network, *MACHINE, *RESTRICTED, *options, podman.image,
                   *arguments)

    def wait(self, timeout_s=harness.RUN_TIMEOUT_S):
        """The exit code of the container's first process."""
        return int(self.podman.run("wait", self.name, timeout_s=timeout_s).stdout)

    def log(self):
        done = self.podman.run("logs", self.name)
        return done.stdout + done.stderr

    def execute(self, *command, expect=0):
        return self.podman.run("exec", self.name, *command, expect=expect)

    def signal(self, name):
        self.podman.run("kill", "--signal", name, self.name)

    def processes(self):
        """{pid on this machine: name} of all of the container's processes."""
        state = json.loads(self.podman.run("inspect", self.name).stdout)[0]["State"]
        found, todo = {}, [state["Pid"]]
        while todo:
            pid = todo.pop()
            try:
                found[pid] = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
                with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                    todo += [int(child) for child in file.read().split()]
            except OSError:
                found.pop(pid, None)
        return found

    def remove(self):
        self.podman.run("rm", "--force", "--time", "0", self.name, expect=None)

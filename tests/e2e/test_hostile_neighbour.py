#!/usr/bin/python3
"""Another user of the same machine, who may write to /tmp, /run/lock and perhaps into the folders of a store: he gets nothing, and no run
ends for him."""

import hashlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import unittest

from harness import BIN, NOBODY, ROOT, Daemon, DirectoryCase, encode, needs_root, photograph, processes, slow_png, wait_until

OUTPUTS = [{"name": "thumb", "width": 48, "height": 48, "fit": "inside", "format": "jpeg"}]
SECRET = b"Nobody else may read or change this.\n"
PROGRAM = os.path.join(ROOT, "tests", "hostile", "neighbour.py")
REQUESTS = [b'{"command":"stop"}\n', b'{"command":"drain"}\n', b'{"command":"resume"}\n', b'{"command":"reload"}\n',
            b'{"command":"run-now"}\n', b'{"command":"scale","value":"1"}\n', b'{"command":"terminate","value":"1"}\n',
            b'{"command":"log-level","value":"debug"}\n', b'{"command":"status"}\n', b'{"command":"workers"}\n', b"\n", b"{}\n", b"[]\n",
            b"null\n", b"{" * 60000 + b"\n", b'"' + b"x" * 60000 + b'"\n', b"\0" * 1000 + b"\n", b"\xff\xfe\n", b'{"command":1}\n',
            b'{"command":"stop","command":"stop"}\n', b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"x" * 200000]


class NeighbourCase(DirectoryCase):
    outputs = OUTPUTS

    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)
        self.secret = os.path.join(self.folder, "secret")
        with open(self.secret, "wb") as file:
            file.write(SECRET)
        os.chmod(self.secret, 0o600)
        self.outside = os.path.join(self.folder, "outside")
        os.mkdir(self.outside)

    def tearDown(self):
        with open(self.secret, "rb") as file:
            self.assertEqual(file.read(), SECRET)
        self.assertEqual(stat.S_IMODE(os.stat(self.secret).st_mode), 0o600)
        self.assertEqual(os.listdir(self.outside), [], "nothing was made there")

    def count(self, number):
        print(f"neighbour: {number} attempts ({self.id().rpartition('.')[2]})", file=sys.stderr)


def own(path):
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path)


@needs_root
class TestLocks(NeighbourCase):
    def lock_name(self, uid):
        pair = b"\0".join([b"", f"file://{self.source}/".encode(), b"", f"file://{self.destination}/".encode(), b""])
        return f"thumbmill-{hashlib.sha256(pair).hexdigest()[:16]}-{uid}.lock"

    def kinds(self, path):
        """Ways to be in the way of a lock file: each is made, and told."""
        def write(mode):
            with open(path, "w", encoding="utf-8") as file:
                file.write("1 elsewhere 2020-01-01T00:00:00Z\n")
            os.chmod(path, mode)
            own(path)

        return {
            "link to a secret": lambda: (os.symlink(self.secret, path), own(path)),
            "link to nothing": lambda: (os.symlink(os.path.join(self.outside, "made"), path), own(path)),
            "second name of a secret": lambda: os.link(self.secret, path),
            "folder": lambda: (os.mkdir(path), own(path)),
            "pipe": lambda: (os.mkfifo(path), own(path)),
            "socket": lambda: (make_socket(path), own(path)),
            "file of his": lambda: write(0o600),
            "file of his that all may write": lambda: write(0o666),
        }

    def clear(self, path):
        if os.path.isdir(path) and not os.path.islink(path):
            os.rmdir(path)
        elif os.path.lexists(path):
            os.unlink(path)

    def test_what_he_leaves_where_a_lock_is_to_be(self):
        """One of root's runs locks all the same; one of a user without a place of his own says that it cannot, and ends where it must."""
        tried = 0
        size = photograph(0, 100).size
        self.add("a.jpg", encode(photograph(0, 100), "jpeg"))
        user = NOBODY - 1
        config = self.configure()
        os.chmod(BIN, 0o755)
        for folder in (self.source, self.destination):
            os.chmod(folder, 0o777)
        folders = [folder for folder in ("/tmp", "/run/lock") if os.path.isdir(folder)]
        for kind in self.kinds("x"):
            with self.subTest(kind=kind):
                for uid in (0, user):
                    for folder in folders:
                        path = os.path.join(folder, self.lock_name(uid))
                        self.addCleanup(self.clear, path)
                        self.kinds(path)[kind]()
                        tried += 1
                run = self.run_to_end(config, "--lock", "required")
                self.assertNotIn("lock", run.stderr)
                for demand, expect in (("required", 4), ("wanted", 0)):
                    run = subprocess.run([os.path.join(BIN, "thumbmill"), "run", "-c", config, "--lock", demand], user=user, group=user,
                                         extra_groups=[], capture_output=True, text=True, timeout=60, check=False, cwd="/")
                    self.assertEqual(run.returncode, expect, run.stderr)
                    self.assertIn("no run lock is possible" if expect else "another run may start at the same time", run.stderr)
                    tried += 1
                for uid in (0, user):
                    for folder in folders:
                        self.clear(os.path.join(folder, self.lock_name(uid)))
        self.assert_all_made({"a.jpg": size})
        self.count(tried)


@needs_root
class TestFolders(NeighbourCase):
    def test_what_he_leaves_in_the_destination(self):
        """The destination is a folder that he may write to, and he knows which names will be written."""
        secret, outside, made = self.secret, self.outside, os.path.join(self.destination, "thumb")
        size = photograph(0, 100).size
        os.makedirs(made)

        def at(name):
            path = os.path.join(made, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            return path

        def link(name, target):
            os.symlink(target, at(name))
            own(at(name))

        # {what: (key, how, whether its output is made)}
        attempts = {
            "output's name is a link to a secret": ("a1.jpg", lambda: link("a1.jpg", secret), True),
            "output's name is a link to nothing": ("a2.jpg", lambda: link("a2.jpg", os.path.join(outside, "made")), True),
            "output's name is a link to itself": ("a3.jpg", lambda: link("a3.jpg", "a3.jpg"), True),
            "output's name is a second name of a secret": ("a4.jpg", lambda: os.link(secret, at("a4.jpg")), True),
            "output's name is a pipe": ("a5.jpg", lambda: os.mkfifo(at("a5.jpg")), True),
            "output's name is a socket": ("a6.jpg", lambda: make_socket(at("a6.jpg")), True),
            "output's name is a link to a device": ("a7.jpg", lambda: link("a7.jpg", "/dev/null"), True),
            "output's name is a folder": ("a8.jpg", lambda: os.makedirs(at("a8.jpg/x")), False),
            "folder is a link elsewhere": ("b1/x.jpg", lambda: link("b1", outside), False),
            "folder is a relative link elsewhere": ("b2/x.jpg", lambda: link("b2", "../../outside"), False),
            "folder further down is a link elsewhere": ("b3/c/x.jpg", lambda: link("b3/c", outside), False),
            "folder to be made is below a link": ("b4/c/d/x.jpg", lambda: link("b4", outside), False),
            "folder is a link to the root": ("b5/x.jpg", lambda: link("b5", "/"), False),
            "folder is a link to /proc": ("b6/x.jpg", lambda: link("b6", "/proc/self/cwd"), False),
            "folder is a link to itself": ("b7/x.jpg", lambda: link("b7", "b7"), False),
            "folder is a link to the originals": ("b8/x.jpg", lambda: link("b8", self.source), False),
            "folder is a file": ("b9/x.jpg", lambda: shutil.copy(secret, at("b9")), False),
            "folder is a pipe": ("b10/x.jpg", lambda: os.mkfifo(at("b10")), False),
            "temporary file is a link": ("c1.jpg", lambda: link(".thumbmill-0123456789abcdef.tmp", secret), True),
            "temporary file is a folder": ("c2.jpg", lambda: os.mkdir(at(".thumbmill-fedcba9876543210.tmp")), True),
        }
        for key, how, _ in attempts.values():
            self.add(key, encode(photograph(0, 100), "jpeg"))
            how()
        originals = sorted(os.listdir(self.source))
        run = self.run_to_end(self.configure(), expect=1)
        for what, (key, _, is_made) in attempts.items():
            with self.subTest(what=what):
                path = os.path.join(made, key)
                if is_made:
                    self.assertTrue(stat.S_ISREG(os.lstat(path).st_mode), "replaced, and not followed")
                    with open(path, "rb") as file:
                        self.assert_measures(file.read(), OUTPUTS[0], size)
        self.assertEqual(sorted(os.listdir(self.source)), originals)
        self.assertLessEqual({failure["class"] for failure in run.report["failures"]}, {"input"}, run.stderr)
        self.count(len(attempts))

    def test_a_destination_that_is_a_link_of_his(self):
        """The name of an output, in the store's top folder: the one place where links are followed, if they are not his."""
        os.symlink(self.outside, os.path.join(self.destination, "thumb"))
        own(os.path.join(self.destination, "thumb"))
        self.add("a.jpg", encode(photograph(0, 100), "jpeg"))
        self.run_to_end(self.configure(), expect=1)
        self.assertEqual(os.listdir(self.destination), ["thumb"])
        self.count(1)


@needs_root
class TestProcesses(NeighbourCase):
    def reach(self, pids, user):
        with open(PROGRAM, "rb") as program:  # the checkout may be in a folder that he cannot enter
            run = subprocess.run(["/usr/bin/python3", "-", *map(str, pids)], user=user, group=user, extra_groups=[], stdin=program,
                                 capture_output=True, text=True, check=True, cwd="/", timeout=60)
        return json.loads(run.stdout)

    def test_he_reaches_for_the_processes(self):
        """Main, supervisor, worker and imager at work, each of another user."""
        for number in range(40):
            self.add(f"{number}.png", slow_png(1500, 1500))
        path = os.path.join(self.folder, "control")
        daemon = Daemon(self.configure(control={"socket": path, "mode": "0666"}, workers={"count": 1}))
        self.addCleanup(daemon.abandon)
        self.assertTrue(daemon.wait_for("READY", "1"), daemon.log())
        self.assertTrue(wait_until(lambda: set(processes().values()) >= {"thumbmill", "thumbmill-supervisor", "thumbmill-worker",
                                                                        "thumbmill-imager"}, 20))
        found = self.reach(processes(), NOBODY)
        self.assertEqual(found["got"], [])
        self.assertGreaterEqual(found["tried"], 100)
        refused = 0
        for request in REQUESTS:
            for answer in self.say(path, request).splitlines():
                self.assertIs(json.loads(answer)["ok"], False, request[:60])
            refused += 1
        status = json.loads(self.thumbmill("status", "--socket", path, "--json").stdout)
        self.assertEqual((status["pid"], status["restarts"]), (daemon.pid, 0))
        self.count(found["tried"] + refused)

    def say(self, path, request):
        script = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])\n"
                  "try:\n    s.sendall(sys.stdin.buffer.read()); s.shutdown(socket.SHUT_WR); print(s.recv(4096).decode())\n"
                  "except (BrokenPipeError, ConnectionResetError): pass")
        return subprocess.run(["/usr/bin/python3", "-c", script, path], input=request, capture_output=True, check=True, user=NOBODY,
                              group=NOBODY, extra_groups=[], timeout=60).stdout.decode().strip()


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""Who holds what while a run is under way: the secret key, network libraries, decoders, descriptors.

Reads other processes' memory: needs root, or the capability to trace them.
"""

import json
import os
import re
import signal
import subprocess
import time
import unittest

import harness
from harness import SMALL_OUTPUTS, Case, Gateway, Run, credentials, encode, photograph, processes, wait_until, write_config
from held import descriptors, memory_holds, read, signing_keys

gateway = Gateway()
OBJECTS = 60


def linked_with(name):
    """The libraries that an executable itself names, without those that these draw in."""
    out = subprocess.run(["readelf", "-d", os.path.join(harness.BIN, name)], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[([A-Za-z0-9_+]+)[^]]*\]", out))


def loads(name):
    """All libraries that end up in its memory."""
    out = subprocess.run(["ldd", os.path.join(harness.BIN, name)], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\s*([A-Za-z0-9_+]+)[^ ]*\.so", out, re.M))


class TestSecrets(Case):
    def setUp(self):
        super().setUp()
        self.assertEqual(os.geteuid(), 0, "run this test as root: it reads other processes' memory")
        self.source, self.destination = gateway.bucket("source"), gateway.bucket("made")
        self.addCleanup(gateway.remove, self.source)
        self.addCleanup(gateway.remove, self.destination)
        data = [encode(photograph(number, 1800), "jpeg") for number in range(6)]
        for number in range(OBJECTS):
            gateway.put(self.source, f"{number}.jpg", data[number % len(data)])
        self.config = self.configure()

    def configure(self, **s3):
        return write_config(os.path.join(self.folder, "thumbmill.yaml"), f"s3://{self.source}/",
                            f"s3://{self.destination}/", SMALL_OUTPUTS,
                            s3=gateway.settings(**s3), workers={"count": 2})

    def start(self):
        """A run in the middle of its work: something is made, much is still to do."""
        run = Run(self.config, environment=credentials())
        self.assertTrue(wait_until(lambda: len(gateway.keys(self.destination)) > 4 or not run.is_running(), 30))
        self.assertTrue(run.is_running(), "the run ended too early to look at it")
        return run

    def test_only_the_supervisor_holds_the_secret(self):
        secret = os.environ["AWS_SECRET_ACCESS_KEY"].encode()
        needles = {secret, *signing_keys(secret, os.environ["AWS_REGION"])}
        run = self.start()
        seen = {"thumbmill-worker": 0, "thumbmill-imager": 0, "thumbmill-supervisor": 0}
        # stopped, so that all are looked at while they work
        stopped = {pid: role for pid, role in processes().items() if role != "thumbmill"}
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        for pid, role in stopped.items():
            held, scanned = memory_holds(pid, needles)
            self.assertGreater(scanned, 1 << 20, f"{role}: the scan read next to nothing")
            if role == "thumbmill-supervisor":
                self.assertIn(secret, held, "the scan does not find the secret where it must be")
            else:
                self.assertEqual(held, set(), role)
            for place in ("environ", "cmdline"):
                self.assertNotIn(secret, read(pid, place), f"{role}: {place}")
            self.assertNotIn(b"AWS_", read(pid, "environ"), role)
            seen[role] += 1
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        self.assertNotIn(secret, read(run.pid, "cmdline"))
        self.assertEqual(run.finish(), 0, run.stderr)
        self.assertEqual(seen, {"thumbmill-worker": 2, "thumbmill-imager": 2, "thumbmill-supervisor": 1})
        for text in (run.stdout, run.stderr, json.dumps(run.report)):
            self.assertNotIn(secret.decode(), text)

    def test_signing_for_workers_hands_out_no_secret(self):
        self.config = self.configure(sign_payload="true", checksum="sha256")
        self.test_only_the_supervisor_holds_the_secret()

    def test_logs_hold_neither_secret_nor_signature(self):
        gateway.put(self.source, "broken.jpg", b"no image")
        for config in (self.config, self.configure(sign_payload="true")):
            run = self.run_to_end(config, "--log-level", "debug", "--log-format", "json", expect=1, environment=credentials())
            self.assertIn("broken.jpg", run.stderr)
            for word in (os.environ["AWS_SECRET_ACCESS_KEY"], "X-Amz-Signature", "Signature="):
                self.assertNotIn(word, run.stderr)
            gateway.empty(self.destination)

    def test_an_imager_has_its_channel_and_memory_and_nothing_else(self):
        run = self.start()
        with open("/proc/net/unix", encoding="utf-8") as file:
            unix_sockets = {fields[6] for fields in map(str.split, file) if len(fields) > 6}
        looks = 0
        for _ in range(40):
            for pid in processes("thumbmill-imager"):
                try:
                    open_now = descriptors(pid)
                except OSError:  # ended meanwhile
                    continue
                if not open_now:  # it is just ending
                    continue
                looks += 1
                sockets = [target for target in open_now.values() if target.startswith("socket:")]
                self.assertEqual(len(sockets), 1, open_now)
                self.assertIn(sockets[0][8:-1], unix_sockets)
                for fd, target in open_now.items():
                    # 0, 1 and 2 are a memory file that keeps its last words; GLib's loop has an eventfd
                    self.assertRegex(target, r"^(socket:\[|/memfd:|anon_inode:\[(eventfd|eventpoll)\]|/dev/null$)", f"fd {fd}")
            time.sleep(0.02)
        self.assertGreater(looks, 10)
        self.assertEqual(run.finish(), 0, run.stderr)

    def test_sandbox_is_on(self):
        run = self.start()

        def open_imagers():
            """Imagers without privileges to lose and a seccomp filter; one that just starts is not there yet."""
            found = []
            for pid in processes("thumbmill-imager"):
                status = read(pid, "status").decode()
                if not re.search(r"^NoNewPrivs:\t1$", status, re.M) or not re.search(r"^Seccomp:\t2$", status, re.M):
                    found.append(pid)
            return found

        self.assertTrue(wait_until(lambda: len(processes("thumbmill-imager")) == 2 and not open_imagers(), 5),
                        f"not in the sandbox: {open_imagers()}")
        self.assertEqual(run.finish(), 0, run.stderr)

    def test_what_each_executable_is_linked_with(self):
        """Debian's libvips draws in libcurl itself (libcfitsio does), so the imager is judged by what it names; that
        it can open no socket is the sandbox's business. It reads XMP by expat. The others must not even load libvips."""
        network = {"libcurl", "libssl", "libcrypto"}
        main, supervisor, worker, imager, web = map(linked_with, harness.EXECUTABLES)
        self.assertIn("libvips", imager)
        self.assertEqual(imager & (network | {"libyaml", "libjansson"}), set())
        for name in set(harness.EXECUTABLES) - {"thumbmill-imager"}:
            self.assertNotIn("libvips", loads(name), name)
        self.assertIn("libmicrohttpd", web)
        self.assertEqual(web & (network | {"libyaml", "libjansson", "libexpat"}), set())
        self.assertEqual(main & (network | {"libexpat"}), set())
        self.assertIn("libyaml", main)
        self.assertIn("libcurl", supervisor)
        self.assertIn("libcurl", worker)
        self.assertNotIn("libyaml", worker)


if __name__ == "__main__":
    unittest.main()

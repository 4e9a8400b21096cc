#!/usr/bin/python3
"""Commands reach a daemon over its control socket, and nobody who connects to that can harm it."""

import grp
import json
import os
import random
import signal
import socket
import stat
import subprocess
import time
import unittest

from harness import (NOBODY, Daemon, DirectoryCase, SMALL_OUTPUTS, cpu_seconds, encode, needs_root, photograph, processes,
                     slow_png, wait_until)

MAX_CLIENTS = 16
PATIENCE_S = 10


class ControlCase(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.folder, "control")

    def start(self, control=None, environment=None, **sections):
        daemon = Daemon(self.configure(control={"socket": self.path, **(control or {})}, **sections), environment=environment)
        self.addCleanup(daemon.abandon)
        self.assertTrue(daemon.wait_for("READY", "1"), daemon.log())
        return daemon

    def command(self, *arguments, expect=0, **options):
        return self.thumbmill(arguments[0], "--socket", self.path, *arguments[1:], expect=expect, **options)

    def ask(self, *arguments):
        return json.loads(self.command(*arguments, "--json").stdout)

    def connect(self):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(client.close)
        client.connect(self.path)
        client.settimeout(PATIENCE_S + 10)
        return client

    def say(self, data):
        """What a fresh connection answers to this, up to the first newline or the end."""
        client = self.connect()
        answer = b""
        try:
            client.sendall(data)
            while not answer.endswith(b"\n"):
                more = client.recv(65536)
                if not more:
                    break
                answer += more
        except (BrokenPipeError, ConnectionResetError):
            pass
        client.close()
        return answer

    def assert_well(self, daemon):
        self.assertIsNone(daemon.child.poll(), daemon.log())
        self.assertEqual(self.ask("status")["pid"], daemon.pid)

    def assert_stops(self, daemon):
        self.assertEqual(daemon.stop(), 0, daemon.log())
        self.assertFalse(os.path.exists(self.path), "the socket is removed")


class TestCommands(ControlCase):
    def test_status(self):
        self.add_photographs(3, 300)
        daemon = self.start(schedule="0 0 1 1 *")
        self.assertTrue(daemon.wait_for_passes(1))
        status = wait_until(lambda: (s := self.ask("status"))["phase"] == "idle" and s, 10)
        self.assertEqual((status["passes"], status["pid"], status["supervisor"]), (1, daemon.pid, daemon.supervisor()))
        self.assertEqual((status["pass"], status["trouble"], status["restarts"]), (None, None, 0))
        self.assertRegex(status["next_pass"], r"^\d{4}-(01-01|12-31)T")
        table = self.command("status").stdout
        self.assertRegex(table, rf"(?m)^pid +{daemon.pid}$")
        self.assertRegex(table, r"(?m)^state +idle; next pass ")
        self.assert_stops(daemon)

    def test_a_pass_and_its_workers(self):
        self.add("a-slow.png", slow_png(16000, 12000))
        daemon = self.start(limits={"max_pixels": "400M", "max_source_bytes": "1G"}, workers={"count": 2})
        self.assertTrue(wait_until(lambda: any("task" in w for w in self.ask("workers")["workers"]), 30), daemon.log())
        status = wait_until(lambda: (s := self.ask("status"))["pass"]["in_flight"] and s, 10)
        self.assertEqual((status["phase"], status["pass"]["listed"], status["pass"]["in_flight"]), ("pass", 1, 1))
        workers = self.ask("workers")["workers"]
        self.assertEqual({worker["pid"] for worker in workers}, set(processes("thumbmill-worker")))
        held = [worker for worker in workers if "task" in worker]
        self.assertEqual([(w["task"], w["state"], w["tasks_held"], w["alive"]) for w in held], [("a-slow.png", "busy", 1, True)])
        self.assertGreater(held[0]["memory_bytes"], 1 << 20)
        self.assertGreater(held[0]["seconds"], 0)
        self.assertIn("a-slow.png", self.command("workers").stdout)
        os.kill(held[0]["pid"], signal.SIGKILL)
        after = wait_until(lambda: [w for w in self.ask("workers")["workers"] if w.get("obituary")], 10)
        self.assertIn("SIGKILL", after[0]["obituary"])
        self.assertEqual((after[0]["slot"], after[0]["restarts"]), (held[0]["slot"], 1))
        self.assertTrue(daemon.wait_for_passes(1))
        self.assertEqual(self.ask("workers")["workers"], [])
        self.assert_stops(daemon)

    def test_scale(self):
        sizes = self.add_photographs(80, 900)
        daemon = self.start(workers={"count": 1}, every="1d")
        self.assertTrue(wait_until(lambda: processes("thumbmill-imager"), 10), daemon.log())
        self.assertEqual(self.ask("status")["workers"], 1)
        self.command("scale", "8")
        self.assertEqual(len(self.places()), 8, "all are started at once")
        self.assertTrue(wait_until(lambda: sum("task" in worker for worker in self.ask("workers")["workers"]) > 1, 20))
        self.command("scale", "2")
        self.assertTrue(wait_until(lambda: self.places() in ({0, 1}, set()), 30), self.ask("workers"))
        self.assertEqual(daemon.passes(), [], "too late to test anything")
        self.assertTrue(daemon.wait_for_passes(1))
        self.assert_all_made(sizes)
        self.assertEqual([(int(p["done"]), int(p["outputs"])) for p in daemon.passes()], [(80, 160)])
        self.assertEqual(daemon.records("a worker died"), [])

        self.add("a-slow.png", slow_png(8000, 6000))
        self.command("run-now")
        self.assertTrue(wait_until(lambda: any("task" in w for w in self.ask("workers")["workers"]), 30), daemon.log())
        self.assertEqual(self.places(), {0, 1}, "it is so in later passes too")
        self.assertTrue(daemon.wait_for_passes(2))
        self.assertEqual((daemon.passes()[1]["done"], daemon.passes()[1]["outputs"]), ("1", "2"))
        self.command("reload")
        self.assertTrue(wait_until(lambda: self.ask("status")["workers"] == 1, 10), "until it is reloaded")
        self.assert_stops(daemon)

    def places(self):
        return {worker["slot"] for worker in self.ask("workers")["workers"]}

    def test_terminate(self):
        sizes = self.add_photographs(60, 900)
        daemon = self.start(workers={"count": 2}, every="1d")
        busy = wait_until(lambda: [w for w in self.ask("workers")["workers"] if w["tasks_done"] and w["tasks_held"]], 20)
        self.command("terminate", str(busy[0]["pid"]))
        self.assertTrue(wait_until(lambda: daemon.records("a worker died"), 10), daemon.log())
        self.assertIn("was killed by SIGTERM on request", daemon.records("a worker died")[0]["obituary"])
        self.assertIn(f"no worker has the pid {busy[0]['pid']}", self.command("terminate", str(busy[0]["pid"]), expect=1).stderr)
        self.assertTrue(daemon.wait_for_passes(1))
        self.assert_all_made(sizes)
        self.assertEqual([(int(p["done"]), int(p["outputs"])) for p in daemon.passes()], [(60, 120)])
        self.assert_stops(daemon)

    def reload_beside_slow_object(self, **sections):
        """(daemon, the old worker, which has a-slow.png and hangs, the sizes of two others), when the new one has made those."""
        self.add("a-slow.png", slow_png(16000, 12000))
        self.age_originals()
        daemon = self.start(limits={"max_pixels": "400M", "max_source_bytes": "1G"}, workers={"count": 1}, every="1d",
                            stop_timeout="120s", **sections)
        imager = wait_until(lambda: [pid for pid in processes("thumbmill-imager") if cpu_seconds(pid) > 0.3], 30)[0]
        os.kill(imager, signal.SIGSTOP)
        (before,) = self.ask("workers")["workers"]
        self.assertFalse(before["draining"])
        sizes = self.add_photographs(2, 300)
        self.command("reload")
        self.assertTrue(wait_until(lambda: len(self.made()) == 4, 30), daemon.log())
        return daemon, before, sizes

    def assert_slow_object_is_made(self, daemon, sizes):
        self.assertTrue(wait_until(lambda: len(self.made()) == 6, 60), daemon.log())
        self.assert_all_made({**sizes, "a-slow.png": (16000, 12000)})

    def test_workers_and_terminate_reach_the_supervisor_before_the_reload(self):
        daemon, before, sizes = self.reload_beside_slow_object()
        workers = self.ask("workers")["workers"]
        self.assertEqual([(w["pid"], w["task"]) for w in workers if w["draining"]], [(before["pid"], "a-slow.png")])
        self.assertEqual({w["pid"] for w in workers}, set(processes("thumbmill-worker")))
        self.assertEqual(len(workers), 2)
        table = self.command("workers").stdout.splitlines()
        self.assertIn("old supervisor, finishing its objects in flight", table[2])
        self.assertIn("a-slow.png", table[3])
        missing = max(w["pid"] for w in workers) + 1000
        self.assertIn(f"no worker has the pid {missing}", self.command("terminate", str(missing), expect=1).stderr)
        self.command("terminate", str(before["pid"]))
        self.assert_slow_object_is_made(daemon, sizes)
        self.assertTrue(wait_until(lambda: not self.ask("status")["old_supervisor"], 10), daemon.log())
        self.assertTrue(wait_until(lambda: daemon.passes() and daemon.passes()[-1]["message"].endswith("up to date"), 30))
        self.assertEqual(sum(int(p["done"]) for p in daemon.passes()), 3)
        self.assert_stops(daemon)

    def test_the_supervisor_before_the_reload_does_not_answer(self):
        daemon, before, sizes = self.reload_beside_slow_object(heartbeat_timeout="10m")
        old = self.ask("status")["old_supervisor"]
        os.kill(old, signal.SIGSTOP)
        answer = self.ask("workers")
        (new,) = answer["workers"]
        self.assertFalse(new["draining"])
        self.assertNotEqual(new["pid"], before["pid"])
        self.assertEqual(answer["unanswered"], 1)
        self.assertIn("a supervisor does not respond", self.command("workers").stdout)
        self.assertIn("does not respond", self.command("terminate", str(before["pid"]), expect=1).stderr)
        self.command("terminate", str(new["pid"]))
        os.kill(old, signal.SIGKILL)
        self.assert_slow_object_is_made(daemon, sizes)
        self.assertNotIn("unanswered", self.ask("workers"))
        self.assert_stops(daemon)

    def test_a_reload_with_more_in_flight_than_can_be_told(self):
        """More than 1 MiB of keys. Then nothing is held: the new supervisor begins when the old one has finished."""
        folder, data = "/".join(4 * ["d" * 240]), encode(photograph(0, 64), "jpeg")
        for number in range(1500):
            self.add(f"{folder}/{number:04}.jpg", data)
        self.age_originals()
        daemon = self.start(workers={"count": 20, "tasks_in_flight": 64}, every="1d", stop_timeout="120s")
        stopped = set()

        def are_many_in_flight():
            for pid in set(processes("thumbmill-imager")) - stopped:
                os.kill(pid, signal.SIGSTOP)
                stopped.add(pid)
            return self.ask("status")["pass"]["in_flight"] * len(folder) > 1 << 20

        self.assertTrue(wait_until(are_many_in_flight, 60, 0.01), self.ask("status"))
        self.command("reload")
        self.assertTrue(wait_until(lambda: len(processes("thumbmill-supervisor")) == 2, 10), daemon.log())
        time.sleep(1)
        self.assertEqual(len(daemon.records("pass started")), 1, "the new one waits")
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        self.assertTrue(wait_until(lambda: len(daemon.passes()) == 2, 120), daemon.log())
        self.assertEqual(len(self.made()), 2 * 1500)
        self.assertEqual([sum(int(p[what]) for p in daemon.passes()) for what in ("done", "outputs")], [1500, 3000])
        self.assertEqual(daemon.records("a worker died"), [])
        self.assert_stops(daemon)

    def test_terminate_the_supervisor(self):
        sizes = self.add_photographs(60, 900)
        daemon = self.start(workers={"count": 2}, every="1d")
        self.assertTrue(wait_until(lambda: processes("thumbmill-imager"), 10), daemon.log())
        first = daemon.supervisor()
        self.command("scale", "3")
        self.command("terminate", str(first))
        self.assertTrue(wait_until(lambda: daemon.records("the supervisor died"), 10), daemon.log())
        self.assertTrue(wait_until(lambda: self.places() == {0, 1, 2}, 20), "the pass that is begun again has as many")
        self.assertNotEqual(self.ask("status")["supervisor"], first)
        self.assertTrue(wait_until(lambda: daemon.passes() and daemon.passes()[-1]["message"].endswith("up to date"), 60))
        self.assert_all_made(sizes)
        self.assert_stops(daemon)

    def test_numbers_that_mean_nothing(self):
        daemon = self.start(workers={"count": 2})
        for value in ("0", "-1", "+2", "1025", "99999999999999999999", "1e1", "two", "2 ", ""):
            self.assertIn("from 1 to 1024", self.command("scale", "--", value, expect=1).stderr, value)
        for value in ("0", "-1", "4294967297", "x", ""):
            self.assertIn("above 0", self.command("terminate", "--", value, expect=1).stderr, value)
        for pid in (1, daemon.pid, os.getpid(), 2**31 - 1):
            self.assertIn(f"no worker has the pid {pid}", self.command("terminate", str(pid), expect=1).stderr)
        for command in ("scale", "terminate"):
            self.command(command, expect=2)
            self.command(command, "1", "2", expect=2)
            for line in (f'{{"command":"{command}"}}', f'{{"command":"{command}","value":1}}'):
                self.assertIs(json.loads(self.say(line.encode() + b"\n"))["ok"], False)
        self.assertEqual(self.ask("status")["workers"], 2)
        self.assert_well(daemon)
        self.assert_stops(daemon)

    def test_run_now(self):
        daemon = self.start(every="1d")
        self.assertTrue(daemon.wait_for_passes(1))
        sizes = self.add_photographs(2, 300)
        self.command("run-now")
        self.assertTrue(daemon.wait_for_passes(2))
        self.assert_all_made(sizes)
        self.assert_stops(daemon)

    def test_drain_and_resume(self):
        sizes = self.add_photographs(60, 900)
        daemon = self.start(workers={"count": 2}, every="1s")
        self.assertTrue(wait_until(lambda: processes("thumbmill-imager"), 10))
        self.command("drain")
        self.assertTrue(wait_until(lambda: self.ask("status")["phase"] == "drained", 30), daemon.log())
        made = len(self.made())
        self.assertLess(made, len(sizes) * len(self.outputs), "too late to test anything")
        self.assertEqual(made, daemon.done() * len(self.outputs), "what was begun is finished")
        time.sleep(2.5)
        self.assertEqual(len(self.made()), made, "nothing is begun while it is drained")
        self.command("resume")
        self.assertTrue(wait_until(lambda: len(self.made()) == len(sizes) * len(self.outputs), 120), daemon.log())
        self.assert_stops(daemon)
        self.assertEqual(daemon.done(), len(sizes))

    def test_reload(self):
        daemon = self.start()
        self.command("reload")
        self.assertTrue(wait_until(lambda: daemon.records("reloaded"), 10))
        with open(self.config, "a", encoding="utf-8") as file:
            file.write("every: often\n")
        refused = self.command("reload", expect=1)
        self.assertRegex(refused.stderr, r"thumbmill\.yaml:\d+:8: every")
        self.assert_stops(daemon)

    def test_stop_and_log_level(self):
        daemon = self.start()
        self.command("log-level", "debug")
        daemon.signal(signal.SIGUSR1)
        self.assertTrue(wait_until(lambda: daemon.records("signal"), 5), "what is below info is logged now")
        self.command("log-level", "loud", expect=1)
        self.command("log-level", expect=2)
        self.command("status", "more", expect=2)
        self.command("stop")
        self.assertEqual(daemon.finish(), 0)
        self.assertIn("no daemon is listening", self.command("status", expect=4).stderr)

    def test_the_socket_is_found_by_the_configuration(self):
        daemon = self.start()
        run = self.thumbmill("status", "-c", self.config, "--json")
        self.assertEqual(json.loads(run.stdout)["pid"], daemon.pid)
        self.assert_stops(daemon)


class TestSocket(ControlCase):
    def test_permissions(self):
        name = grp.getgrgid(NOBODY).gr_name
        daemon = self.start(control={"mode": "0660", "group": name})
        info = os.stat(self.path)
        self.assertEqual((stat.S_IMODE(info.st_mode), info.st_gid), (0o660, NOBODY))
        self.assert_stops(daemon)
        daemon = self.start()
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        self.assert_stops(daemon)

    def test_the_service_managers_place(self):
        self.path = os.path.join(self.folder, "run", "control")
        os.mkdir(os.path.dirname(self.path))
        place = {"RUNTIME_DIRECTORY": os.path.dirname(self.path)}
        daemon = Daemon(self.configure(), environment=place)
        self.assertTrue(daemon.wait_for("READY", "1"), daemon.log())
        self.assert_well(daemon)
        for options in ([], ["-c", self.config]):
            told = self.thumbmill("status", "--json", *options, environment=place)
            self.assertEqual(json.loads(told.stdout)["pid"], daemon.pid)
        self.assert_stops(daemon)

    def test_one_that_is_left_is_replaced_and_one_in_use_is_not(self):
        daemon = self.start()
        daemon.signal(signal.SIGKILL)
        daemon.finish()
        self.assertTrue(os.path.exists(self.path))
        daemon = self.start()
        second = self.thumbmill("daemon", "-c", self.config, expect=2)
        self.assertIn("another daemon is listening there", second.stderr)
        self.assert_well(daemon)
        self.assert_stops(daemon)

    def test_another_file_is_not_removed(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("mine")
        daemon = Daemon(self.configure(control={"socket": self.path}))
        self.assertEqual(daemon.finish(), 2)
        with open(self.path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")


class TestHostileClients(ControlCase):
    def test_garbage(self):
        daemon = self.start()
        chance = random.Random(1)
        lines = [b"", b"status", b"{", b"[]", b"{\"command\": 1}", b"\0\0\0", b"\xff\xfe{}", b"GET / HTTP/1.1\r", b"{}" * 1000,
                 b"[" * 4000, b"{\"command\":\"" + b"a" * 3000 + b"\"}", b"{\"command\":\"\\ud800\"}"]
        lines += [bytes(chance.randrange(256) for _ in range(chance.randrange(2000))).replace(b"\n", b"") for _ in range(100)]
        for line in lines:
            answer = json.loads(self.say(line + b"\n"))
            self.assertIs(answer["ok"], False)
        self.assert_well(daemon)
        self.assert_stops(daemon)

    def test_a_line_that_is_too_long(self):
        daemon = self.start()
        for size in (4096, 4097, 100_000, 10_000_000):
            self.assertEqual(self.say(b"x" * size), b"", size)
        self.assert_well(daemon)
        self.assert_stops(daemon)

    def test_many_requests_at_once_and_one_in_pieces(self):
        daemon = self.start()
        client = self.connect()
        client.sendall(b'{"command":"status"}\n{"command":"workers"}\n{"command":"nothing"}\n{"comm')
        answers = b""
        while answers.count(b"\n") < 3:
            answers += client.recv(65536)
        client.sendall(b'and":"status"}\n')
        answers += client.recv(65536)
        self.assertEqual([json.loads(line)["ok"] for line in answers.splitlines()], [True, True, False, True])
        self.assert_stops(daemon)

    def test_one_that_reads_nothing(self):
        """Its answers are kept within what it asked for, one at a time, and it is closed."""
        daemon = self.start()
        client = self.connect()
        client.settimeout(0.2)
        sent = 0
        began = time.monotonic()
        try:
            while time.monotonic() - began < PATIENCE_S + 5:
                try:
                    sent += client.send(b'{"command":"status"}\n' * 1000)
                except TimeoutError:
                    pass
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.assertLess(time.monotonic() - began, PATIENCE_S + 4, "it was not closed")
        self.assertLess(sent, 50_000_000)
        self.assert_well(daemon)
        self.assert_stops(daemon)

    def test_too_many_and_too_slow(self):
        daemon = self.start()
        idle = [self.connect() for _ in range(MAX_CLIENTS)]
        for client in idle:
            client.sendall(b'{"comm')
        self.assertEqual(self.say(b""), b"", "one too many is closed at once")
        began = time.monotonic()
        for client in idle:
            self.assertEqual(client.recv(1), b"")
        self.assertLess(time.monotonic() - began, PATIENCE_S + 3)
        self.assert_well(daemon)
        self.assert_stops(daemon)

    def test_one_that_leaves_before_its_answer(self):
        daemon = self.start()
        for _ in range(50):
            client = self.connect()
            client.sendall(b'{"command":"workers"}\n')
            client.close()
        self.assert_well(daemon)
        self.assert_stops(daemon)

    def test_a_supervisor_that_does_not_answer(self):
        daemon = self.start(heartbeat_timeout="2s")
        os.kill(daemon.supervisor(), signal.SIGSTOP)
        self.assertEqual(self.ask("status")["pid"], daemon.pid)
        answer = json.loads(self.say(b'{"command":"workers"}\n'))
        self.assertIs(answer["ok"], False, "it was killed meanwhile")
        self.assert_well(daemon)
        self.assert_stops(daemon)

    @needs_root
    def test_who_may(self):
        os.chmod(self.folder, 0o755)
        script = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                  "s.sendall(sys.argv[2].encode()); print(s.recv(4096).decode())")

        def ask_as(request, **who):
            run = subprocess.run(["/usr/bin/python3", "-c", script, self.path, json.dumps(request) + "\n"],
                                 capture_output=True, text=True, check=True, **who)
            return json.loads(run.stdout)

        daemon = self.start(control={"mode": "0666"}, workers={"count": 2})
        for request in ({"command": "stop"}, {"command": "scale", "value": "3"},
                        {"command": "terminate", "value": str(daemon.supervisor())}):
            refused = ask_as(request, user=NOBODY, group=NOBODY, extra_groups=[])
            self.assertIs(refused["ok"], False)
            self.assertIn("permission denied", refused["error"])
        self.assert_well(daemon)
        self.assertEqual((self.ask("status")["workers"], self.ask("status")["restarts"]), (2, 0))
        self.assert_stops(daemon)
        daemon = self.start(control={"mode": "0666", "group": grp.getgrgid(NOBODY).gr_name})
        self.assertIs(ask_as({"command": "stop"}, user=NOBODY, group=NOBODY, extra_groups=[])["ok"], True)
        self.assertEqual(daemon.finish(), 0)

    @needs_root
    def test_who_may_not_holds_no_place(self):
        os.chmod(self.folder, 0o755)
        daemon = self.start(control={"mode": "0666"})
        script = ("import socket, sys\n"
                  "held = [socket.socket(socket.AF_UNIX) for _ in range(int(sys.argv[2]))]\n"
                  "for client in held: client.connect(sys.argv[1])\n"
                  "print('held', flush=True)\n"
                  "sys.stdin.read()\n")
        with subprocess.Popen(["/usr/bin/python3", "-c", script, self.path, str(2 * MAX_CLIENTS)], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=NOBODY, group=NOBODY,
                              extra_groups=[]) as stranger:
            self.assertEqual(stranger.stdout.readline(), "held\n")
            answers = [self.ask("status")["pid"] for _ in range(MAX_CLIENTS)]
            stranger.stdin.close()
        self.assertEqual(answers, [daemon.pid] * MAX_CLIENTS)
        self.assert_stops(daemon)


if __name__ == "__main__":
    unittest.main()

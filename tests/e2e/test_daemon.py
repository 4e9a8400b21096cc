#!/usr/bin/python3
"""A daemon makes passes when they are due, survives what dies or hangs beneath it, and is reloaded and stopped without
losing an object or making one twice. The test is its service manager.

THUMBMILL_RELOADS is how often it is reloaded in the middle of a pass (100).
"""

import json
import os
import shutil
import signal
import subprocess
import time
import unittest

import harness
from harness import Daemon, DirectoryCase, SMALL_OUTPUTS, cpu_seconds, processes, slow_png, wait_until

RELOADS = int(os.environ.get("THUMBMILL_RELOADS", "100"))


class DaemonCase(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def start(self, *arguments, environment=None, ready=True, **sections):
        daemon = Daemon(self.configure(**sections), *arguments, environment=environment)
        self.addCleanup(daemon.abandon)
        if ready:
            self.assertTrue(daemon.wait_for("READY", "1"), daemon.log())
        return daemon

    def start_in_pass(self, count=60, **sections):
        """(daemon, sizes) when the first imager is at work."""
        sizes = self.add_photographs(count, 900)
        self.age_originals()
        daemon = self.start(workers={"count": 2}, **sections)
        self.assertTrue(wait_until(lambda: processes("thumbmill-imager"), 10), daemon.log())
        return daemon, sizes

    def start_with_stuck_object(self, **sections):
        """(daemon, pid of the imager that hangs with an object)"""
        self.add("a-slow.png", slow_png(16000, 12000))
        self.age_originals()
        daemon = self.start(limits={"max_pixels": "400M", "max_source_bytes": "1G"},
                            workers={"count": 1, "tasks_in_flight": 4}, **sections)
        busy = wait_until(lambda: [pid for pid in processes("thumbmill-imager") if cpu_seconds(pid) > 0.6], 30)
        self.assertTrue(busy, "no imager is busy")
        os.kill(busy[0], signal.SIGSTOP)
        return daemon, busy[0]

    def assert_stops(self, daemon, code=0):
        self.assertEqual(daemon.stop(), code, daemon.log())
        self.assertEqual(processes(), {})


class TestPasses(DaemonCase):
    def test_a_pass_at_the_start_and_by_the_timetable(self):
        sizes = self.add_photographs(3, 300)
        daemon = self.start(every="2s")
        self.assertTrue(daemon.wait_for_passes(1))
        self.assert_all_made(sizes)
        sizes.update(self.add_photographs(2, 300, prefix="later"))
        self.assertTrue(wait_until(lambda: len(self.made()) == 10, 10), daemon.log())
        self.assert_all_made(sizes)
        self.assert_stops(daemon)
        self.assertEqual(daemon.done(), 5)
        self.assertTrue(daemon.passes()[0]["message"].endswith("up to date"))

    def test_missed_skip_waits_for_the_timetable(self):
        self.add_photographs(1, 300)
        daemon = self.start(every="2s", missed="skip")
        began = time.monotonic()
        self.assertTrue(daemon.wait_for_passes(1))
        self.assertGreater(time.monotonic() - began, 1)
        self.assert_stops(daemon)

    def test_passes_never_overlap(self):
        self.add_photographs(40, 900)
        daemon = self.start(every="1s", workers={"count": 1})
        self.assertTrue(daemon.wait_for_passes(3))
        self.assert_stops(daemon)
        running = 0
        for record in daemon.records():
            running += (record["message"] == "pass started") - record["message"].startswith("pass:")
            self.assertIn(running, (0, 1), daemon.log())
        self.assertEqual(daemon.done(), 40)

    def test_failed_objects_are_no_trouble(self):
        sizes = self.add_photographs(2, 300)
        self.add("broken.jpg", b"no image")
        daemon = self.start(every="1s")
        self.assertTrue(daemon.wait_for_passes(2))
        self.assert_all_made(sizes)
        self.assertEqual(daemon.records("failed; retrying"), [])
        self.assert_stops(daemon)

    def test_the_status_goes_into_the_log(self):
        daemon = self.start(schedule="0 0 1 1 *")
        self.assertTrue(daemon.wait_for_passes(1))
        daemon.signal(signal.SIGUSR1)
        self.assertTrue(wait_until(lambda: daemon.records("status"), 5))
        status = daemon.records("status")[0]
        self.assertRegex(status["state"], r"^idle; next pass \d+-01-01T00:00:00[+-]\d\d:\d\d$")
        self.assertEqual(status["passes"], "1")
        self.assertEqual(int(status["supervisor"]), daemon.supervisor())
        self.assert_stops(daemon)


class TestClaim(DaemonCase):
    """A pass is a run like those of `thumbmill run`: one at a time, and recorded."""

    def setUp(self):
        super().setUp()
        self.state = os.path.join(self.folder, "state")

    def history(self):
        return json.loads(self.thumbmill("history", "-c", self.config, "--json").stdout)["runs"]

    def test_passes_are_in_the_history(self):
        self.add_photographs(2, 300)
        daemon = self.start(every="1s", state_directory=self.state)
        self.assertTrue(daemon.wait_for_passes(2))
        self.assert_stops(daemon)
        runs = self.history()
        self.assertGreaterEqual(len(runs), 2)
        self.assertEqual({run["exit"] for run in runs}, {0})
        self.assertEqual(sorted(run["outputs"]["made"] for run in runs)[-2:], [0, 4])

    def test_a_run_and_a_pass_exclude_each_other(self):
        daemon, imager = self.start_with_stuck_object(state_directory=self.state)
        self.assertEqual(harness.Run(self.config, report=False).finish(), 5)
        os.kill(imager, signal.SIGCONT)
        self.assertTrue(daemon.wait_for_passes(1, 60))
        self.assertEqual(harness.Run(self.config, report=False).finish(), 0)
        self.assert_stops(daemon)


class TestStart(DaemonCase):
    def test_ready_comes_after_the_stores_have_answered(self):
        """A store that does not answer is waited for; nobody is told that the daemon is ready."""
        harness.write_config(self.config, "s3://originals/", f"file://{self.destination}/", self.outputs,
                             s3={"endpoint": "http://127.0.0.1:1"}, retries={"attempts": 1})
        daemon = Daemon(self.config, environment={"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"})
        self.assertTrue(wait_until(lambda: len(daemon.records("failed; retrying")) >= 2, 20), daemon.log())
        self.assertIn("originals", daemon.records("failed; retrying")[0]["reason"])
        self.assertEqual(daemon.heard("READY"), [])
        self.assertTrue(any("starting; last failure:" in note["STATUS"] for note in daemon.heard("STATUS")))
        self.assert_stops(daemon)

    def test_what_will_not_pass_ends_it(self):
        shutil.rmtree(self.source)
        daemon = self.start(ready=False)
        self.assertEqual(daemon.finish(20), 4, daemon.log())
        self.assertIn("originals", daemon.records("the stores cannot be used")[0]["reason"])

    def test_a_wrong_configuration(self):
        self.configure()
        with open(self.config, "a", encoding="utf-8") as file:
            file.write("schedule: never\n")
        daemon = Daemon(self.config)
        self.assertEqual(daemon.finish(20), 2)
        self.assertRegex(daemon.log(), r"thumbmill\.yaml:\d+:11: schedule")


class TestDeath(DaemonCase):
    def assert_recovers(self, daemon, sizes):
        self.assertTrue(wait_until(lambda: len(self.made()) == len(sizes) * len(self.outputs), 60), daemon.log())
        self.assertTrue(wait_until(lambda: daemon.passes() and daemon.passes()[-1]["message"].endswith("up to date"), 30))
        self.assert_all_made(sizes)
        self.assert_stops(daemon)

    def test_a_supervisor_that_is_killed_in_a_pass(self):
        daemon, sizes = self.start_in_pass()
        os.kill(daemon.supervisor(), signal.SIGKILL)
        self.assertTrue(wait_until(lambda: daemon.records("the supervisor died"), 10))
        self.assert_recovers(daemon, sizes)

    def test_a_supervisor_that_is_killed_between_passes(self):
        self.add_photographs(1, 300)
        daemon = self.start()
        self.assertTrue(daemon.wait_for_passes(1))
        first = daemon.supervisor()
        os.kill(first, signal.SIGKILL)
        self.assertTrue(wait_until(lambda: set(processes("thumbmill-supervisor")) - {first}, 5), daemon.log())
        self.assert_stops(daemon)

    def test_a_supervisor_that_hangs_in_a_pass(self):
        daemon, sizes = self.start_in_pass(heartbeat_timeout="2s")
        os.kill(daemon.supervisor(), signal.SIGSTOP)
        self.assertTrue(wait_until(lambda: daemon.records("the supervisor did not respond; killed"), 20), daemon.log())
        self.assert_recovers(daemon, sizes)

    def test_workers_and_imagers_that_are_killed_in_a_pass(self):
        daemon, sizes = self.start_in_pass()
        for role in ("thumbmill-imager", "thumbmill-worker"):
            pids = wait_until(lambda role=role: processes(role), 10)
            if pids:
                os.kill(min(pids), signal.SIGKILL)
        self.assert_recovers(daemon, sizes)

    def test_a_main_process_that_is_killed_takes_all_with_it(self):
        daemon, sizes = self.start_in_pass()
        daemon.signal(signal.SIGKILL)
        self.assertTrue(wait_until(lambda: not processes(), 1), "left one second later")
        self.assert_complete_or_absent()
        daemon.finish()
        self.run_to_end(self.config)
        self.assert_all_made(sizes)

    def test_a_crash_loop_degrades_and_recovers(self):
        """A supervisor that cannot even start is tried ever more slowly, and that is said."""
        path = os.path.join(harness.BIN, "thumbmill-supervisor")
        sizes = self.add_photographs(1, 300)
        starts = os.path.join(self.folder, "starts")
        os.rename(path, path + ".good")
        self.addCleanup(lambda: os.path.exists(path + ".good") and os.rename(path + ".good", path))
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\necho >>{starts}\nexit 3\n")
        os.chmod(path, 0o755)
        daemon = self.start(ready=False, environment={"WATCHDOG_USEC": "3000000"})
        self.assertTrue(wait_until(lambda: daemon.heard("WATCHDOG") and daemon.records("degraded:"), 60), daemon.log())
        wait_until(lambda: daemon.heard("WATCHDOG") and False, 5)
        fed = [moment for moment, note in daemon.notes if "WATCHDOG" in note]
        self.assertLess(max(b - a for a, b in zip(fed, fed[1:])), 3, "a wait is no hang")
        self.assertIn("exited with status 3", daemon.records("degraded:")[0]["reason"])
        with open(starts, encoding="utf-8") as file:
            self.assertLess(len(file.readlines()), 40, "it spins")
        self.assertEqual(daemon.heard("READY"), [])
        os.rename(path + ".good", path)
        self.assertTrue(daemon.wait_for("READY", timeout_s=60), daemon.log())
        self.assertTrue(daemon.wait_for_passes(1))
        self.assert_all_made(sizes)
        self.assert_stops(daemon)


class TestStop(DaemonCase):
    def test_sigterm_finishes_what_is_in_flight(self):
        daemon, sizes = self.start_in_pass()
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.finish(30), 0, daemon.log())
        self.assertEqual(processes(), {})
        made = len(self.made())
        self.assertLess(made, len(sizes) * len(self.outputs), "too late to test anything")
        self.assertEqual(made, daemon.done() * len(self.outputs), "an object has some of its outputs only")
        self.assert_complete_or_absent()
        stopping = [note for _, note in daemon.notes if "STOPPING" in note]
        self.assertGreaterEqual(int(stopping[0]["EXTEND_TIMEOUT_USEC"]), 30_000_000, "at least stop_timeout")
        self.run_to_end(self.config)
        self.assert_all_made(sizes)

    def test_stop_timeout_ends_what_hangs(self):
        daemon, _ = self.start_with_stuck_object(stop_timeout="1s")
        began = time.monotonic()
        self.assert_stops(daemon)
        self.assertLess(time.monotonic() - began, 8)
        self.assertEqual(self.made(), {})

    def test_a_second_signal_stops_at_once(self):
        daemon, _ = self.start_with_stuck_object()
        daemon.signal(signal.SIGINT)
        time.sleep(0.5)
        self.assertIsNone(daemon.child.poll(), "the first signal waits for what is in flight")
        began = time.monotonic()
        daemon.signal(signal.SIGINT)
        self.assertEqual(daemon.finish(10), 0, daemon.log())
        self.assertLess(time.monotonic() - began, 3)

    def test_sigquit_is_quick(self):
        daemon, _ = self.start_with_stuck_object()
        began = time.monotonic()
        daemon.signal(signal.SIGQUIT)
        self.assertEqual(daemon.finish(10), 0, daemon.log())
        self.assertLess(time.monotonic() - began, 3)

    def test_a_supervisor_that_hangs_while_stopping(self):
        daemon, _ = self.start_in_pass(stop_timeout="0")
        os.kill(daemon.supervisor(), signal.SIGSTOP)
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.finish(30), 3, daemon.log())
        self.assertTrue(daemon.records("the supervisor did not stop in time; killed"))
        self.assertTrue(wait_until(lambda: not processes(), 2))


class TestReload(DaemonCase):
    def test_reloads_in_a_pass_lose_and_double_nothing(self):
        daemon, sizes = self.start_in_pass(120)
        for number in range(RELOADS):
            daemon.signal(signal.SIGHUP)
            time.sleep(0.05 * (number % 5))
        self.assertTrue(wait_until(lambda: len(self.made()) == len(sizes) * len(self.outputs), 120), daemon.log())
        self.assertTrue(wait_until(lambda: daemon.passes()[-1]["message"].endswith("up to date"), 30), daemon.log())
        self.assert_all_made(sizes)
        self.assertEqual(daemon.done(), len(sizes), "an object was made twice, or counted twice")
        self.assertTrue(daemon.records("reloaded"))
        self.assertEqual(daemon.records("the supervisor died"), [])
        self.assertTrue(wait_until(lambda: len(processes("thumbmill-supervisor")) == 1, 10), processes())
        self.assert_stops(daemon)

    def start_with_slow_object(self, **sections):
        """(daemon, the imager that hangs with a-slow.png, the sizes of twenty others). Its worker has three of those."""
        sizes = self.add_photographs(20, 300)
        return *self.start_with_stuck_object(every="1d", **{"stop_timeout": "120s", **sections}), sizes

    def reload_beside_slow_object(self, **sections):
        """The same, and the old supervisor, when the new one has made all but what is held."""
        daemon, imager, sizes = self.start_with_slow_object(**sections)
        old = daemon.supervisor()
        daemon.signal(signal.SIGHUP)
        self.assert_made_while_held(len(sizes) - 3)
        return daemon, imager, sizes, old

    def outputs_of(self, key):
        return set(harness.output_keys(key, self.outputs).values()) & set(self.made())

    def assert_made_while_held(self, count):
        """So many objects are made, but not the slow one."""
        self.assertTrue(wait_until(lambda: len(self.made()) >= count * len(self.outputs), 60), self.made())
        self.assertEqual(self.outputs_of("a-slow.png"), set())

    def assert_all_made_once(self, daemon, sizes):
        sizes = {**sizes, "a-slow.png": (16000, 12000)}
        self.assertTrue(wait_until(lambda: len(self.made()) == len(sizes) * len(self.outputs), 60), daemon.log())
        self.assertTrue(wait_until(lambda: daemon.passes() and daemon.passes()[-1]["message"].endswith("up to date"), 60))
        self.assert_all_made(sizes)
        self.assertEqual(daemon.done(), len(sizes), daemon.log())
        self.assertEqual(sum(int(p["outputs"]) for p in daemon.passes()), len(sizes) * len(self.outputs))

    def test_nothing_waits_for_the_slowest_object(self):
        state = os.path.join(self.folder, "state")
        daemon, imager, sizes = self.start_with_slow_object(state_directory=state)
        old = daemon.supervisor()
        daemon.signal(signal.SIGHUP)
        self.assertTrue(daemon.wait_for("READY", "1", 30, count=2), "it is ready again at once")
        self.assert_made_while_held(len(sizes) - 3)
        self.assertEqual(len(processes("thumbmill-supervisor")), 2)
        self.assertTrue(wait_until(lambda: any(f"; supervisor {old} is finishing its objects in flight" in note["STATUS"]
                                               for note in daemon.heard("STATUS")), 10), daemon.notes)
        self.assertEqual(daemon.passes(), [], "the old pass finishes, the new one waits for what is held")
        os.kill(imager, signal.SIGCONT)
        self.assert_all_made_once(daemon, sizes)
        self.assertEqual(len(daemon.passes()), 2)
        self.assertTrue(wait_until(lambda: len(processes("thumbmill-supervisor")) == 1, 10), processes())
        self.assert_stops(daemon)
        runs = json.loads(self.thumbmill("history", "-c", self.config, "--json").stdout)["runs"]
        self.assertEqual(sorted((run["exit"], run["objects"]["failed"]) for run in runs), [(0, 0), (3, 0)])
        self.assertEqual(sum(run["outputs"]["made"] for run in runs), (len(sizes) + 1) * len(self.outputs))

    def test_what_the_old_supervisor_gives_up_is_made(self):
        daemon, _, sizes = self.start_with_slow_object(stop_timeout="1s")
        daemon.signal(signal.SIGHUP)
        self.assert_all_made_once(daemon, sizes)
        self.assert_stops(daemon)

    def test_the_old_supervisor_is_killed_meanwhile(self):
        daemon, _, sizes, old = self.reload_beside_slow_object()
        os.kill(old, signal.SIGKILL)
        self.assert_all_made_once(daemon, sizes)
        self.assertTrue(daemon.records("the old supervisor died"))
        self.assertEqual(daemon.records("the supervisor died"), [])
        self.assert_stops(daemon)

    def test_the_old_supervisor_hangs_meanwhile(self):
        daemon, _, sizes, old = self.reload_beside_slow_object(heartbeat_timeout="5s")
        os.kill(old, signal.SIGSTOP)
        self.assert_all_made_once(daemon, sizes)
        self.assertTrue(daemon.records("the supervisor did not respond; killed"))
        self.assert_stops(daemon)

    def test_the_new_supervisor_is_killed_meanwhile(self):
        daemon, imager, sizes, old = self.reload_beside_slow_object()
        self.add_photographs(1, 300, prefix="later")
        for new in set(processes("thumbmill-supervisor")) - {old}:
            os.kill(new, signal.SIGKILL)
        self.assertTrue(wait_until(lambda: self.outputs_of("later-000.jpg"), 30), "the next one works")
        self.assertEqual(self.outputs_of("a-slow.png"), set(), "and holds the same")
        os.kill(imager, signal.SIGCONT)
        self.assertTrue(wait_until(lambda: len(daemon.passes()) == 2, 60), daemon.log())
        self.assertEqual(daemon.passes()[-1]["message"], "pass: everything is up to date")
        self.assertEqual(sum(int(p["outputs"]) for p in daemon.passes()), (4 + 1) * len(self.outputs))
        self.assertEqual(len(self.made()), (len(sizes) + 2) * len(self.outputs))
        self.assert_stops(daemon)

    def test_a_reload_after_the_other(self):
        daemon, imager, sizes = self.start_with_slow_object()
        for number in range(3):
            sizes.update(self.add_photographs(1, 300, prefix=f"later-{number}"))
            daemon.signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: len(daemon.records("reloaded")) == number + 1, 30), daemon.log())
            self.assert_made_while_held(len(sizes) - 3)
        os.kill(imager, signal.SIGCONT)
        self.assert_all_made_once(daemon, sizes)
        self.assert_stops(daemon)

    def test_a_stop_finishes_what_both_have_in_flight(self):
        daemon, imager, sizes, _ = self.reload_beside_slow_object()
        daemon.signal(signal.SIGTERM)
        os.kill(imager, signal.SIGCONT)
        self.assertEqual(daemon.finish(60), 0, daemon.log())
        self.assertEqual(processes(), {})
        self.assertEqual(len(self.outputs_of("a-slow.png")), len(self.outputs))

    def test_stopping_at_once_abandons_what_both_have_in_flight(self):
        daemon, _, sizes, _ = self.reload_beside_slow_object()
        daemon.signal(signal.SIGQUIT)
        self.assertEqual(daemon.finish(30), 0, daemon.log())
        self.assertEqual(self.outputs_of("a-slow.png"), set())

    def test_the_new_configuration_is_used(self):
        sizes = self.add_photographs(4, 300)
        daemon = self.start()
        self.assertTrue(daemon.wait_for_passes(1))
        first = daemon.supervisor()
        self.outputs = SMALL_OUTPUTS + [{"name": "tiny", "width": 32, "height": 32, "fit": "inside", "format": "png"}]
        self.configure()
        daemon.signal(signal.SIGHUP)
        self.assertTrue(daemon.wait_for("RELOADING", "1", 10))
        self.assertGreater(int(daemon.heard("RELOADING")[0]["MONOTONIC_USEC"]), 0)
        self.assertTrue(daemon.wait_for("READY", "1", 10, count=2), "it is not ready again")
        self.assertTrue(daemon.wait_for_passes(2))
        self.assert_all_made(sizes)
        self.assertTrue(wait_until(lambda: first not in processes(), 10), "the old supervisor is gone")
        self.assert_stops(daemon)

    def test_a_wrong_configuration_changes_nothing(self):
        daemon, sizes = self.start_in_pass(20)
        first = daemon.supervisor()
        with open(self.config, "a", encoding="utf-8") as file:
            file.write("every: often\njitter: {}\n")
        daemon.signal(signal.SIGHUP)
        self.assertTrue(wait_until(lambda: len(daemon.records("not reloaded")) == 2, 10), daemon.log())
        self.assertRegex(daemon.records("not reloaded")[0]["reason"], r"thumbmill\.yaml:\d+:8: every")
        self.assertTrue(daemon.wait_for_passes(1))
        self.assertEqual(daemon.supervisor(), first)
        self.assertEqual(daemon.heard("RELOADING"), [])
        self.assert_all_made(sizes)
        self.assert_stops(daemon)

    def test_a_stop_in_the_middle_of_a_reload(self):
        daemon, _ = self.start_in_pass()
        daemon.signal(signal.SIGHUP)
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.finish(30), 0, daemon.log())
        self.assertEqual(processes(), {})


class TestWatchdog(DaemonCase):
    def test_it_is_fed_only_while_the_supervisor_answers(self):
        daemon = self.start(environment={"WATCHDOG_USEC": "1500000"})
        self.assertTrue(daemon.wait_for("WATCHDOG", "1", 10, count=3))
        os.kill(daemon.supervisor(), signal.SIGSTOP)
        time.sleep(0.3)  # what was under way
        fed = len(daemon.heard("WATCHDOG"))
        time.sleep(2)
        self.assertEqual(len(daemon.heard("WATCHDOG")), fed)
        os.kill(daemon.supervisor(), signal.SIGCONT)
        self.assertTrue(daemon.wait_for("WATCHDOG", "1", 10, count=fed + 1))
        self.assert_stops(daemon)


class TestDetach(DaemonCase):
    def test_in_the_background_with_a_pid_file(self):
        sizes = self.add_photographs(2, 300)
        pid_path = os.path.join(self.folder, "pid")
        command = [os.path.join(harness.BIN, "thumbmill"), "daemon", "-c", self.configure(), "--detach", "--pid-file", pid_path]
        run = subprocess.run(command, env=harness.clean_environment(), capture_output=True, timeout=30, check=False)
        self.assertEqual((run.returncode, run.stdout), (0, b""), run.stderr)
        with open(pid_path, encoding="utf-8") as file:
            pid = int(file.read())
        self.assertIn(pid, processes("thumbmill"))
        self.assertEqual(os.getsid(pid), pid)
        self.assertEqual({os.readlink(f"/proc/{pid}/fd/{fd}") for fd in (0, 1, 2)}, {"/dev/null"})
        again = subprocess.run(command, env=harness.clean_environment(), capture_output=True, timeout=30, check=False)
        self.assertEqual(again.returncode, 2)
        self.assertIn(f"held by process {pid}", again.stderr.decode())
        self.assertTrue(wait_until(lambda: len(self.made()) == 4, 20))
        self.assert_all_made(sizes)
        os.kill(pid, signal.SIGTERM)
        self.assertTrue(wait_until(lambda: not processes(), 10))

    def test_a_pid_file_that_is_no_regular_file_is_refused(self):
        fifo, link = os.path.join(self.folder, "fifo"), os.path.join(self.folder, "link")
        os.mkfifo(fifo)
        os.symlink("target", link)
        for path in (fifo, link, "/dev/null", "/dev/stdout"):
            said = self.thumbmill("daemon", "-c", self.configure(), "--pid-file", path, expect=2).stderr
            self.assertIn(f"{path}: not a regular file", said)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "target")))

    def test_the_caller_hears_of_a_start_that_fails(self):
        shutil.rmtree(self.source)
        command = [os.path.join(harness.BIN, "thumbmill"), "daemon", "-c", self.configure(), "--detach"]
        run = subprocess.run(command, env=harness.clean_environment(), capture_output=True, timeout=30, check=False)
        self.assertEqual(run.returncode, 4)


if __name__ == "__main__":
    unittest.main()

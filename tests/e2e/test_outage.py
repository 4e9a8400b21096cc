#!/usr/bin/python3
"""A store that goes away in the middle of a run, and comes back: the run waits for it, and nothing fails.

THUMBMILL_OUTAGES: how many seconds a gateway is away, as "15 60 300"; 15 if it is not set, and then some tests are left out
that take long.
"""

import contextlib
import glob
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import unittest
import urllib.parse

import harness
from harness import AccessLog, Case, Gateway, credentials, encode, photograph, wait_until, write_config

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from credential_service import end_of  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402

OBJECTS = 600
MAX_REQUESTS = 30  # that a store which is away is asked, whatever the time
OUTPUTS = [{"name": "tiny", "width": 24, "height": 24, "fit": "inside", "format": "jpeg"}]
OUTAGES = [int(seconds) for seconds in os.environ.get("THUMBMILL_OUTAGES", "15").split()]

AWAY, BACK = "store unavailable: waiting for it", "store available again: continuing"
KEYS = {"access_key": os.environ["AWS_ACCESS_KEY_ID"], "secret_key": os.environ["AWS_SECRET_ACCESS_KEY"]}
FAILED = {"do": "reply", "status": 500, "code": "InternalError"}


def takes_long(test):
    """Left out, which a skipped test is not, unless THUMBMILL_OUTAGES is set."""
    return test if "THUMBMILL_OUTAGES" in os.environ else None


gateway = Gateway()
FOLDER = os.path.dirname(os.path.dirname(os.environ["S3_ACCESS_LOG"]))


def kill_gateway():
    """Only the gateway itself: what is stored stays."""
    with open(os.path.join(FOLDER, "rgw.pid"), encoding="utf-8") as file:
        pid = int(file.read())
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not port_answers(), 10)


def port_answers():
    parts = urllib.parse.urlsplit(gateway.endpoint)
    try:
        socket.create_connection((parts.hostname, parts.port), 1).close()
    except OSError:
        return False
    return True


def start_gateway():
    subprocess.run([os.path.join(harness.ROOT, "tests", "servers", "rgw"), "start", FOLDER], check=True, timeout=120,
                   stdout=subprocess.DEVNULL)


def arrived(log):
    """Requests that have reached the gateway since log was made, answered or not."""
    with open(log.path, encoding="utf-8", errors="replace") as file:
        file.seek(log.offset)
        return file.read().count("starting new request")


class OutageCase(Case):
    """Many small objects, and a gateway that a test may kill."""

    outputs = OUTPUTS
    objects = OBJECTS

    @classmethod
    def setUpClass(cls):
        cls.source = gateway.bucket("source")
        cls.addClassCleanup(gateway.remove, cls.source)
        image = photograph(0, 32)
        data = encode(image, "jpeg")
        cls.sizes = {f"{number % 9}/tiny-{number:03}.jpg": image.size for number in range(cls.objects)}
        for key in cls.sizes:
            gateway.put(cls.source, key, data)

    def setUp(self):
        super().setUp()
        self.destination = gateway.bucket("made")
        self.addCleanup(gateway.remove, self.destination)
        self.addCleanup(start_gateway)
        self.state = os.path.join(self.folder, "state")

    def configure(self, endpoint=None, s3=None, keep_existing="false", **sections):
        destination = {"url": f"s3://{self.destination}/", "keep_existing": keep_existing}
        return write_config(
            os.path.join(self.folder, "thumbmill.yaml"), f"s3://{self.source}/", destination, self.outputs,
            s3={"endpoint": endpoint or gateway.endpoint, "region": os.environ["AWS_REGION"], **(s3 or {})},
            state_directory=self.state, **sections)

    def remembered(self):
        """Rows of the ledger about objects."""
        paths = glob.glob(os.path.join(self.state, "thumbmill-*.sqlite"))
        with contextlib.closing(sqlite3.connect(paths[0])) as database:
            return database.execute("select count(*) from failure").fetchone()[0]

    def assert_all_made(self, report):
        self.assertEqual((report["objects"]["done"], report["objects"]["failed"]), (self.objects, 0))
        self.assertEqual(self.remembered(), 0)
        self.assert_stored(gateway, self.destination, self.sizes, self.outputs)

    def lines(self, words):
        """Of what the run said, those with these words."""
        return [line for line in self.ran.stderr.splitlines() if words in line]

    def assert_said_once(self):
        self.assertEqual(len(self.lines(AWAY)), 1, self.ran.stderr[-3000:])
        self.assertEqual(len(self.lines(BACK)), 1, self.ran.stderr[-3000:])
        self.assertLess(len(self.ran.stderr), 2000)


class TestGateway(OutageCase):
    """A gateway that is killed."""

    def start_and_kill(self, *arguments, **sections):
        """A run whose gateway dies when a sixth of its objects are made."""
        self.log = AccessLog()
        self.ran = harness.Run(self.configure(**sections), *arguments, environment=credentials())
        if not wait_until(lambda: arrived(self.log) > 3 * OBJECTS // 6, 30):
            self.fail(f"the run does not begin: {self.ran.finish(1)} {self.ran.stderr}")
        kill_gateway()

    def test_all_is_made(self):
        for seconds in OUTAGES:
            with self.subTest(seconds=seconds):
                gateway.empty(self.destination)
                self.start_and_kill()
                time.sleep(seconds)
                start_gateway()
                self.assertEqual(self.ran.finish(240), 0, self.ran.stderr[-3000:])
                report = self.ran.report
                self.log.settled_size()
                sent = sum(report["requests"][kind] for kind in ("list", "get", "check", "put", "head"))
                # a gateway that is killed loses the last lines of its log, some forty
                self.assertLess(sent - arrived(self.log), 4 * MAX_REQUESTS)
                self.assert_said_once()
                probes = int(re.search(r'probes="?(\d+)', self.lines(BACK)[0]).group(1))
                self.assertLess(probes, MAX_REQUESTS)
                print(f"{seconds} s away: {probes} probes, {sent - arrived(self.log)} requests not in the gateway's log",
                      file=sys.stderr)
                self.assert_all_made(report)

    def assert_ends(self, code, words=None):
        """It ends now, although nobody answers; with what it had not made left for the next run."""
        self.assertEqual(self.ran.finish(60), code, self.ran.stderr[-3000:])
        report = self.ran.report
        self.assertEqual(report["objects"]["failed"], 0)
        self.assertLess(report["objects"]["done"], OBJECTS)
        self.assertEqual(len(self.lines(AWAY)), 1, self.ran.stderr)
        if words:
            self.assertEqual(len(self.lines(words)), 1, self.ran.stderr)
        self.assertEqual(self.remembered(), 0)

    def test_the_limit(self):
        self.start_and_kill(retries={"outage": "3s"})
        self.assert_ends(4, "a store has been unavailable for longer than retries.outage")

    @takes_long
    def test_max_duration(self):
        self.start_and_kill("--max-duration", "8s")
        self.assert_ends(3)

    def test_sigterm(self):
        self.start_and_kill()
        time.sleep(4)
        os.kill(self.ran.pid, signal.SIGTERM)
        self.assert_ends(3)

    def test_a_run_whose_store_is_down_at_its_start_does_not_wait(self):
        """Neither for both stores, nor for the source alone."""
        kill_gateway()
        s3 = {"endpoint": gateway.endpoint, "region": os.environ["AWS_REGION"]}
        to_directory = write_config(os.path.join(self.folder, "directory.yaml"), f"s3://{self.source}/",
                                    {"url": f"file://{self.folder}/made/"}, self.outputs, s3=s3)
        for config in (self.configure(), to_directory):
            self.ran = self.run_to_end(config, expect=4, environment=credentials())
            self.assertEqual(self.lines(AWAY), [])
            self.assertLess(self.ran.report["requests"]["list"], 10)


class TestDaemon(OutageCase):
    """A daemon says for what it waits, is alive meanwhile, and can be told to stop."""

    def setUp(self):
        super().setUp()
        self.socket = os.path.join(self.folder, "control")
        self.log = AccessLog()
        self.daemon = harness.Daemon(
            self.configure(control={"socket": self.socket}, every="1d", heartbeat_timeout="5s", stop_timeout="5s"),
            environment=credentials())
        self.addCleanup(self.daemon.abandon)
        self.assertTrue(wait_until(lambda: arrived(self.log) > 3 * OBJECTS // 6, 60), self.daemon.log())
        kill_gateway()
        self.assertTrue(wait_until(lambda: self.status()["pass"]["waits_for"], 60, 0.2), self.daemon.log())

    def status(self):
        return json.loads(self.thumbmill("status", "--socket", self.socket, "--json").stdout)

    def test_it_goes_on(self):
        status = self.status()
        self.assertIn(status["pass"]["waits_for"], ("source", "destination"))
        self.assertRegex(status["text"], f"waiting for the {status['pass']['waits_for']} since 2")
        supervisor = status["supervisor"]
        time.sleep(7)  # longer than its heartbeat
        start_gateway()
        self.assertTrue(self.daemon.wait_for_passes(1, 120), self.daemon.log())
        self.assertEqual(self.daemon.supervisor(), supervisor)
        self.assertEqual(self.daemon.done(), OBJECTS)
        self.assertEqual(len(self.daemon.records(AWAY)), 1, self.daemon.log())
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())
        self.assertEqual(self.remembered(), 0)

    @takes_long
    def test_it_stops(self):
        self.daemon.stop()
        self.assertEqual(self.daemon.records("failed"), [])
        self.assertEqual(self.remembered(), 0)


class FaultCase(OutageCase):
    """A proxy before the gateway that spoils requests, until it is told to stop."""

    objects = 100

    def setUp(self):
        super().setUp()
        self.proxy = FaultProxy(gateway.endpoint)
        self.addCleanup(self.proxy.close)

    def start_with(self, *rules, **sections):
        self.proxy.set_rules(rules)
        self.ran = harness.Run(self.configure(self.proxy.url, **sections), environment=credentials())

    def finish(self, code=0):
        self.assertEqual(self.ran.finish(), code, self.ran.stderr[-3000:])
        return self.ran.report

    def spoil(self, seconds, *rules, **sections):
        """These, from the moment in which some objects are made and for so long; then all must be made. How many requests
        were spoilt."""
        self.start_with(**sections)
        self.assertTrue(wait_until(lambda: self.proxy.did["pass"] > self.objects, 60))
        self.proxy.set_rules(rules)
        time.sleep(seconds)
        spoilt = sum(self.proxy.did.values()) - self.proxy.did["pass"]
        self.proxy.set_rules([])
        report = self.finish()
        self.assert_said_once()
        self.assert_all_made(report)
        return spoilt


class TestOneKind(FaultCase):
    """A server that fails at one kind of request, at each of them, and answers all others."""

    def test_downloads(self):
        self.assertLess(self.spoil(3, {"kind": "get", **FAILED}), 2 * MAX_REQUESTS)  # with what was in flight

    def test_uploads(self):
        self.assertLess(self.spoil(3, {"kind": "put", **FAILED}), 2 * MAX_REQUESTS)

    @takes_long
    def test_uploads_of_several_outputs(self):
        self.outputs = [{**OUTPUTS[0], "name": f"tiny{number}"} for number in range(4)]
        self.assertLess(self.spoil(4, {"kind": "put", **FAILED}), 3 * MAX_REQUESTS)

    @takes_long
    def test_everything(self):
        """As a proxy whose server is gone says it, without a word of S3."""
        self.assertLess(self.spoil(3, {"do": "reply", "status": 502}), 3 * MAX_REQUESTS)  # with what was in flight, of each kind

    @takes_long
    def test_connections_that_end(self):
        self.assertLess(self.spoil(4, {"do": "reset_before"}), 2 * MAX_REQUESTS)  # libcurl tries once more by itself

    @takes_long
    def test_looks(self):
        self.outputs = [{**OUTPUTS[0], "copy_metadata": ["*"]}]
        self.assertLess(self.spoil(4, {"kind": "head", **FAILED}), MAX_REQUESTS)

    @takes_long
    def test_a_quota(self):
        """It is said that there is no room."""
        self.start_with({"kind": "put", "do": "reply", "status": 403, "code": "QuotaExceeded"})
        self.assertTrue(wait_until(lambda: self.proxy.did["reply"] > 0, 60))
        time.sleep(4)
        self.assertLess(self.proxy.did["reply"], MAX_REQUESTS)
        self.proxy.set_rules([])
        self.assert_all_made(self.finish())
        self.assertEqual(len(self.lines("store full: waiting for free space")), 1, self.ran.stderr)


class TestKeys(FaultCase):
    """Keys that expire while those who issue them are away."""

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        return file.name

    def issue(self, life_s):
        self.write("keys", json.dumps({"Version": 1, "AccessKeyId": KEYS["access_key"], "SecretAccessKey": KEYS["secret_key"],
                                       "Expiration": end_of(life_s)}))

    def expire(self, source):
        """Under a run. The URL of the store that is waited for."""
        command = self.write("issue.sh", f"test ! -e {self.folder}/away && cat {self.folder}/keys\n")
        environment = {"HOME": self.folder, "AWS_CONFIG_FILE": self.write(
            "config", f"[default]\ncredential_process = sh {command}\n")}
        config = write_config(
            os.path.join(self.folder, "thumbmill.yaml"), source, f"s3://{self.destination}/", self.outputs,
            s3={"endpoint": self.proxy.url, "region": os.environ["AWS_REGION"]}, state_directory=self.state,
            workers={"count": 1, "tasks_in_flight": 2})
        self.proxy.set_rules([{"kind": "put", "do": "delay", "delay_ms": 200}])
        self.issue(5)
        self.ran = harness.Run(config, environment=environment)
        self.assertTrue(wait_until(lambda: self.proxy.did["delay"] > 0, 60))
        self.write("away", "")
        time.sleep(8)
        self.issue(3600)
        os.unlink(os.path.join(self.folder, "away"))
        self.proxy.set_rules([])
        report = self.finish()
        self.assert_said_once()
        self.assert_all_made(report)
        return self.lines(AWAY)[0].split("url=")[1].split()[0]

    def test_uploads_cannot_be_signed(self):
        originals = os.path.join(self.folder, "originals")
        data = encode(photograph(0, 32), "jpeg")
        for key in self.sizes:
            os.makedirs(os.path.dirname(os.path.join(originals, key)), exist_ok=True)
            with open(os.path.join(originals, key), "wb") as file:
                file.write(data)
        self.assertEqual(self.expire(f"file://{originals}/"), f"s3://{self.destination}/")

    @takes_long
    def test_nothing_can_be_signed(self):
        self.expire(f"s3://{self.source}/")

    @takes_long
    def test_nothing_can_be_looked_at(self):
        self.outputs = [{**OUTPUTS[0], "copy_metadata": ["*"]}]
        self.expire(f"s3://{self.source}/")


class TestListing(FaultCase):
    """Pages of few keys, so that an outage comes between two of them."""

    objects = 60

    def setUp(self):
        super().setUp()
        self.pages = {"kind": "list", "do": "ask", "with": {"max-keys": "10"}, **KEYS}

    def test_between_pages(self):
        for where in (self.source, self.destination):
            with self.subTest(where=where):
                if where == self.destination:
                    self.run_to_end(self.configure(), environment=credentials())  # it has many keys now
                failing = {"kind": "list", "path": where, "query": "continuation-token|start-after", **FAILED}
                self.start_with(failing, self.pages, s3={"list_ranges": "1"})
                self.assertTrue(wait_until(lambda: self.proxy.did["reply"] >= 6, 60))
                self.proxy.set_rules([self.pages])
                report = self.finish()
                self.assert_said_once()
                self.assertEqual(report["objects"]["listed"], self.objects)
                self.assertEqual(len(gateway.keys(self.destination)), self.objects)

    def test_keep_existing_is_not_given_up(self):
        """What it takes for that is tried again, too."""
        config = self.configure(self.proxy.url, keep_existing="true")
        self.proxy.set_rules([{"kind": "put", "path": "thumbmill-precondition", "times": 7, **FAILED}])
        self.ran = harness.Run(config, environment=credentials())
        self.finish()
        self.assert_said_once()
        self.assertNotIn("keep_existing", self.ran.stderr)


class TestSick(FaultCase):
    """Objects that fail by themselves, in a store that is well."""

    objects = 60

    def assert_fail_alone(self, *rules, count):
        self.start_with(*rules, retries={"attempts": 2})
        report = self.finish(1)
        self.assertEqual((report["objects"]["failed"], report["objects"]["done"]), (count, self.objects - count))
        self.assertEqual({failure["class"] for failure in report["failures"]}, {"transient"})
        self.assertEqual(self.lines(AWAY), [], self.ran.stderr[-3000:])
        self.assertEqual(self.remembered(), count)

    @takes_long
    def test_one(self):
        self.assert_fail_alone({"kind": "get", "path": "tiny-007", **FAILED}, count=1)

    def test_more_than_are_suspicious(self):
        """At the end they are all that is left, and fail one after the other."""
        self.assert_fail_alone({"kind": "get", "path": "tiny-0[45]", **FAILED}, count=20)

    @takes_long
    def test_one_output(self):
        self.assert_fail_alone({"kind": "put", "path": "tiny-007", **FAILED}, count=1)


class TestOneObject(FaultCase):
    """A run of a single object has nothing to compare it with: the store is asked."""

    objects = 1

    def test_the_store_is_away(self):
        self.start_with({"kind": "get", "do": "hold"})
        self.assertTrue(wait_until(lambda: self.proxy.did["hold"], 60))
        self.proxy.set_rules([{"do": "reply", "status": 502}])
        self.proxy.let_go()
        time.sleep(1)
        self.proxy.set_rules([{"do": "reply", "status": 502, "times": 12}])
        self.assert_all_made(self.finish())

    @takes_long
    def test_it_is_sick(self):
        self.start_with({"kind": "get", **FAILED}, retries={"attempts": 2})
        self.assertEqual(self.finish(1)["objects"]["failed"], 1)
        self.assertEqual(self.lines(AWAY), [])


@harness.needs_root
class TestFullDisk(harness.DirectoryCase):
    """A directory whose disk is full, and gets room again."""

    outputs = OUTPUTS

    def mount(self, options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.destination], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.destination], check=False)

    def run_full(self, make_room, words):
        sizes = self.add_photographs(300, 40)
        self.age_originals()
        log = os.path.join(self.folder, "log")

        def said():
            with open(log, encoding="utf-8", errors="replace") as file:
                return file.read()

        with open(log, "wb") as file:
            ran = harness.Run(self.configure(state_directory=os.path.join(self.folder, "state")), stderr=file)
        self.assertTrue(wait_until(lambda: "waiting for free space" in said() or not ran.is_running(), 60), said())
        time.sleep(3)  # it may ask again meanwhile, but not often
        self.assertTrue(ran.is_running(), said())
        make_room()
        self.assertEqual(ran.finish(), 0, said()[-3000:])
        report = ran.report
        self.assertEqual((report["objects"]["done"], report["objects"]["failed"]), (300, 0))
        self.assertLess(report["requests"]["get"], 300 + 2 * MAX_REQUESTS)
        self.assertRegex(said(), f"store full: waiting for free space .*No space left on device \\({words}")
        self.assertEqual(said().count("waiting for free space"), 1, said())
        self.assert_all_made({key: size for key, size in sizes.items()})

    def test_bytes(self):
        self.mount("size=2m")
        filler = os.path.join(self.destination, ".filler")
        with open(filler, "wb") as file, contextlib.suppress(OSError):
            for _ in range(2048):
                file.write(bytes(1024))
                file.flush()
        self.run_full(lambda: os.unlink(filler), "its file system has 0 of 2 MB free")

    def test_inodes(self):
        self.mount("size=32m,nr_inodes=40")
        self.run_full(lambda: subprocess.run(["mount", "-o", "remount,nr_inodes=4000", self.destination], check=True),
                      "all 40 inodes of its file system are used")


if __name__ == "__main__":
    unittest.main()

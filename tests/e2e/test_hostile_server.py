#!/usr/bin/python3
"""A server that attacks: nothing that it sends grows or holds a process, moves its clock, or reaches a terminal."""

import datetime
import json
import os
import re
import resource
import sys
import unittest

import harness
from harness import Case, Run, write_config

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "hostile"))
from server import HostileServer  # noqa: E402

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
OUTPUTS = [{"name": "thumb", "width": 8}]
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
MAX_SENT_BYTES = 32 << 20  # what the sockets of a machine hold, of several attempts
MAX_PROCESS_KB = 256 << 10


class HostileCase(Case):
    def serve(self, way):
        server = HostileServer(way)
        self.addCleanup(server.close)
        return server

    def config(self, server):
        made = os.path.join(self.folder, "made")
        os.makedirs(made, exist_ok=True)
        return write_config(os.path.join(self.folder, "hostile.yaml"), "s3://bucket/", f"file://{made}", OUTPUTS,
                            s3={"endpoint": server.url}, state_directory=os.path.join(self.folder, "state"),
                            retries={"attempts": 2}, limits={"max_source_bytes": "1M"})

    def pass_over(self, server, *arguments):
        run = Run(self.config(server), *arguments, environment=KEYS)
        run.finish(120)
        # of the largest process that ended so far: the kernel adds up those that were waited for, by whomever
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, MAX_PROCESS_KB)
        return run


class TestSizes(HostileCase):
    def expect_stopped(self, way, words):
        server = self.serve(way)
        run = self.pass_over(server)
        self.assertEqual(run.child.returncode, 4, run.stderr)
        self.assertIn(words, run.stderr)
        self.assertLess(server.sent_bytes, MAX_SENT_BYTES)

    def test_trailers_without_end(self):
        self.expect_stopped("trailers", "bytes of headers and trailers")

    def test_headers_without_end(self):
        self.expect_stopped("heads", "bytes of headers and trailers")

    def test_interim_answers_without_end(self):
        self.expect_stopped("interim", "headers")  # by us or by libcurl (ENGINE_CURL_COUNTS_HEADERS)

    def test_one_token_of_16_megabytes(self):
        server = self.serve("token")
        run = self.pass_over(server)
        self.assertEqual(run.child.returncode, 4, run.stderr)
        self.assertIn("an XML response with a tag of more than", run.stderr)
        self.assertLess(server.sent_bytes, 16 << 20, "the rest was not fetched")

    def test_a_body_that_is_longer_than_was_listed(self):
        server = self.serve("longer")
        run = self.pass_over(server)
        self.assertEqual(run.child.returncode, 1, run.stderr)
        # it seems to have changed, and is fetched again: whatever its size is, within the limit
        self.assertEqual(run.report["failures"][0]["class"], "limit")
        self.assertIn("larger than 1000000 bytes", run.report["failures"][0]["reason"])
        self.assertLess(server.sent_bytes, MAX_SENT_BYTES)


class TestClock(HostileCase):
    def test_nothing_is_signed_for_years_to_come(self):
        server = self.serve("year2098")
        run = self.pass_over(server)
        self.assertNotEqual(run.child.returncode, 0)
        times = [found for head in server.requests for found in re.findall(r"(?i)x-amz-date[:=] ?(\d{8}T\d{6})Z", head)]
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        self.assertTrue(times)
        for time in times:
            signed = datetime.datetime.strptime(time, "%Y%m%dT%H%M%S")
            self.assertLess(abs((signed - now).total_seconds()), 86400 + 600)


class TestWords(HostileCase):
    def expect_printable(self, ended):
        for text in (ended.stdout, ended.stderr):
            self.assertIsNone(CONTROLS.search(text), repr(text))
        return ended.stdout + ended.stderr

    def command(self, config, name, *arguments, expect):
        return self.expect_printable(self.thumbmill(name, "-c", config, *arguments, expect=expect, environment=KEYS))

    def test_a_region_of_terminal_escapes(self):
        config = self.config(self.serve("region"))
        for arguments in ([], ["--log-format", "json"]):
            run = Run(config, *arguments, environment=KEYS)
            self.assertEqual(run.finish(120), 4, run.stderr)
            self.assertIn("owned", self.expect_printable(run))
        self.assertIn("owned", self.command(config, "plan", expect=4))
        self.assertIn("owned", self.command(config, "doctor", expect=4))
        self.assertIn("owned", self.command(config, "doctor", "--json", expect=4))

    def test_keys_and_codes_of_controls(self):
        config = self.config(self.serve("names"))
        self.assertIn("owned", self.command(config, "plan", "--keys", expect=0))
        for arguments in ([], ["--log-format", "json"]):
            run = Run(config, *arguments, environment=KEYS)
            run.finish(120)
            self.assertIn("owned", self.expect_printable(run))
            if not arguments:
                self.assertNotRegex(run.stderr, r"(?m)^level=error")
        self.assertIn("owned", self.command(config, "failures", "list", expect=0))
        listed = json.loads(self.command(config, "failures", "list", "--json", expect=0))
        self.assertTrue(any("\x1b" in failure["key"] for failure in listed["failures"]), listed)


if __name__ == "__main__":
    unittest.main()

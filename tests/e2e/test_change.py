#!/usr/bin/python3
"""Originals that are replaced while their outputs are made: what is made in the end is of the last one."""

import os
import signal
import sys
import time
import unittest

import harness
from harness import (Case, DirectoryCase, Gateway, Run, SMALL_OUTPUTS, cpu_seconds, credentials, encode, photograph, processes,
                     slow_png, wait_until, write_config)

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from fault_proxy import FaultProxy  # noqa: E402

gateway = Gateway()

KEY = "a.jpg"
OTHER = {"kind": "check", "do": "reply", "status": 206, "headers": {"ETag": '"another"'}, "body": "x"}


def requests(report):
    return {name: report["requests"][name] for name in ("get", "check", "put")}


class TestBucket(Case):
    outputs = SMALL_OUTPUTS

    def setUp(self):
        super().setUp()
        self.source, self.destination = gateway.bucket("source"), gateway.bucket("made")
        for bucket in (self.source, self.destination):
            self.addCleanup(gateway.remove, bucket)
        self.proxy = FaultProxy(gateway.endpoint)
        self.addCleanup(self.proxy.close)
        self.first, self.second = photograph(1, 500), photograph(2, 400)
        gateway.put(self.source, KEY, encode(self.first, "jpeg"))

    def configure(self, **destination):
        return write_config(os.path.join(self.folder, "thumbmill.yaml"), f"s3://{self.source}/",
                            {"url": f"s3://{self.destination}/", **destination}, self.outputs,
                            s3={"endpoint": self.proxy.url, "region": os.environ["AWS_REGION"]}, retries={"attempts": 2})

    def run_with(self, *rules, expect=0, **destination):
        self.proxy.set_rules(rules)
        return self.run_to_end(self.configure(**destination), expect=expect, environment=credentials())

    def assert_made_of(self, image):
        self.assert_stored(gateway, self.destination, {KEY: image.size}, self.outputs)

    def replace_during(self, rule, **destination):
        """A run in which the original is replaced while a request is held; its report."""
        self.proxy.set_rules([{**rule, "times": 1, "do": "hold"}])
        self.addCleanup(self.proxy.let_go)
        run = Run(self.configure(**destination), environment=credentials())
        self.assertTrue(wait_until(lambda: self.proxy.did["hold"], 30), "nothing is held")
        gateway.put(self.source, KEY, encode(self.second, "jpeg"))
        self.proxy.let_go()
        self.assertEqual(run.finish(), 0, run.stderr)
        self.assert_made_of(self.second)
        return run.report

    def test_replaced_before_the_uploads(self):
        report = self.replace_during({"kind": "put"})
        self.assertEqual(requests(report), {"get": 2, "check": 2, "put": 4})
        self.assertEqual((report["objects"]["done"], report["outputs"]["made"]), (1, 2))

    def test_replaced_after_the_uploads(self):
        self.assertEqual(requests(self.replace_during({"kind": "check"})), {"get": 2, "check": 2, "put": 4})

    def test_what_was_made_of_the_old_one_is_replaced_even_where_others_are_kept(self):
        report = self.replace_during({"kind": "put", "path": "a"}, keep_existing="true")
        self.assertEqual(report["outputs"], {"made": 2, "up_to_date": 0})

    def test_unchanged(self):
        self.assertEqual(requests(self.run_with().report), {"get": 1, "check": 1, "put": 2})
        self.assertEqual(requests(self.run_with().report), {"get": 0, "check": 0, "put": 0})

    def test_replaced_in_the_second_in_which_its_outputs_were_written(self):
        """Which is what the listing shows if one of them was written first."""
        for _ in range(20):
            self.run_with()
            gateway.put(self.source, KEY, encode(self.second, "jpeg"))
            if self.seconds(self.source) == self.seconds(self.destination):
                break
            time.sleep(1)
            gateway.put(self.source, KEY, encode(self.first, "jpeg"))
        self.assertEqual(self.seconds(self.source), self.seconds(self.destination), "it took too long each time")
        self.assertEqual(requests(self.run_with().report), {"get": 1, "check": 1, "put": 2})
        self.assert_made_of(self.second)

    @staticmethod
    def seconds(bucket):
        """In which its objects were written."""
        return {item["LastModified"].replace(microsecond=0) for item in gateway.client.list_objects_v2(Bucket=bucket)["Contents"]}

    def test_one_that_changes_all_the_time_fails(self):
        report = self.run_with(OTHER, expect=1).report
        self.assertEqual({(f["key"], f["class"]) for f in report["failures"]}, {(KEY, "transient")})
        self.assertRegex(report["failures"][0]["reason"], f"CHECK .*{KEY}: the object has changed since it was read")
        self.assertEqual(requests(report), {"get": 3, "check": 3, "put": 6})
        self.assert_made_of(self.first)

    def test_one_that_is_removed_has_not_changed(self):
        gone = {"kind": "check", "do": "reply", "status": 404, "code": "NoSuchKey"}
        self.assertEqual(requests(self.run_with(gone).report), {"get": 1, "check": 1, "put": 2})

    def test_a_server_that_heeds_no_conditions(self):
        """It answers with the object, of which no more than a byte was asked for."""
        for status in (200, 206):
            with self.subTest(status=status):
                gateway.empty(self.destination)
                etag = gateway.client.head_object(Bucket=self.source, Key=KEY)["ETag"]
                answer = {"kind": "check", "do": "reply", "status": status, "headers": {"ETag": etag}, "body": "x"}
                self.assertEqual(requests(self.run_with(answer).report), {"get": 1, "check": 1, "put": 2})

    def test_a_check_that_fails_is_tried_again(self):
        failed = {"kind": "check", "do": "reply", "status": 500, "code": "InternalError"}
        report = self.run_with({**failed, "times": 1}).report
        self.assertEqual(requests(report), {"get": 1, "check": 2, "put": 2})
        # and in the end the object is: whether its outputs are right is not known
        gateway.empty(self.destination)
        report = self.run_with({**failed, "times": 2}).report
        # one of the checks asks, for want of other objects, whether the store answers at all
        self.assertEqual(requests(report), {"get": 2, "check": 4, "put": 4})
        self.assert_made_of(self.first)


class TestDirectory(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def test_replaced_while_it_is_rendered(self):
        self.add("a.png", slow_png(12000, 8000))
        run = Run(self.configure(limits={"max_pixels": "400M", "max_source_bytes": "1G"}))
        busy = wait_until(lambda: [pid for pid in processes("thumbmill-imager") if cpu_seconds(pid) > 0.3], 30)
        self.assertTrue(busy, "no imager is busy")
        os.kill(busy[0], signal.SIGSTOP)
        image = photograph(1, 400)
        self.add("a.png", encode(image, "png"))
        os.kill(busy[0], signal.SIGCONT)
        self.assertEqual(run.finish(), 0, run.stderr)
        self.assert_all_made({"a.png": image.size})
        self.assertEqual(requests(run.report), {"get": 2, "check": 2, "put": 4})
        self.assertEqual(requests(self.run_to_end(self.config).report), {"get": 0, "check": 0, "put": 0})

    def test_replaced_in_the_second_in_which_its_outputs_were_written(self):
        self.add_photographs(1, 300)
        self.run_to_end(self.configure())
        image = photograph(2, 400)
        when = int(os.stat(self.add("photo-000.jpg", encode(image, "jpeg"))).st_ctime)
        for path in self.made().values():
            os.utime(path, (when, when))
        self.run_to_end(self.config)
        self.assert_all_made({"photo-000.jpg": image.size})

    def test_a_time_in_the_future_delays_by_a_second_at_most(self):
        sizes = self.add_photographs(3, 300)
        for key in sizes:
            os.utime(os.path.join(self.source, key), (time.time() + 3600,) * 2)
        self.run_to_end(self.configure())
        self.assert_all_made(sizes)


if __name__ == "__main__":
    unittest.main()

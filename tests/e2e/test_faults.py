#!/usr/bin/python3
"""What a run makes of a network and a server that fail: one case per fault, then all of them mixed.

Between thumbmill and the gateway stands tests/servers/fault_proxy.py. A case says by which rules requests are spoilt and
what must come of it: the exit code, the report, and what is at the destination, read by a client of its own.
"""

import collections
import os
import signal
import sys
import time
import unittest

import harness
from harness import SMALL_OUTPUTS, Case, Gateway, credentials, encode, output_keys, photograph, write_config

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from fault_proxy import FaultProxy  # noqa: E402

PHOTOGRAPHS = 3
MAX_REFUSED = 0.3  # of all requests, by a server with a limit; measured: 0.17, and 0.37 if none keeps a pace
TINY_OUTPUTS = [
    {"name": "tiny", "width": 24, "height": 24, "fit": "inside", "format": "jpeg"},
    {"name": "icon", "width": 12, "height": 12, "fit": "cover", "format": "png"},
]
KEYS = {"access_key": os.environ["AWS_ACCESS_KEY_ID"], "secret_key": os.environ["AWS_SECRET_ACCESS_KEY"]}
SERVER_ERROR = {"do": "reply", "status": 500, "code": "InternalError"}
PAGE = (
    '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "{}</ListBucketResult>"
)
ITEM = "<Contents><Key>{}</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified><Size>1000</Size></Contents>"

gateway = Gateway()


class FaultCase(Case):
    """Buckets behind a proxy. The source is the same for all tests, which only read it."""

    outputs = SMALL_OUTPUTS
    photographs = PHOTOGRAPHS

    @classmethod
    def setUpClass(cls):
        cls.source = gateway.bucket("source")
        cls.addClassCleanup(gateway.remove, cls.source)
        cls.sizes = cls.upload()

    @classmethod
    def upload(cls):
        """{key: (width, height)}"""
        sizes = {}
        for number in range(cls.photographs):
            image = photograph(number, 500)
            key = f"photo-{number}.jpg"
            gateway.put(cls.source, key, encode(image, "jpeg"))
            sizes[key] = image.size
        return sizes

    def setUp(self):
        super().setUp()
        self.destination = gateway.bucket("made")
        self.addCleanup(gateway.remove, self.destination)
        self.proxy = FaultProxy(gateway.endpoint)
        self.addCleanup(self.proxy.close)

    def run_with(self, *rules, expect=0, attempts=5, seed=1, s3=None, destination=None):
        """A run of which these rules spoil requests; its report is in self.report."""
        self.proxy.set_rules(rules, seed)
        config = write_config(
            os.path.join(self.folder, "thumbmill.yaml"),
            f"s3://{self.source}/",
            {"url": f"s3://{self.destination}/", **(destination or {})},
            self.outputs,
            s3={"endpoint": self.proxy.url, "region": os.environ["AWS_REGION"], **(s3 or {})},
            retries={"attempts": attempts},
        )
        began = time.monotonic()
        self.ran = self.run_to_end(config, expect=expect, environment=credentials())
        self.took_s = time.monotonic() - began
        self.report = self.ran.report
        self.assertEqual(self.report["exit"], expect)

    def assert_made(self, keys=None):
        """The outputs of these sources (None: of all), whole, and nothing else."""
        sizes = {key: self.sizes[key] for key in (self.sizes if keys is None else keys)}
        self.assert_stored(gateway, self.destination, sizes, self.outputs)

    def retry_reasons(self):
        """Those of which there was any. They add up."""
        reasons = self.report["requests"]["retry_reasons"]
        self.assertEqual(self.report["requests"]["retries"], sum(reasons.values()))
        return {name: count for name, count in reasons.items() if count}

    def assert_retries(self, **reasons):
        self.assertEqual(self.retry_reasons(), reasons, self.proxy.did)

    def assert_reset(self, count):
        """When a kept connection ends without an answer, libcurl tries again by itself, and that is not counted."""
        reasons = self.retry_reasons()
        self.assertLessEqual(set(reasons), {"reset"})
        self.assertLessEqual(reasons.get("reset", 0), count)
        self.assertEqual(self.proxy.did["reset_before"] + self.proxy.did["reset_after"], count)

    def assert_failed_alone(self, key, kind, words):
        self.assertEqual([(f["key"], f["class"]) for f in self.report["failures"]], [(key, kind)])
        self.assertRegex(self.report["failures"][0]["reason"], words)
        self.assert_made([other for other in self.sizes if other != key])


class TestOneFault(FaultCase):
    """A fault that passes costs retries and nothing else."""

    def test_500(self):
        self.run_with({"kind": "get", "each": 2, **SERVER_ERROR}, {"kind": "put", "each": 1, **SERVER_ERROR})
        self.assert_made()
        self.assert_retries(server_error=4 * PHOTOGRAPHS)

    def test_burst_of_slow_down(self):
        slow_down = {"do": "reply", "status": 503, "code": "SlowDown", "headers": {"Retry-After": "2"}}
        self.run_with({"kind": "get", "times": 3, **slow_down})
        self.assert_made()
        self.assert_retries(throttle=3)
        self.assertGreater(self.took_s, 2)

    def test_reset_before_the_answer(self):
        self.run_with({"kind": "get", "each": 1, "do": "reset_before"}, {"kind": "put", "each": 1, "do": "reset_before"})
        self.assert_made()
        self.assert_reset(3 * PHOTOGRAPHS)

    def ranges(self, kind="get"):
        return [seen.range for seen in self.proxy.seen if seen.kind == kind and seen.range]

    def test_reset_within_the_body(self):
        self.run_with({"kind": "get", "each": 1, "do": "reset_within"})
        self.assert_made()
        self.assert_retries(reset=PHOTOGRAPHS)
        self.assertEqual(len(self.ranges()), PHOTOGRAPHS, "the rest is asked for, not all of it")

    def test_reset_after_the_work(self):
        """The output is there, but nobody said so: it is put again."""
        self.run_with({"kind": "put", "each": 1, "do": "reset_after"})
        self.assert_made()
        self.assert_reset(2 * PHOTOGRAPHS)

    def test_truncated(self):
        self.run_with({"kind": "get", "each": 2, "do": "truncate"})
        self.assert_made()
        self.assert_retries(truncated=2 * PHOTOGRAPHS)
        self.assertEqual(len(self.ranges()), 2 * PHOTOGRAPHS)
        self.assertEqual(len(set(self.ranges())), 2 * PHOTOGRAPHS, "each goes on where the last one ended")

    def test_changed_between_two_parts(self):
        """Never half of one photograph and half of another: the object is fetched anew, as it is by then."""
        gone = {"do": "reply", "status": 412, "code": "PreconditionFailed"}
        self.run_with({"kind": "get", "path": "photo-1", "times": 1, "do": "truncate"},
                      {"kind": "get", "path": "photo-1", "times": 1, **gone})
        self.assert_made()
        self.assertEqual(self.retry_reasons(), {"truncated": 1})
        self.assertEqual(self.report["requests"]["get"], PHOTOGRAPHS + 2)

    def test_another_etag_than_listed(self):
        self.run_with({"kind": "get", "path": "photo-1", "times": 1, "do": "change"})
        self.assert_made()
        self.assertEqual(self.report["requests"]["get"], PHOTOGRAPHS + 1)

    def test_stored_otherwise(self):
        """An answer to an upload with the MD5 of something else."""
        self.run_with({"kind": "put", "each": 1, "do": "change", "etag": f'"{"0" * 32}"'})
        self.assert_made()
        self.assert_retries(truncated=2 * PHOTOGRAPHS)

    def test_stalled(self):
        self.run_with({"kind": "get", "path": "photo-1", "times": 1, "do": "stall"})
        self.assert_made()
        self.assert_retries(timeout=1)
        self.assertGreater(self.took_s, 25)

    def test_latency(self):
        for delay_ms in (50, 500):
            with self.subTest(delay_ms=delay_ms):
                gateway.empty(self.destination)
                self.run_with({"do": "delay", "delay_ms": delay_ms})
                self.assert_made()
                self.assert_retries()


class TestSignature(FaultCase):
    """What is wrong with a signature is learnt once, by whoever lists, and right in all that follows."""

    def test_clock(self):
        for clock_s in (3 * 3600, -3 * 3600):
            with self.subTest(clock_s=clock_s):
                gateway.empty(self.destination)
                self.run_with({"do": "clock", "clock_s": clock_s, **KEYS})
                self.assert_made()
                self.assert_retries(skew=2)  # one for each store

    def test_a_clock_that_only_the_workers_meet(self):
        """What they are refused for is learnt by another listing, and their objects are signed again."""
        self.run_with({"kind": "list", "times": 2, "do": "delay", "delay_ms": 0}, {"do": "clock", "clock_s": 3 * 3600, **KEYS})
        self.assert_made()
        self.assertGreaterEqual(self.retry_reasons()["skew"], 1)

    def test_tokens_that_expire_with_the_workers(self):
        expired = {"do": "reply", "status": 400, "code": "ExpiredToken"}
        self.run_with({"kind": "get", "times": 2, **expired}, {"kind": "put", "times": 2, **expired})
        self.assert_made()
        self.assertEqual(self.proxy.did["reply"], 4)
        self.assertGreaterEqual(self.report["requests"]["list"], 3)

    def test_date_alone(self):
        """A wrong Date on answers that are none the worse changes nothing."""
        self.run_with({"do": "date", "clock_s": 3 * 3600})
        self.assert_made()
        self.assert_retries()

    def test_region(self):
        for status in (301, 400):
            with self.subTest(status=status):
                gateway.empty(self.destination)
                self.run_with({"do": "region", "status": status, "region": "eu-west-1"})
                self.assert_made()
                self.assert_retries(region=2)

    def test_region_of_nonsense(self):
        self.run_with({"do": "region", "status": 301, "region": "evil.example/"}, expect=4)
        self.assertIn("301 PermanentRedirect", self.ran.stderr)
        self.assert_retries()


class TestOneObject(FaultCase):
    """What does not pass fails alone."""

    def test_never_answers(self):
        self.run_with({"kind": "get", "path": "photo-1", **SERVER_ERROR}, attempts=2, expect=1)
        self.assert_failed_alone("photo-1.jpg", "transient", "500 InternalError")

    def test_refused(self):
        for status, code in ((403, "AccessDenied"), (404, "NoSuchKey")):
            with self.subTest(code=code):
                reply = {"do": "reply", "status": status, "code": code}
                self.run_with({"kind": "get", "path": "photo-2", **reply}, expect=1)
                self.assert_failed_alone("photo-2.jpg", "permanent", f"{status} {code}")
                self.assert_retries()

    def test_always_stored_otherwise(self):
        changed = {"kind": "put", "path": "thumb/photo-1", "do": "change", "etag": f'"{"0" * 32}"'}
        self.run_with(changed, attempts=2, expect=1)
        self.assertEqual([(f["output"], f["class"]) for f in self.report["failures"]], [("thumb", "permanent")])
        self.assertIn(f"ETag '{'0' * 32}', MD5 of the upload", self.report["failures"][0]["reason"])
        self.assert_retries(truncated=1)
        self.run_with(changed, s3={"verify_etag": "false"})
        self.assert_retries()

    def test_an_output_that_is_refused(self):
        reply = {"do": "reply", "status": 403, "code": "AccessDenied"}
        self.run_with({"kind": "put", "path": "thumb/photo-0", **reply}, expect=1)
        self.assertEqual(
            [(f["key"], f["output"], f["class"]) for f in self.report["failures"]],
            [("photo-0.jpg", "thumb", "permanent")],
        )
        self.assertEqual(self.report["outputs"]["made"], 2 * PHOTOGRAPHS - 1)


class TestLook(FaultCase):
    """The HEAD request before an object whose metadata is copied."""

    outputs = [{**output, "copy_metadata": ["*"]} for output in SMALL_OUTPUTS]

    def test_500(self):
        self.run_with({"kind": "head", "each": 1, "do": "reply", "status": 500})
        self.assert_made()
        self.assert_retries(server_error=PHOTOGRAPHS)
        self.assertEqual(self.report["requests"]["head"], 2 * PHOTOGRAPHS)

    def test_refused(self):
        self.run_with({"kind": "head", "path": "photo-1", "do": "reply", "status": 403}, expect=1)
        self.assert_failed_alone("photo-1.jpg", "permanent", "HEAD .*photo-1.jpg: 403")

    def test_changed_after_it(self):
        """The object is looked at again, and then read as it is by then."""
        self.run_with({"kind": "get", "path": "photo-1", "times": 1, "do": "change"})
        self.assert_made()
        self.assertEqual(self.report["requests"]["head"], PHOTOGRAPHS + 1)


class TestKeepExisting(FaultCase):
    """destination.keep_existing: what turns up meanwhile stays, if the server means If-None-Match."""

    def run_with(self, *rules, **options):
        super().run_with(*rules, destination={"keep_existing": "true"}, **options)

    def race(self):
        """Somebody makes an output that the listing does not have."""
        key = output_keys("photo-1.jpg", self.outputs)["thumb"]
        gateway.put(self.destination, key, b"theirs")
        return key, {"kind": "list", "path": self.destination, "do": "reply", "status": 200, "body": PAGE.format("")}

    def test_what_turns_up_stays(self):
        key, rule = self.race()
        self.run_with(rule)
        self.assertEqual(gateway.get(self.destination, key)["Body"].read(), b"theirs")
        self.assertEqual(self.report["outputs"], {"made": 2 * PHOTOGRAPHS - 1, "up_to_date": 1})
        self.assertEqual(self.report["objects"]["done"], PHOTOGRAPHS)
        self.assertEqual((self.report["requests"]["put"], self.report["requests"]["delete"]), (2 * PHOTOGRAPHS + 2, 1))
        self.assertEqual(len(gateway.keys(self.destination)), 2 * PHOTOGRAPHS, "the trial leaves nothing behind")

    def test_a_stale_one_is_replaced(self):
        self.run_with()
        size = gateway.client.head_object(Bucket=self.source, Key="photo-1.jpg")["ContentLength"]
        newer = ITEM.format("photo-1.jpg").replace("2024", "2030").replace("1000", str(size))
        self.run_with({"kind": "list", "path": self.source, "do": "reply", "status": 200, "body": PAGE.format(newer)})
        self.assertEqual(self.report["outputs"], {"made": 2, "up_to_date": 0})

    def test_an_answer_is_lost(self):
        self.run_with({"kind": "put", "path": "thumb/photo-0", "times": 1, "do": "reset_after"})
        self.assert_made()
        self.assertEqual(sum(self.report["outputs"].values()), 2 * PHOTOGRAPHS)

    def test_a_server_that_ignores_it(self):
        key, rule = self.race()
        first = {"kind": "put", "path": "thumbmill-precondition", "times": 1}
        self.run_with(rule, {**first, "do": "delay", "delay_ms": 0}, {**first, "do": "reply", "status": 200})
        self.assertIn("the server ignores If-None-Match", self.ran.stderr)
        self.assertNotEqual(gateway.get(self.destination, key)["Body"].read(), b"theirs")
        self.assert_made()


class TestArchive(FaultCase):
    """What is in an archive is skipped, and counted as such."""

    def assert_archived(self, count, get):
        self.assertEqual(self.report["objects"],
                         {"listed": PHOTOGRAPHS, "done": PHOTOGRAPHS - count, "skipped": count, "failed": 0,
                          "remembered": 0, "postponed": 0})
        self.assertEqual({name: number for name, number in self.report["skip_reasons"].items() if number}, {"archived": count} if count else {})
        self.assertEqual(self.report["requests"]["get"], get)
        self.assertEqual(self.report["failures"], [])

    def test_the_server_says_so(self):
        self.run_with({"kind": "get", "path": "photo-1", "do": "reply", "status": 403, "code": "InvalidObjectState"})
        self.assert_archived(1, get=PHOTOGRAPHS)
        self.assert_made(["photo-0.jpg", "photo-2.jpg"])
        self.assert_retries()

    def test_the_listing_says_so(self):
        items = "".join(
            ITEM.format(f"photo-{number}.jpg").replace("</Contents>", f"<StorageClass>{kind}</StorageClass></Contents>")
            for number, kind in enumerate(("GLACIER", "STANDARD", "DEEP_ARCHIVE"))
        ).replace("1000", str(gateway.client.head_object(Bucket=self.source, Key="photo-1.jpg")["ContentLength"]))
        self.run_with({"kind": "list", "path": self.source, "do": "reply", "status": 200, "body": PAGE.format(items)})
        self.assert_archived(2, get=1)
        self.assert_made(["photo-1.jpg"])


class TestListing(FaultCase):
    """Without listings there is no run: a fault that stays ends it, and a lie is found out."""

    def test_500(self):
        self.run_with({"kind": "list", "each": 2, **SERVER_ERROR})
        self.assert_made()
        self.assert_retries(server_error=4)

    def test_reset(self):
        self.run_with({"kind": "list", "each": 1, "do": "reset_before"})
        self.assert_made()
        self.assert_reset(2)

    def test_truncated(self):
        self.run_with({"kind": "list", "each": 1, "do": "truncate"})
        self.assert_made()
        self.assert_retries(truncated=2)

    def test_error_in_a_200(self):
        reply = {"do": "reply", "status": 200, "code": "InternalError"}
        self.run_with({"kind": "list", "each": 1, **reply})
        self.assert_made()
        self.assert_retries(server_error=2)
        self.run_with({"kind": "list", **reply}, attempts=2, expect=4)
        self.assertIn("InternalError", self.ran.stderr)

    def test_garbage(self):
        reply = {"do": "reply", "status": 200, "body": PAGE.format("<Contents><Key>a</Size>")}
        self.run_with({"kind": "list", "each": 1, **reply})
        self.assert_made()
        self.assert_retries(truncated=2)
        self.run_with({"kind": "list", **reply}, attempts=2, expect=4)

    def test_no_s3_at_all(self):
        body = "<html><p>Please log in to the <b>hotel"
        self.run_with({"kind": "list", "do": "reply", "status": 200, "body": body}, expect=4)
        self.assertIn("is not an S3 server", self.ran.stderr)
        self.assert_retries()

    def test_never_answers(self):
        self.run_with({"kind": "list", "do": "reply", "status": 503, "code": "SlowDown"}, attempts=2, expect=4)
        self.assertIn("503 SlowDown", self.ran.stderr)
        self.assertEqual(self.proxy.did["pass"], 0)

    def test_out_of_order(self):
        body = PAGE.format(ITEM.format("b.jpg") + ITEM.format("a.jpg"))
        self.run_with({"kind": "list", "path": self.source, "do": "reply", "status": 200, "body": body}, expect=4)
        self.assertIn("byte order", self.ran.stderr)
        self.assert_made([])

    def test_token_repeated(self):
        body = PAGE.format("<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>")
        self.run_with({"kind": "list", "path": self.source, "do": "reply", "status": 200, "body": body}, expect=4)
        self.assertIn("repeats its continuation token", self.ran.stderr)
        self.assertEqual(self.proxy.did["reply"], 2)


class TestRanges(FaultCase):
    """Pages of one key that take long, so that the source is cut into ranges: a server that cannot do them costs nothing but a
    request."""

    photographs = 8  # the pages that follow the first ones are worth a second range

    def pages(self, **more):
        return {"kind": "list", "path": self.source, "do": "ask", "with": {"max-keys": "1"}, **KEYS, "delay_ms": 60, **more}

    def starts(self, **more):
        return {"kind": "list", "path": self.source, "query": "start-after", **more}

    def assert_given_up(self, words):
        self.assert_made()
        self.assertRegex(self.ran.stderr, f"this server cannot start a listing in the middle.*{words}")
        self.assertEqual(self.ran.stderr.count("cannot start a listing in the middle"), 1)
        self.assertEqual(self.report["objects"]["listed"], self.photographs)

    def test_healthy(self):
        self.run_with(self.pages())
        self.assert_made()
        self.assertEqual(self.ran.stderr, "")
        self.assertGreater(self.proxy.did["ask"], self.photographs)

    def test_start_after_ignored(self):
        self.run_with(self.pages(without=["start-after"]))
        self.assert_given_up("the server ignores start-after")

    def test_start_after_refused(self):
        self.run_with(self.starts(do="reply", status=400, code="InvalidArgument"), self.pages())
        self.assert_given_up("400 InvalidArgument")

    def test_start_after_fails(self):
        """Twice, with their retries, while other pages are on their way."""
        self.run_with(self.starts(**SERVER_ERROR), self.pages(delay_ms=400), attempts=2)
        self.assert_given_up("500 InternalError")

    def test_start_after_answered_with_nothing(self):
        self.run_with(self.starts(do="reply", status=200, body=PAGE.format("")), self.pages())
        self.assert_made()
        self.assertEqual(self.report["objects"]["listed"], self.photographs)

    def test_start_after_out_of_order(self):
        body = PAGE.format(ITEM.format("z.jpg") + ITEM.format("y.jpg"))
        self.run_with(self.starts(do="reply", status=200, body=body), self.pages())
        self.assert_given_up("byte order")

    def test_faults_that_pass(self):
        self.run_with({"kind": "list", "times": 4, "percent": 50, **SERVER_ERROR}, self.pages())
        self.assert_made()
        self.assertEqual(self.report["objects"]["listed"], self.photographs)


class TestTls(FaultCase):
    def test_a_session_is_resumed_by_the_next_connection(self):
        """Pages of one key make ranges, which need a second connection while the first is in use."""
        certificate = os.path.join(os.path.dirname(os.environ["S3_CA"]), "server.pem")
        self.proxy = FaultProxy(gateway.endpoint, tls=certificate)
        self.addCleanup(self.proxy.close)
        config = write_config(
            os.path.join(self.folder, "thumbmill.yaml"),
            f"s3://{self.source}/",
            f"s3://{self.destination}/",
            self.outputs,
            s3={"endpoint": self.proxy.url, "ca_file": os.environ["S3_CA"], "region": os.environ["AWS_REGION"]},
        )
        self.proxy.set_rules([{"kind": "list", "do": "ask", "with": {"max-keys": "1"}, "delay_ms": 100, **KEYS}])
        plan = self.thumbmill("plan", "-c", config, environment=credentials())
        self.assertIn(f"objects: {PHOTOGRAPHS} listed", plan.stdout)
        self.assertEqual(self.proxy.did["full handshake"], 1, self.proxy.did)
        self.assertGreaterEqual(self.proxy.did["resumed"], 1, self.proxy.did)


class TestEncryption(FaultCase):
    """What an output wishes for is signed into the URL of its upload, and sent."""

    outputs = [{**SMALL_OUTPUTS[0], "encryption": "AES256"}, SMALL_OUTPUTS[1]]

    def test_with_the_servers_own_key(self):
        """Which a gateway has only with a Vault beside it, from Ceph 17 on: it is not asked to encrypt."""
        self.run_with({"kind": "put", "path": "/medium/", "do": "ask", "without_headers": ["x-amz-server-side-encryption"], **KEYS})
        self.assert_made()
        puts = {seen.path: seen for seen in self.proxy.seen if seen.kind == "put"}
        self.assertEqual(len(puts), 2 * PHOTOGRAPHS)
        for path, seen in puts.items():
            is_wished = "/medium/" in path
            signed = seen.request.parameters["X-Amz-SignedHeaders"][0].split(";")
            sent = seen.request.header("x-amz-server-side-encryption")
            self.assertEqual(sent, "AES256" if is_wished else None, path)
            self.assertEqual("x-amz-server-side-encryption" in signed, is_wished, path)


class ManyCase(FaultCase):
    """Many objects, all the same and tiny: so that requests are what takes the time."""

    outputs = TINY_OUTPUTS
    objects = 0

    @classmethod
    def upload(cls):
        image = photograph(0, 32)
        data = encode(image, "jpeg")
        keys = [f"{number % 9}/tiny-{number:03}.jpg" for number in range(cls.objects)]
        for key in keys:
            gateway.put(cls.source, key, data)
        return dict.fromkeys(keys, image.size)


class TestLimit(ManyCase):
    """A server that bears so many requests in a second."""

    objects = 150

    def test_limit(self):
        """All is made, and after the first refusals few more are needed."""
        self.run_with({"do": "limit", "per_s": 30})
        self.assertEqual(self.report["objects"]["done"], self.objects)
        self.assert_made()
        refused, asked = self.proxy.did["slow_down"], self.proxy.did["limit"]
        self.assertEqual(list(self.retry_reasons()), ["throttle"])
        self.assertGreater(refused, 0)
        self.assertLess(refused / asked, MAX_REFUSED, f"{refused} of {asked} requests in {self.took_s:.1f} s")


class TestMixed(ManyCase):
    """A fifth of all requests fails, in every way."""

    objects = 500

    def test_mixed(self):
        slow_down = {"do": "reply", "status": 503, "code": "SlowDown"}
        self.run_with(
            {"percent": 5, **SERVER_ERROR},
            {"percent": 2, **slow_down},
            {"percent": 15, "do": ["reset_before", "reset_within", "reset_after", "truncate"]},
        )
        self.assertEqual(self.report["objects"]["done"], self.objects)
        self.assertEqual(self.report["outputs"]["made"], self.objects * len(self.outputs))
        self.assertEqual(self.report["processes"]["crashes"], 0)
        self.assertEqual(sorted(self.retry_reasons()), ["reset", "server_error", "throttle", "truncated"])
        self.assert_made()
        spoilt = sum(self.proxy.did.values()) - self.proxy.did["pass"]
        self.assertGreater(spoilt / sum(self.proxy.did.values()), 0.18)


class TestReload(FaultCase):
    def test_a_late_answer_to_the_old_supervisor_keeps_nobody_waiting(self):
        """And its object is read and made once: the new one finds it by listing its outputs."""
        time.sleep(1.1)  # no original is so young that another one overtakes it
        self.proxy.set_rules([{"kind": "get", "path": "photo-0", "do": "hold"}])
        self.addCleanup(self.proxy.let_go)
        config = write_config(
            os.path.join(self.folder, "thumbmill.yaml"), f"s3://{self.source}/", f"s3://{self.destination}/", self.outputs,
            s3={"endpoint": self.proxy.url, "region": os.environ["AWS_REGION"]}, stop_timeout="120s", every="1d",
            workers={"count": 1, "tasks_in_flight": 1, "task_timeout": "600s"})
        daemon = harness.Daemon(config, environment=credentials())
        self.addCleanup(daemon.abandon)
        self.assertTrue(harness.wait_until(lambda: self.proxy.did["hold"], 60), daemon.log())
        self.assertEqual(len(gateway.keys(self.destination)), 0)
        daemon.signal(signal.SIGHUP)
        others = sorted(set(self.sizes) - {"photo-0.jpg"})
        wanted = len(others) * len(self.outputs)
        self.assertTrue(harness.wait_until(lambda: len(gateway.keys(self.destination)) == wanted, 60), daemon.log())
        self.assert_made(others)
        self.proxy.let_go()
        self.assertTrue(daemon.wait_for_passes(2), daemon.log())
        self.assertEqual(daemon.stop(), 0, daemon.log())
        self.assert_made()
        self.assertEqual(daemon.done(), len(self.sizes))
        requests = collections.Counter((seen.kind, seen.path) for seen in self.proxy.seen if seen.kind in ("get", "put"))
        self.assertEqual(len(requests), len(self.sizes) * (1 + len(self.outputs)))
        self.assertEqual(set(requests.values()), {1}, requests)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""Uploads that carry a digest of their bytes (s3.checksum), or are signed together with them (s3.sign_payload): a real
gateway stores them and refuses what was damaged on the way; what was sent is seen by a proxy before it."""

import base64
import hashlib
import http.client
import os
import signal
import sys
import unittest
import urllib.parse
import zlib

import harness
from harness import (SMALL_OUTPUTS, Case, Gateway, Run, credentials, encode, output_keys, photograph, processes, wait_until,
                     write_config)

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from fault_proxy import FaultProxy  # noqa: E402

KEYS = ("photo.jpg", "with space/ünï+cödé.jpg", "deep/" * 80 + "x.jpg")
CACHE_CONTROL = "public, max-age=60"
OUTPUTS = [{**output, "headers": {"Cache-Control": CACHE_CONTROL, "x-amz-meta-kind": "made"}} for output in SMALL_OUTPUTS]
PUTS = len(KEYS) * len(OUTPUTS)
MISMATCH = "XAmzContentSHA256Mismatch|BadDigest"  # what servers call a body whose SHA-256 is not the signed one
gateway = Gateway()


def crc32c(data):
    """Bit by bit, from the definition."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


DIGESTS = {
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "crc32c": lambda data: crc32c(data).to_bytes(4, "big"),
    "sha1": lambda data: hashlib.sha1(data).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
}


class ChecksumCase(Case):
    @classmethod
    def setUpClass(cls):
        cls.source = gateway.bucket("source")
        cls.addClassCleanup(gateway.remove, cls.source)
        cls.sizes = {}
        for number, key in enumerate(KEYS):
            image = photograph(number, 300)
            gateway.put(cls.source, key, encode(image, "jpeg"))
            cls.sizes[key] = image.size

    def setUp(self):
        super().setUp()
        self.destination = gateway.bucket("made")
        self.addCleanup(gateway.remove, self.destination)

    def configure(self, destination=None, attempts=5, **s3):
        return write_config(
            os.path.join(self.folder, "thumbmill.yaml"),
            f"s3://{self.source}/",
            {"url": f"s3://{self.destination}/", "s3": s3, **(destination or {})},
            OUTPUTS,
            s3=gateway.settings(),
            retries={"attempts": attempts},
        )

    def run_with(self, expect=0, environment=None, **options):
        """Its report."""
        config = self.configure(**options)
        return self.run_to_end(config, expect=expect, environment=environment or credentials()).report

    def assert_all_made(self):
        for key, answer in self.assert_stored(gateway, self.destination, self.sizes, OUTPUTS).items():
            self.assertEqual(answer["CacheControl"], CACHE_CONTROL, key)
            self.assertEqual(answer["Metadata"]["kind"], "made", key)


class TestStored(ChecksumCase):
    def test_each_checksum_with_and_without_a_signed_payload(self):
        for checksum in ("none", *DIGESTS):
            for signed in ("false", "true"):
                with self.subTest(checksum=checksum, sign_payload=signed):
                    gateway.empty(self.destination)
                    report = self.run_with(checksum=checksum, sign_payload=signed)
                    self.assertEqual((report["requests"]["put"], report["requests"]["retries"]), (PUTS, 0))
                    self.assert_all_made()

    def test_only_what_is_missing(self):
        self.run_with(sign_payload="true")
        gone = output_keys(KEYS[1], OUTPUTS)[OUTPUTS[1]["name"]]
        gateway.client.delete_object(Bucket=self.destination, Key=gone)
        self.assertEqual(self.run_with(sign_payload="true")["requests"]["put"], 1)
        self.assert_all_made()

    def test_a_directory_takes_no_notice(self):
        folder = os.path.join(self.folder, "out")
        os.mkdir(folder)
        destination = {"url": f"file://{folder}/"}
        report = self.run_with(destination=destination, sign_payload="true", checksum="sha256")
        self.assertEqual(report["outputs"]["made"], PUTS)

    def test_with_a_session_token(self):
        access_key, secret_key, token = gateway.session(gateway.role())
        environment = {**credentials(), "AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key,
                       "AWS_SESSION_TOKEN": token}
        for s3 in ({"sign_payload": "true"}, {"checksum": "crc32c"}):
            gateway.empty(self.destination)
            self.run_with(environment=environment, **s3)
            self.assert_all_made()


class TestSeen(ChecksumCase):
    """Through a proxy, which sees the requests and may spoil them."""

    def setUp(self):
        super().setUp()
        self.proxy = FaultProxy(gateway.endpoint)
        self.addCleanup(self.proxy.close)

    def run_with(self, *rules, **options):
        self.proxy.set_rules(rules)
        return super().run_with(**{"endpoint": self.proxy.url, **options})

    def puts(self):
        """The requests that put an output."""
        found = [seen.request for seen in self.proxy.seen if seen.kind == "put"]
        self.assertTrue(found)
        return found

    def assert_failed(self, report, words, kind="transient"):
        self.assertEqual({(f["key"], f["class"]) for f in report["failures"]}, {(key, kind) for key in KEYS})
        for failure in report["failures"]:
            self.assertRegex(failure["reason"], words)
        self.assertEqual(gateway.keys(self.destination), {}, "nothing is there, half or whole")

    def test_without_both_an_upload_is_as_before(self):
        self.run_with()
        for request in self.puts():
            self.assertIn("X-Amz-Signature", request.parameters)
            self.assertIsNone(request.header("authorization"))
            self.assertFalse([name for name in request.headers() if name.startswith(("x-amz-checksum", "x-amz-content"))])
            self.assertNotIn("content-type", request.parameters["X-Amz-SignedHeaders"][0].split(";"))

    def test_a_checksum_is_that_of_the_body_and_signed(self):
        for checksum, digest in DIGESTS.items():
            with self.subTest(checksum=checksum):
                gateway.empty(self.destination)
                self.run_with(checksum=checksum)
                for request in self.puts():
                    name = f"x-amz-checksum-{checksum}"
                    self.assertEqual(request.header(name), base64.b64encode(digest(request.body)).decode())
                    signed = request.parameters["X-Amz-SignedHeaders"][0].split(";")
                    self.assertLessEqual({name, "content-type", "cache-control", "x-amz-meta-kind"}, set(signed))
                    self.assertIsNone(request.header("authorization"))

    def test_a_payload_is_signed_in_headers(self):
        self.run_with(sign_payload="true", checksum="sha256")
        for request in self.puts():
            digest = hashlib.sha256(request.body)
            self.assertEqual(request.query, "", "there is no signature in the URL")
            self.assertEqual(request.header("x-amz-content-sha256"), digest.hexdigest())
            self.assertEqual(request.header("x-amz-checksum-sha256"), base64.b64encode(digest.digest()).decode())
            signed = request.header("authorization").partition("SignedHeaders=")[2].partition(",")[0].split(";")
            amazon = {name for name in request.headers() if name.startswith("x-amz-")}
            self.assertEqual(amazon - set(signed), set(), "AWS wants all of these signed")
            self.assertLessEqual({"host", "content-type"}, set(signed))

    def test_what_was_signed_is_good_for_no_other_bytes(self):
        self.run_with(sign_payload="true")
        request = self.puts()[0]
        wanted = {name: value for name, value in request.headers().items() if name not in ("content-md5", "content-length")}
        for body, status in ((request.body, 200), (request.body + b"!", 400)):
            connection = http.client.HTTPConnection(urllib.parse.urlsplit(gateway.endpoint).netloc)
            connection.request("PUT", request.target, body, wanted)
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            self.assertEqual(answer.status, status, text)
        self.assertRegex(text, MISMATCH)
        self.assert_all_made()

    def test_damaged_once_on_the_way(self):
        for s3 in ({}, {"checksum": "crc32c"}, {"sign_payload": "true"}):
            with self.subTest(**s3):
                gateway.empty(self.destination)
                report = self.run_with({"kind": "put", "each": 1, "do": "damage"}, **s3)
                self.assertEqual(self.proxy.did["damage"], PUTS)
                self.assertEqual(report["requests"]["retry_reasons"]["truncated"], PUTS)
                self.assertEqual(report["requests"]["retries"], PUTS)
                self.assert_all_made()

    def test_always_damaged_on_the_way(self):
        damage = {"kind": "put", "do": "damage"}
        report = self.run_with(damage, attempts=2, expect=1)
        self.assert_failed(report, "400 BadDigest")
        report = self.run_with(damage, attempts=2, expect=1, sign_payload="true")
        self.assert_failed(report, f"400 ({MISMATCH})")

    def test_a_signature_that_is_no_longer_taken(self):
        """The object is done again, and signed anew."""
        for code in ("ExpiredToken", "RequestTimeTooSkewed"):
            with self.subTest(code=code):
                gateway.empty(self.destination)
                reply = {"kind": "put", "each": 1, "do": "reply", "status": 403, "code": code}
                report = self.run_with(reply, sign_payload="true")
                self.assertEqual((report["requests"]["get"], report["requests"]["put"]), (2 * len(KEYS), 2 * PUTS))
                self.assert_all_made()

    def test_a_retry_uses_the_same_signature(self):
        """Each PUT fails once: with twice as many failures in a row the worker would give its objects back."""
        reply = {"kind": "put", "each": 1, "do": "reply", "status": 500, "code": "InternalError"}
        report = self.run_with(reply, sign_payload="true")
        self.assertEqual(report["requests"]["get"], len(KEYS))
        signatures = [request.header("authorization") for request in self.puts()]
        self.assertEqual((len(signatures), len(set(signatures))), (2 * PUTS, PUTS))
        self.assert_all_made()

    def test_a_worker_that_is_killed_with_what_was_signed_for_it(self):
        """Its objects go to another, which asks for itself."""
        self.proxy.set_rules([{"kind": "put", "do": "delay", "delay_ms": 3000}])
        run = Run(self.configure(endpoint=self.proxy.url, sign_payload="true"), environment=credentials())
        self.assertTrue(wait_until(lambda: any(seen.kind == "put" for seen in self.proxy.seen), 30))
        os.kill(min(processes("thumbmill-worker")), signal.SIGKILL)
        self.assertEqual(run.finish(), 0, run.stderr)
        self.assertEqual(run.report["processes"]["crashes"], 1)
        self.assert_all_made()

    def test_a_condition_beside_it(self):
        """If-None-Match need not be signed: whoever puts decides about it. A server that does not mean it gets none."""
        self.run_with(sign_payload="true", destination={"keep_existing": "true"})
        conditions = [request.header("if-none-match") for request in self.puts() if "made" in request.headers().values()]
        self.assertIn(conditions, (["*"] * PUTS, [None] * PUTS))
        self.assert_all_made()


# What this server does not make possible is no test: a skipped one counts as failed.
if gateway.is_tls:  # nothing can be seen in between
    del TestSeen
if {"roles", "policies"} & set(gateway.lacks):
    del TestStored.test_with_a_session_token

if __name__ == "__main__":
    unittest.main(verbosity=2)

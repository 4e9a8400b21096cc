#!/usr/bin/python3
"""thumbmill doctor against a gateway and directories: what is right, and each thing that can be wrong."""

import json
import os
import socket
import sys
import unittest

import harness
from harness import Case, Gateway, credentials, other_credentials, write_config

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from fault_proxy import FaultProxy  # noqa: E402

OUTPUTS = [{"name": "thumb", "width": 8}]
SOURCE_CHECKS = ["endpoint", "region", "clock", "list", "get"]
DESTINATION_CHECKS = ["endpoint", "region", "clock", "list", "put", "etag", "get", "conditional put", "delete"]

gateway = Gateway()


class DoctorCase(Case):
    def doctor(self, source, destination, *arguments, expect=0, environment=None, outputs=None, **sections):
        config = write_config(os.path.join(self.folder, "doctor.yaml"), source, destination, outputs or OUTPUTS, **sections)
        ended = self.thumbmill("doctor", "-c", config, *arguments, expect=expect,
                               environment=credentials() if environment is None else environment)
        for secret in ("AWS_SECRET_ACCESS_KEY", "S3_OTHER_SECRET_ACCESS_KEY"):
            self.assertNotIn(os.environ[secret], ended.stdout + ended.stderr)
        return ended.stdout

    def findings(self, *stores, expect=0, **options):
        """{(subject, check): finding}"""
        report = json.loads(self.doctor(*stores, "--json", expect=expect, **options))
        self.assertEqual(report["exit"], expect)
        for finding in report["findings"]:
            if finding["state"] == "failed":
                self.assertRegex(finding["advice"], r"^[A-Z].*\.\)?$", finding)
        return {(finding["subject"], finding["check"]): finding for finding in report["findings"]}

    def states(self, findings, subject):
        return {check: finding["state"] for (of, check), finding in findings.items() if of == subject}


class BucketCase(DoctorCase):
    @classmethod
    def setUpClass(cls):
        cls.source = gateway.bucket("doctor-source")
        cls.addClassCleanup(gateway.remove, cls.source)
        gateway.put(cls.source, "in/a b.jpg", b"x" * 1000)
        cls.destination = gateway.bucket("doctor-made")
        cls.addClassCleanup(gateway.remove, cls.destination)

    def tearDown(self):
        self.assertEqual(gateway.keys(self.destination), {}, "nothing is left behind")

    def examine(self, source=None, destination=None, endpoint=None, s3=None, **options):
        return self.findings(f"s3://{source or self.source}/in/", f"s3://{destination or self.destination}/out/",
                             s3={"endpoint": endpoint or gateway.endpoint, **(s3 or {})}, **options)


class TestBuckets(BucketCase):
    def test_all_is_well(self):
        log = harness.AccessLog()
        findings = self.examine()
        self.assertEqual(log.counts(), {"list": 2, "get": 2, "check": 0, "put": 2, "head": 0, "delete": 1, "other": 0})
        self.assertEqual(self.states(findings, "credentials"), {"found": "ok"})
        self.assertEqual(self.states(findings, "source"), dict.fromkeys(SOURCE_CHECKS, "ok"))
        self.assertEqual(self.states(findings, "destination"), dict.fromkeys(DESTINATION_CHECKS, "ok"))
        self.assertIn("environment", findings["credentials", "found"]["detail"])
        self.assertIn("in/a b.jpg", findings["source", "get"]["detail"])

    def test_a_table(self):
        text = self.doctor(f"s3://{self.source}/", f"s3://{self.destination}/", s3={"endpoint": gateway.endpoint},
                           environment={**credentials(), "COLUMNS": "200"})
        self.assertRegex(text, r"(?m)^credentials +found +ok +environment")
        self.assertRegex(text, r"(?m)^destination +endpoint +ok +http://127.0.0.1")
        self.assertRegex(text, r"(?m)^ +conditional put +ok +If-None-Match")

    def test_wrong_secret(self):
        findings = self.examine(expect=4, environment={**credentials(), "AWS_SECRET_ACCESS_KEY": "wrong" * 8})
        self.assertEqual(self.states(findings, "source"),
                         {"endpoint": "ok", "region": "ok", "clock": "ok", "list": "failed", "get": "not_tried"})
        self.assertIn("SignatureDoesNotMatch", findings["source", "list"]["detail"])
        self.assertIn("secret key", findings["source", "list"]["advice"])

    def test_unknown_key(self):
        findings = self.examine(expect=4, environment={**credentials(), "AWS_ACCESS_KEY_ID": "nobody"})
        self.assertIn("does not know this access key", findings["destination", "put"]["advice"])

    def test_no_keys(self):
        findings = self.examine(expect=4, environment={"HOME": self.folder})
        self.assertEqual(findings["credentials", "found"]["state"], "failed")
        self.assertEqual({subject for subject, _ in findings} - {"credentials"}, {"encoders", "engine", "sandbox"}, "no store is examined")
        self.assertIn("AWS_ACCESS_KEY_ID", findings["credentials", "found"]["advice"])

    def test_missing_bucket(self):
        findings = self.examine(destination="no-such-bucket-anywhere", expect=4)
        self.assertEqual(set(self.states(findings, "source").values()), {"ok"})
        self.assertEqual(findings["destination", "list"]["advice"], "Create the bucket, or correct the URL.")
        self.assertEqual(self.states(findings, "destination")["etag"], "not_tried")

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        findings = self.examine(endpoint=f"http://127.0.0.1:{port}", expect=4)
        self.assertEqual(self.states(findings, "destination"),
                         {"endpoint": "failed", **dict.fromkeys(DESTINATION_CHECKS[1:], "not_tried")})
        self.assertIn("No server responds", findings["source", "endpoint"]["advice"])

    def test_unknown_authority(self):
        findings = self.examine(endpoint=os.environ["S3_TLS_ENDPOINT"], expect=4)
        self.assertIn("s3.ca_file", findings["source", "endpoint"]["advice"])
        self.examine(endpoint=os.environ["S3_TLS_ENDPOINT"], s3={"ca_file": os.environ["S3_CA"]})

    def test_read_only(self):
        """Enough for the source, not for the destination."""
        gateway.allow_other(self.source, "s3:ListBucket", "s3:GetObject")
        gateway.allow_other(self.destination, "s3:ListBucket", "s3:GetObject")
        findings = self.examine(expect=4, environment=other_credentials())
        self.assertEqual(set(self.states(findings, "source").values()), {"ok"})
        self.assertEqual(findings["destination", "put"]["state"], "failed")
        self.assertIn("the permission s3:PutObject", findings["destination", "put"]["advice"])

    def test_no_right_to_remove(self):
        """No run removes outputs. (What one has put one may read.)"""
        gateway.allow_other(self.source, "s3:ListBucket", "s3:GetObject")
        gateway.allow_other(self.destination, "s3:ListBucket", "s3:PutObject")
        states = self.states(self.examine(environment=other_credentials()), "destination")
        self.assertEqual((states["put"], states["delete"]), ("ok", "no"))
        gateway.empty(self.destination)

    def test_an_empty_source(self):
        finding = self.examine(source=self.destination)["source", "get"]
        self.assertEqual((finding["state"], finding["detail"]), ("not_tried", "no object to read"))

    def test_what_uploads_carry(self):
        """Which the gateway refuses: it has no such class."""
        outputs = [{"name": "thumb", "width": 8, "tags": {"a": "b"}}, {"name": "rare", "width": 8, "storage_class": "NO_SUCH"}]
        findings = self.examine(outputs=outputs, expect=4)
        self.assertEqual(findings["destination", "put as thumb"]["state"], "ok")
        self.assertIn("storage_class", findings["destination", "put as rare"]["advice"])


class TestFaults(BucketCase):
    """Behind a proxy."""

    def setUp(self):
        super().setUp()
        self.proxy = FaultProxy(gateway.endpoint)
        self.addCleanup(self.proxy.close)

    def examine_with(self, *rules, **options):
        self.proxy.set_rules(rules)
        return self.examine(endpoint=self.proxy.url, **options)

    def test_clock(self):
        keys = {"access_key": os.environ["AWS_ACCESS_KEY_ID"], "secret_key": os.environ["AWS_SECRET_ACCESS_KEY"]}
        findings = self.examine_with({"do": "clock", "clock_s": 3 * 3600, **keys})
        self.assertEqual(findings["source", "clock"]["state"], "warning")
        self.assertRegex(findings["source", "clock"]["detail"], "the server's clock is 1(0800|0799) s ahead of")
        self.assertIn("NTP", findings["source", "clock"]["advice"])
        self.assertEqual(findings["destination", "put"]["state"], "ok")

    def test_region(self):
        findings = self.examine_with({"do": "region", "status": 301, "region": "eu-west-1"})
        self.assertEqual((findings["source", "region"]["state"], findings["source", "region"]["detail"]),
                         ("warning", "eu-west-1"))
        self.assertIn("Set s3.region to eu-west-1", findings["source", "region"]["advice"])

    def test_conditions_ignored(self):
        first = {"kind": "put", "times": 1, "do": "delay", "delay_ms": 0}
        findings = self.examine_with(first, {"kind": "put", "times": 1, "do": "reply", "status": 200})
        self.assertEqual((findings["destination", "conditional put"]["state"], findings["destination", "conditional put"]["detail"]),
                         ("no", "If-None-Match: * is ignored"))
        findings = self.examine_with(first, {"kind": "put", "times": 1, "do": "reply", "status": 501, "code": "NotImplemented"})
        self.assertEqual(findings["destination", "conditional put"]["state"], "no")

    def test_a_checksum(self):
        """The gateway takes it and does not look at it; others do, or know no such header."""
        pass_on = {"kind": "put", "do": "delay", "delay_ms": 0}
        for then, state, words in (
            ([pass_on], "no", "does not verify it"),
            ([{**pass_on, "times": 1}, {"kind": "put", "do": "reply", "status": 400, "code": "BadDigest"}], "ok", "refused"),
            ([{"kind": "put", "do": "reply", "status": 501, "code": "NotImplemented"}], "failed", "NotImplemented"),
        ):
            with self.subTest(state=state):  # the first two are those without a checksum
                findings = self.examine_with({**pass_on, "times": 2}, *then, s3={"checksum": "sha256"},
                                             expect=4 if state == "failed" else 0)
                self.assertEqual(findings["destination", "checksum"]["state"], state)
                self.assertIn(words, findings["destination", "checksum"]["detail"])
        self.assertNotIn(("destination", "checksum"), self.examine_with(pass_on))

    def test_another_etag(self):
        findings = self.examine_with({"kind": "put", "do": "change", "etag": f'"{"0" * 32}"'})
        self.assertEqual(findings["destination", "etag"]["state"], "warning")
        self.assertIn("verify_etag", findings["destination", "etag"]["advice"])

    def test_no_right_to_read_outputs(self):
        reply = {"kind": "get", "path": "out/", "do": "reply", "status": 403, "code": "AccessDenied"}
        self.assertEqual(self.examine_with(reply)["destination", "get"]["state"], "no")

    def test_damaged(self):
        findings = self.examine_with({"kind": "get", "path": "out/", "do": "reply", "status": 200, "body": "else"}, expect=4)
        self.assertIn("differs from the one that was written", findings["destination", "get"]["detail"])

    def test_no_s3_at_all(self):
        findings = self.examine_with({"do": "reply", "status": 200, "body": "<html/>"}, expect=4)
        self.assertIn("not an S3 server", findings["source", "list"]["advice"])


class TestDirectories(DoctorCase):
    def setUp(self):
        super().setUp()
        self.source = os.path.join(self.folder, "in")
        self.destination = os.path.join(self.folder, "out")
        os.mkdir(self.source)

    def examine(self, **options):
        return self.findings(f"file://{self.source}/", f"file://{self.destination}/", environment={}, **options)

    def test_all_is_well(self):
        with open(os.path.join(self.source, "a.jpg"), "wb") as file:
            file.write(b"x")
        findings = self.examine()
        self.assertEqual(self.states(findings, "source"), {"list": "ok", "get": "ok"})
        self.assertEqual(self.states(findings, "destination"), dict.fromkeys(("list", "put", "get", "delete"), "ok"))
        self.assertEqual(os.listdir(self.destination), [])

    def test_what_every_run_would_leave_out(self):
        for folder in (self.source, self.destination):
            os.makedirs(os.path.join(folder, "d/" * 201))
        findings = self.examine()
        for store in ("source", "destination"):
            self.assertEqual(self.states(findings, store)["folders"], "warning")
            self.assertIn("folders deep", findings[store, "folders"]["detail"])

    def test_what_is_wrong(self):
        os.rmdir(self.source)
        with open(self.destination, "wb"):
            pass
        findings = self.examine(expect=4)
        self.assertEqual(self.states(findings, "source"), {"list": "failed", "get": "not_tried"})
        self.assertEqual(self.states(findings, "destination"),
                         {"list": "failed", "put": "failed", "get": "not_tried", "delete": "not_tried"})
        self.assertIn("Check that the directory exists", findings["source", "list"]["advice"])


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""The start of a daemon whose buckets, keys or ways to them are wrong: what is refused ends it with 4, what may pass is
tried again, and each is said in the store's own words. Meant for executables with the address sanitizer too."""

import os
import socket
import sys
import unittest

import harness
from harness import Case, Daemon, Gateway, credentials, other_credentials, wait_until, write_config

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from fault_proxy import FaultProxy  # noqa: E402

OUTPUTS = [{"name": "thumb", "width": 8}]
DAY_S = 24 * 3600

gateway = Gateway()


def keys(key_id, secret):
    return {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": os.environ["AWS_REGION"]}


class TestStart(Case):
    @classmethod
    def setUpClass(cls):
        cls.source = gateway.bucket("start")
        cls.addClassCleanup(gateway.remove, cls.source)
        cls.destination = gateway.bucket("start-made")
        cls.addClassCleanup(gateway.remove, cls.destination)
        for bucket, actions in ((cls.source, ["s3:GetObject"]), (cls.destination, ["s3:ListBucket"])):
            gateway.allow_other(bucket, *actions)

    def start(self, source=None, destination=None, environment=None, **s3):
        config = write_config(os.path.join(self.folder, "thumbmill.yaml"), source or f"s3://{self.source}/",
                              destination or f"s3://{self.destination}/", OUTPUTS, retries={"attempts": 1},
                              s3=gateway.settings(**s3))
        daemon = Daemon(config, environment=credentials() if environment is None else environment)
        self.addCleanup(daemon.abandon)
        return daemon

    def check_log(self, daemon, text):
        """Nothing that was freed is read, or printed; no secret is told."""
        self.assertNotIn("Sanitizer", daemon.log())
        self.assertNotIn("(null)", daemon.log())
        self.assertNotIn(os.environ["AWS_SECRET_ACCESS_KEY"], daemon.log())
        self.assertTrue(text.isprintable(), text)

    def refused(self, *words, **options):
        """The start ends with 4, and says these words."""
        daemon = self.start(**options)
        self.assertEqual(daemon.finish(30), 4, daemon.log())
        reason = daemon.records("the stores cannot be used")[0]["reason"]
        self.check_log(daemon, reason)
        for word in words:
            self.assertIn(word, reason)
        self.assertFalse([note for _, note in daemon.notes if "READY" in note])

    def tried_again(self, *words, **options):
        """The start says these words each time, and goes on trying until it is told to stop."""
        daemon = self.start(**options)
        self.assertTrue(wait_until(lambda: len(daemon.records("failed; retrying")) >= 2, 30), daemon.log())
        self.assertEqual(daemon.stop(), 0, daemon.log())
        for record in daemon.records("failed; retrying"):
            self.check_log(daemon, record["reason"])
            for word in words:
                self.assertIn(word, record["reason"])
        self.assertFalse([note for _, note in daemon.notes if "READY" in note])

    def proxy(self, *rules):
        proxy = FaultProxy(gateway.endpoint)
        self.addCleanup(proxy.close)
        proxy.set_rules(rules)
        return proxy.url

    def test_what_is_right_is_ready(self):
        daemon = self.start()
        self.assertTrue(daemon.wait_for("READY", "1"), daemon.log())
        self.assertEqual(daemon.stop(), 0, daemon.log())
        self.assertNotIn("Sanitizer", daemon.log())

    def test_a_bucket_that_is_missing(self):
        self.refused("s3://no-such-bucket-here/", "404", "NoSuchBucket", destination="s3://no-such-bucket-here/")
        self.refused("s3://no-such-bucket-here/", "404", "NoSuchBucket", source="s3://no-such-bucket-here/")

    def test_keys_that_are_wrong(self):
        wrong = keys(os.environ["AWS_ACCESS_KEY_ID"], "wrong" * 8)
        self.refused(f"s3://{self.destination}/", "403", "SignatureDoesNotMatch", environment=wrong)
        self.refused("403", "InvalidAccessKeyId", environment=keys("nobody", "wrong" * 8))

    def test_keys_of_somebody_who_may_not(self):
        self.refused(f"s3://{self.source}/", "403", "AccessDenied", environment=other_credentials())

    def test_no_keys(self):
        self.refused("credentials", environment={"HOME": self.folder})

    def test_a_clock_that_is_wrong(self):
        answer = {"do": "reply", "status": 403, "code": "RequestTimeTooSkewed", "headers": {"Date": "yesterday"}}
        self.tried_again("403", "RequestTimeTooSkewed", endpoint=self.proxy(answer))

    def test_another_region(self):
        """Which the answer does not tell."""
        answer = {"do": "reply", "status": 400, "code": "AuthorizationHeaderMalformed"}
        self.refused("400", "AuthorizationHeaderMalformed", endpoint=self.proxy(answer))

    def test_an_answer_that_is_none_of_s3(self):
        self.refused("418", endpoint=self.proxy({"do": "reply", "status": 418, "body": "<html>teapot"}))
        self.refused("is not an S3 server",
                     endpoint=self.proxy({"do": "reply", "status": 200, "body": "<html>hello</html>"}))

    def test_a_server_that_is_ill(self):
        self.tried_again("500", "InternalError",
                         endpoint=self.proxy({"do": "reply", "status": 500, "code": "InternalError"}))
        self.tried_again("LIST", endpoint=self.proxy({"do": "reset_before"}))
        self.tried_again("LIST", endpoint=self.proxy({"do": "reset_within"}))

    def test_a_port_and_a_host_that_are_wrong(self):
        """They may be right tomorrow: a daemon may start before its store does."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.tried_again(f"127.0.0.1:{port}", "connect", endpoint=f"http://127.0.0.1:{port}")
        self.tried_again("nobody.invalid", "resolve", endpoint="http://nobody.invalid")

    def test_tls_to_a_port_without_it(self):
        port = gateway.endpoint.rpartition(":")[2]
        self.tried_again("wrong version number", endpoint=f"https://127.0.0.1:{port}")

    def test_an_authority_that_is_not_known(self):
        self.refused("certificate", endpoint=os.environ["S3_TLS_ENDPOINT"])

    def test_a_file_of_authorities_that_is_of_no_use(self):
        empty = os.path.join(self.folder, "ca.pem")
        self.refused(empty, "No such file", endpoint=os.environ["S3_TLS_ENDPOINT"], ca_file=empty)
        with open(empty, "w", encoding="utf-8"):
            pass
        self.refused("LIST", endpoint=os.environ["S3_TLS_ENDPOINT"], ca_file=empty)

    def test_a_folder_that_is_missing(self):
        missing = os.path.join(self.folder, "missing")
        self.refused(missing, "No such file", source=f"file://{missing}/")


if __name__ == "__main__":
    unittest.main()

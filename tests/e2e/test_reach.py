#!/usr/bin/python3
"""The ways to a store that a worker's sandbox leaves open: through a proxy, with TLS or a password too, and by IPv6. (With an authority of one's
own: test_bucket.py.) A run fails that asks for more than its sandbox has."""

import os
import shutil
import sys
import unittest
import urllib.parse

import harness
from harness import Case, Gateway, Run, credentials, encode, photograph, wait_until, write_config

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from fault_proxy import FaultProxy  # noqa: E402
from forward_proxy import ForwardProxy, Relay  # noqa: E402

gateway = Gateway()
OUTPUTS = [{"name": "thumb", "width": 64, "format": "jpeg"}, {"name": "small", "width": 32, "format": "png"}]
OBJECTS = 3


def address(endpoint):
    url = urllib.parse.urlsplit(endpoint)
    return url.hostname, url.port


class ReachCase(Case):
    def setUp(self):
        super().setUp()
        self.source, self.destination = gateway.bucket("from"), gateway.bucket("to")
        for bucket in (self.source, self.destination):
            self.addCleanup(gateway.remove, bucket)
        for number in range(OBJECTS):
            gateway.put(self.source, f"{number}.jpg", encode(photograph(number, 200), "jpeg"))

    def configure(self, workers=None, **settings):
        return write_config(os.path.join(self.folder, "reach.yaml"), f"s3://{self.source}/", f"s3://{self.destination}/", OUTPUTS,
                            s3=gateway.settings(**settings), **({"workers": workers} if workers else {}))

    def run_by(self, environment=None, **settings):
        run = self.run_to_end(self.configure(**settings), environment={**credentials(), **(environment or {})})
        self.assertEqual(run.report["outputs"]["made"], OBJECTS * len(OUTPUTS), run.stderr)
        self.assertNotIn("is not allowed by the sandbox", run.stderr)
        return run

    def proxy(self, **options):
        proxy = ForwardProxy(**options)
        self.addCleanup(proxy.close)
        return proxy


class TestReach(ReachCase):
    def test_through_a_proxy_that_has_a_name(self):
        proxy = self.proxy()
        self.run_by({"http_proxy": f"http://localhost:{proxy.port}"})
        self.assertEqual(proxy.did["put"], OBJECTS * len(OUTPUTS))

    def test_through_a_proxy_with_a_password(self):
        proxy = self.proxy(user="user", password="open sesame")
        run = self.run_by({"http_proxy": f"http://user:open%20sesame@127.0.0.1:{proxy.port}"})
        self.assertEqual((proxy.did["put"], proxy.did["refused"]), (OBJECTS * len(OUTPUTS), 0))
        self.assertNotIn("sesame", run.stderr)

    def test_by_ipv6(self):
        relay = Relay("::1", address(gateway.endpoint))
        self.addCleanup(relay.close)
        self.run_by(endpoint=f"http://[::1]:{relay.port}")
        self.assertGreater(relay.did["connection"], 1)


if "S3_TLS_ENDPOINT" in os.environ:

    class TestTlsReach(ReachCase):
        def test_through_a_proxy(self):
            proxy = self.proxy()
            self.run_by({"https_proxy": f"http://localhost:{proxy.port}"}, endpoint=os.environ["S3_TLS_ENDPOINT"], ca_file=os.environ["S3_CA"])
            self.assertGreater(proxy.did["connect"], 1)

        def test_who_has_lost_a_file_to_another_of_its_name_makes_room_for_who_has_that(self):
            """A rule of the kernel is about a file, and a worker cannot change it: it leaves before its next object."""
            authority = os.path.join(self.folder, "ca.pem")
            shutil.copy(os.environ["S3_CA"], authority)
            proxy = FaultProxy(gateway.endpoint, tls=os.path.join(os.path.dirname(os.environ["S3_CA"]), "server.pem"))
            self.addCleanup(proxy.close)
            self.addCleanup(proxy.let_go)
            proxy.set_rules([{"kind": "get", "path": r"\.jpg$", "times": 1, "do": "hold"}])
            run = Run(self.configure(workers={"count": 1, "tasks_in_flight": 1}, endpoint=proxy.url, ca_file=authority), environment=credentials())
            self.assertTrue(wait_until(lambda: proxy.did["hold"], 30), "nothing is held")
            shutil.copy(authority, authority + ".new")
            os.rename(authority + ".new", authority)
            proxy.let_go()
            self.assertEqual(run.finish(), 0, run.stderr)
            self.assertIn(f"{authority} has been replaced", run.stderr)
            self.assertEqual((run.report["outputs"]["made"], run.report["processes"]["crashes"]), (OBJECTS * len(OUTPUTS), 1))


if __name__ == "__main__":
    unittest.main()

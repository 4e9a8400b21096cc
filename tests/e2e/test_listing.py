#!/usr/bin/python3
"""Listings in ranges over a bucket of thousands of difficult keys: the same objects as page after page, each once.

Between thumbmill and the gateway stands tests/servers/fault_proxy.py, which makes the pages small.
"""

import concurrent.futures
import os
import random
import sys
import unittest

import harness
from harness import Case, Gateway, credentials, encode, photograph, write_config

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from fault_proxy import FaultProxy  # noqa: E402

OBJECTS = 3000
PAGE_KEYS = 40
OUTPUTS = [{"name": "icon", "width": 12, "height": 12, "fit": "cover", "format": "png", "key": "{dir}{name}.png"}]
ODD = ["a", "b", "Z", "~", "/", "0", "9", "-", " ", "+", "%", "%41", "&", "=", "?", "#", "\\", "'", '"', "<", "ü", "u\u0308",
       "日本", "🌻", "\uffee", "\U0010fffd"]
# Not \x01: where a page ends with such a key, the gateway's token is no XML, whoever asks.
CONTROL = ["\t", "\n", "\x7f"]
gateway = Gateway()
LISTING = {"path": "^/[^/]+/$", "do": "ask", "with": {"max-keys": str(PAGE_KEYS)},
           "access_key": os.environ["AWS_ACCESS_KEY_ID"], "secret_key": os.environ["AWS_SECRET_ACCESS_KEY"]}


def difficult_keys(count):
    """Of several kinds: numbers, dates, random ones, deep and long ones; no two alike."""
    dice = random.Random(16)
    odd = ODD if "control-characters" in gateway.lacks else ODD + CONTROL
    keys = set()
    while len(keys) < count:
        n = len(keys)
        keys.add(dice.choice([
            lambda: f"img-{n:08}",
            lambda: f"photos/{dice.randrange(2019, 2025)}/{dice.randrange(1, 13):02}/IMG_{n:04}",
            lambda: f"{dice.getrandbits(128):032x}",
            lambda: "".join(dice.choices(odd, k=dice.randrange(1, 9))),
            lambda: "deep/" * dice.randrange(20, 150) + dice.choice(odd),
            lambda: "ü" * dice.randrange(300, 450) + dice.choice(odd),
        ])() + ".jpg")  # fmt: skip
    return sorted(keys)


def each_at_once(do, keys):
    with concurrent.futures.ThreadPoolExecutor(8) as executor:
        list(executor.map(do, keys))


class TestRanges(Case):
    @classmethod
    def setUpClass(cls):
        cls.source = gateway.bucket("many")
        cls.keys = difficult_keys(OBJECTS)
        data = encode(photograph(0, 24), "jpeg")
        each_at_once(lambda key: gateway.put(cls.source, key, data), cls.keys)

    @classmethod
    def tearDownClass(cls):
        each_at_once(lambda key: gateway.client.delete_object(Bucket=cls.source, Key=key), gateway.keys(cls.source))
        gateway.client.delete_bucket(Bucket=cls.source)

    def setUp(self):
        super().setUp()
        self.destination = gateway.bucket("made")
        self.addCleanup(gateway.client.delete_bucket, Bucket=self.destination)
        self.proxy = FaultProxy(gateway.endpoint, [LISTING])
        self.addCleanup(self.proxy.close)

    def configure(self, below="", **s3):
        return write_config(
            os.path.join(self.folder, "thumbmill.yaml"),
            f"s3://{self.source}/{below}",
            f"s3://{self.destination}/",
            OUTPUTS,
            s3={"endpoint": self.proxy.url, "region": os.environ["AWS_REGION"], **s3},
        )

    def below(self, prefix):
        """How many objects there are."""
        return sum(key.startswith(prefix) for key in self.keys)

    def planned(self, below="", **options):
        """What a run would make, in the order of the keys, and the listings that this took."""
        self.proxy.set_rules([LISTING])
        plan = self.thumbmill("plan", "-c", self.configure(below, **options), "--keys", environment=credentials())
        if below == "nothing/":
            self.assertIn("the source is empty", plan.stderr)
        else:
            self.assertEqual(plan.stderr, "")
        return sorted(line for line in plan.stdout.splitlines() if " -> " in line), self.proxy.did["ask"]

    def assert_same_plans(self, wanted, **options):
        one, pages = self.planned(list_ranges=1, **options)
        self.assertEqual(len(one), wanted)
        self.assertEqual(len(set(one)), wanted)
        many, requests = self.planned(list_ranges=8, **options)
        self.assertEqual(many, one)
        self.assertLessEqual(requests, 2 * pages)
        return requests - pages

    def test_plans_are_the_same(self):
        self.assertGreater(self.assert_same_plans(OBJECTS), 0, "there were ranges")

    def test_listing_of_version_1(self):
        self.assertGreater(self.assert_same_plans(OBJECTS, list_version=1), 0)

    def test_below_a_prefix(self):
        for below in ("photos/", "photos/2020/", "deep/", "nothing/"):
            with self.subTest(below=below):
                self.assert_same_plans(self.below(below), below=below)

    def test_a_second_run_finds_all(self):
        """What ranges find at the destination is what is there: nothing is made twice."""
        wanted = self.below("photos/")
        config = self.configure("photos/", list_ranges=8)
        try:
            first = self.run_to_end(config, environment=credentials()).report
            self.assertEqual(first["outputs"], {"made": wanted, "up_to_date": 0})
            self.assertEqual(len(gateway.keys(self.destination)), wanted)
            for ranges in (8, 1):
                again = self.run_to_end(self.configure("photos/", list_ranges=ranges), environment=credentials()).report
                self.assertEqual(again["outputs"], {"made": 0, "up_to_date": wanted})
                self.assertEqual(again["exit"], 0)
        finally:
            each_at_once(lambda key: gateway.client.delete_object(Bucket=self.destination, Key=key),
                         gateway.keys(self.destination))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""`thumbmill policy` prints what runs need: each request that a proxy sees is allowed, and each permission is used."""

import fnmatch
import json
import os
import sys
import unittest

import harness
from harness import Case, Gateway, credentials, encode, photograph, write_config

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from fault_proxy import FaultProxy  # noqa: E402

gateway = Gateway()
ACTIONS = {"list": "s3:ListBucket", "get": "s3:GetObject", "check": "s3:GetObject", "head": "s3:GetObject",
           "put": "s3:PutObject", "delete": "s3:DeleteObject"}  # fmt: skip
HEADERS = {"x-amz-acl": "s3:PutObjectAcl", "x-amz-tagging": "s3:PutObjectTagging"}


def as_list(value):
    return value if isinstance(value, list) else [value]


def needed(seen):
    """{(action, resource)} of these requests."""
    found = set()
    for one in seen:
        resource = "arn:aws:s3:::" + (one.path.strip("/") if one.kind == "list" else one.path[1:])
        found.add((ACTIONS[one.kind], resource))
        found |= {(action, resource) for header, action in HEADERS.items() if one.request.header(header)}
    return found


def allowed(policy):
    """{(action, pattern)} of an IAM policy."""
    return {(action, resource) for statement in policy["Statement"] for action in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])}  # fmt: skip


class TestPolicy(Case):
    def setUp(self):
        super().setUp()
        self.source, self.destination = gateway.bucket("source"), gateway.bucket("made")
        self.proxy = FaultProxy(gateway.endpoint)
        self.addCleanup(self.proxy.close)
        for name in (self.source, self.destination):
            self.addCleanup(gateway.remove, name)
        for number in range(3):
            gateway.put(self.source, f"in/{number}.jpg", encode(photograph(number, 60), "jpeg"), Metadata={"a": "b"})

    def configure(self, output, **destination):
        self.config = os.path.join(self.folder, "thumbmill.yaml")
        write_config(self.config, f"s3://{self.source}/in/", {"url": f"s3://{self.destination}/out/", **destination},
                     [{"name": "thumb", "width": 16, "format": "webp", **output}, {"name": "web", "width": 24}],
                     s3={"endpoint": self.proxy.url, "region": os.environ["AWS_REGION"]},
                     state_directory=os.path.join(self.folder, "state"))

    def run_through_proxy(self):
        self.run_to_end(self.config, environment=credentials())

    def assert_policy_fits(self):
        policy = json.loads(self.thumbmill("policy", "-c", self.config).stdout)
        requests, permissions = needed(self.proxy.seen), allowed(policy)
        missing = {one for one in requests
                   if not any(one[0] == action and fnmatch.fnmatchcase(one[1], pattern) for action, pattern in permissions)}  # fmt: skip
        unused = {(action, pattern) for action, pattern in permissions
                  if not any(one[0] == action and fnmatch.fnmatchcase(one[1], pattern) for one in requests)}  # fmt: skip
        self.assertEqual((missing, unused), (set(), set()))
        return permissions

    def test_of_a_plain_configuration(self):
        self.configure({})
        self.run_through_proxy()
        self.assertEqual({action for action, _ in self.assert_policy_fits()}, {"s3:ListBucket", "s3:GetObject", "s3:PutObject"})

    def test_of_all_that_needs_more(self):
        self.configure({"acl": "private", "tags": {"kind": "thumb"}, "copy_metadata": ["*"]}, keep_existing="true",
                       orphans="delete", orphan_grace="0s", max_delete="100%")
        self.run_through_proxy()
        gateway.client.delete_object(Bucket=self.source, Key="in/0.jpg")
        self.run_through_proxy()
        self.assertNotIn("out/thumb/0.webp", gateway.keys(self.destination), "the orphan is deleted")
        self.assertEqual({action for action, _ in self.assert_policy_fits()}, set(ACTIONS.values()) | set(HEADERS.values()))

    def test_of_one_bucket(self):
        self.configure({})
        arn = "arn:aws:iam::123456789012:role/thumbmill"
        policy = json.loads(self.thumbmill("policy", "-c", self.config, "--bucket", self.source, "--principal", arn).stdout)
        self.assertEqual({statement["Principal"]["AWS"] for statement in policy["Statement"]}, {arn})
        self.assertEqual({one for _, one in allowed(policy)}, {f"arn:aws:s3:::{self.source}", f"arn:aws:s3:::{self.source}/in/*"})
        self.assertIn("belong together", self.thumbmill("policy", "-c", self.config, "--bucket", "x", expect=2).stderr)
        said = self.thumbmill("policy", "-c", self.config, "--bucket", "other", "--principal", arn, expect=2).stderr
        self.assertIn("neither source nor destination is the bucket 'other'", said)


class TestInit(Case):
    def test_what_it_prints_is_a_configuration(self):
        for source, destination in (("s3://photos/", "s3://photos-web/"), ("s3://photos", "file:///srv/it's ${here}/"),
                                    ("file:///srv/photos/", "file:///srv/made")):  # fmt: skip
            path = os.path.join(self.folder, "made.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self.thumbmill("init", source, destination).stdout)
            self.assertIn(f"from {source.rstrip('/')}/ to {destination.rstrip('/')}/", self.thumbmill("check", "-c", path).stdout)
        self.assertIn("'photos': a store is s3://", self.thumbmill("init", "photos", "s3://web", expect=2).stderr)
        self.assertIn("are missing", self.thumbmill("init", "s3://photos", expect=2).stderr)
        self.assertIn("would then be processed", self.thumbmill("init", "s3://photos", "s3://photos", expect=2).stderr)


if __name__ == "__main__":
    unittest.main()

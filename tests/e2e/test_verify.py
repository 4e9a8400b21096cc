#!/usr/bin/python3
"""thumbmill verify finds outputs that are not what they should be, and nothing else: in a directory, and in a bucket."""

import json
import os
import unittest

import harness
from harness import Case, DirectoryCase, Gateway, credentials, encode, photograph, write_config

gateway = Gateway()
OUTPUTS = [{"name": "thumb", "width": 16, "format": "webp"}, {"name": "web", "width": 64, "format": "jpeg"}]
MARK = "user.thumbmill"
KEYS = [f"{number % 2}/{number}.jpg" for number in range(8)]


def of(key, name):
    return harness.output_keys(key, OUTPUTS)[name]


class Verify:
    """One `thumbmill verify` that has ended."""

    def __init__(self, case, *arguments, expect=0, environment=None):
        ended = case.thumbmill("verify", "-c", case.config, "--json", *arguments, expect=expect, environment=environment)
        self.stderr = ended.stderr
        head, brace, tail = ended.stdout.rpartition("\n{\n")
        lines, report = (head.splitlines(), brace + tail) if brace else ([], ended.stdout)
        self.report = json.loads(report)
        self.findings = {finding["output"]: finding["difference"] for finding in map(json.loads, lines)}
        self.counts = {name: count for name, count in self.report["verify"].items() if count}


class TestDirectory(DirectoryCase):
    outputs = OUTPUTS

    def setUp(self):
        super().setUp()
        for key in KEYS:
            self.add(key, encode(photograph(0, 200), "jpeg"))
        self.configure(state_directory=os.path.join(self.folder, "state"))
        self.run_to_end(self.config)

    def change(self, key, data=None, **metadata):
        """Rewrites a file, which keeps its extended attribute but for metadata."""
        path = os.path.join(self.destination, key)
        mark = os.getxattr(path, MARK).decode()
        with open(path, "r+b") as file:
            data = file.read() if data is None else data
            file.seek(0)
            file.truncate()
            file.write(data)
        lines = [line for line in mark.split("\n") if not any(f"-{name}:" in line for name in metadata)]
        lines += [f"x-amz-meta-thumbmill-{name}: {value}" for name, value in metadata.items()]
        os.setxattr(path, MARK, "\n".join(lines).encode())

    def test_what_differs_is_found_and_mended(self):
        clean = Verify(self, "--all", "--decode")
        self.assertEqual(clean.counts, {"right": 16})
        changes = {of(KEYS[0], "web"): "undecodable", of(KEYS[1], "web"): "size", of(KEYS[2], "thumb"): "other-recipe",
                   of(KEYS[3], "thumb"): "empty", of(KEYS[4], "web"): "missing"}
        whole = self.read(of(KEYS[0], "web"))
        self.change(of(KEYS[0], "web"), whole[: len(whole) // 2])
        self.change(of(KEYS[1], "web"), encode(photograph(0, 90), "jpeg"))
        self.change(of(KEYS[2], "thumb"), recipe="0123456789abcdef")
        self.change(of(KEYS[3], "thumb"), b"")
        os.unlink(os.path.join(self.destination, of(KEYS[4], "web")))
        os.removexattr(os.path.join(self.destination, of(KEYS[5], "web")), MARK)

        found = Verify(self, "--all", "--decode", expect=1)
        self.assertEqual(found.findings, changes)
        self.assertEqual(found.counts["foreign"], 1)
        self.assertEqual(found.counts["right"], 11)
        heads = {key: kind for key, kind in changes.items() if kind not in ("undecodable", "size")}
        self.assertEqual(Verify(self, "--all", expect=1).findings, heads)

        mended = Verify(self, "--all", "--decode", "--remake")
        self.assertEqual((mended.findings, mended.report["outputs"]["made"]), (changes, len(changes)))
        self.assertEqual(Verify(self, "--all", "--decode").counts, {"right": 16, "foreign": 1})

    def test_a_sample_can_be_repeated(self):
        for key in KEYS:
            self.change(of(key, "thumb"), b"")
        first = Verify(self, "--sample", "3", "--seed", "7", expect=1)
        self.assertEqual(len(first.findings), 3)
        self.assertEqual(first.report["requests"]["head"], 6)
        self.assertIn("--sample 3 --seed 7", first.stderr)
        self.assertEqual(Verify(self, "--sample", "3", "--seed", "7", expect=1).findings, first.findings)
        self.assertIn("--all", self.thumbmill("verify", "-c", self.config, "--all", "--sample", "3", expect=2).stderr)

    def test_a_list_for_people(self):
        self.change(of(KEYS[0], "thumb"), recipe="0123456789abcdef")
        ended = self.thumbmill("verify", "-c", self.config, expect=1)
        self.assertIn(f"{of(KEYS[0], 'thumb')}: other-recipe: recipe 0123456789abcdef, expected ", ended.stdout)
        self.assertIn("15 right, 1 different, 0 unreachable", ended.stderr)


class TestBucket(Case):
    def setUp(self):
        super().setUp()
        self.source, self.destination = gateway.bucket("source"), gateway.bucket("made")
        for bucket in (self.source, self.destination):
            self.addCleanup(gateway.remove, bucket)
        self.config = write_config(os.path.join(self.folder, "thumbmill.yaml"), f"s3://{self.source}/",
                                   {"url": f"s3://{self.destination}/"}, OUTPUTS, s3=gateway.settings(),
                                   state_directory=os.path.join(self.folder, "state"))
        for key in KEYS:
            gateway.put(self.source, key, encode(photograph(0, 200), "jpeg"))
        self.run_to_end(self.config, environment=credentials())

    def verify(self, *arguments, expect=0):
        return Verify(self, *arguments, expect=expect, environment=credentials())

    def change(self, key, data=None, content_type=None, **metadata):
        """Stores an object again, with other bytes or metadata."""
        got = gateway.get(self.destination, key)
        body = got["Body"].read()
        gateway.put(self.destination, key, body if data is None else data, ContentType=content_type or got["ContentType"],
                    Metadata={**got["Metadata"], **{f"thumbmill-{name}": value for name, value in metadata.items()}})

    def test_what_differs_is_found_and_mended(self):
        clean = self.verify("--all", "--decode")
        self.assertEqual((clean.counts, clean.report["requests"]["head"]), ({"right": 16}, 16))
        changes = {of(KEYS[0], "web"): "undecodable", of(KEYS[1], "web"): "size", of(KEYS[2], "thumb"): "other-recipe",
                   of(KEYS[3], "thumb"): "other-source", of(KEYS[4], "web"): "missing", of(KEYS[5], "web"): "type",
                   of(KEYS[6], "thumb"): "empty", of(KEYS[7], "thumb"): "undecodable"}
        body = gateway.get(self.destination, of(KEYS[0], "web"))["Body"].read()
        self.change(of(KEYS[0], "web"), body[: len(body) // 2])
        self.change(of(KEYS[1], "web"), encode(photograph(0, 90), "jpeg"))
        self.change(of(KEYS[2], "thumb"), recipe="0123456789abcdef")
        self.change(of(KEYS[3], "thumb"), source="00000000")
        gateway.client.delete_object(Bucket=self.destination, Key=of(KEYS[4], "web"))
        self.change(of(KEYS[5], "web"), content_type="text/plain")
        self.change(of(KEYS[6], "thumb"), b"")
        self.change(of(KEYS[7], "thumb"), b"no picture at all")

        self.assertEqual(self.verify("--all", "--decode", expect=1).findings, changes)
        mended = self.verify("--all", "--decode", "--remake")
        self.assertEqual((mended.findings, mended.report["outputs"]["made"]), (changes, len(changes)))
        self.assertEqual(self.verify("--all", "--decode").counts, {"right": 16})

    def test_another_configuration(self):
        """Each output is of another recipe then, by the recipes in force alone: not a request is needed."""
        with open(self.config, encoding="utf-8") as file:
            text = file.read()
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text.replace("64", "48"))
        found = self.verify("--all", expect=1)
        self.assertEqual(set(found.findings), {of(key, "web") for key in KEYS})
        self.assertEqual(set(found.findings.values()), {"other-recipe"})


if __name__ == "__main__":
    unittest.main()

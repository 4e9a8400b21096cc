#!/usr/bin/python3
"""Who may upload originals, and nothing else: whatever he uploads, objects of others are made, and no run ends for it."""

import io
import json
import os
import re
import sys
import unittest

from PIL import Image

from harness import BIN, ROOT, Case, DirectoryCase, Gateway, NOBODY, credentials, needs_root, write_config

sys.path.insert(0, os.path.join(ROOT, "tests", "hostile"))
import uploads  # noqa: E402

MANY = 260  # more than the refusals in a row after which a store is asked
OUTPUTS = [{"name": "tiny", "width": 16, "height": 16, "fit": "inside", "format": "jpeg"}]
OTHERS = ("z-1.jpg", "z-2.jpg", "z-3.jpg", "z-4.jpg", "z-5.jpg", "z-6.jpg")

gateway = Gateway()


def tiny(kind="JPEG"):
    data = io.BytesIO()
    Image.new("RGB", (24, 24), "teal").save(data, kind)
    return data.getvalue()


class TestRefusedObjects(Case):
    """Objects whose uploader has seen to it that they cannot be read come first in the listing."""

    def setUp(self):
        super().setUp()
        self.source, self.destination = gateway.bucket("source"), gateway.bucket("made")
        self.addCleanup(gateway.remove, self.source)
        self.addCleanup(gateway.remove, self.destination)
        for key in OTHERS:
            gateway.put(self.source, key, tiny())

    def deny(self, bucket, action, keys="*"):
        statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{bucket}/{keys}"}
        gateway.client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    def run_it(self, expect, **sections):
        config = write_config(os.path.join(self.folder, "thumbmill.yaml"), f"s3://{self.source}/", f"s3://{self.destination}/", OUTPUTS,
                              s3=gateway.settings(), **sections)
        return self.run_to_end(config, expect=expect, environment=credentials())

    def assert_others_are_made(self):
        self.assertLessEqual({"tiny/" + key for key in OTHERS}, set(gateway.keys(self.destination)))

    def test_objects_encrypted_with_keys_of_his_own(self):
        for number in range(MANY):
            gateway.client.put_object(Bucket=self.source, Key=f"a/{number:03}.jpg", Body=tiny(), SSECustomerAlgorithm="AES256",
                                      SSECustomerKey=b"0" * 32)
        run = self.run_it(1, state_directory=os.path.join(self.folder, "state"))
        self.assert_others_are_made()
        self.assertEqual({(each["class"], each["output"]) for each in run.report["failures"]}, {("input", None)})
        self.assertEqual(run.report["objects"]["failed"], MANY)
        again = self.run_it(1, state_directory=os.path.join(self.folder, "state"))
        self.assertEqual((again.report["objects"]["remembered"], again.report["requests"]["get"]), (MANY, 0))

    def test_objects_that_nobody_else_may_read(self):
        for number in range(MANY):
            gateway.put(self.source, f"users/m/{number:03}.jpg", tiny())
        self.deny(self.source, "s3:GetObject", "users/m/*")
        run = self.run_it(1)
        self.assert_others_are_made()
        self.assertIn("the store refuses many objects but not all: continuing", run.stderr)
        self.assertEqual(run.report["objects"], {**run.report["objects"], "failed": MANY, "done": len(OTHERS)})

    def test_a_source_that_refuses_everything_ends_the_run(self):
        for number in range(MANY):
            gateway.put(self.source, f"users/m/{number:03}.jpg", tiny())
        self.deny(self.source, "s3:GetObject")
        run = self.run_it(4, workers={"count": 1, "tasks_in_flight": 4})
        self.assertIn("a store refuses all requests", run.stderr)
        self.assertLess(run.report["requests"]["get"], 110, "nothing is begun while the store is asked, nor afterwards")


class TestKeysInTheWay(DirectoryCase):
    outputs = OUTPUTS

    def test_keys_below_the_key_of_a_file(self):
        self.add("a.png", tiny("PNG"))
        for number in range(MANY):
            self.add(f"a.jpg/{number:03}.jpg", tiny())
        for key in OTHERS:
            self.add(key, tiny())
        run = self.run_to_end(self.configure(workers={"count": 1, "tasks_in_flight": 1}), expect=1)
        self.assertLessEqual({"tiny/" + key for key in OTHERS}, set(self.made()))
        self.assertLessEqual({each["class"] for each in run.report["failures"]}, {"input"})
        # whichever was first: the file, or the folder
        self.assertIn(run.report["objects"]["failed"], (1, MANY))


@needs_root
class TestFilesOfHisOwn(DirectoryCase):
    outputs = OUTPUTS

    def test_files_that_nobody_else_may_read(self):
        """The run is another user's, who may read the folder."""
        for number in range(MANY):
            self.add(f"a/{number:03}.jpg", tiny())
            os.chmod(os.path.join(self.source, f"a/{number:03}.jpg"), 0)
        for key in OTHERS:
            self.add(key, tiny())
        config = self.configure()
        os.chmod(BIN, 0o755)
        for folder in (self.folder, self.destination):
            os.chown(folder, NOBODY, NOBODY)
        run = self.run_to_end(config, expect=1, user=NOBODY, group=NOBODY)
        self.assertLessEqual({"tiny/" + key for key in OTHERS}, set(self.made()))
        self.assertEqual({each["class"] for each in run.report["failures"]}, {"permanent"})
        self.assertEqual(run.report["objects"]["failed"], MANY)


class TestUploads(DirectoryCase):
    """Everything at once, among six objects of others."""

    outputs = OUTPUTS

    def put(self, name, data):
        path = os.path.join(os.fsencode(self.source), name if isinstance(name, bytes) else name.encode())
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def fill(self):
        """{key: what must come of it}"""
        outside = os.path.join(self.folder, "outside")
        os.mkdir(outside)
        with open(os.path.join(outside, "secret.jpg"), "wb") as file:
            file.write(tiny())
        wanted = {}
        for number, (name, (data, outcome)) in enumerate(uploads.BYTES.items()):
            wanted[f"bytes/{number:03} {name}.jpg".encode()] = outcome
            self.put(f"bytes/{number:03} {name}.jpg", data)
        for name in uploads.KEYS:
            wanted[f"keys/{name}".encode()] = uploads.MADE
        for name in uploads.RAW_KEYS:
            wanted[b"keys/" + name] = uploads.MADE
        for name in uploads.NO_KEYS:
            wanted[f"keys/{name}".encode()] = uploads.IGNORED
        for name in wanted:
            if name.startswith(b"keys/"):
                self.put(name, tiny())
        os.mkdir(os.path.join(self.source, "links"))
        for name, target in uploads.links(outside).items():
            wanted[f"links/{name}".encode()] = uploads.IGNORED
            os.symlink(target, os.path.join(self.source, "links", name))
        for name in ("fifo.jpg", "socket.jpg"):
            wanted[f"links/{name}".encode()] = uploads.IGNORED
        os.mkfifo(os.path.join(self.source, "links", "fifo.jpg"))
        for key in OTHERS:
            self.add(key, tiny())
        return wanted

    def test_each_attempt_comes_to_what_it_must(self):
        wanted = self.fill()
        before = os.listdir(self.folder)
        run = self.run_to_end(self.configure(limits={"max_pixels": "1M"}, retries={"alike": "never"}), expect=1)
        made = {os.fsencode(key) for key in self.made()}
        self.assertLessEqual({b"tiny/" + key.encode() for key in OTHERS}, made)
        failed = {}
        for failure in run.report["failures"]:
            failed[failure["key"]] = failure
        self.assertLessEqual({failure["class"] for failure in failed.values()}, {"input", "limit"}, failed)
        for key, outcome in wanted.items():
            with self.subTest(key=key, outcome=outcome):
                output = b"tiny/" + re.sub(rb"\.[^./]*$", b"", key) + b".jpg"
                if outcome in (uploads.MADE, uploads.REFUSED):
                    self.assertEqual(output in made, outcome == uploads.MADE)
                elif outcome == uploads.IGNORED:
                    self.assertNotIn(output, made)
        self.assertEqual(run.report["processes"]["crashes"], 0, run.stderr[-2000:])
        self.assertEqual(sorted(os.listdir(self.folder)), sorted({*before, os.path.basename(run.report_path),
                                                                  os.path.basename(self.config)}), "nothing was made beside it")
        for line in run.stderr.splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\S+ thumbmill: ", "a line that nobody logged")
        self.assertFalse(set(run.stderr) & set("\x1b\x07\x9b\u202e\u2066\u2028"), "controls are escaped")
        self.assertFalse(os.path.exists("/tmp/owned"))
        print(f"uploader: {len(wanted)} attempts", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()

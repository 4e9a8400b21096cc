#!/usr/bin/python3
"""Who may upload originals, and nothing else: whatever he uploads, objects of others are made, and no run ends for it."""

import io
import json
import os
import unittest

from PIL import Image

from harness import BIN, Case, DirectoryCase, Gateway, NOBODY, credentials, needs_root, write_config

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
        self.assertIn("many objects are refused, and others are not: going on", run.stderr)
        self.assertEqual(run.report["objects"], {**run.report["objects"], "failed": MANY, "done": len(OTHERS)})

    def test_a_source_that_refuses_everything_ends_the_run(self):
        for number in range(MANY):
            gateway.put(self.source, f"users/m/{number:03}.jpg", tiny())
        self.deny(self.source, "s3:GetObject")
        run = self.run_it(4, workers={"count": 1, "tasks_in_flight": 4})
        self.assertIn("a store refuses everything", run.stderr)
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


if __name__ == "__main__":
    unittest.main()

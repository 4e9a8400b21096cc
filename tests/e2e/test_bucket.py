#!/usr/bin/python3
"""Buckets on a real object gateway: 200 objects under difficult keys, each output checked; then nothing to do."""

import hashlib
import io
import json
import os
import time
import unittest

from PIL import Image

import harness
from harness import OUTPUTS, AccessLog, Case, Gateway, credentials, encode, output_keys, photograph, write_config

OBJECTS = 200
# Two in five are JPEG, as in real buckets; every format is there many times.
FORMATS = ("jpeg", "png", "jpeg", "webp", "gif", "jpeg", "tiff", "jpeg", "webp", "png")
SIDES = (640, 1000, 300, 1750, 480)
ODD_KEYS = [
    "with space/two  spaces",
    " leading and trailing /x ",
    "plus+sign+",
    "percent%41%2F%",
    "ünï cödé/日本語/emoji 😀",
    "nfd u\u0308 and nfc \u00fc",
    "double//slash",
    "/leading slash",
    "quotes'\"`",
    "markup<&>;",
    "query?a=b&c=d#fragment",
    "back\\slash",
    "reserved!*'()~@:$,=;",
    "brackets[0]{1}|^",
    "tab\tinside",
    "line\nbreak",
    "..dots.../.hidden",
    "two.dots.in name",
    "UPPER/Case.JPG",
    "k" * 896,
    "deep/" * 150 + "x",
    "long unicode " + "ü" * 430,
]

CACHE_CONTROL = "public, max-age=31536000"
gateway = Gateway()
if "control-characters" in gateway.lacks:
    ODD_KEYS = [key for key in ODD_KEYS if key.isprintable()]


def make_object(number):
    """(key, bytes, format, size) of the number-th object."""
    kind = FORMATS[number % len(FORMATS)]
    image = photograph(number, SIDES[number % len(SIDES)])
    if number % 50 == 1:  # some with transparency
        image = image.convert("RGBA")
        image.putalpha(Image.linear_gradient("L").resize(image.size))
        kind = "png"
    stem = ODD_KEYS[number] if number < len(ODD_KEYS) else f"album {number % 7}/photo-{number:03}"
    return f"{stem}.{harness.EXTENSIONS[kind]}", encode(image, kind), kind, image.size


class BucketCase(Case):
    def setUp(self):
        super().setUp()
        self.source = gateway.bucket("source")
        self.addCleanup(gateway.remove, self.source)
        self.destination = gateway.bucket("made")
        self.addCleanup(gateway.remove, self.destination)

    def configure(self, workers=None, **s3):
        return write_config(
            os.path.join(self.folder, "thumbmill.yaml"),
            f"s3://{self.source}/",
            f"s3://{self.destination}/",
            [{**output, "headers": {"Cache-Control": CACHE_CONTROL}} for output in OUTPUTS],
            s3=gateway.settings(**s3),
            **({"workers": workers} if workers else {}),
        )

    def upload(self, numbers):
        """{key: (width, height)}"""
        sizes = {}
        for number in numbers:
            key, data, _, size = make_object(number)
            gateway.put(self.source, key, data)
            sizes[key] = size
        self.assertEqual(len(sizes), len(numbers))
        return sizes

    def assert_all_made(self, sizes):
        for key, answer in self.assert_stored(gateway, self.destination, sizes, OUTPUTS).items():
            self.assertEqual(answer["CacheControl"], CACHE_CONTROL, key)

    def run_s3(self, config, expect=0):
        return self.run_to_end(config, expect=expect, environment=credentials())


class TestBucket(BucketCase):
    def test_two_hundred_objects(self):
        self.assertGreaterEqual(len(set(harness.photograph_paths())), 25)
        sizes = self.upload(range(OBJECTS))
        # two workers, each with four objects at a time, and three uploads for each of these: 24 transfers
        config = self.configure(workers={"count": 2, "tasks_in_flight": 4})

        log = AccessLog()
        first = self.run_s3(config)
        report = first.report
        self.assertEqual((first.stdout, first.stderr), ("", ""))
        self.assertEqual(report["objects"], {"listed": OBJECTS, "done": OBJECTS, "skipped": 0, "failed": 0,
                                             "remembered": 0, "postponed": 0})
        self.assertEqual(report["outputs"], {"made": 3 * OBJECTS, "up_to_date": 0})
        self.assert_requests(report, log.counts(), get=OBJECTS, put=3 * OBJECTS)
        self.assertLess(report["requests"]["connections"], 40, "connections are reused")
        print(f'{OBJECTS} objects: {report["seconds"]:.1f} s, {report["cpu_seconds"]:.1f} s of CPU')
        self.assert_all_made(sizes)

        log = AccessLog()
        second = self.run_s3(config).report
        self.assertEqual(second["outputs"], {"made": 0, "up_to_date": 3 * OBJECTS})
        self.assertEqual(second["objects"]["skipped"], OBJECTS)
        self.assert_requests(second, log.counts(), get=0, put=0)

        time.sleep(1.1)  # listings have whole seconds: the change must be visible
        touched = sorted(sizes)[len(sizes) // 2]
        number = next(n for n in range(OBJECTS) if make_object(n)[0] == touched)
        before = gateway.keys(self.destination)
        gateway.put(self.source, touched, make_object(number)[1])
        removed = output_keys(sorted(sizes)[0])["thumb"]
        gateway.client.delete_object(Bucket=self.destination, Key=removed)
        log = AccessLog()
        third = self.run_s3(config).report
        self.assert_requests(third, log.counts(), get=2, put=4)
        after = gateway.keys(self.destination)
        self.assertEqual({key for key in after if after[key] != before.get(key)} | {removed},
                         {*output_keys(touched).values(), removed})
        self.assertEqual(len(after), 3 * OBJECTS)

    def assert_requests(self, report, served, get, put):
        """Report and gateway agree, and there is nothing but listings beside these."""
        self.assertEqual((served["get"], served["check"], served["put"]), (get, get, put))
        self.assertEqual((served["head"], served["delete"], served["other"]), (0, 0, 0))
        self.assertEqual(served["list"], report["requests"]["list"])
        self.assertEqual([report["requests"][name] for name in ("get", "check", "put")], [get, get, put])
        self.assertEqual(report["requests"]["retries"], 0)
        self.assertLessEqual(served["list"], 4)

    def test_virtual_hosts(self):
        sizes = self.upload(range(24))
        self.run_s3(self.configure(endpoint=gateway.endpoint.replace("127.0.0.1", "s3.localhost"), addressing="virtual"))
        self.assert_all_made(sizes)

    def test_one_bucket_with_prefixes(self):
        """Source and destination in one bucket: outputs are not taken for originals."""
        for number in range(4):
            key, data, _, _ = make_object(number + 60)
            gateway.put(self.source, "in/" + key, data)
        config = write_config(os.path.join(self.folder, "one.yaml"), f"s3://{self.source}/in/", f"s3://{self.source}/out/",
                              s3=gateway.settings())
        self.assertEqual(self.run_s3(config).report["outputs"]["made"], 12)
        self.assertEqual(self.run_s3(config).report["outputs"], {"made": 0, "up_to_date": 12})
        self.assertEqual(len(gateway.keys(self.source)), 16)

    def test_wrong_secret_and_missing_bucket_are_4(self):
        config = self.configure()
        wrong = {**credentials(), "AWS_SECRET_ACCESS_KEY": "wrong" * 8}
        run = self.run_to_end(config, expect=4, environment=wrong)
        self.assertIn("SignatureDoesNotMatch", run.stderr)
        self.assertNotIn(wrong["AWS_SECRET_ACCESS_KEY"], run.stderr)
        self.source, kept = "no-such-bucket-anywhere", self.source
        run = self.run_s3(self.configure(), expect=4)
        self.source = kept
        self.assertIn("no-such-bucket-anywhere", run.stderr)

    def test_listing_of_version_1(self):
        sizes = self.upload(range(3))
        config = self.configure(list_version=1)
        self.run_s3(config)
        self.assert_all_made(sizes)
        self.assertEqual(self.run_s3(config).report["outputs"], {"made": 0, "up_to_date": len(sizes) * len(OUTPUTS)})

    def test_between_a_bucket_and_a_directory(self):
        sizes = self.upload(range(25, 31))
        folder = os.path.join(self.folder, "out")
        os.mkdir(folder)
        config = write_config(os.path.join(self.folder, "mixed.yaml"), f"s3://{self.source}/", f"file://{folder}/",
                              s3=gateway.settings())
        self.run_s3(config)
        for key, size in sizes.items():
            for output in OUTPUTS:
                with open(os.path.join(folder, output_keys(key)[output["name"]]), "rb") as file:
                    self.assert_measures(file.read(), output, size, key)


if "S3_TLS_ENDPOINT" in os.environ:

    class TestAuthority(BucketCase):
        def test_over_tls_with_an_authority_of_its_own(self):
            sizes = self.upload(range(24))
            config = self.configure(endpoint=os.environ["S3_TLS_ENDPOINT"], ca_file=os.environ["S3_CA"])
            self.run_s3(config)
            self.assert_all_made(sizes)

        def test_an_unknown_authority_is_refused(self):
            self.upload(range(2))
            run = self.run_s3(self.configure(endpoint=os.environ["S3_TLS_ENDPOINT"], ca_file=None), expect=4)
            self.assertIn("certificate", run.stderr)
            self.assertEqual(gateway.keys(self.destination), {})


if "policies" not in gateway.lacks:

    class TestUploads(BucketCase):
        def test_what_an_upload_carries(self):
            """The gateway has each of them, so the signature held."""
            self.upload(range(1))
            key = make_object(0)[0]
            made = output_keys(key)["thumb"]
            output = {**OUTPUTS[2], "acl": "public-read", "storage_class": "STANDARD", "tags": {"team": "a b", "x": ""},
                      "headers": {"Content-Disposition": 'attachment; filename="a.webp"', "x-amz-meta-label": "one two"}}
            etag = gateway.client.head_object(Bucket=self.source, Key=key)["ETag"].strip('"')
            for provenance in ("private", "full", "none", "true", "false"):
                with self.subTest(provenance=provenance):
                    gateway.client.delete_object(Bucket=self.destination, Key=made)
                    config = write_config(os.path.join(self.folder, "carry.yaml"), f"s3://{self.source}/",
                                          {"url": f"s3://{self.destination}/", "provenance": provenance},
                                          [output], s3=gateway.settings())
                    self.run_s3(config)
                    answer = gateway.get(self.destination, made)
                    metadata = answer["Metadata"]
                    self.assertEqual(answer["ContentDisposition"], 'attachment; filename="a.webp"')
                    self.assertEqual(metadata.pop("label"), "one two")
                    if provenance not in ("none", "false"):
                        self.assertRegex(metadata.pop("thumbmill-version"), f"^{harness.VERSION}$")
                        self.assertRegex(metadata.pop("thumbmill-recipe"), "^[0-9a-f]{16}$")
                    if provenance == "full":
                        self.assertEqual(metadata.pop("thumbmill-source-etag"), etag)
                    elif provenance in ("private", "true"):
                        url = f"s3://{self.source}/{key}"
                        mark = hashlib.sha256(f"{url}\n{etag}".encode()).hexdigest()[:8]
                        self.assertEqual(metadata.pop("thumbmill-source"), mark)
                    self.assertEqual(metadata, {})
                    tags = gateway.client.get_object_tagging(Bucket=self.destination, Key=made)["TagSet"]
                    self.assertEqual({tag["Key"]: tag["Value"] for tag in tags}, output["tags"])
                    grants = gateway.client.get_object_acl(Bucket=self.destination, Key=made)["Grants"]
                    self.assertIn("READ", [grant["Permission"] for grant in grants if grant["Grantee"]["Type"] == "Group"])

        def test_an_upgrade_makes_nothing_again(self):
            """Outputs whose metadata is of another provenance, or of none, are as good as before: what counts is their time. Nobody
            asks each of millions for its metadata."""
            sizes = self.upload(range(4))
            for before, after in (("full", "private"), ("private", "none"), ("none", "private")):
                with self.subTest(before=before, after=after):
                    gateway.empty(self.destination)
                    for provenance, made in ((before, len(sizes) * len(OUTPUTS)), (after, 0)):
                        config = write_config(os.path.join(self.folder, "up.yaml"), f"s3://{self.source}/",
                                              {"url": f"s3://{self.destination}/", "provenance": provenance}, OUTPUTS,
                                              s3=gateway.settings())
                        report = self.run_s3(config).report
                        self.assertEqual(report["outputs"], {"made": made, "up_to_date": len(sizes) * len(OUTPUTS) - made})
                    self.assertEqual({name: report["requests"][name] for name in ("get", "head", "put")}, {"get": 0, "head": 0, "put": 0})

        def test_encryption_with_a_key_of_the_servers(self):
            """AES256, with the server's own key, is more than this gateway knows: test_faults.py has what is sent."""
            self.upload(range(1))
            key, _, _, size = make_object(0)
            output = {**OUTPUTS[2], "encryption": "aws:kms", "kms_key": "test-key"}
            config = write_config(os.path.join(self.folder, "sealed.yaml"), f"s3://{self.source}/", f"s3://{self.destination}/",
                                  [output], s3=gateway.settings())
            self.run_s3(config)
            answer = gateway.get(self.destination, output_keys(key)["thumb"])
            self.assertEqual((answer["ServerSideEncryption"], answer["SSEKMSKeyId"]), ("aws:kms", "test-key"))
            self.assert_measures(answer["Body"].read(), output, size)

        def test_metadata_of_the_original(self):
            """It is signed, so it is asked for before; and so is the version."""
            gateway.client.put_bucket_versioning(Bucket=self.source, VersioningConfiguration={"Status": "Enabled"})
            self.addCleanup(self.remove_versions)
            self.upload(range(3))
            keys = sorted(gateway.keys(self.source))
            for number, key in enumerate(keys):
                gateway.client.copy_object(Bucket=self.source, Key=key, CopySource={"Bucket": self.source, "Key": key},
                                           Metadata={"author": f"a {number}", "secret": "x"}, MetadataDirective="REPLACE")
            config = write_config(os.path.join(self.folder, "copy.yaml"), f"s3://{self.source}/",
                                  {"url": f"s3://{self.destination}/", "provenance": "full"},
                                  [{**OUTPUTS[2], "copy_metadata": ["auth*"]}, OUTPUTS[1]], s3=gateway.settings())
            log = AccessLog()
            report = self.run_s3(config).report
            self.assertEqual((report["requests"]["head"], log.counts()["head"]), (3, 3))
            for number, key in enumerate(keys):
                head = gateway.client.head_object(Bucket=self.source, Key=key)
                made = gateway.get(self.destination, output_keys(key)["thumb"])["Metadata"]
                self.assertEqual(made.get("author"), f"a {number}")
                self.assertNotIn("secret", made)
                self.assertEqual(made["thumbmill-source-version"], head["VersionId"])
                self.assertEqual(made["thumbmill-source-etag"], head["ETag"].strip('"'))
                self.assertNotIn("author", gateway.get(self.destination, output_keys(key)["medium"])["Metadata"])
            self.assertEqual(self.run_s3(config).report["requests"]["head"], 0, "nothing to do, nothing asked")

        def remove_versions(self):
            for version in gateway.client.list_object_versions(Bucket=self.source).get("Versions", []):
                gateway.client.delete_object(Bucket=self.source, Key=version["Key"], VersionId=version["VersionId"])

        def test_requester_pays(self):
            """Somebody else's bucket, for whose requests we pay: listing and reading must say so."""
            sizes = self.upload(range(2))
            gateway.allow_other(self.source, "s3:ListBucket", "s3:GetObject")
            gateway.allow_other(self.destination, "s3:*")
            gateway.client.put_bucket_request_payment(Bucket=self.source, RequestPaymentConfiguration={"Payer": "Requester"})
            run = self.run_to_end(self.configure(), expect=4, environment=harness.other_credentials())
            self.assertIn("403 AccessDenied", run.stderr)
            self.run_to_end(self.configure(requester_pays="true"), environment=harness.other_credentials())
            self.assertEqual(len(gateway.keys(self.destination)), len(sizes) * len(OUTPUTS))

    class TestRefusal(BucketCase):
        def test_a_store_that_refuses_everything_ends_the_run(self):
            """A missing right is not the fault of thousands of objects."""
            tiny = io.BytesIO()
            Image.new("RGB", (8, 8)).save(tiny, "JPEG")
            for number in range(260):
                gateway.put(self.source, f"{number:03}.jpg", tiny.getvalue())
            deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                                                            "Resource": f"arn:aws:s3:::{self.destination}/*"}]}
            gateway.client.put_bucket_policy(Bucket=self.destination, Policy=json.dumps(deny))
            run = self.run_s3(self.configure(), expect=4)
            self.assertIn("a store refuses all requests", run.stderr)
            self.assertLess(run.report["requests"]["get"], 200, "it did not go on to the end")
            self.assertEqual(run.report["outputs"]["made"], 0)


class TestLedger(BucketCase):
    """A failure is known again by the object's ETag: no request is made for it until that changes."""

    BAD = b"This is no image, and will be none. " * 40

    def configure(self, **s3):
        config = super().configure(**s3)
        with open(config, "a", encoding="utf-8") as file:
            file.write(f"state_directory: {self.folder}/state\n")
        return config

    def test_a_failure_is_remembered_by_etag(self):
        gateway.put(self.source, "bad.jpg", self.BAD)
        config = self.configure()
        self.assertEqual(self.run_s3(config, expect=1).report["objects"]["failed"], 1)
        log = AccessLog()
        report = self.run_s3(config, expect=1).report
        self.assertEqual((report["objects"]["failed"], report["objects"]["remembered"]), (0, 1))
        self.assertEqual(report["requests"]["get"], 0)
        self.assertEqual(log.counts()["get"], 0)
        gateway.put(self.source, "bad.jpg", self.BAD)  # younger, and the same: no other result is to be had
        self.assertEqual(self.run_s3(config, expect=1).report["objects"]["remembered"], 1)
        gateway.put(self.source, "bad.jpg", self.BAD[::-1])  # of the same size
        report = self.run_s3(config, expect=1).report
        self.assertEqual((report["objects"]["failed"], report["objects"]["remembered"]), (1, 0))
        gateway.put(self.source, "bad.jpg", encode(photograph(3, 300), "jpeg"))
        self.assertEqual(self.run_s3(config).report["objects"]["done"], 1)

    def test_an_endpoint_of_the_environment_has_no_ledger_of_its_own(self):
        """`thumbmill failures` may be called without the variables that the run had."""
        gateway.put(self.source, "bad.jpg", self.BAD)
        config = self.configure(endpoint=None)
        self.run_to_end(config, expect=1, environment={**credentials(), "AWS_ENDPOINT_URL_S3": gateway.endpoint})
        for command, name, rows in ((["failures", "list"], "failures", len(OUTPUTS)), (["history"], "runs", 1)):
            self.assertEqual(len(json.loads(self.thumbmill(*command, "-c", config, "--json").stdout)[name]), rows, command)
        self.assertEqual(len([name for name in os.listdir(f"{self.folder}/state") if name.endswith(".sqlite")]), 1)


if __name__ == "__main__":
    unittest.main()

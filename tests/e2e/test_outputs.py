#!/usr/bin/python3
"""Outputs for some keys, presets and defaults: each original gets exactly the outputs that take it, in a directory and a bucket."""

import os
import unittest

from harness import Case, DirectoryCase, Gateway, credentials, encode, photograph, write_config

gateway = Gateway()
OUTPUTS = [{"name": "all", "preset": "small", "except": ["*_logo.*"]},
           {"name": "cover", "preset": ["small", "square"], "match": ["*_cover.*"], "key": "special/{dir}{stem}.{ext}"},
           {"name": "logo", "preset": "square", "match": ["*_logo.*"], "except": ["old/*"], "format": "png",
            "key": "special/{dir}{stem}.{ext}"}]  # fmt: skip
SECTIONS = {"presets": {"small": {"width": 24}, "square": {"height": 16, "width": 16, "fit": "cover"}},
            "defaults": {"format": "webp"}}  # fmt: skip
KEYS = ["a.jpg", "d/b_cover.jpg", "d/c_LOGO.jpg", "old/d_logo.jpg"]
MADE = {"all/a.webp", "all/d/b_cover.webp", "special/d/b_cover.webp", "special/d/c_LOGO.png"}


class Outputs:
    def assert_outputs_are_those_that_take_the_key(self, config, made, **options):
        report = self.run_to_end(config, **options).report
        self.assertEqual(made(), MADE)
        self.assertEqual((report["objects"]["done"], report["skip_reasons"]["unmatched"]), (3, 1))
        again = self.run_to_end(config, **options).report
        self.assertEqual((again["outputs"], again["skip_reasons"]["up_to_date"], again["skip_reasons"]["unmatched"]),
                         ({"made": 0, "up_to_date": len(MADE)}, 3, 1))


class TestDirectory(Outputs, DirectoryCase):
    outputs = OUTPUTS

    def setUp(self):
        super().setUp()
        for number, key in enumerate(KEYS):
            self.add(key, encode(photograph(number, 60), "jpeg"))

    def test_outputs_are_those_that_take_the_key(self):
        config = self.configure(**SECTIONS)
        self.assert_outputs_are_those_that_take_the_key(config, lambda: set(self.made()))
        self.assertIn("without outputs: 1 objects", self.thumbmill("plan", "-c", config).stdout)
        explained = self.thumbmill("plan", "-c", config, "--explain", "d/b_cover.jpg").stdout
        self.assertIn("cover -> special/d/b_cover.webp", explained)
        self.assertIn("logo, not made from this key", explained)

    def test_what_matches_no_longer_is_an_orphan(self):
        state = {"state_directory": os.path.join(self.folder, "state")}
        self.run_to_end(self.configure(**SECTIONS, **state))
        self.outputs = [{**output, "except": [*output.get("except", []), "d/*"]} for output in OUTPUTS]
        config = write_config(self.config, f"file://{self.source}/",
                              {"url": f"file://{self.destination}/", "orphan_grace": "0s", "max_delete": "100%"},
                              self.outputs, **SECTIONS, **state)
        self.run_to_end(config)
        self.assertEqual(set(self.made()), MADE, "a run deletes nothing")
        gone = self.thumbmill("gc", "-c", config).stdout.split()
        self.assertEqual(gone, ["all/d/b_cover.webp", "special/d/b_cover.webp", "special/d/c_LOGO.png"])
        self.assertEqual(set(self.made()), MADE - set(gone))


class TestBucket(Outputs, Case):
    def test_outputs_are_those_that_take_the_key(self):
        source, destination = gateway.bucket("source"), gateway.bucket("made")
        for bucket in (source, destination):
            self.addCleanup(gateway.remove, bucket)
        for number, key in enumerate(KEYS):
            gateway.put(source, key, encode(photograph(number, 60), "jpeg"))
        config = write_config(os.path.join(self.folder, "thumbmill.yaml"), f"s3://{source}/", f"s3://{destination}/", OUTPUTS,
                              s3=gateway.settings(), **SECTIONS)
        self.assert_outputs_are_those_that_take_the_key(config, lambda: set(gateway.keys(destination)),
                                                        environment=credentials())


if __name__ == "__main__":
    unittest.main()

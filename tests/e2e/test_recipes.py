#!/usr/bin/python3
"""Recipes in force: what has another recipe is counted, made again when that is ordered, and by nobody turned back."""

import json
import os
import sys
import time
import unittest

import harness
from harness import (Case, DirectoryCase, Gateway, Run, SMALL_OUTPUTS, credentials, encode, photograph, slow_png, wait_until,
                     write_config)

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from fault_proxy import FaultProxy  # noqa: E402

gateway = Gateway()

STATE = ".thumbmill/recipes.json"
COUNT = 4


def outputs_with(quality):
    """Two outputs; the first has this quality."""
    return [{**SMALL_OUTPUTS[0], "quality": quality}, *SMALL_OUTPUTS[1:2]]


NAMES = [output["name"] for output in outputs_with(1)]


def comparison(report, *names):
    return [report["comparison"][name] for name in names or ("missing", "older", "other_recipe", "left", "withheld")]


class Fixture:
    """Originals whose outputs have all been made with quality 70."""

    def setUp(self):
        super().setUp()
        self.prepare()
        self.names = [f"photo-{number}.jpg" for number in range(COUNT)]
        for number, name in enumerate(self.names):
            self.put_original(name, encode(photograph(number, 200), "jpeg"))
        time.sleep(1.1)  # no run has to wait until they are old enough
        self.first = self.run_with(70)
        self.assertEqual(comparison(self.first), [2 * COUNT, 0, 0, 0, 0])

    def run_with(self, quality, *arguments, expect=0, **more):
        run = self.run_to_end(self.configure(quality, **more), *arguments, expect=expect, environment=self.environment())
        self.stderr = run.stderr
        return run.report

    def plan_with(self, quality, *arguments, expect=0, **more):
        ended = self.thumbmill("plan", "-c", self.configure(quality, **more), "--json", *arguments, expect=expect,
                               environment=self.environment())
        return json.loads(ended.stdout)

    def state(self):
        return json.loads(self.read_output(STATE))

    def entry(self, name=NAMES[0]):
        [entry] = [entry for entry in self.state()["outputs"] if entry["name"] == name]
        return entry


class Recipes(Fixture):
    """The same for both kinds of store."""

    def test_a_changed_recipe(self):
        self.assertEqual(self.first["recipes"], {"adopted": 2, "changed": 0, "former": 0})
        again = self.run_with(70)
        self.assertEqual((comparison(again), again["outputs"]["made"]), ([0] * 5, 0))

        before = self.state()
        planned = self.plan_with(80)
        self.assertEqual((comparison(planned), planned["outputs"]["made"]), ([0, 0, COUNT, COUNT, 0], 0))
        self.assertEqual(self.plan_with(80, "--remake")["outputs"]["made"], COUNT)
        self.assertEqual(self.state(), before, "a plan changes nothing")

        reported = self.run_with(80)
        self.assertEqual((comparison(reported), reported["outputs"]["made"]), ([0, 0, COUNT, COUNT, 0], 0))
        self.assertEqual(reported["recipes"]["changed"], 1)
        self.assertEqual(reported["skip_reasons"]["other_recipe"], COUNT)
        self.assertIn("outputs of another recipe are left as they are", self.stderr)
        self.assertIn("--remake", self.stderr)

        other = self.times(NAMES[1])
        self.assertEqual(self.run_with(80, f"--remake={NAMES[1]}")["outputs"]["made"], 0, "nothing of that one has changed")
        remade = self.run_with(80, "--remake")
        self.assertEqual((comparison(remade), remade["outputs"]["made"]), ([0, 0, COUNT, 0, 0], COUNT))
        self.assertEqual(self.times(NAMES[1]), other, "the other output is untouched")
        for arguments in ((), ("--remake",)):
            self.assertEqual(self.run_with(80, *arguments)["outputs"]["made"], 0, arguments)

    def test_an_older_configuration(self):
        self.run_with(80, "--remake")
        self.put_original("new.jpg", encode(photograph(99, 300), "jpeg"))
        time.sleep(1.1)
        before, state = self.times(NAMES[0]), self.state()
        for more in ({}, {"recipe_change": "remake"}):
            report = self.run_with(70, expect=1, **more)
            self.assertEqual(report["recipes"]["former"], 1)
            self.assertEqual(comparison(report, "left", "withheld"), [COUNT, 1])
            self.assertIn("older than the recipe in force", self.stderr)
            self.assertEqual(self.times(NAMES[0]), before)
            self.assertEqual(self.entry()["recipes"], [entry for entry in state["outputs"] if entry["name"] == NAMES[0]][0]["recipes"])
        self.assertEqual(self.doctor_with(70), ("warning", f"this configuration is older than the recipe in force of {NAMES[0]}"))
        self.assertEqual(self.doctor_with(75), ("ok", "0 outputs not recorded yet, 1 changed since the last run"))
        self.assertEqual(self.run_with(80)["outputs"]["made"], 1, "the newer one makes the new original's")
        back = self.run_with(70, f"--remake={NAMES[0]}")
        self.assertEqual(back["outputs"]["made"], COUNT + 1)
        self.assertEqual(len(self.entry()["recipes"]), 3)

    def doctor_with(self, quality):
        ended = self.thumbmill("doctor", "-c", self.configure(quality), "--json", environment=self.environment())
        [finding] = [finding for finding in json.loads(ended.stdout)["findings"] if finding["check"] == "recipes in force"]
        return finding["state"], finding["detail"]

    def test_two_machines_at_once(self):
        with open(self.configure(80, recipe_change="remake"), encoding="utf-8") as file:
            text = file.read()
        runs = []
        for name in ("one", "two"):  # each with locks of its own, as machines have
            config = os.path.join(self.folder, name + ".yaml")
            with open(config, "w", encoding="utf-8") as file:
                file.write(f"{text}state_directory: {self.folder}/{name}\n")
            runs.append(Run(config, environment=self.environment()))
        self.assertEqual([run.finish() for run in runs], [0, 0], [run.stderr for run in runs])
        self.assertEqual(len(self.entry()["recipes"]), 2, "it came into force once")
        self.assertEqual(self.run_with(80)["outputs"]["made"], 0)


class TestDirectory(Recipes, DirectoryCase):
    def prepare(self):
        pass

    def environment(self):
        return {}

    def configure(self, quality, template=None, destination=None, source=None, **sections):
        outputs = outputs_with(quality)
        outputs[0].update(template or {})
        return write_config(self.config, {"url": f"file://{self.source}/", **(source or {})},
                            {"url": f"file://{self.destination}/", "state": ".thumbmill/", **(destination or {})}, outputs, **sections)

    def put_original(self, name, data):
        self.add(name, data)

    def times(self, output):
        return {key: os.stat(path).st_mtime for key, path in self.made().items() if key.startswith(output + "/")}

    def read_output(self, key):
        return self.read(key)

    def write_output(self, key, data):
        with open(os.path.join(self.destination, key), "wb") as file:
            file.write(data)

    def test_a_broken_file(self):
        broken = b'{"format": 2, "generation": 1, "outputs": []}'
        self.write_output(STATE, broken)
        self.put_original("new.jpg", encode(photograph(98, 200), "jpeg"))
        time.sleep(1.1)
        report = self.run_with(80)
        self.assertEqual((comparison(report, "other_recipe"), report["outputs"]["made"]), ([0], 2))
        for words in ("cannot read the recipes in force", "later version", STATE):
            self.assertIn(words, self.stderr)
        self.run_with(80, "--remake", expect=4)
        self.assertEqual(self.read_output(STATE), broken, "it is left for somebody to look at")
        self.assertEqual(self.doctor_with(80)[0], "warning")

    def test_an_output_with_its_recipe_in_the_key(self):
        template = {"key": "{output}/{recipe}/{stem}.{ext}"}
        made = [self.run_with(quality, template=template)["outputs"]["made"] for quality in (70, 80, 70)]
        self.assertEqual(made, [COUNT, COUNT, 0])

    def test_no_state(self):
        report = self.run_with(80, destination={"state": "none"})
        self.assertEqual((comparison(report), report["recipes"]), ([0] * 5, {"adopted": 0, "changed": 0, "former": 0}))
        self.thumbmill("run", "-c", self.configure(80, destination={"state": "none"}), "--remake", expect=2)
        self.thumbmill("run", "-c", self.configure(80), "--remake=nothing", expect=2)


class BucketFixture(Fixture, Case):
    def prepare(self):
        self.bucket = gateway.bucket("recipes")  # one for both
        self.addCleanup(gateway.remove, self.bucket)
        self.endpoint = gateway.endpoint

    def environment(self):
        return credentials()

    def configure(self, quality, template=None, destination=None, source=None, **sections):
        outputs = outputs_with(quality)
        outputs[0].update(template or {})
        return write_config(os.path.join(self.folder, "thumbmill.yaml"), {"url": f"s3://{self.bucket}/", "exclude": ["out/*"], **(source or {})},
                            {"url": f"s3://{self.bucket}/out/", "state": ".thumbmill/", **(destination or {})}, outputs,
                            s3=gateway.settings(endpoint=self.endpoint), retries={"attempts": 2}, **sections)

    def put_original(self, name, data):
        gateway.put(self.bucket, name, data)

    def times(self, output):
        return {key: time_s for key, time_s in gateway.keys(self.bucket).items() if key.startswith(f"out/{output}/")}

    def read_output(self, key):
        return gateway.get(self.bucket, "out/" + key)["Body"].read()

    def write_output(self, key, data):
        gateway.put(self.bucket, "out/" + key, data)


class TestBucket(Recipes, BucketFixture):
    def test_a_remake_by_configuration_that_is_killed_goes_on(self):
        self.put_original("z-slow.png", slow_png(2500, 2000))
        time.sleep(1.1)
        self.run_with(70)
        before = self.times(NAMES[0])
        run = Run(self.configure(80, recipe_change="remake", workers={"count": 1, "tasks_in_flight": 1}),
                  environment=self.environment())
        self.assertTrue(wait_until(lambda: self.times(NAMES[0]) != before, 30))
        run.child.kill()
        run.finish()
        self.check_nothing_is_left()
        now = self.times(NAMES[0])
        left = sum(now[key] == time_s for key, time_s in before.items())
        self.assertGreater(left, 0, "it was killed too late for this test")
        report = self.run_with(80)  # a plain one, and its configuration does not say remake
        self.assertEqual(comparison(report, "left"), [0])
        self.assertEqual(report["outputs"]["made"], left)
        self.assertEqual(self.run_with(80)["outputs"]["made"], 0)

    def test_the_state_is_no_original_and_no_output(self):
        self.assertNotIn(STATE, [failure["key"] for failure in self.first["failures"]])
        report = self.run_with(70, source={"include": ["*"]})
        self.assertEqual((report["objects"]["listed"], report["objects"]["failed"]), (COUNT, 0))


class TestServers(BucketFixture):
    """Servers that refuse, that are away, and that have no conditions."""

    def prepare(self):
        super().prepare()
        self.proxy = FaultProxy(gateway.endpoint)
        self.addCleanup(self.proxy.close)
        self.endpoint = self.proxy.url

    def refuse(self, kind, **more):
        self.proxy.set_rules([{"kind": kind, "path": "recipes[.]json", "do": "reply", "status": 403, "code": "AccessDenied", **more}])

    def test_one_that_refuses(self):
        for kind, words in (("get", "cannot read the recipes in force"), ("put", "cannot write the recipes in force")):
            self.refuse(kind)
            report = self.run_with(80, recipe_change="remake")
            self.assertIn(words, self.stderr)
            self.assertIn(f"s3://{self.bucket}/out/{STATE}", self.stderr)
            self.assertEqual((report["outputs"]["made"], len(self.entry()["recipes"])), (0, 1), kind)
            self.run_with(80, "--remake", expect=4)
        self.proxy.set_rules([])
        self.assertEqual(self.run_with(80, "--remake")["outputs"]["made"], COUNT)

    def test_one_that_is_away_for_a_while(self):
        self.refuse("get", status=503, code="ServiceUnavailable", times=2)  # two attempts
        self.assertEqual(self.run_with(80, "--remake")["outputs"]["made"], COUNT)
        self.assertEqual(self.proxy.did["reply"], 2)

    def test_one_that_has_no_conditions(self):
        self.refuse("put", status=501, code="NotImplemented", times=1)
        self.assertEqual(self.run_with(80, "--remake")["outputs"]["made"], COUNT)
        self.proxy.set_rules([{"kind": "put", "path": "recipes[.]json", "do": "ask", "without": [], "with": {},
                               "without_headers": ["If-Match", "If-None-Match"], "access_key": os.environ["AWS_ACCESS_KEY_ID"],
                               "secret_key": os.environ["AWS_SECRET_ACCESS_KEY"]}])  # it ignores them
        self.assertEqual(self.run_with(90, "--remake")["outputs"]["made"], COUNT)
        self.assertEqual(len(self.entry()["recipes"]), 3)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""Several jobs in one configuration: each makes its own outputs, and none keeps another from its work."""

import json
import os
import shutil
import unittest

from harness import Case, DirectoryCase, Gateway, credentials, encode, photograph, yaml

gateway = Gateway()
EXAMPLE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../etc/jobs.yaml.example")
PRODUCTS = ["a.jpg", "d/b_cover.jpg"]
MADE = {"products/page/a.webp", "products/thumb/a.webp", "products/cover/d/b_cover.webp", "products/thumb/d/b_cover.webp",
        "logos/small/l.png"}  # fmt: skip


class TestExample(Case):
    """etc/jobs.yaml.example as it is, with buckets that its variables name."""

    def setUp(self):
        super().setUp()
        self.example = shutil.copy(EXAMPLE, self.folder)
        self.buckets = {name: gateway.bucket(name.lower()) for name in ("PHOTOS", "LOGOS", "WEB")}
        for bucket in self.buckets.values():
            self.addCleanup(gateway.remove, bucket)
        for number, key in enumerate(PRODUCTS):
            gateway.put(self.buckets["PHOTOS"], key, encode(photograph(number, 60), "jpeg"))
        gateway.put(self.buckets["LOGOS"], "l.png", encode(photograph(3, 60), "png"))

    def environment(self, **more):
        named = {f"{name}_BUCKET": bucket for name, bucket in self.buckets.items()}
        return {**credentials(), "S3_ENDPOINT": gateway.endpoint, **named, **more}

    def made(self):
        return {key for key in gateway.keys(self.buckets["WEB"]) if ".thumbmill/" not in key}

    def run_example(self, *arguments, expect=0, **more):
        return self.run_to_end(self.example, *arguments, expect=expect, environment=self.environment(**more))

    @unittest.skipIf(gateway.is_tls, "the example has no ca_file")
    def test_each_job_makes_its_own_outputs(self):
        report = self.run_example().report
        self.assertEqual(self.made(), MADE)
        self.assertEqual([(job["job"], job["exit"], job["objects"]["done"]) for job in report["jobs"]],
                         [("products", 0, 2), ("logos", 0, 1)])
        self.assertEqual([job["outputs"]["made"] for job in self.run_example().report["jobs"]], [0, 0])

    @unittest.skipIf(gateway.is_tls, "the example has no ca_file")
    def test_one_job_alone(self):
        report = self.run_example("--job", "logos").report
        self.assertEqual((report["job"], self.made()), ("logos", {"logos/small/l.png"}))
        refused = self.thumbmill("run", "-c", self.example, "--job", "logo", environment=self.environment(), expect=2)
        self.assertIn("there is no job 'logo' (jobs: products, logos)", refused.stderr)

    @unittest.skipIf(gateway.is_tls, "the example has no ca_file")
    def test_a_bucket_that_is_not_there_does_not_keep_the_other_job_from_its_work(self):
        run = self.run_example(PHOTOS_BUCKET="e2e-nothing-of-this-name", expect=4)
        report = run.report
        self.assertEqual(self.made(), {"logos/small/l.png"})
        self.assertEqual([(job["job"], job["exit"]) for job in report["jobs"]], [("products", 4), ("logos", 0)])
        self.assertIn("e2e-nothing-of-this-name", run.stderr)
        self.assertEqual(report["exit"], 4)

    @unittest.skipIf(gateway.is_tls, "the example has no ca_file")
    def test_a_plan_is_what_the_run_does(self):
        lines = self.thumbmill("plan", "-c", self.example, "--keys", "--json", environment=self.environment()).stdout.splitlines()
        planned = [json.loads(line) for line in lines if '"output"' in line]
        places = {"products": "products/", "logos": "logos/"}
        self.assertEqual({places[line["job"]] + line["output"] for line in planned}, MADE)


class TestDirectories(DirectoryCase):
    def setUp(self):
        super().setUp()
        self.add("a.jpg", encode(photograph(0, 60), "jpeg"))

    def job(self, name, source, destination, width=20, key="{output}/{dir}{stem}.{ext}"):
        return {"name": name, "source": {"url": f"file://{source}/"}, "destination": {"url": f"file://{destination}/", "state": "none"},
                "outputs": [{"name": "thumb", "width": width, "format": "jpeg", "key": key}]}  # fmt: skip

    def write(self, jobs, name="thumbmill.yaml", **sections):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            for key, value in sections.items():
                file.write(f"{key}: {yaml(value)}\n")
            file.write("jobs:\n" + "".join(f"- {yaml(job)}\n" for job in jobs))
        return path

    def test_one_job_makes_the_originals_of_the_next(self):
        second = os.path.join(self.folder, "second")
        os.mkdir(second)
        config = self.write([self.job("large", self.source, self.destination, 40), self.job("small", self.destination, second, 10)])
        report = self.run_to_end(config).report
        self.assertEqual([job["outputs"]["made"] for job in report["jobs"]], [1, 1])
        self.assertTrue(os.path.exists(os.path.join(second, "thumb/thumb/a.jpg")))

    def test_circles_and_shared_keys_are_refused_with_an_example(self):
        circle = [self.job("there", self.source, self.destination), self.job("back", self.destination, self.source)]
        text = self.thumbmill("check", "-c", self.write(circle), expect=2).stderr
        self.assertIn("there -> ", text)
        third = os.path.join(self.folder, "third")
        os.mkdir(third)
        same = [self.job("one", self.source, self.destination), self.job("two", third, self.destination)]
        text = self.thumbmill("check", "-c", self.write(same), expect=2).stderr
        self.assertIn("output 'thumb' of job 'two' may have the same key as output 'thumb' of job 'one', such as", text)

    def test_included_jobs_and_a_mistake_in_one(self):
        os.mkdir(os.path.join(self.folder, "jobs.d"))
        self.write([self.job("included", self.source, self.destination)], "jobs.d/a.yaml")
        config = os.path.join(self.folder, "all.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("include: jobs.d/*.yaml\n")
        self.assertEqual(self.run_to_end(config).report["job"], "included")
        with open(os.path.join(self.folder, "jobs.d/b.yaml"), "w", encoding="utf-8") as file:
            file.write("jobs:\n- {name: wrong,\n   sorce: {url: s3://b/}}\n")
        text = self.thumbmill("check", "-c", config, expect=2).stderr
        self.assertIn("jobs.d/b.yaml:3:4: ", text)

    def test_metrics_of_both_jobs_are_in_one_file(self):
        textfile, second = os.path.join(self.folder, "a.prom"), os.path.join(self.folder, "second")
        os.mkdir(second)
        config = self.write([self.job("one", self.source, self.destination), self.job("two", self.source, second)],
                            metrics={"textfile": textfile})
        self.run_to_end(config)
        with open(textfile, encoding="utf-8") as file:
            text = file.read()
        for job in ("one", "two"):
            self.assertIn(f'thumbmill_objects_total{{job="{job}",result="done"}} 1\n', text)
        self.assertEqual(text.count("# TYPE thumbmill_objects_total "), 1)


if __name__ == "__main__":
    unittest.main()

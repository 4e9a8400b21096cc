"""Metrics: the text file of runs and daemons, which promtool accepts, and whose numbers are those of the report."""

import os
import re
import subprocess
import unittest

from harness import ROOT, Daemon, DirectoryCase, encode, photograph, wait_until


def promtool_complaints(text):
    """What Prometheus's own checker has to say."""
    ended = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, encoding="utf-8", timeout=30, check=False)
    return (ended.returncode, ended.stdout + ended.stderr)


def parse(text):
    """{(name, ((label, value), ...)): number}, labels in order of their names and without `job`."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, number = re.fullmatch(r"([a-z0-9_]+)(?:\{(.*)\})? (\S+)", line).groups()
            pairs = re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', labels or "")
            found[name, tuple(sorted(pair for pair in pairs if pair[0] != "job"))] = float(number)
    return found


class MetricsCase(DirectoryCase):
    def setUp(self):
        super().setUp()
        self.textfile = os.path.join(self.folder, "thumbmill.prom")

    def text(self):
        with open(self.textfile, encoding="utf-8") as file:
            return file.read()

    def value(self, name, **labels):
        return parse(self.text())[name, tuple(sorted(labels.items()))]

    def add_some(self):
        for number in range(6):
            self.add(f"photo-{number}.jpg", encode(photograph(number, 300), "jpeg"))
        self.add("broken.jpg", b"\xff\xd8\xff\xe0 nothing more")
        self.add("no picture.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 200)

    def assert_agrees(self, report):
        for result, number in (("done", report["objects"]["done"]), ("failed", report["objects"]["failed"]),
                               ("up_to_date", report["skip_reasons"]["up_to_date"]), ("remembered", report["objects"]["remembered"])):
            self.assertEqual(self.value("thumbmill_objects_total", result=result), number, result)
        for operation in ("list", "get", "check", "put", "head", "delete"):
            self.assertEqual(self.value("thumbmill_requests_total", operation=operation), report["requests"][operation], operation)
        for reason, number in report["requests"]["retry_reasons"].items():
            self.assertEqual(self.value("thumbmill_retries_total", reason=reason), number, reason)
        self.assertEqual(self.value("thumbmill_outputs_total", result="made"), report["outputs"]["made"])
        self.assertEqual(self.value("thumbmill_source_bytes_total"), report["bytes"]["in"])
        self.assertEqual(self.value("thumbmill_output_bytes_total"), report["bytes"]["out"])
        for failure in report["failures"]:
            same = sum(other["class"] == failure["class"] for other in report["failures"])
            self.assertEqual(self.value("thumbmill_failures_total", **{"class": failure["class"]}), same)
        self.assertEqual(self.value("thumbmill_process_starts_total", role="imager"), report["processes"]["imagers_started"])
        self.assertEqual(self.value("thumbmill_pass_last_exit_code"), report["exit"])
        self.assertLess(abs(self.value("thumbmill_pass_last_duration_seconds") - report["seconds"]), 0.01)


class TestTextFile(MetricsCase):
    def test_a_runs_numbers_are_those_of_its_report(self):
        self.add_some()
        self.configure(metrics={"textfile": self.textfile})
        report = self.run_to_end(self.config, expect=1).report
        self.assertEqual(promtool_complaints(self.text()), (0, ""))
        self.assertEqual((report["objects"]["done"], report["objects"]["failed"]), (6, 2))
        self.assert_agrees(report)
        for stage in ("wait", "get", "render"):
            self.assertEqual(self.value("thumbmill_object_stage_seconds_count", stage=stage), 8, stage)
            self.assertEqual(self.value("thumbmill_object_stage_seconds_bucket", stage=stage, le="+Inf"), 8, stage)
            self.assertLess(self.value("thumbmill_object_stage_seconds_sum", stage=stage), 8 * report["seconds"], stage)
        self.assertEqual(self.value("thumbmill_object_stage_seconds_count", stage="put"), 6)
        self.assertEqual(self.value("thumbmill_object_stage_seconds_count", stage="check"), 6)
        self.assertIn('job="thumbmill"', self.text())
        self.assertNotIn("photo", self.text())
        self.assertNotIn("broken", self.text())
        self.assertNotIn(self.folder, self.text())

    def test_the_last_success_outlives_a_run_that_fails(self):
        self.add("photo.jpg", encode(photograph(1, 300), "jpeg"))
        self.configure(metrics={"textfile": self.textfile})
        self.run_to_end(self.config)
        success = self.value("thumbmill_pass_last_success_timestamp_seconds")
        self.assertEqual(success, self.value("thumbmill_pass_last_end_timestamp_seconds"))
        self.add("broken.jpg", b"nothing")
        self.run_to_end(self.config, expect=1)
        self.assertEqual(self.value("thumbmill_pass_last_success_timestamp_seconds"), success)
        self.assertGreater(self.value("thumbmill_pass_last_end_timestamp_seconds"), success)

    def test_a_file_that_cannot_be_written_changes_no_exit_code(self):
        self.add("photo.jpg", encode(photograph(1, 300), "jpeg"))
        self.configure(metrics={"textfile": os.path.join(self.folder, "missing", "a.prom")})
        run = self.run_to_end(self.config)
        self.assertIn("the metrics are not written", run.stderr)

    def test_a_daemon_counts_over_passes_and_reloads(self):
        self.add_some()
        self.configure(metrics={"textfile": self.textfile}, every="1s")
        daemon = Daemon(self.config)
        self.addCleanup(daemon.abandon)
        self.assertTrue(daemon.wait_for_passes(2), daemon.log())
        self.assertTrue(wait_until(lambda: self.value("thumbmill_objects_total", result="up_to_date") >= 6, 20), self.text())
        daemon.signal(1)
        self.assertTrue(daemon.wait_for_passes(len(daemon.passes()) + 2), daemon.log())
        self.assertEqual(daemon.stop(), 0)
        passes, text = daemon.passes(), self.text()
        self.assertEqual(promtool_complaints(text), (0, ""))
        self.assertEqual(sum(self.value("thumbmill_passes_total", exit_code=str(code)) for code in range(6)), len(passes))
        for result in ("done", "failed", "up_to_date"):
            self.assertEqual(self.value("thumbmill_objects_total", result=result), sum(int(record[result]) for record in passes), result)
        self.assertEqual(self.value("thumbmill_process_deaths_total", role="supervisor"), 0)


class TestPage(MetricsCase):
    def test_docs_list_what_there_is(self):
        self.add("photo.jpg", encode(photograph(1, 300), "jpeg"))
        self.configure(metrics={"textfile": self.textfile})
        self.run_to_end(self.config)
        with open(os.path.join(ROOT, "docs", "METRICS.md"), encoding="utf-8") as file:
            rows = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]*) \|", file.read(), re.MULTILINE))
        documented = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows.items()}
        families = set(re.findall(r"^# TYPE (\S+)", self.text(), re.MULTILINE))
        self.assertEqual(set(documented), families)
        for line in self.text().splitlines():
            if not line.startswith("#"):
                name, labels = re.match(r"([a-z0-9_]+)(?:\{(.*)\})? ", line).groups()
                family = name if name in families else re.sub(r"_(bucket|sum|count)$", "", name)
                self.assertEqual(set(re.findall(r'(\w+)="', labels or "")) - {"le"}, documented[family], line)


if __name__ == "__main__":
    unittest.main()

"""Debian's Prometheus scrapes a daemon while it works; its numbers are those of the reports. The rules and the dashboard in etc/ use
metrics that exist."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest
import urllib.parse
import urllib.request

from harness import ROOT, encode, photograph, wait_until
from test_web import WebCase, free_port

RULES = os.path.join(ROOT, "etc", "prometheus")


def promtool(*arguments):
    ended = subprocess.run(["promtool", *arguments], cwd=RULES, capture_output=True, encoding="utf-8", timeout=60, check=False)
    return ended.returncode, ended.stdout + ended.stderr


class TestScraping(WebCase):
    def start_prometheus(self):
        self.prometheus_port = free_port()
        config = os.path.join(self.folder, "prometheus.yml")
        with open(os.path.join(RULES, "prometheus.yml.example"), encoding="utf-8") as file:
            text = file.read()
        with open(config, "w", encoding="utf-8") as file:
            file.write(text.replace("scrape_interval: 15s", "scrape_interval: 1s").replace("127.0.0.1:9464", f"127.0.0.1:{self.port}"))
        shutil.copy(os.path.join(RULES, "thumbmill.rules.yml"), self.folder)
        with open(os.path.join(self.folder, "prometheus.log"), "wb") as log:
            child = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder}/tsdb",
                                      f"--web.listen-address=127.0.0.1:{self.prometheus_port}"], stdout=log, stderr=log)
        self.addCleanup(child.wait)
        self.addCleanup(child.send_signal, signal.SIGKILL)
        self.assertTrue(wait_until(lambda: self.query("up") == [] or self.query("up"), 30, 0.2))

    def query(self, expression):
        """[({label: value}, number)]; None while Prometheus does not answer."""
        url = f"http://127.0.0.1:{self.prometheus_port}/api/v1/query?query={urllib.parse.quote(expression)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return [(row["metric"], float(row["value"][1])) for row in json.load(answer)["data"]["result"]]
        except OSError:
            return None

    def number(self, expression):
        rows = self.query(expression)
        return rows[0][1] if rows else None

    def test_its_counters_are_those_of_the_passes(self):
        for number in range(30):
            self.add(f"photo-{number}.jpg", encode(photograph(number, 500), "jpeg"))
        for number in range(7):
            self.add(f"broken-{number}.jpg", b"nothing")
        daemon = self.start(every="3s", workers={"max_tasks_per_child": 10})
        self.start_prometheus()
        self.assertTrue(daemon.wait_for_passes(3), daemon.log())
        self.assertTrue(wait_until(lambda: self.get("/readyz")[::2] == (200, "idle\n"), 10))
        ended = len(daemon.passes())
        self.assertTrue(wait_until(lambda: (self.number("sum(thumbmill_passes_total)") or 0) >= ended, 10, 0.2))
        while True:  # between two passes, after a scrape
            passes = daemon.passes()
            told = {result: self.number(f'thumbmill_objects_total{{job="thumbmill",result="{result}"}}') for result in ("done", "failed", "up_to_date")}
            counted = self.number("sum(thumbmill_passes_total)")
            if counted == len(passes) == len(daemon.passes()):
                break
            self.assertLess(len(passes), 20, "never the same")
            time.sleep(0.3)
        self.assertEqual(told, {result: sum(int(record[result]) for record in passes) for result in told})
        self.assertEqual(told["done"], 30)
        self.assertEqual(self.number('thumbmill_failures_total{job="thumbmill",class="input"}'), told["failed"])
        for stage in ("wait", "get", "render"):
            self.assertEqual(self.number(f'thumbmill_object_stage_seconds_count{{stage="{stage}"}}'), told["done"] + told["failed"], stage)
        self.assertEqual(self.number("up"), 1)
        self.assertEqual(daemon.stop(), 0)


class TestExamples(unittest.TestCase):
    def test_rules_are_right(self):
        for arguments in (("check", "rules", "thumbmill.rules.yml"), ("check", "config", "prometheus.yml.example"),
                          ("test", "rules", "thumbmill.rules.test.yml")):
            code, said = promtool(*arguments)
            self.assertEqual(code, 0, said)

    def test_rules_and_dashboard_use_what_there_is(self):
        with open(os.path.join(ROOT, "docs", "METRICS.md"), encoding="utf-8") as file:
            known = set(re.findall(r"^\| `([a-z_]+)` \|", file.read(), re.MULTILINE))
        with open(os.path.join(ROOT, "etc", "grafana", "thumbmill.json"), encoding="utf-8") as file:
            dashboard = json.load(file)
        expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
        with open(os.path.join(RULES, "thumbmill.rules.yml"), encoding="utf-8") as file:
            expressions += re.findall(r"(?:expr: *>?\s*)([^\n]+)", file.read())
        used = {re.sub(r"_bucket$", "", name) for text in expressions for name in re.findall(r"\b(?:thumbmill|process)_[a-z_]+", text)}
        self.assertGreater(len(used), 12)
        self.assertEqual(used - known, set())


if __name__ == "__main__":
    unittest.main()

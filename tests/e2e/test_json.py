"""docs/JSON.md against real outputs: every member that there is is described, with its type, and the other way round."""

import json
import os
import re
import signal
import unittest

import harness
from harness import Daemon, DirectoryCase, Run, encode, photograph, slow_png, wait_until

TYPES = {"number": (int, float), "string": str, "boolean": bool, "object": dict, "list": list}


def described():
    """{section: {path: (type, may be null, is there always)}}"""
    with open(os.path.join(harness.ROOT, "docs", "JSON.md"), encoding="utf-8") as file:
        sections = file.read().split("\n## ")[1:]
    return {section.split("\n")[0]: {path: (kind, bool(null), not star) for star, path, kind, null in
                                     re.findall(r"^\| (\*?)`([^`]+)`\*? \| (\w+)(\??) \|", section, re.M)} for section in sections}


def members(value, path=""):
    """(path, value) of everything in it."""
    if isinstance(value, dict):
        for name, member in value.items():
            below = f"{path}.{name}" if path else name
            yield below, member
            yield from members(member, below)
    elif isinstance(value, list):
        for item in value:
            yield from members(item, path + "[]")


class TestJson(DirectoryCase):
    def setUp(self):
        super().setUp()
        self.add("photo.jpg", encode(photograph(1, 300), "jpeg"))
        self.add("bad.jpg", b"no image")
        self.socket_path = os.path.join(self.folder, "control")
        self.configure(state_directory=os.path.join(self.folder, "state"), control={"socket": self.socket_path},
                       limits={"max_pixels": "400M", "max_source_bytes": "1G"}, workers={"count": 1})

    def assert_described(self, values, *sections, open_ended=False):
        """Each value has the members that these sections describe. open_ended: and perhaps others, which are strings."""
        table = {path: entry for section in sections for path, entry in described()[section].items()}
        self.assertTrue(table)
        seen = set()
        for value in values:
            self.assertEqual(value["format"], 1)
            own = dict(members(value))
            seen.update(own)
            for path, member in own.items():
                if open_ended and path not in table:
                    self.assertIsInstance(member, str, path)
                    continue
                if isinstance(member, (dict, list)) and path not in table:
                    self.assertTrue([other for other in table if other.startswith((path + ".", path + "[]."))], f"{path} is not described")
                    continue
                self.assertIn(path, table, f"{path} is not described")
                kind, may_be_null, _ = table[path]
                if not (member is None and may_be_null):
                    self.assertIsInstance(member, TYPES[kind], path)
                    self.assertEqual(isinstance(member, bool), kind == "boolean", path)
            missing = [path for path, (_, _, always) in table.items() if always and "[]" not in path and path not in own]
            self.assertEqual(missing, [], "described, and not there")
        return {path for path in table if path not in seen}

    def command(self, *words, expect=0):
        return json.loads(self.thumbmill(words[0], "-c", self.config, *words[1:], "--json", expect=expect).stdout)

    def test_check_and_plan(self):
        self.assertEqual(self.assert_described([self.command("check")], "Check"), set())
        self.assert_described([self.command("plan")], "Report")
        lines = self.thumbmill("plan", "-c", self.config, "--json", "--keys").stdout.split("\n{\n")[0].splitlines()
        self.assertEqual(self.assert_described(map(json.loads, lines), "Plan"), set())

    def test_verify(self):
        self.run_to_end(self.config, expect=1)
        lines, report = self.thumbmill("verify", "-c", self.config, "--json", expect=1).stdout.split("\n{\n")
        self.assertEqual(self.assert_described(map(json.loads, lines.splitlines()), "Verify"), set())
        self.assert_described([json.loads("{" + report)], "Report")

    def test_reports_and_logs(self):
        run = Run(self.config, "--log-format", "json", "--log-level", "debug")
        self.assertEqual(run.finish(), 1)
        self.assertEqual(self.assert_described([run.report], "Report"), set())
        records = [json.loads(line) for line in run.stderr.splitlines()]
        self.assertEqual(self.assert_described(records, "Log", open_ended=True), {"output"})
        dry = self.run_to_end(self.config, "--dry-run", expect=1).report
        self.assert_described([dry], "Report")

    def test_report_of_objects(self):
        path = os.path.join(self.folder, "objects.jsonl")
        with open(self.config, "a", encoding="utf-8") as file:
            file.write(f"report: {{objects: {path}}}\n")
        for expected in ("done", "up_to_date"):
            report = self.run_to_end(self.config, expect=1).report
            with open(path, encoding="utf-8") as file:
                lines = [json.loads(line) for line in file]
            self.assertEqual(self.assert_described(lines, "Objects"), set())
            self.assertEqual(len(lines), report["objects"]["listed"])
            self.assertEqual(len({line["key"] for line in lines}), len(lines))
            results = [line["result"] for line in lines]
            self.assertIn(expected, results)
            self.assertEqual(results.count("done"), report["objects"]["done"])
            self.assertEqual(results.count("failed"), report["objects"]["failed"])
            self.assertEqual(results.count("remembered"), report["objects"]["remembered"])
            self.assertEqual(results.count("up_to_date"), report["skip_reasons"]["up_to_date"])

    def test_progress(self):
        run = Run(self.config, "--progress", "json", "--log-format", "json")
        self.assertEqual(run.finish(), 1)
        lines = [json.loads(line) for line in run.stderr.splitlines()]
        told = [line for line in lines if line.get("event") == "progress"]
        self.assertLessEqual(self.assert_described(told, "Progress"), {"eta_s"})
        self.assertGreater(len(lines), len(told), "records of the log")
        self.assertLess(len(told), 3 + run.report["seconds"])
        last = told[-1]
        self.assertTrue(last["all_listed"])
        self.assertEqual((last["listed"], last["done"], last["failed"]),
                         tuple(run.report["objects"][name] for name in ("listed", "done", "failed")))
        self.assertEqual(last["outputs"], run.report["outputs"]["made"])

    def test_history_failures_and_doctor(self):
        self.run_to_end(self.config, expect=1)
        killed = Run(self.config, report=False)
        os.kill(killed.pid, signal.SIGKILL)
        killed.finish()
        self.assertEqual(self.assert_described([self.command("history")], "History"), set())
        lists = [self.command("failures", "list"), self.command("failures", "why", "bad.jpg")]
        self.assertEqual(self.assert_described(lists, "Failures"), set())
        doctor = self.command("doctor")
        notes = set() if doctor["engine"]["notes"] else {"engine.notes[].text", "engine.notes[].until"}
        self.assertEqual(self.assert_described([doctor], "Doctor"), notes)

    def test_empty_lists_have_their_frame(self):
        self.assertEqual(self.command("history"), {"format": 1, "runs": []})
        self.assertEqual(self.command("failures", "list"), {"format": 1, "failures": []})

    def test_answers_of_a_daemon(self):
        self.add("a-slow.png", slow_png(12000, 12000))
        daemon = Daemon(self.config)
        self.addCleanup(daemon.abandon)
        self.assertTrue(daemon.wait_for("READY", "1"))
        held = wait_until(lambda: [worker for worker in self.command("workers")["workers"] if "task" in worker], 30)
        os.kill(held[0]["pid"], signal.SIGKILL)
        died = wait_until(lambda: (w := self.command("workers")) and [x for x in w["workers"] if "obituary" in x and "task" in x] and w, 30)
        busy = self.command("status")
        self.assertEqual(self.assert_described([died], "Control", "Workers"), {"error", "unanswered"})
        self.assertTrue(daemon.wait_for_passes(1))
        idle = wait_until(lambda: (s := self.command("status"))["phase"] == "idle" and s, 20)
        self.assertIsNotNone(busy["pass"])
        self.assertLessEqual(self.assert_described([busy, idle], "Control", "Status"), {"error", "pass.eta_s"})
        self.assert_described([self.command("run-now"), self.command("log-level", "info")], "Control")
        self.assertEqual(self.assert_described([self.command("scale", "0", expect=1)], "Control"), set())
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()

"""What the commands write, and where: to files, links, FIFOs, terminals, full disks, and in which locale."""

import contextlib
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import unittest

import harness
from harness import DirectoryCase, encode, photograph


class TestReport(DirectoryCase):
    """`run --report`. As root, which every test here may be: /dev/stdout must outlive it."""

    def run_once(self, *arguments, expect=0, **options):
        ended = subprocess.run([os.path.join(harness.BIN, "thumbmill"), "run", "-c", self.config, *arguments], stderr=subprocess.PIPE,
                               text=True, timeout=60, env=harness.clean_environment(), check=False, **options)
        self.assertEqual(ended.returncode, expect, ended.stderr)
        return ended

    def setUp(self):
        super().setUp()
        self.add("photo.jpg", encode(photograph(1, 200), "jpeg"))
        self.configure()

    def test_standard_output_by_every_name(self):
        for name in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
            ended = self.run_once("--report", name, stdout=subprocess.PIPE)
            self.assertEqual(json.loads(ended.stdout)["exit"], 0, name)
            self.assertTrue(os.path.islink("/dev/stdout"), name)
            path = os.path.join(self.folder, "out")
            with open(path, "w", encoding="utf-8") as file:
                file.write("before\n")
                file.flush()
                self.run_once("--report", name, stdout=file)
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.readline(), "before\n", name)
                self.assertEqual(json.load(file)["exit"], 0, name)
        self.assertEqual(os.listdir(self.folder).count("out"), 1)

    def test_a_link_stays_and_its_target_is_replaced(self):
        link, target = os.path.join(self.folder, "link.json"), os.path.join(self.folder, "reports", "today.json")
        os.mkdir(os.path.dirname(target))
        os.symlink("reports/today.json", link)
        for _ in range(2):
            self.run_once("--report", link)
            self.assertEqual(os.readlink(link), "reports/today.json")
            with open(target, encoding="utf-8") as file:
                self.assertEqual(json.load(file)["exit"], 0)
        self.assertEqual(os.listdir(os.path.dirname(target)), ["today.json"])

    def test_a_fifo_without_a_reader_is_said_and_does_not_hang(self):
        fifo = os.path.join(self.folder, "fifo")
        os.mkfifo(fifo)
        ended = self.run_once("--report", fifo, expect=1)
        self.assertIn(f"{fifo}: no process reads from this FIFO", ended.stderr)
        self.assertEqual(len(self.made()), len(self.outputs), "the run itself is done")
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.run_once("--report", fifo)
        self.assertEqual(json.loads(os.read(reader, 65536))["exit"], 0)

    def test_a_directory_or_a_missing_folder_is_said_before_the_run(self):
        for path in (self.folder, os.path.join(self.folder, "no", "report.json")):
            self.assertIn(path, self.run_once("--report", path, expect=2).stderr)
        self.assertEqual(self.made(), {})

class TestStandardOutput(DirectoryCase):
    """Every command that prints, with all of it lost or in a locale that has no letters but ASCII."""

    def setUp(self):
        super().setUp()
        self.add("Grün \u00a0日本.jpg", encode(photograph(1, 200), "jpeg"))
        self.add("bad.jpg", b"\xff\xd8\xff nothing")
        self.configure(state_directory=os.path.join(self.folder, "state"))
        self.run_to_end(self.config, expect=1)
        self.add("new.jpg", encode(photograph(2, 200), "jpeg"))

    def commands(self):
        """Those that print something, and succeed."""
        plain = (["--help"], ["--version"], ["-V"], ["-h"], ["help"], ["help", "run"], ["plan", "--help"], ["status", "--help"])
        image = os.path.join(self.source, "new.jpg")
        configured = (["check"], ["plan", "--keys"], ["plan", "--explain", "new.jpg"], ["doctor"], ["doctor", "--json"], ["history"],
                      ["history", "--json"], ["failures", "list"], ["failures", "list", "--json"], ["failures", "why", "bad.jpg"],
                      ["preview", "-o", os.path.join(self.folder, "page.html"), image],
                      ["preview", "-o", "-", image], ["failures", "retry"])
        return [*plain, *([name[0], "-c", self.config, *name[1:]] for name in configured)]

    def test_a_full_disk_is_said_and_is_no_success(self):
        for command in self.commands():
            with open("/dev/full", "wb") as full:
                ended = subprocess.run([os.path.join(harness.BIN, "thumbmill"), *command], stdout=full, stderr=subprocess.PIPE, text=True,
                                       timeout=60, env=harness.clean_environment(), check=False)
            said = f"{'thumbmill' if command[0][0] == '-' or command == ['help'] else 'thumbmill ' + command[-1 if command[0] == 'help' else 0]}"
            self.assertEqual((ended.returncode, harness.beside_root(ended.stderr)),
                             (1, f"{said}: standard output: No space left on device\n"), command)

    def test_a_closed_standard_output_is_said_and_nothing_else_is_written_to(self):
        """Whatever is opened first would be number 1: the ledger, say."""
        for command in self.commands():
            ended = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', os.path.join(harness.BIN, "thumbmill"), *command],
                                   stderr=subprocess.PIPE, text=True, timeout=60, env=harness.clean_environment(), check=False)
            self.assertEqual(ended.returncode, 1, command)
            self.assertIn("standard output: Bad file descriptor", ended.stderr, command)
        self.assertEqual(len(json.loads(self.thumbmill("history", "-c", self.config, "--json").stdout)["runs"]), 1)

    def test_a_dry_run_to_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            ended = subprocess.run([os.path.join(harness.BIN, "thumbmill"), "run", "--dry-run", "-c", self.config], stdout=full,
                                   stderr=subprocess.PIPE, text=True, timeout=60, env=harness.clean_environment(), check=False)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("standard output: No space left on device", ended.stderr)

    def test_nothing_becomes_a_question_mark_without_a_locale(self):
        for command in self.commands():
            texts = []
            for locale in ("C", "C.UTF-8"):
                ended = self.thumbmill(*command, expect=1 if command[0] == "plan" and "--keys" in command else 0, environment={"LC_ALL": locale})
                text = re.sub(r"\d+\.\d+|[0-9a-f]{8,}|<td>\d+</td>", "N", ended.stdout)  # times and names that change
                texts.append(text if command[0] != "failures" or command[-1] != "retry" else "")
                if "-" in command:  # a page in HTML, where a line does not end before the unit
                    continue
                for size in re.findall(r"\d.{1,3}[kM]?B\b", ended.stdout):
                    self.assertTrue(size.isascii(), (command, size))
            self.assertEqual(texts[0], texts[1], command)
        self.run_to_end(self.config, expect=1)
        self.add("Grün.jpg", encode(photograph(3, 100), "jpeg"))
        plan = self.thumbmill("plan", "--keys", "-c", self.config, expect=1, environment={"LC_ALL": "C"})
        self.assertIn("Grün.jpg -> ", plan.stdout)


class TestUsage(DirectoryCase):
    def test_help_and_version_by_every_name(self):
        self.assertEqual(self.thumbmill("help").stdout, self.thumbmill("--help").stdout)
        self.assertEqual(self.thumbmill("-V").stdout, self.thumbmill("--version").stdout)
        for command in re.findall(r"^  ([a-z-]+) +\S", self.thumbmill("help").stdout.split("Commands:")[1].split("Options:")[0], re.M):
            text = self.thumbmill("help", command).stdout
            self.assertEqual(text, self.thumbmill(command, "--help").stdout, command)
            self.assertIn(f"thumbmill {command} [OPTION...]", text)
            self.assertTrue(text.isascii(), command)
        self.assertIn("unknown command 'nonsense'", self.thumbmill("help", "nonsense", expect=2).stderr)

    def test_what_check_shows_is_the_same_configuration(self):
        config = self.configure()
        shown = self.thumbmill("check", "-c", config, "--show").stdout
        path = os.path.join(self.folder, "shown.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(shown)
        self.assertEqual(self.thumbmill("check", "-c", path, "--show").stdout, shown)
        self.assertIn("attempts:", shown, "with defaults")
        self.assertIn("exclude each other", self.thumbmill("check", "-c", config, "--show", "--json", expect=2).stderr)
        with open(path, "a", encoding="utf-8") as file:
            file.write("nonsense: ${TM_UNSET}\n")
        self.assertIn("has no variable TM_UNSET", self.thumbmill("check", "-c", path, "--show", expect=2).stderr)

    def test_an_option_that_takes_one_value_is_given_once(self):
        config = self.configure()
        for command in ("run", "daemon", "plan", "check", "doctor", "preview", "history", "failures", "status", "scale"):
            for second in (["-c", config], [f"--config={config}"], ["-c", "other.yaml"]):
                said = self.thumbmill(command, "-c", config, *second, expect=2).stderr
                self.assertIn("is given twice", said, command)
        for option in (["--report", "a"], ["--max-duration", "1s"], ["--log-level", "info"], ["--log-format", "text"]):
            self.assertIn(f"{option[0]} is given twice", self.thumbmill("run", "-c", config, *option, *option, expect=2).stderr)
        self.assertIn("-n is given twice", self.thumbmill("history", "-c", config, "-n", "1", "-n", "2", expect=2).stderr)
        self.assertIn("-n takes a number, not '1x'", self.thumbmill("history", "-c", config, "-n", "1x", expect=2).stderr)


class TestTerminal(DirectoryCase):
    def test_a_terminal_that_cannot_draw_gets_the_summary_only(self):
        for number in range(3):
            self.add(f"{number}.jpg", encode(photograph(number, 900), "jpeg"))
        config = self.configure()
        for environment in ({"TERM": "dumb"}, {"TERM": ""}, {}):
            seen = self.on_terminal("run", "-c", config, **environment)
            self.assertNotIn("\x1b", seen)
            self.assertNotRegex(seen, r"\r[^\n]")
            self.assertIn("3 objects:", seen)
        self.assertIn("\x1b[K", self.on_terminal("run", "-c", config, "--progress", "always", TERM="dumb"))


class TestDemo(DirectoryCase):
    """scripts/demo, with the program that is built already."""

    def demo(self):
        ended = subprocess.run([os.path.join(self.folder, "scripts", "demo"), self.source], capture_output=True, text=True, timeout=120,
                               env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", "DEMO_OUTPUT": self.destination}, check=False)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        return ended.stdout, os.stat(os.path.join(self.destination, "preview.html")).st_mtime_ns

    def test_a_second_demo_renders_nothing_again(self):
        shutil.copytree(os.path.join(harness.ROOT, "scripts"), os.path.join(self.folder, "scripts"))
        os.makedirs(os.path.join(self.folder, "build", "release"))
        os.symlink(os.path.realpath(harness.BIN), os.path.join(self.folder, "build", "release", "bin"))
        os.symlink("/bin/true", os.path.join(self.folder, "cmake"))
        for number in range(2):
            self.add(f"{number}.jpg", encode(photograph(number, 400), "jpeg"))
        said, made = self.demo()
        self.assertIn("2 images, 0 failed", said)
        said, again = self.demo()
        self.assertIn("preview.html: up to date", said)
        self.assertEqual(again, made)
        self.add("new.jpg", encode(photograph(3, 400), "jpeg"))
        said, later = self.demo()
        self.assertIn("3 images, 0 failed", said)
        self.assertGreater(later, made)


class Answers(http.server.BaseHTTPRequestHandler):
    """Whatever is asked: 404, in words that are none of S3's."""

    def do_GET(self):
        self.send_error(404)

    do_PUT = do_GET

    def log_message(self, *_):
        pass


class TestAdvice(DirectoryCase):
    """What doctor says about mistakes that its own words do not explain, and what a run says."""

    def doctor(self, source, destination, expect=4, **sections):
        config = harness.write_config(self.config, source, destination, self.outputs, **sections)
        keys = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"}
        report = json.loads(self.thumbmill("doctor", "-c", config, "--json", expect=expect, environment=keys).stdout)
        return {(finding["subject"], finding["check"]): finding for finding in report["findings"]}

    def serve(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(lambda: (server.shutdown(), thread.join(), server.server_close()))
        return f"127.0.0.1:{server.server_port}"

    def test_https_to_a_port_for_http(self):
        findings = self.doctor("s3://bucket/", f"file://{self.destination}/", s3={"endpoint": f"https://{self.serve()}"})
        self.assertIn("start s3.endpoint with http://", findings["source", "endpoint"]["advice"])

    def test_an_endpoint_with_a_path(self):
        findings = self.doctor("s3://bucket/", f"file://{self.destination}/", s3={"endpoint": f"http://{self.serve()}/bucket"})
        self.assertIn("s3.endpoint has a path, /bucket,", findings["source", "list"]["advice"])

    @harness.needs_root
    def test_a_full_disk_and_a_read_only_one(self):
        for options, words in (("size=64k", "is full"), ("size=1m,nr_inodes=3", "no free inodes"), ("ro", "mounted read-only")):
            subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", self.destination], check=True)
            try:
                if options == "size=64k":
                    with contextlib.suppress(OSError), open(os.path.join(self.destination, "full"), "wb", buffering=0) as file:
                        while file.write(b"x" * 4096) == 4096:
                            pass
                elif "inodes" in options:
                    for number in range(2):
                        with open(os.path.join(self.destination, str(number)), "wb"):
                            pass
                findings = self.doctor(f"file://{self.source}/", f"file://{self.destination}/")
            finally:
                subprocess.run(["umount", self.destination], check=True)
            self.assertIn(words, findings["destination", "put"]["advice"])

    def test_a_source_that_lists_nothing(self):
        findings = self.doctor(f"file://{self.source}/", f"file://{self.destination}/", expect=0)
        self.assertEqual(findings["source", "list"]["state"], "warning")
        self.assertIn(self.source, findings["source", "list"]["detail"])
        self.assertIn("source.url", findings["source", "list"]["advice"])
        run = self.run_to_end(self.config, report=False)
        self.assertEqual(run.stderr.count("the source is empty: is source.url right?"), 1)
        self.add("a.txt", b"text")
        run = self.run_to_end(self.config, report=False)
        self.assertEqual(run.stderr.count("source.include and source.exclude match no object"), 1)
        self.add("a.jpg", encode(photograph(1, 100), "jpeg"))
        self.assertEqual(self.run_to_end(self.config, report=False).stderr, "")


if __name__ == "__main__":
    unittest.main()

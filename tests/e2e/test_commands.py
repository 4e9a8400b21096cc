"""What the commands write, and where: reports and pages to files, links, FIFOs and standard output."""

import json
import os
import subprocess
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
        self.assertIn(f"{fifo}: nothing reads from this FIFO", ended.stderr)
        self.assertEqual(len(self.made()), len(self.outputs), "the run itself is done")
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.run_once("--report", fifo)
        self.assertEqual(json.loads(os.read(reader, 65536))["exit"], 0)

    def test_a_directory_or_a_missing_folder_is_said_before_the_run(self):
        for path in (self.folder, os.path.join(self.folder, "no", "report.json")):
            self.assertIn(path, self.run_once("--report", path, expect=2).stderr)
        self.assertEqual(self.made(), {})


if __name__ == "__main__":
    unittest.main()

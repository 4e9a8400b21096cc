#!/usr/bin/python3
"""thumbmill check: the configuration, what it names on this machine, and the same for programs; thumbmill plan --json."""

import json
import os
import socket
import unittest

from harness import DirectoryCase, encode, photograph, write_config

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


class TestCheck(DirectoryCase):
    outputs = [{"name": "thumb", "width": 64, "format": "jpeg"}]

    def check(self, expect, **sections):
        return self.thumbmill("check", "-c", self.configure(**sections), expect=expect)

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_ca_files(self):
        def over_s3(path, expect):
            outputs = [{**self.outputs[0]}]
            config = write_config(self.config, "s3://photos/", "s3://web/", outputs, s3={"ca_file": path, "region": "us-east-1"})
            return self.thumbmill("check", "-c", config, expect=expect).stderr

        self.assertEqual(over_s3(self.file("good.pem", "a comment\n" + CERTIFICATE), 0), "")
        for path, words in ((self.file("text.pem", "no certificate"), "contains no certificate"), (self.folder, "not a regular file"),
                            (self.folder + "/none.pem", "No such file")):
            said = over_s3(path, 2)
            self.assertIn(words, said)
            self.assertEqual(said.count("\n"), 1, "source and destination share it: said once")
            self.assertIn("s3.ca_file", said)

    def test_control_socket_and_group(self):
        path = os.path.join(self.folder, "socket")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
        self.check(0, control={"socket": path, "group": "root"})
        self.check(0, control={"socket": self.folder + "/made-by-systemd/control"})
        for control, words in (({"socket": self.file("taken", "x")}, "not a socket"),
                               ({"socket": self.file("file", "x") + "/control"}, "not a directory"),
                               ({"socket": self.folder + "/" + 100 * "x"}, "longer than"),
                               ({"socket": path, "group": "no-such-group"}, "there is no group 'no-such-group'")):
            said = self.check(2, control=control).stderr
            self.assertIn(words, said)
            self.assertIn("control.", said)

    def test_a_template_that_needs_the_whole_destination_is_said(self):
        """By check, plan and doctor; the run is as right as any."""
        note = "lists the whole destination before it begins"
        self.add("d/a.png", encode(photograph(1, 100), "png"))
        self.age_originals()
        self.assertNotIn(note, self.check(0).stdout)
        self.outputs = [{**self.outputs[0], "key": "{stem}-t.{ext}"}]
        self.assertIn(note, self.check(0).stdout)
        for command in ("plan", "doctor"):
            said = " ".join(self.thumbmill(command, "-c", self.config, expect=0).stdout.split())
            self.assertIn(note, said, command)
        self.assertEqual(self.run_to_end(self.config).report["outputs"], {"made": 1, "up_to_date": 0})
        self.assertEqual(self.run_to_end(self.config).report["outputs"], {"made": 0, "up_to_date": 1})

    def test_json(self):
        self.configure()
        said = json.loads(self.thumbmill("check", "--json", "-c", self.config).stdout)
        self.assertEqual({name: said[name] for name in ("format", "exit", "file", "source", "destination", "outputs", "problems")}, {
            "format": 1, "exit": 0, "file": self.config, "source": f"file://{self.source}/", "destination": f"file://{self.destination}/",
            "outputs": ["thumb"], "problems": []})
        self.configure(control={"socket": self.file("taken", "x"), "group": "no-such-group"})
        said = json.loads(self.thumbmill("check", "--json", "-c", self.config, expect=2).stdout)
        self.assertEqual((said["exit"], len(said["problems"]), said["outputs"]), (2, 2, ["thumb"]))
        self.configure(nonsense="1")
        said = json.loads(self.thumbmill("check", "--json", "-c", self.config, expect=2).stdout)
        self.assertEqual((said["source"], said["outputs"], len(said["problems"])), (None, [], 1))
        self.assertRegex(said["problems"][0], r"thumbmill\.yaml:\d+:\d+: unknown key 'nonsense'")

    def test_a_plan_as_json(self):
        sizes = self.add_photographs(3, 200)
        self.add("bad.jpg", b"")
        config = self.configure()
        plan = json.loads(self.thumbmill("plan", "--json", "-c", config, expect=1).stdout)
        self.assertEqual((plan["dry_run"], plan["outputs"]["made"], plan["objects"]["failed"]), (True, len(sizes), 1))
        lines = self.thumbmill("plan", "--json", "--keys", "-c", config, expect=1).stdout.splitlines()
        pairs = [json.loads(line) for line in lines[: len(sizes)]]
        self.assertEqual([(pair["format"], pair["source"], pair["output"]) for pair in pairs],
                         [(1, key, "thumb/" + key) for key in sorted(sizes)])
        self.assertEqual(json.loads("\n".join(lines[len(sizes):]))["outputs"]["made"], len(sizes))
        self.add("c.jpg", encode(photograph(0, 100), "jpeg"))
        self.thumbmill("plan", "--json", "--explain", "c.jpg", "-c", config, expect=2)


if __name__ == "__main__":
    unittest.main()

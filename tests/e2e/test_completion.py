"""Completion of thumbmill's arguments, in the shells themselves."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness


def thumbmill(*arguments, expect=0):
    ended = subprocess.run([os.path.join(harness.BIN, "thumbmill"), *arguments], capture_output=True, encoding="utf-8", timeout=30, check=False)
    assert ended.returncode == expect, ended
    return ended.stdout if expect == 0 else ended.stderr


def commands():
    return set(re.findall(r"^  ([a-z-]+) +\S", thumbmill("--help").split("Commands:")[1].split("Options:")[0], re.MULTILINE))


def options(command):
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)", thumbmill(command, "--help").partition("Application Options:")[2], re.MULTILINE))


class CompletionCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="thumbmill-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        for name in ("photos.yaml", "two words.yaml"):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8"):
                pass


class TestBash(CompletionCase):
    def complete(self, *words):
        """What bash offers for the last of these words."""
        script = thumbmill("completion", "bash") + 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _thumbmill; printf "%s\\n" "${COMPREPLY[@]}"'
        ended = subprocess.run(["bash", "--norc", "-c", script, "bash", *words], cwd=self.folder, capture_output=True, encoding="utf-8", timeout=30, check=True)
        self.assertEqual(ended.stderr, "")
        return {line for line in ended.stdout.splitlines() if line}

    def test_commands(self):
        self.assertEqual(self.complete("thumbmill", "") - {"help", "--help", "--version"}, commands())
        self.assertEqual(self.complete("thumbmill", "do"), {"doctor"})

    def test_every_option_of_every_command(self):
        for command in commands():
            self.assertEqual(self.complete("thumbmill", command, "--") | {"--help"}, options(command) | {"--help"}, command)

    def test_values(self):
        self.assertEqual(self.complete("thumbmill", "run", "--log-format", ""), {"text", "json"})
        self.assertEqual(self.complete("thumbmill", "run", "--log-format", "=", "j"), {"json"})
        self.assertEqual(self.complete("thumbmill", "run", "--log-level", "="), {"debug", "info", "warning", "error"})
        for words in (("-c", ""), ("--config", ""), ("--config", "="), ("--config", "=", "")):
            self.assertEqual(self.complete("thumbmill", "run", *words), {"photos.yaml", "two words.yaml"}, words)
        self.assertEqual(self.complete("thumbmill", "run", "--max-duration", ""), set())
        self.assertEqual(self.complete("thumbmill", "preview", "ph"), {"photos.yaml"})
        self.assertEqual(self.complete("thumbmill", "run", "ph"), set())
        self.assertEqual(self.complete("thumbmill", "unknown", ""), set())


class TestFish(CompletionCase):
    def complete(self, line):
        path = os.path.join(self.folder, ".config.fish")
        with open(path, "w", encoding="utf-8") as file:
            file.write(thumbmill("completion", "fish"))
        ended = subprocess.run(["fish", "--no-config", "-c", f"source {path}; complete -C '{line}'"], cwd=self.folder, capture_output=True,
                               encoding="utf-8", timeout=30, env={**os.environ, "HOME": self.folder, "XDG_CONFIG_HOME": self.folder}, check=True)
        self.assertEqual(ended.stderr, "")
        return {line.split("\t")[0] for line in ended.stdout.splitlines()}

    def test_commands_and_options(self):
        self.assertEqual(self.complete("thumbmill "), commands())
        for command in commands():
            self.assertEqual(self.complete(f"thumbmill {command} --") - {"--help"}, options(command) - {"--help"}, command)

    def test_values(self):
        self.assertEqual(self.complete("thumbmill run --log-format "), {"text", "json"})
        self.assertEqual(self.complete("thumbmill run -c ph"), {"photos.yaml"})
        self.assertEqual(self.complete("thumbmill run --max-duration "), set())


class TestZsh(CompletionCase):
    """In a terminal, since zsh completes in its line editor only."""

    def complete(self, line):
        """All that zsh shows after this line and two tabs."""
        with open(os.path.join(self.folder, "_thumbmill"), "w", encoding="utf-8") as file:
            file.write(thumbmill("completion", "zsh"))
        with open(os.path.join(self.folder, ".zshrc"), "w", encoding="utf-8") as file:
            file.write("fpath=($ZDOTDIR $fpath)\nautoload -Uz compinit\ncompinit -u -D\nPS1='READY> '\nLISTMAX=1000\nzstyle ':completion:*' list-prompt ''\n"
                       "unsetopt zle_bracketed_paste\n")
        leader, follower = pty.openpty()
        child = subprocess.Popen(["zsh", "-i"], stdin=follower, stdout=follower, stderr=follower, cwd=self.folder, start_new_session=True,
                                 env={**os.environ, "ZDOTDIR": self.folder, "HOME": self.folder, "TERM": "vt100", "COLUMNS": "200", "LINES": "100"})
        os.close(follower)
        try:
            seen = self.read_until(leader, lambda text: "READY> " in text, 30)
            self.assertIn("READY> ", seen)
            os.write(leader, line.encode() + b"\t\t")
            return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x09\x0b-\x1f]", "", self.read_until(leader, lambda text: False, 2.5))
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            os.close(leader)

    def read_until(self, leader, is_enough, timeout_s):
        seen, deadline = "", time.monotonic() + timeout_s
        while not is_enough(seen) and (left := deadline - time.monotonic()) > 0:
            if select.select([leader], [], [], left)[0]:
                seen += os.read(leader, 65536).decode(errors="replace")
        return seen

    def test_it_is_valid(self):
        path = os.path.join(self.folder, "_thumbmill")
        with open(path, "w", encoding="utf-8") as file:
            file.write(thumbmill("completion", "zsh"))
        subprocess.run(["zsh", "-n", path], check=True, timeout=30)

    def test_commands_options_and_values(self):
        shown = self.complete("thumbmill ")
        self.assertEqual({name for name in commands() if re.search(rf"(?m)(^| ){name} +-- ", shown)}, commands(), shown)
        shown = self.complete("thumbmill run --")
        for option in options("run"):
            self.assertIn(option, shown)
        self.assertIn("thumbmill doctor", self.complete("thumbmill doc"))
        self.assertRegex(self.complete("thumbmill run --log-format "), r"json +text")
        self.assertIn("photos.yaml", self.complete("thumbmill run -c pho"))


class TestCommand(unittest.TestCase):
    def test_only_known_shells(self):
        for arguments in ((), ("tcsh",), ("bash", "zsh")):
            self.assertIn("takes bash, zsh or fish", thumbmill("completion", *arguments, expect=2))


if __name__ == "__main__":
    unittest.main()

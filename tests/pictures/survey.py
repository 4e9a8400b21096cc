"""Renders the corpus with thumbmill, has Chromium compare the outputs, and judges by the list of exceptions.

Used by tests/e2e/test_pictures.py, and by tests/pictures/differences, which keeps the table.
"""

import fnmatch
import os
import platform
import re
import struct
import subprocess
from typing import NamedTuple

import harness

from . import comparison
from .browser import Browser
from .corpus import corpus

HERE = os.path.dirname(os.path.realpath(__file__))
EXCEPTIONS, TABLE = os.path.join(HERE, "exceptions.txt"), os.path.join(HERE, "differences.md")
KEY = "{output}/{dir}{name}.{ext}"
STILLS = [
    {"name": "full", "width": 16000, "fit": "inside", "format": "png", "key": KEY},
    {"name": "half", "width": 64, "height": 64, "fit": "inside", "format": "png", "key": KEY},
]
MOVING = [
    {"name": "webp", "width": 1000, "format": "webp", "lossless": "true", "effort": 1, "key": KEY},
    {"name": "gif", "width": 1000, "format": "gif", "key": KEY},
]
# what an exception says of the files that it names
DIFFERS, REFUSED, CHROMIUM = "differs", "refused", "chromium"
ORIGINAL = "original"  # the comparison of an original with the PNG that stands for it


KIND = re.compile(r"(differs|refused|chromium)(?:\[(\w+)(<|>=)([\d.]+)\])?")


class Listed(NamedTuple):
    """A line of exceptions.txt."""

    pattern: str
    kind: str
    reason: str


def numbers(version):
    return tuple(map(int, version.split(".")))


def versions():
    """Of libraries, {"libvips": (8, 16, 1)}, as thumbmill names them; and of Debian, whose Chromium and encoders make and judge
    the corpus."""
    said = subprocess.run([os.path.join(harness.BIN, "thumbmill"), "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    found = re.findall(r"(lib(?:vips|heif|png)) (\d+(?:\.\d+)+)", said)
    release = platform.freedesktop_os_release().get("VERSION_ID")
    return {name: numbers(version) for name, version in [*found, ("debian", release)] if version}


def exceptions(lines, installed):
    """Those of the lines that hold for these versions of libraries; a library that is not there has none of its own."""
    found = []
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        pattern, kind, reason = line.split(None, 2)
        match = KIND.fullmatch(kind)
        if not match:
            raise AssertionError(f"{EXCEPTIONS}: {line}")
        if match[2]:
            version = installed.get(match[2])
            if version is None or (version < numbers(match[4])) != (match[3] == "<"):
                continue
        found.append(Listed(pattern, match[1], reason))
    return found


def read_exceptions():
    with open(EXCEPTIONS, encoding="utf-8") as file:
        return exceptions(file, versions())


def is_listed(name, kind):
    """Whether an exception of this kind names the file, with the versions that are installed."""
    return any(each.kind == kind and fnmatch.fnmatchcase(name, each.pattern) for each in read_exceptions())


def png_size(path):
    with open(path, "rb") as file:
        return struct.unpack(">II", file.read(24)[16:])


class Survey:
    """Takes a minute. results: {(name, output): difference, or why there is none}; refused: {name: thumbmill's reason}."""

    def __init__(self, folder):
        self.folder, self.entries = folder, corpus()
        self.by_name = {entry.name: entry for entry in self.entries}
        self.exceptions = read_exceptions()
        self.results, self.refused = {}, {}
        for entry in self.entries:
            self.write("originals", entry.name, entry.data)
            if entry.shown:
                self.write("shown", entry.name + ".png", entry.shown)
        self.render("stills", STILLS, ["*"])
        self.render("moving", MOVING, ["*-animation/*"])
        with Browser() as browser:
            self.results.update(comparison.compare_stills(browser, folder, list(self.pairs())))
            self.results.update(comparison.compare_animations(browser, folder, list(self.animations())))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, folder, name, data):
        path = self.path(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def render(self, name, outputs, include):
        os.mkdir(self.path(name))
        source = {"url": f"file://{self.path('originals')}/", "include": include}
        config = harness.write_config(self.path(name + ".yaml"), source, f"file://{self.path(name)}/", outputs)
        run = harness.Run(config)
        code = run.finish()
        if code not in (0, 1):
            raise AssertionError(f"exit code {code}: {run.stderr[-2000:]}")
        for failure in run.report["failures"]:
            self.refused[failure["key"]] = failure["reason"]

    def pairs(self):
        for entry in self.entries:
            stands = self.path("shown", entry.name + ".png") if entry.shown else None
            for output in STILLS:
                made = self.path("stills", output["name"], entry.name + ".png")
                if os.path.exists(made):
                    original = stands or self.path("originals", entry.name)
                    yield comparison.Pair((entry.name, output["name"]), original, made, png_size(made), output["name"] == "full")
            if stands:
                yield comparison.Pair((entry.name, ORIGINAL), self.path("originals", entry.name), stands, png_size(stands), True)

    def animations(self):
        """As GIF only what was one: others have more colours and degrees of alpha than that holds."""
        for entry in self.entries:
            for output in MOVING:
                made = self.path("moving", output["name"], f"{entry.name}.{output['format']}")
                if entry.moves and os.path.exists(made) and (output["format"] == "webp" or entry.name.endswith(".gif")):
                    yield (entry.name, output["name"]), self.path("originals", entry.name), made

    def found(self, name):
        """The exceptions' kinds that this file needs."""
        kinds = {REFUSED} if name in self.refused else set()
        for output in [*STILLS, *MOVING]:
            result = self.results.get((name, output["name"]), 0)
            if comparison.is_different(result) and not self.is_left_to_others(name, result):
                kinds.add(DIFFERS)
        original = self.results.get((name, ORIGINAL), 0)
        if comparison.is_different(original) and original != comparison.NOT_SHOWN:
            kinds.add(CHROMIUM)
        return kinds

    def is_left_to_others(self, name, result):
        """A case that Chromium does not show, and that no PNG stands for, is looked at in tests/imaging only."""
        entry = self.by_name[name]
        return result == comparison.NOT_SHOWN and entry.kind == "cases" and not entry.shown

    def listed(self, name):
        return {each.kind for each in self.exceptions if fnmatch.fnmatchcase(name, each.pattern)}

    def describe(self, name):
        results = {label[1]: result for label, result in self.results.items() if label[0] == name}
        return f"{name}: {self.refused.get(name, '')} {results}"

    def unexpected(self, kind):
        """Files that need an exception of this kind, and that none names."""
        return [self.describe(entry.name) for entry in self.entries if kind in self.found(entry.name) - self.listed(entry.name)]

    def outdated(self):
        """Exceptions that name no file, or one that does not need it."""
        lines = []
        for each in self.exceptions:
            names = [entry.name for entry in self.entries if fnmatch.fnmatchcase(entry.name, each.pattern)]
            lines += [] if names else [f"{each.pattern} names no file"]
            lines += [f"{each.pattern} {each.kind}: {self.describe(name)}" for name in names if each.kind not in self.found(name)]
        return lines

    def table(self):
        """The lines of differences.md."""
        kinds = {}
        for entry in self.entries:
            kinds.setdefault(entry.kind, []).append(entry.name)
        lines = []
        for kind, names in sorted(kinds.items()):
            counts = [sum(each in self.found(name) for name in names) for each in (DIFFERS, REFUSED, CHROMIUM)]
            worst = [self.worst(names, outputs) for outputs in (("full",), ("half",), ("webp", "gif"))]
            lines.append("| " + " | ".join(map(str, (kind, len(names), *worst, *counts))) + " |")
        return lines

    def worst(self, names, outputs):
        """Of the files that are no exceptions."""
        judged = [name for name in names if not self.found(name) & {DIFFERS, REFUSED}]
        found = [self.results.get((name, output)) for name in judged for output in outputs]
        return max((result for result in found if isinstance(result, int)), default="")

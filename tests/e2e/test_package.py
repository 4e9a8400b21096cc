#!/usr/bin/python3
"""The Debian package: what is in it, what it depends on, and that it installs, starts, upgrades and is removed cleanly, under a
real systemd (tests/systemd/boot). And the RPM: what is in it.

scripts/deb builds it here, without tests. Like test_systemd.py this file runs twice, outside and inside. THUMBMILL_PREVIOUS: the
last release's package, from which the upgrade begins.
"""

import glob
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness
from harness import EXECUTABLES, SMALL_OUTPUTS, encode, photograph, wait_until, write_config
from test_systemd import CONFIG, INSIDE, SOURCE, STATE, UNIT, journal_text, outputs, pids, run, show

PACKAGE = "/opt/thumbmill.deb"
PREVIOUS = "/opt/previous.deb"
AUTOPKGTEST = "/opt/tests/directories"
OTHERS = ("thumbmill-notes.txt", "thumbmill_0.0.1-1~deb12_amd64.deb")
UNITS = "/usr/lib/systemd/system/thumbmill*"


# What may be at the root of a desktop, or slow and large, and has no business on a server.
UNWANTED = r"^(libx11|libxcb|libxext|libgl1|libgtk|libwayland|.*magick|python|libpython)"


def packages_below(roots, leave_out=""):
    """The packages that apt would install for these, first alternatives only, but for what only those named leave_out need."""
    listing = subprocess.run(["apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "--no-enhances", "--no-conflicts",
                              "--no-breaks", "--no-replaces", *roots], capture_output=True, text=True, check=True).stdout
    edges, is_alternative = {}, False
    for line in listing.splitlines():
        depends = re.match(r" ([ |])(?:Pre)?Depends: <?([^>:]+)", line)
        if depends:
            if not is_alternative:
                here.append(depends[2])
            is_alternative = depends[1] == "|"
        elif not line.startswith(" "):
            here = edges.setdefault(line.split(":")[0], [])
            is_alternative = False
    found, ahead = set(), list(roots)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += [] if re.match(leave_out or "$^", name) else edges.get(name, [])
    return found


class TestOutside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = harness.temporary_folder()
        for name in OTHERS:
            with open(os.path.join(cls.folder, name), "w", encoding="utf-8"):
                pass
        done = subprocess.run([os.path.join(harness.ROOT, "scripts", "deb"), cls.folder], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.package = done.stdout.strip()
        cls.depends = re.findall(r"([a-z0-9.+-]+)(?: \([^)]*\))?(?:, |$)", cls.field(cls.package, "Depends"))

    @staticmethod
    def field(package, name):
        return subprocess.run(["dpkg-deb", "-f", package, name], capture_output=True, text=True, check=True).stdout.strip()

    def files(self):
        return subprocess.run(f"dpkg-deb --fsys-tarfile '{self.package}' | tar -t", shell=True, capture_output=True, text=True,
                              check=True).stdout.splitlines()

    def test_other_files_stay_where_it_is_put(self):
        self.assertLessEqual(set(OTHERS), set(os.listdir(self.folder)))

    def test_lintian_finds_nothing(self):
        """But for spelling in executables: it takes machine code for words, such as "wTH", a jump before a 64-bit instruction."""
        changes = glob.glob(os.path.join(self.folder, "*.changes"))
        done = subprocess.run(["lintian", "--allow-root", "--pedantic", "--display-experimental", "--suppress-tags", "spelling-error-in-binary",
                               "--fail-on", "error,warning,info,pedantic,experimental", *changes],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_what_it_depends_on(self):
        """Libraries only, none of X11, ImageMagick or Python. Debian's libvips brings X11's client library and ImageMagick's
        core, whoever uses it; nothing else here does, and Python comes with neither."""
        libraries = ("libc6", "libcurl4", "libexpat1", "libglib2.0-0", "libjansson4", "liblcms2-2", "libmicrohttpd12", "libseccomp2", "libsqlite3-0",
                     "libssl3", "libvips42", "libyaml-0-2", "zlib1g")
        self.assertEqual(sorted(name.removesuffix("t64") for name in self.depends), sorted(libraries))
        ours = packages_below(self.depends, leave_out="libvips42")
        self.assertGreater(len(ours), len(libraries), "that is no list of what they depend on")
        self.assertEqual([name for name in ours if re.match(UNWANTED, name)], [])
        everything = packages_below(self.depends)
        self.assertEqual([name for name in everything if re.match("(lib)?python", name)], [])
        self.assertIn("libx11-6", everything, "libvips no longer needs it: say so in the README")

    def test_libraries_of_each_executable(self):
        unpacked = os.path.join(self.folder, "unpacked")
        subprocess.run(["dpkg-deb", "-x", self.package, unpacked], check=True)
        needed = {}
        for path in [f"{unpacked}/usr/bin/thumbmill", *glob.glob(f"{unpacked}/usr/libexec/thumbmill/*")]:
            listing = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
            needed[os.path.basename(path)] = set(re.findall(r"\(NEEDED\).*\[(lib\w+)", listing))
        self.assertEqual(sorted(needed), sorted(EXECUTABLES))
        self.assertEqual([name for name in needed if "libvips" in needed[name]], ["thumbmill-imager"])
        self.assertEqual([name for name in needed if "libmicrohttpd" in needed[name]], ["thumbmill-web"])
        self.assertEqual([name for name in needed if "libcurl" in needed[name] and name not in
                          ("thumbmill-supervisor", "thumbmill-worker")], [])
        self.assertEqual([library for libraries in needed.values() for library in libraries if re.match(UNWANTED, library.lower())], [])

    def test_the_rpm_has_the_same_files(self):
        """Made from the build that is tested, whose prefix is another one. What Debian alone wants is left out."""
        build = os.path.dirname(harness.BUILT)
        subprocess.run(["cpack", "-G", "RPM", "--config", os.path.join(build, "CPackConfig.cmake"), "-B", self.folder],
                       cwd=self.folder, check=True, capture_output=True)
        rpm = glob.glob(os.path.join(self.folder, "*.rpm"))[0]
        listed = subprocess.run(["rpm", "-qp", "--qf", "[%{FILEMODES:perms} %{FILENAMES}\\n]", rpm], capture_output=True, text=True,
                                check=True).stdout.splitlines()
        there = {path.removeprefix("/usr/local/") for mode, path in map(str.split, listed) if not mode.startswith("d")}
        # debhelper compresses man pages, and documents that are large enough
        debian = {path.removeprefix("./usr/").removesuffix(".gz") for path in self.files() if not path.endswith("/")}
        document = "share/doc/thumbmill/"
        only_debian = {document + name for name in ("OPERATIONS.md", "README.md", "SECURITY.md", "changelog", "changelog.Debian", "copyright")}
        only_debian.add("share/lintian/overrides/thumbmill")
        self.assertLessEqual(only_debian, debian)
        self.assertEqual(there, debian - only_debian | {document + "LICENSE"})
        folders = {path for mode, path in map(str.split, listed) if mode.startswith("d")}
        self.assertEqual([path for path in folders if "thumbmill" not in path], [], "folders of the system's")

    @unittest.skipUnless(os.geteuid() == 0 and os.path.exists("/lib/systemd/systemd"), "it takes root, and systemd")
    def test_inside_a_machine(self):
        with tempfile.TemporaryDirectory(prefix="thumbmill-e2e-") as stage:
            os.mkdir(os.path.join(stage, "opt"))
            shutil.copy(self.package, stage + PACKAGE)
            self.make_previous(stage + PREVIOUS)
            os.mkdir(os.path.join(stage, "opt", "tests"))
            for path in glob.glob(os.path.join(harness.ROOT, "debian", "tests", "*")):
                shutil.copy(path, os.path.join(stage, "opt", "tests"))
            done = subprocess.run([os.path.join(harness.ROOT, "tests", "systemd", "boot"), "-i", stage, "--", "env",
                                   "THUMBMILL_INSIDE=yes", f"THUMBMILL_BIN={harness.BUILT}", "/usr/bin/python3",
                                   os.path.realpath(__file__), "-v"], capture_output=True, text=True, timeout=360, check=False)
        sys.stderr.write(done.stderr)
        self.assertEqual(done.returncode, 0)

    def make_previous(self, path):
        """The last release, $THUMBMILL_PREVIOUS; without one this package under the number of an older one."""
        if "THUMBMILL_PREVIOUS" in os.environ:
            shutil.copy(os.environ["THUMBMILL_PREVIOUS"], path)
            return
        tree = os.path.join(self.folder, "previous")
        subprocess.run(["dpkg-deb", "-R", self.package, tree], check=True)
        control = os.path.join(tree, "DEBIAN", "control")
        with open(control, encoding="utf-8") as file:
            text = re.sub(r"(?m)^Version: .*$", "Version: 0.0.1-1", file.read())
        with open(control, "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run(["dpkg-deb", "-b", tree, path], check=True, stdout=subprocess.DEVNULL)


class TestInside(unittest.TestCase):
    def is_settled(self):
        return show("ActiveState") == "active" and show("StatusText").startswith("idle")

    def test_from_installation_to_purge(self):
        run("dpkg", "-i", PREVIOUS)
        self.look_at_units()
        self.assertEqual(run("/usr/bin/thumbmill", "--version").stdout.split()[0], "thumbmill")
        self.assertEqual(glob.glob("/usr/include/concurrent*"), [], "the library is no part of it")
        for page in ("man1/thumbmill.1", "man5/thumbmill.yaml.5", "man8/thumbmill.8"):
            self.assertTrue(os.path.exists(f"/usr/share/man/{page}.gz"), page)
        with open("/usr/share/doc/thumbmill/copyright", encoding="utf-8") as file:
            self.assertIn("License: Expat", file.read())
        os.makedirs(SOURCE)
        with open(f"{SOURCE}/a.jpg", "wb") as file:
            file.write(encode(photograph(0, 300), "jpeg"))
        write_config(CONFIG, f"file://{SOURCE}/", f"file://{STATE}/images/", SMALL_OUTPUTS)
        run("systemctl", "enable", "--now", UNIT)
        self.assertTrue(wait_until(lambda: len(outputs()) == 2 and self.is_settled(), 30, 0.1), journal_text())
        self.upgrade()
        self.look_at_units()
        run(AUTOPKGTEST)

        run("dpkg", "-r", "thumbmill")
        self.assertEqual(pids("thumbmill"), {}, "it still runs")
        self.assertEqual(glob.glob(UNITS) + glob.glob("/usr/libexec/thumbmill") + glob.glob("/usr/bin/thumbmill"), [])
        self.assertTrue(os.path.exists(CONFIG) and outputs(), "what is not the package's is kept")
        run("dpkg", "-P", "thumbmill")
        self.assertFalse(os.path.exists(STATE), "a purge takes what it remembered")
        self.assertEqual(glob.glob("/etc/systemd/system/*/thumbmill*"), [], "a purge takes the links of enabled units")
        self.assertTrue(os.path.exists(CONFIG))
        self.without_systemd()

    def look_at_units(self):
        done = run("systemd-analyze", "verify", *glob.glob(UNITS))
        self.assertEqual(done.stdout + done.stderr, "")
        for unit in glob.glob("/usr/lib/systemd/system/thumbmill*.service"):
            run("systemd-analyze", "security", "--offline=yes", "--threshold=12", unit)

    def upgrade(self):
        """What an administrator edited, what is enabled, what stands still and what the daemons remember outlasts it; what ran
        goes on with the new version."""
        edited = [CONFIG, "/etc/thumbmill/aws-credentials", f"/etc/systemd/system/{UNIT}.d/override.conf"]
        os.makedirs(os.path.dirname(edited[2]))
        for path, text in zip(edited, ("# mine\n", "[default]\n", "[Service]\nNice=3\n")):
            with open(path, "a", encoding="utf-8") as file:
                file.write(text)
        os.chmod(edited[1], 0o600)
        shutil.copy(CONFIG, "/etc/thumbmill/idle.yaml")
        with open(f"{SOURCE}/broken.jpg", "wb") as file:
            file.write(b"no image")
        run("/usr/bin/thumbmill", "run-now", "-c", CONFIG)
        remembered = wait_until(lambda: self.failures(), 30, 0.1)
        self.assertEqual({failure["key"] for failure in remembered or []}, {"broken.jpg"}, journal_text())
        self.assertTrue(wait_until(self.is_settled, 30, 0.1), journal_text())
        before, kept = show("MainPID"), {path: self.kept(path) for path in edited + outputs()}
        run("dpkg", "-i", PACKAGE)
        self.assertTrue(wait_until(lambda: show("MainPID") not in ("0", before) and self.is_settled(), 30, 0.1), journal_text())
        self.assertEqual((show("NRestarts"), show("Result"), show("Nice")), ("0", "success", "3"))
        self.assertEqual({path: self.kept(path) for path in kept}, kept)
        self.assertEqual(self.failures(), remembered)
        self.assertEqual(run("systemctl", "is-enabled", UNIT).stdout.strip(), "enabled")
        for unit in ("thumbmill.service", "thumbmill@idle.service"):
            self.assertEqual((show("ActiveState", unit), run("systemctl", "is-enabled", unit, expect=1).stdout.strip()),
                             ("inactive", "disabled"))

    @staticmethod
    def kept(path):
        status = os.stat(path)
        with open(path, "rb") as file:
            return status.st_mode, status.st_ino, file.read()

    @staticmethod
    def failures():
        return json.loads(run("env", f"STATE_DIRECTORY={STATE}", "/usr/bin/thumbmill", "failures", "list", "--json",
                              "-c", CONFIG, expect=None).stdout or "{}").get("failures", [])

    def without_systemd(self):
        """As in a container: neither systemd-sysusers nor systemd-tmpfiles."""
        run("userdel", "thumbmill")
        shutil.rmtree("/etc/thumbmill")
        tools = ["/usr/bin/systemd-sysusers", "/usr/bin/systemd-tmpfiles"]
        for tool in tools:
            os.rename(tool, tool + ".away")
        try:
            run("dpkg", "-i", PACKAGE)
        finally:
            for tool in tools:
                os.rename(tool + ".away", tool)
        user = pwd.getpwnam("thumbmill")
        self.assertEqual((user.pw_dir, user.pw_shell), ("/var/lib/thumbmill", "/usr/sbin/nologin"))
        self.assertTrue(os.path.isdir("/etc/thumbmill"))
        run("dpkg", "-P", "thumbmill")
        self.assertFalse(os.path.exists("/etc/thumbmill"), "an empty folder goes with a purge")


if __name__ == "__main__":
    del globals()["TestOutside" if INSIDE else "TestInside"]
    unittest.main()

#!/usr/bin/python3
"""Versions come from tags and sort as dpkg and rpm sort them; the tarball of a release is the same each time; its bill of
materials names all that the package needs. What takes roots is tried by scripts/release itself.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import unittest

from harness import NOBODY, ROOT, VERSION, needs_root, temporary_folder

IDENTITY = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"]


class Tree(unittest.TestCase):
    """A repository of its own with the scripts and the texts that a release is named in."""

    def setUp(self):
        self.tree = os.path.join(os.path.realpath(temporary_folder()), "tree")
        os.makedirs(os.path.join(self.tree, "debian"))
        os.mkdir(os.path.join(self.tree, "scripts"))
        for name in ("version", "release", "lib-install", "lib-checkout"):
            shutil.copy(os.path.join(ROOT, "scripts", name), os.path.join(self.tree, "scripts"))
        self.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n## 1.2.0 (2031-05-06)\n\n- a line\n")
        self.write("debian/changelog", "thumbmill (1.2.0-1) unstable; urgency=medium\n\n  * A line.\n\n"
                   " -- A <a@example.org>  Tue, 06 May 2031 00:00:10 +0000\n")

    def write(self, name, text):
        with open(os.path.join(self.tree, name), "w", encoding="utf-8") as file:
            file.write(text)

    def git(self, *arguments):
        return subprocess.run(["git", *IDENTITY, "-C", self.tree, *arguments], capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, *options):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "a change", *options)

    def version(self, *options):
        said = subprocess.run([os.path.join(self.tree, "scripts", "version"), *options], capture_output=True, text=True,
                              check=True).stdout.strip()
        self.assertRegex(said, f"^{VERSION}$")
        return said

    def release(self, folder, expect=0):
        done = subprocess.run([os.path.join(self.tree, "scripts", "release"), "--tarball", folder], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stderr


class TestVersion(Tree):
    def test_from_nothing_to_after_a_release(self):
        versions = [self.version()]
        self.assertEqual(versions[0], "0.1.0~dev", "no git")
        self.git("init", "-q")
        self.commit()
        versions.append(self.version())
        self.assertRegex(versions[-1], r"^0\.1\.0~dev\.1\.g[0-9a-f]{7}$")
        self.assertEqual(self.version("--short"), "0.1.0~dev")
        self.commit("--allow-empty")
        versions.append(self.version())
        for tag, release in (("v0.1.0", "0.1.0"), ("v0.2.0-rc1", "0.2.0~rc1"), ("v0.2.0-rc2", "0.2.0~rc2"), ("v0.2.0", "0.2.0")):
            self.git("tag", "-a", "-m", tag, tag)
            versions.append(self.version())
            self.assertEqual((versions[-1], self.version("--short")), (release, release))
            self.commit("--allow-empty")
            versions.append(self.version())
            self.assertRegex(versions[-1], "^" + re.escape(release) + r"\+1\.g[0-9a-f]{7}$")
            self.assertEqual(self.version("--short"), f"{release}+dev")
        self.git("tag", "no-release")
        self.assertEqual(self.version(), versions[-1])
        packages = [f"{version}-1~deb{release}" for version in versions for release in (12, 13)]
        for older, newer in zip(packages, packages[1:]):
            subprocess.run(["dpkg", "--compare-versions", older, "lt", newer], check=True)
        subprocess.run(["dpkg", "--compare-versions", packages[-1], "lt", f"{versions[-1]}-1"], check=True)
        for older, newer in zip(versions, versions[1:]):
            order = subprocess.run(["rpm", "--eval", f'%{{lua:print(rpm.vercmp("{older}", "{newer}"))}}'], capture_output=True, text=True,
                                   check=True).stdout.strip()
            self.assertEqual(order, "-1", f"rpm: {older}, {newer}")

    def test_a_tag_of_another_form_is_refused(self):
        self.git("init", "-q")
        self.commit()
        for tag in ("v1", "v1.2.3_4", "v1.2.3-rc1-again"):
            self.git("tag", tag)
            done = subprocess.run([os.path.join(self.tree, "scripts", "version")], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, ""), tag)
            self.assertIn(f"the tag {tag} is neither vX.Y.Z nor vX.Y.Z-rcN", done.stderr)
            self.git("tag", "-d", tag)

    def test_an_unpacked_tarball_says_what_it_is(self):
        self.write("VERSION", "1.2.3\n")
        self.assertEqual(self.version(), "1.2.3")
        self.git("init", "-q")
        self.assertEqual(self.version(), "1.2.3")

    def test_a_copy_leaves_the_commit_out_of_a_short_version(self):
        """As a working tree does, so that its debug build is not compiled anew for each commit."""
        for version, short in (("0.1.0~dev.412.gb55d3fa", "0.1.0~dev"), ("0.1.0+12.gb55d3fa", "0.1.0+dev"), ("0.1.0~dev", "0.1.0~dev"),
                               ("0.2.0~rc1+3.gb55d3fa", "0.2.0~rc1+dev"), ("0.2.0~rc1", "0.2.0~rc1"), ("0.2.0", "0.2.0")):
            self.write("VERSION", f"{version}\n")
            self.assertEqual((self.version(), self.version("--short")), (version, short))

    def test_a_copy_in_another_repository_is_not_taken_for_it(self):
        parent = os.path.dirname(self.tree)
        subprocess.run(["git", "-C", parent, "init", "-q"], check=True)
        subprocess.run(["git", *IDENTITY, "-C", parent, "commit", "-q", "--allow-empty", "-m", "other"], check=True)
        subprocess.run(["git", "-C", parent, "tag", "v9.9.9"], check=True)
        self.assertEqual(self.version(), "0.1.0~dev")


class TestCheckout(Tree):
    """What scripts/lib-checkout knows of the commit, for the image and the packages."""

    def describe(self, **environment):
        script = '. "$1/scripts/lib-checkout" && checkout_revision "$1" && checkout_epoch "$1"'
        cleared = {name: value for name, value in os.environ.items() if name not in ("SOURCE_DATE_EPOCH", "SUDO_UID")}
        return subprocess.run(["bash", "-euc", script, "bash", self.tree], capture_output=True, text=True, check=True,
                              env={**cleared, "HOME": "/nonexistent", **environment}).stdout.split()

    def commit_at(self, epoch):
        self.git("init", "-q")
        self.commit("--allow-empty", f"--date={epoch} +0000")
        return self.git("rev-parse", "HEAD"), self.git("log", "-1", "--format=%ct")

    def test_without_git_the_time_is_that_of_the_changelog(self):
        self.assertEqual(self.describe(), ["unknown", "1935792010"])
        self.assertEqual(self.describe(SOURCE_DATE_EPOCH="5"), ["unknown", "5"])

    def test_the_commit(self):
        commit, epoch = self.commit_at(1900000000)
        self.assertEqual(self.describe(), [commit, epoch])
        self.write("CHANGELOG.md", "other")
        self.assertEqual(self.describe(), [f"{commit}-dirty", epoch])

    @needs_root
    def test_the_commit_of_another_user(self):
        commit, epoch = self.commit_at(1900000000)
        for folder, _, names in os.walk(self.tree):
            for entry in (folder, *(os.path.join(folder, name) for name in names)):
                os.chown(entry, NOBODY, NOBODY)
        self.assertEqual(self.describe(), [commit, epoch])

    def test_a_copy_in_another_repository_is_not_taken_for_it(self):
        parent = os.path.dirname(self.tree)
        subprocess.run(["git", "-C", parent, "init", "-q"], check=True)
        subprocess.run(["git", *IDENTITY, "-C", parent, "commit", "-q", "--allow-empty", "-m", "other"], check=True)
        self.assertEqual(self.describe(), ["unknown", "1935792010"])


class TestTarball(Tree):
    def setUp(self):
        super().setUp()
        self.git("init", "-q")
        self.commit()
        self.git("tag", "v1.2.0")

    def made(self, name):
        folder = os.path.join(os.path.dirname(self.tree), name)
        self.release(folder)
        self.assertEqual(os.listdir(folder), ["thumbmill-1.2.0.tar.gz"])
        return os.path.join(folder, "thumbmill-1.2.0.tar.gz")

    def test_it_is_the_same_each_time(self):
        digests = []
        for name in ("first", "second"):
            with open(self.made(name), "rb") as file:
                digests.append(hashlib.sha256(file.read()).hexdigest())
            for folder, _, names in os.walk(os.path.join(self.tree, "scripts")):
                for entry in names:
                    os.utime(os.path.join(folder, entry), (1, 1))
        self.assertEqual(digests[0], digests[1])

    def test_it_knows_its_version(self):
        with tarfile.open(self.made("out")) as tar:
            names = tar.getnames()
            self.assertEqual({name.split("/")[0] for name in names}, {"thumbmill-1.2.0"})
            self.assertEqual(tar.extractfile("thumbmill-1.2.0/VERSION").read().decode().strip(), "1.2.0")
            self.assertIn("thumbmill-1.2.0/CHANGELOG.md", names)

    def test_a_tag_that_the_changelogs_do_not_name_is_refused(self):
        self.git("tag", "-d", "v1.2.0")
        self.git("tag", "v1.3.0")
        self.assertIn("CHANGELOG.md has no '## 1.3.0 (DATE)'", self.release(self.tree + "-a", expect=1))
        self.write("CHANGELOG.md", "## 1.3.0 (2031-07-08)\n")
        self.assertIn("not committed", self.release(self.tree + "-b", expect=1))
        self.commit()
        self.git("tag", "-f", "v1.3.0")
        self.assertIn("debian/changelog does not begin with 1.3.0-1", self.release(self.tree + "-c", expect=1))

    def test_the_changelogs_need_not_name_a_release_to_come(self):
        self.git("tag", "-d", "v1.2.0")
        self.git("tag", "v1.3.0-rc1")
        folder = self.tree + "-rc"
        self.release(folder)
        self.assertEqual(os.listdir(folder), ["thumbmill-1.3.0~rc1.tar.gz"])

    def test_nothing_is_overwritten(self):
        folder = os.path.dirname(self.made("out"))
        self.assertIn("not empty", self.release(folder, expect=1))


class TestBillOfMaterials(unittest.TestCase):
    STATUS = """Package: libb1
Status: install ok installed
Architecture: amd64
Version: 2+x-1
Depends: libc6 (>= 2.3), nowhere | awk

Package: libc6
Status: install ok installed
Architecture: amd64
Version: 1-1

Package: libstdc++6
Status: install ok installed
Architecture: amd64
Version: 1:6-1

Package: mawk
Status: install ok installed
Architecture: amd64
Version: 3-1
Provides: awk

Package: unrelated
Status: install ok installed
Architecture: all
Version: 4-1

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 5-1
"""

    def sbom(self, depends):
        folder = temporary_folder()
        os.makedirs(f"{folder}/tree/DEBIAN")
        with open(f"{folder}/tree/DEBIAN/control", "w", encoding="utf-8") as file:
            file.write("Package: thumbmill\nVersion: 1.0-1~deb13\nArchitecture: amd64\nMaintainer: A <a@example.org>\n"
                       f"Depends: {depends}\nDescription: x\n")
        with open(f"{folder}/status", "w", encoding="utf-8") as file:
            file.write(self.STATUS)
        subprocess.run(["dpkg-deb", "-b", f"{folder}/tree", f"{folder}/thumbmill.deb"], check=True, capture_output=True)
        return subprocess.run([os.path.join(ROOT, "scripts", "sbom"), "--status", f"{folder}/status", f"{folder}/thumbmill.deb"],
                              capture_output=True, text=True, check=False, env={**os.environ, "SOURCE_DATE_EPOCH": "0"})

    def test_all_that_is_needed_and_nothing_else(self):
        document = json.loads(self.sbom("libb1 (>= 1), libstdc++6").stdout)
        packages = {package["name"]: package for package in document["packages"]}
        self.assertEqual(sorted(packages), ["libb1", "libc6", "libstdc++6", "mawk", "thumbmill"])
        self.assertEqual(packages["libb1"]["externalRefs"][0]["referenceLocator"], "pkg:deb/debian/libb1@2%2Bx-1?arch=amd64&distro=debian-13")
        self.assertEqual(packages["libstdc++6"]["SPDXID"], "SPDXRef-Package-libstdc-plus-plus6")
        self.assertEqual(packages["libstdc++6"]["externalRefs"][0]["referenceLocator"],
                         "pkg:deb/debian/libstdc%2B%2B6@1%3A6-1?arch=amd64&distro=debian-13")
        names = {package["SPDXID"]: name for name, package in packages.items()}
        needed = sorted((names[relation["spdxElementId"]], names[relation["relatedSpdxElement"]])
                        for relation in document["relationships"] if relation["relationshipType"] == "DEPENDS_ON")
        self.assertEqual(needed, [("libb1", "libc6"), ("libb1", "mawk"), ("thumbmill", "libb1"), ("thumbmill", "libstdc++6")])
        self.assertEqual(document["creationInfo"]["created"], "1970-01-01T00:00:00Z")

    def test_what_is_not_installed_is_an_error(self):
        done = self.sbom("gone")
        self.assertEqual((done.returncode, done.stderr), (1, "sbom: thumbmill needs gone, which is not installed there\n"))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""The container image, built by scripts/image and run by podman and runc: what is in it, that it can be built again, and
runs and a daemon as an unprivileged user with nothing but what is mounted.

Environment: as of all tests with a gateway; THUMBMILL_IMAGE, an archive to test instead of a new one.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import unittest

import harness
from container import MACHINE, USER, Container, Podman, build
from harness import DirectoryCase, Gateway, credentials, encode, photograph, photograph_paths, slow_png, wait_until, write_config

MAX_IMAGE_BYTES = 150_000_000
CASES = os.path.join(harness.ROOT, "tests", "imaging", "cases")
SBOM = "usr/share/doc/thumbmill/sbom.spdx.json"
REVISION = "^[0-9a-f]{40}(-dirty)?$" if os.path.exists(os.path.join(harness.ROOT, ".git")) else "^unknown$"
MISNAMED = {"usr/share/common-licenses/GPL-2.0"}  # by some copyrights, though Debian has no such file
CONFIG = "/etc/thumbmill/thumbmill.yaml"

gateway = Gateway()
podman = Podman()
folder = harness.temporary_folder()
debian_root = os.path.join(folder, "root")
archive = os.environ.get("THUMBMILL_IMAGE", os.path.join(folder, "image.tar"))


def setUpModule():
    if not os.path.exists(archive):
        build(archive, DEBIAN_ROOT=debian_root)
    podman.load(archive)


class TestContent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tarfile.open(archive) as file:
            cls.manifest = json.load(file.extractfile("manifest.json"))[0]
            cls.config = json.load(file.extractfile(cls.manifest["Config"]))
            with tarfile.open(fileobj=file.extractfile(cls.manifest["Layers"][0])) as layer:
                cls.members = {member.name.removeprefix("./"): member for member in layer.getmembers()}
                cls.sums = {name: hashlib.sha256(layer.extractfile(member).read()).hexdigest()
                            for name, member in cls.members.items() if member.isfile()}
                cls.sbom = json.load(layer.extractfile(SBOM))

    def test_it_is_built_to_the_same_bytes_again(self):
        """The root has what was compiled; one library is compiled again, and the executables are linked again."""
        for name in ("base", "bin"):
            shutil.rmtree(os.path.join(debian_root, "src", "build", "package", name), ignore_errors=True)
        again = os.path.join(folder, "again.tar")
        build(again, DEBIAN_ROOT=debian_root)
        with open(archive, "rb") as first, open(again, "rb") as second:
            self.assertEqual(hashlib.sha256(first.read()).digest(), hashlib.sha256(second.read()).digest())

    def test_it_is_small_and_has_one_layer(self):
        self.assertEqual(len(self.manifest["Layers"]), 1)
        size = sum(member.size for member in self.members.values())
        print(f"the image has {size / 1e6:.1f} MB in {len(self.sums)} files", file=sys.stderr)
        self.assertLess(size, MAX_IMAGE_BYTES)

    def test_executables_are_thumbmills_and_no_shell(self):
        executables = {name for name, member in self.members.items()
                       if member.isfile() and member.mode & 0o111 and not re.search(r"\.so(\.|$)", name)}
        self.assertEqual(executables, {"usr/bin/thumbmill", "usr/libexec/thumbmill/thumbmill-supervisor",
                                       "usr/libexec/thumbmill/thumbmill-worker", "usr/libexec/thumbmill/thumbmill-imager",
                                       "usr/libexec/thumbmill/thumbmill-web"})
        self.assertEqual([name for name in self.members if name.startswith(("usr/bin/", "usr/sbin/", "bin", "sbin", "tmp"))],
                         ["usr/bin/thumbmill"])
        for shell in ("/bin/sh", "sh"):
            podman.run("run", "--rm", "--network", "none", *MACHINE, "--no-healthcheck", "--entrypoint", shell, podman.image,
                       "-c", ":", expect=127)

    def test_nothing_is_writable_but_two_folders(self):
        for name, member in self.members.items():
            owner = USER if name in ("var/lib/thumbmill", "run/thumbmill") else 0
            self.assertEqual((member.uid, member.gid), (owner, owner), name)
            if not member.issym():
                self.assertEqual(member.mode & 0o7022, 0, name)

    def test_its_configuration(self):
        config = self.config["config"]
        self.assertEqual((config["User"], config["Entrypoint"]), (f"{USER}:{USER}", ["thumbmill"]))
        self.assertEqual(config["Healthcheck"]["Test"], ["CMD", "thumbmill", "status", "--check"])
        labels = {name.removeprefix("org.opencontainers.image."): value for name, value in config["Labels"].items()}
        self.assertEqual(sorted(labels), ["description", "licenses", "revision", "title", "version"])
        self.assertRegex(labels["revision"], REVISION)
        self.assertEqual(labels["version"], self.sbom["packages"][0]["versionInfo"])
        self.assertEqual(podman.image, "localhost/thumbmill:" + re.sub("[~+]", "-", labels["version"]))
        self.assertEqual({member.mtime for member in self.members.values()}, {self.member_time()})

    def member_time(self):
        created = time.strptime(self.config["created"], "%Y-%m-%dT%H:%M:%SZ")
        return int(time.mktime(created) - time.timezone)

    def test_the_bill_of_materials_lists_every_file_and_its_package(self):
        listed = {file["fileName"].removeprefix("./"): file for file in self.sbom["files"]}
        self.assertEqual(sorted(listed), sorted(set(self.sums) - {SBOM}))
        for name, file in listed.items():
            sums = {entry["algorithm"]: entry["checksumValue"] for entry in file["checksums"]}
            self.assertEqual(sums["SHA256"], self.sums[name], name)
        packages = {package["SPDXID"]: package for package in self.sbom["packages"]}
        contained = [entry for entry in self.sbom["relationships"] if entry["relationshipType"] == "CONTAINS"]
        self.assertEqual(sorted(entry["relatedSpdxElement"] for entry in contained), sorted(file["SPDXID"] for file in listed.values()))
        self.assertEqual({entry["spdxElementId"] for entry in contained}, set(packages))
        owner = {entry["relatedSpdxElement"]: packages[entry["spdxElementId"]]["name"] for entry in contained}
        of = {name: owner[file["SPDXID"]] for name, file in listed.items()}
        self.assertEqual(of["usr/bin/thumbmill"], "thumbmill")
        self.assertEqual(of["etc/ssl/certs/ca-certificates.crt"], "ca-certificates")
        self.assertEqual({package for name, package in of.items() if "/libc.so" in name}, {"libc6"})
        for package in packages.values():
            self.assertRegex(package["versionInfo"], r"^\d")
            self.assertIn(f"usr/share/doc/{package['name']}/copyright", listed)


    def test_the_licences_that_copyrights_refer_to_are_there(self):
        with tarfile.open(archive) as file, tarfile.open(fileobj=file.extractfile(self.manifest["Layers"][0])) as layer:
            texts = {name: layer.extractfile(member).read().decode(errors="replace") for name, member in self.members.items()
                     if name.endswith("/copyright") and member.isfile()}
        referred = {name: set(re.findall(r"/(usr/share/common-licenses/[\w.+-]*\w)", text)) for name, text in texts.items()}
        self.assertIn("usr/share/common-licenses/LGPL-2.1", set().union(*referred.values()))
        for name, licences in referred.items():
            for licence in licences - MISNAMED:
                while self.members[licence].issym():
                    licence = os.path.normpath(os.path.join(os.path.dirname(licence), self.members[licence].linkname))
                self.assertIn(licence, self.sums, name)


class TestBuild(unittest.TestCase):
    def test_told_to_stop_it_leaves_nothing_behind(self):
        """While it waits for a mirror that never answers. The signal is for it alone, not for what it has started."""
        place = os.path.join(folder, "stopped")
        os.mkdir(place)
        environment = {name: value for name, value in os.environ.items() if name not in ("DEBIAN_ROOT", "http_proxy")}
        with socket.create_server(("127.0.0.1", 0)) as mirror:
            mirror.settimeout(120)
            script = subprocess.Popen([os.path.join(harness.ROOT, "scripts", "image"), "--output", os.path.join(place, "image.tar")],
                                      env={**environment, "TMPDIR": place, "DEBIAN_MIRROR": "http://127.0.0.1:%d/" % mirror.getsockname()[1]})
            with mirror.accept()[0] as connection:
                script.send_signal(signal.SIGTERM)
                self.assertEqual(script.wait(60), 143)
                connection.settimeout(60)
                while connection.recv(4096):
                    pass  # until whoever asked has ended, too
        self.assertEqual(os.listdir(place), [])


class ContainerCase(DirectoryCase):
    """The directories are mounted where the configuration, inside, says."""

    def setUp(self):
        super().setUp()
        self.containers = []
        for name in (self.destination, self.mkdir("state"), self.mkdir("runtime")):
            os.chown(name, USER, USER)
        os.chmod(self.folder, 0o755)

    def mkdir(self, name):
        path = os.path.join(self.folder, name)
        os.mkdir(path)
        return path

    def mounts(self, *more):
        at = {self.config: f"{CONFIG}:ro", self.source: "/originals:ro", self.destination: "/images"}
        return [word for host, inside in at.items() for word in ("--volume", f"{host}:{inside}")] + list(more)

    def configure_inside(self, **sections):
        return write_config(self.config, "file:///originals/", "file:///images/", self.outputs, **sections)

    def container(self, options, *arguments, **more):
        made = Container(podman, options, *arguments, **more)
        self.addCleanup(made.remove)
        return made

    def start_run(self, *options):
        return self.container(self.mounts("--no-healthcheck", "--read-only-tmpfs=false", *options), "run", "-c", CONFIG,
                              "--log-format", "json")

    def assert_nothing_is_half_written(self):
        self.assert_complete_or_absent()
        self.assertEqual([key for key in self.made() if os.path.basename(key).startswith(".thumbmill-")], [])


class TestRun(ContainerCase):
    def test_photographs_of_every_format_without_a_network_or_tmp(self):
        self.outputs = [*harness.OUTPUTS, {"name": "small", "width": 64, "height": 64, "fit": "inside", "format": "avif"}]
        for number, path in enumerate(photograph_paths()):
            shutil.copy(path, os.path.join(self.source, f"{number:03}{os.path.splitext(path)[1].lower()}"))
        for kind in ("webp", "png", "gif", "tiff"):
            self.add(f"{kind}.{harness.EXTENSIONS[kind]}", encode(photograph(1, 300), kind))
        for name in ("heic-nclx-hlg.heic", "cicp-p3.avif"):
            shutil.copy(os.path.join(CASES, name), self.source)
        self.age_originals()
        self.configure_inside()
        originals = len(os.listdir(self.source))
        began = time.monotonic()
        run = self.start_run()
        self.assertTrue(wait_until(lambda: any(not os.path.basename(key).startswith(".") for key in self.made()), 60), run.log())
        print(f"from `podman run` to the first output: {time.monotonic() - began:.2f} s", file=sys.stderr)
        self.assertEqual(run.wait(), 0, run.log())
        made = self.made()
        self.assertEqual(len(made), originals * len(self.outputs), run.log())
        for key, path in made.items():
            self.assertEqual((os.stat(path).st_uid, os.stat(path).st_gid), (USER, USER), key)
            if not key.endswith(".avif"):
                with open(path, "rb") as file:
                    harness.decode(file.read())
        self.assertNotIn("Landlock", run.log())

    def test_sigterm_in_a_pass(self):
        self.add_photographs(6, 800, prefix="a")
        self.add("b.png", slow_png(9000, 9000))
        self.add_photographs(20, 800, prefix="c")
        self.age_originals()
        self.configure_inside(workers={"count": 1}, limits={"max_pixels": "400M", "max_source_bytes": "1G"})
        run = self.start_run()
        self.assertTrue(wait_until(self.made, 60), run.log())
        run.signal("TERM")
        self.assertEqual(run.wait(), 3, run.log())
        self.assertLess(len(self.made()), 27 * len(self.outputs))
        self.assert_nothing_is_half_written()

    def test_images_are_decoded_in_a_sandbox_of_their_own(self):
        self.add("slow.png", slow_png(9000, 9000))
        self.age_originals()
        self.configure_inside(workers={"count": 1}, limits={"max_pixels": "400M", "max_source_bytes": "1G"})
        run = self.start_run()

        def both():
            by_name = {name: self.status_of(pid) for pid, name in run.processes().items()}
            main, imager = by_name.get("thumbmill"), by_name.get("thumbmill-imager")
            return main and imager and int(imager["Seccomp_filters"]) > int(main["Seccomp_filters"]) and (main, imager)

        found = wait_until(both, 60, 0.05)
        self.assertTrue(found, run.log())
        for status in found:
            self.assertEqual((status["Seccomp"], status["NoNewPrivs"], int(status["CapBnd"], 16)), ("2", "1", 0))
            self.assertEqual(status["Uid"].split(), [str(USER)] * 4)
        self.assertEqual(run.wait(), 0, run.log())

    def status_of(self, pid):
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                return dict(line.rstrip("\n").split(":\t", 1) for line in file)
        except (OSError, ValueError):
            return None

    def test_a_memory_limit_is_heeded(self):
        """What takes more than half of it is refused by its header; the rest is made."""
        sizes = self.add_photographs(6, 800)
        self.add("heavy.tif", encode(photograph(0, 1800).resize((7000, 7000)), "tiff"))
        self.age_originals()
        self.configure_inside()
        run = self.start_run("--memory", "256m", "--memory-swap", "256m")
        self.assertEqual(run.wait(), 1, run.log())
        self.assertRegex(run.log(), r'"key": ?"heavy.tif".*"class": ?"limit"|"class": ?"limit".*"key": ?"heavy.tif"')
        self.assert_all_made(sizes)

    def test_a_memory_limit_that_the_configuration_ignores(self):
        """The kernel kills: a process, whose object fails or is made after all, or the container."""
        sizes = self.add_photographs(6, 800)
        self.add("heavy.tif", encode(photograph(0, 1800).resize((9000, 9000)), "tiff"))
        self.age_originals()
        self.configure_inside(limits={"memory": "2G", "max_source_bytes": "1G"}, workers={"count": 1})
        run = self.start_run("--memory", "128m", "--memory-swap", "128m")
        code = run.wait()
        print(f"exit code with too little memory: {code}", file=sys.stderr)
        self.assertIn(code, (1, 137), run.log())
        self.assert_nothing_is_half_written()
        if code == 1:
            self.assertIn("heavy.tif", run.log())
            self.assertEqual(len(self.made()), len(sizes) * len(self.outputs))


class TestBucket(ContainerCase):
    def test_buckets_over_the_hosts_network(self):
        source, destination = gateway.bucket("image-in"), gateway.bucket("image-out")
        sizes = {}
        for number in range(6):
            image = photograph(number, 600)
            gateway.put(source, f"a b/{number}.jpg", encode(image, "jpeg"))
            sizes[f"a b/{number}.jpg"] = image.size
        write_config(self.config, f"s3://{source}/", f"s3://{destination}/", self.outputs, s3=gateway.settings())
        environment = [word for name, value in {**credentials(), "AWS_EC2_METADATA_DISABLED": "true"}.items()
                       for word in ("--env", f"{name}={value}")]
        run = self.container(self.mounts("--no-healthcheck", *environment), "run", "-c", CONFIG, network="host")
        self.assertEqual(run.wait(), 0, run.log())
        self.assert_stored(gateway, destination, sizes, self.outputs)
        for bucket in (source, destination):
            gateway.remove(bucket)


class TestDaemon(ContainerCase):
    def start(self, *options):
        return self.container(self.mounts(*options), "daemon", "-c", CONFIG)

    def health(self, container):
        done = podman.run("healthcheck", "run", container.name, expect=None)
        return done.returncode

    def test_health_and_the_end(self):
        """/run is podman's own file system of memory, and the control socket is in the image's folder in it."""
        sizes = self.add_photographs(3, 600)
        self.age_originals()
        self.configure_inside(every="1h", state_directory="/var/lib/thumbmill")
        daemon = self.start("--volume", f"{self.folder}/state:/var/lib/thumbmill")
        self.assertTrue(wait_until(lambda: self.health(daemon) == 0, 60, 0.2), daemon.log())
        self.assertTrue(wait_until(lambda: json.loads(daemon.execute("thumbmill", "status", "--json").stdout)["passes"], 60, 0.2),
                        daemon.log())
        self.assert_all_made(sizes)
        self.assertEqual(daemon.execute("thumbmill", "status", "--check").stdout, "")
        self.assertTrue(os.listdir(f"{self.folder}/state"))
        daemon.signal("TERM")
        self.assertEqual(daemon.wait(), 0, daemon.log())
        self.assertNotIn("warning", daemon.log().lower())

    def test_a_daemon_that_cannot_reach_its_store_is_unhealthy(self):
        write_config(self.config, "s3://bucket/", "file:///images/", self.outputs, s3={"endpoint": "http://127.0.0.1:9", "region": "x"})
        daemon = self.start("--env", "AWS_ACCESS_KEY_ID=a", "--env", "AWS_SECRET_ACCESS_KEY=b",
                            "--volume", f"{self.folder}/runtime:/run/thumbmill")
        self.assertTrue(wait_until(lambda: "failed; retrying" in daemon.log(), 60, 0.2), daemon.log())
        self.assertEqual(self.health(daemon), 1)
        checked = daemon.execute("thumbmill", "status", "--check", expect=1)
        self.assertRegex(checked.stderr, r"\Athumbmill status: starting.*127\.0\.0\.1:9")
        self.assertEqual(daemon.execute("thumbmill", "workers").returncode, 0, "it answers")


if __name__ == "__main__":
    unittest.main()

"""What the end-to-end tests share: photographs, configurations, runs of the real command, processes, the gateway.

Every test file runs alone:  /usr/bin/python3 tests/e2e/test_directory.py
Environment: THUMBMILL_BIN, the folder of the executables (build/dev/bin); for files that need a gateway, what
`tests/servers/rgw env DIR` prints. Debian's python3 with python3-pil and python3-boto3.
"""

import atexit
import glob
import io
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from PIL import Image, ImageFile

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILT = os.environ.get("THUMBMILL_BIN", os.path.join(ROOT, "build", "dev", "bin"))
EXECUTABLES = ("thumbmill", "thumbmill-supervisor", "thumbmill-worker", "thumbmill-imager", "thumbmill-web")
RUN_TIMEOUT_S = 240
NOBODY = 65534  # Debian's uid and gid of whom owns nothing
VERSION = r"\d+\.\d+\.\d+(~[.a-z0-9]+)?(\+[.a-z0-9]+)?"  # a regular expression of what scripts/version prints

Image.MAX_IMAGE_PIXELS = None
ImageFile.LOAD_TRUNCATED_IMAGES = False  # a truncated output must not decode


def needs_root(test):
    """Leaves a test, or a class of them, out where it cannot run: a skipped one counts as failed."""
    return test if os.geteuid() == 0 else None


def temporary_folder():
    """A folder that is removed when this Python ends."""
    folder = tempfile.mkdtemp(prefix="thumbmill-e2e-")
    atexit.register(shutil.rmtree, folder, True)
    return folder


def private_executables():
    """Copies of the executables: whatever runs from this folder was started by this test and by nobody else."""
    folder = temporary_folder()
    for name in EXECUTABLES:
        built = os.path.join(BUILT, name)
        if not os.path.exists(built):
            sys.exit(f"{built} is missing: build it, or set THUMBMILL_BIN")
        shutil.copy2(built, folder)
    return folder


BIN = private_executables()

# Every command of thumbmill is started by this one, if it is not empty: see run_without in tests/sandbox/.
BEHIND = []


def only_tries_encoders(pid):
    """Whether an imager belongs to a command that is about to begin, and not to a pass."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            parent = file.read().rpartition(")")[2].split()[1]
        with open(f"/proc/{parent}/cmdline", "rb") as file:
            return file.read().split(b"\0")[1] in (b"run", b"daemon", b"check", b"doctor")
    except (OSError, IndexError):
        return True  # it has ended


def executable(pid):
    """Its path. Of a process that hides itself only root can read the link."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except PermissionError:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="surrogateescape") as file:
            return file.read().split("\0")[0]


def processes(role=None):
    """{pid: role} of every live process of ours; role as in "thumbmill-worker". An imager that only tries encoders
    is told by no role."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            path = executable(entry)
            with open(f"/proc/{entry}/stat", encoding="utf-8") as file:
                state = file.read().rpartition(")")[2].split()[0]
        except OSError:
            continue
        folder, name = os.path.split(path.removesuffix(" (deleted)"))
        if folder == BIN and state not in "ZX" and role in (None, name):
            if role != "thumbmill-imager" or not only_tries_encoders(entry):
                found[int(entry)] = name
    return found


def kill_leftovers():
    for pid in processes():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


atexit.register(kill_leftovers)


started = set()  # the pids of all runs


def remove_locks():
    """Those that killed runs without a state directory left behind."""
    for path in sum((glob.glob(f"{folder}/thumbmill-*.lock") for folder in ("/tmp", "/run", "/run/lock", "/run/user/*")), []):
        try:
            with open(path, encoding="utf-8") as file:
                if int(file.read().split()[0]) in started:
                    os.unlink(path)
        except (OSError, ValueError, IndexError):
            pass


atexit.register(remove_locks)


def cpu_seconds(pid):
    """CPU time that the process has used so far; 0 if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def anonymous_bytes(pid):
    """The memory of a process that is not of files, as libraries are; 0 if it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def wait_until(condition, timeout_s, interval_s=0.005):
    """The first true value of condition(), or the last false one."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(interval_s)


# Photographs


def photograph_paths():
    with open(os.path.join(ROOT, "scripts", "photographs"), encoding="utf-8") as file:
        return [line.strip() for line in file if not line.startswith("#")]


_decoded = {}


def photograph(number, max_side):
    """The number-th real photograph, scaled down to fit max_side x max_side. Numbers wrap around."""
    paths = photograph_paths()
    path = paths[number % len(paths)]
    if path not in _decoded:
        with Image.open(path) as image:
            image.draft("RGB", (1800, 1800))
            image = image.convert("RGB")
            image.thumbnail((1800, 1800))
            _decoded[path] = image
    image = _decoded[path].copy()
    image.thumbnail((max_side, max_side), Image.BILINEAR)
    return image


def encode(image, image_format, **options):
    buffer = io.BytesIO()
    if image_format == "gif":
        image = image.quantize(64, method=Image.Quantize.FASTOCTREE)
    defaults = {
        "jpeg": {"quality": 85},
        "webp": {"quality": 80, "method": 0},
        "png": {"compress_level": 1},
        "tiff": {"compression": "tiff_lzw"},
        "gif": {},
    }[image_format]
    image.save(buffer, image_format.upper(), **{**defaults, **options})
    return buffer.getvalue()


EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp", "gif": "gif", "tiff": "tif"}
CONTENT_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


def decode(data):
    """(format, width, height) of a complete image; raises if a single pixel is missing."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.format.lower(), image.width, image.height


def expected_size(width, height, output):
    """What an output of a width x height source measures: never enlarged."""
    if output["fit"] == "inside":
        scale = min(1.0, output["width"] / width, output["height"] / height)
        return width * scale, height * scale
    scale = min(1.0, width / output["width"], height / output["height"])
    return output["width"] * scale, output["height"] * scale


def slow_png(width, height):
    """A valid PNG of many pixels, made quickly: it takes the imager seconds to decode."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\x02" + bytes((x * 7) & 0xFF for x in range(width * 3))  # filter 2: each row adds to the one above
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


# Configurations

OUTPUTS = [
    {"name": "large", "width": 1600, "height": 1600, "fit": "inside", "format": "jpeg", "quality": 80},
    {"name": "medium", "width": 800, "height": 800, "fit": "inside", "format": "webp"},
    {"name": "thumb", "width": 256, "height": 256, "fit": "cover", "format": "webp"},
]
SMALL_OUTPUTS = [
    {"name": "medium", "width": 400, "height": 400, "fit": "inside", "format": "jpeg"},
    {"name": "thumb", "width": 96, "height": 96, "fit": "cover", "format": "webp"},
]


def yaml(value):
    """A value in YAML's flow style; words and numbers plain, everything else quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{yaml(str(key))}: {yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(yaml, value)) + "]"
    text = str(value)
    if re.fullmatch(r"[A-Za-z0-9_.-]+", text):
        return text
    return "'" + text.replace("'", "''") + "'"


def write_config(path, source, destination, outputs=None, **sections):
    """sections: s3={...}, workers={...}, limits={...}, as in the file.

    Without the state of the destination unless destination says otherwise: many tests count requests and list what was made.
    test_recipes.py is about the state."""
    destination = {"url": destination} if isinstance(destination, str) else destination
    config = {
        "source": {"url": source} if isinstance(source, str) else source,
        "destination": {"state": "none", **destination},
        "outputs": outputs or OUTPUTS,
        **sections,
    }
    with open(path, "w", encoding="utf-8") as file:
        for key, value in config.items():
            if key == "outputs":
                file.write("outputs:\n" + "".join(f"  - {yaml(output)}\n" for output in value))
            else:
                file.write(f"{key}: {yaml(value)}\n")
    return path


def output_keys(key, outputs=None):
    """{output name: key} under the default template, {output}/{dir}{stem}.{ext}."""
    folder, slash, name = key.rpartition("/")
    stem = name.rpartition(".")[0] or name
    return {
        output["name"]: f'{output["name"]}/{folder}{slash}{stem}.{EXTENSIONS[output["format"]]}'
        for output in outputs or OUTPUTS
    }


def wanted_outputs(sizes, outputs):
    """{key: (output, size of its source)} of sources {key: (width, height)}"""
    return {output_keys(key, outputs)[output["name"]]: (output, size) for key, size in sizes.items() for output in outputs}


# Runs


def clean_environment(**more):
    """The environment of a run: nothing of the tests' own credentials unless asked for, and no question to an EC2
    machine's service, which would leave this machine."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "ASAN_OPTIONS", "LSAN_OPTIONS") if name in os.environ}
    return {**kept, "G_DEBUG": "fatal-criticals", "AWS_EC2_METADATA_DISABLED": "true", **more}


def credentials():
    return {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")}


def other_credentials():
    """Somebody else's, who may nothing that a bucket's policy does not allow."""
    return {**credentials(), "AWS_ACCESS_KEY_ID": os.environ["S3_OTHER_ACCESS_KEY_ID"],
            "AWS_SECRET_ACCESS_KEY": os.environ["S3_OTHER_SECRET_ACCESS_KEY"]}


def beside_root(text):
    """What a command says beside the warning that tests which run as root meet."""
    return "".join(line for line in text.splitlines(True) if "running as root" not in line)


class Run:
    """One `thumbmill run`, started at once."""

    def __init__(self, config, *arguments, environment=None, report=True, **options):
        """options: of subprocess.Popen"""
        self.report_path = config + ".report.json"
        if os.path.exists(self.report_path):
            os.unlink(self.report_path)
        command = [*BEHIND, os.path.join(BIN, "thumbmill"), "run", "-c", config, *arguments]
        if report:
            command += ["--report", self.report_path]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.child = subprocess.Popen(command, env=clean_environment(**(environment or {})),
                                      **{**pipes, **options})
        self.pid = self.child.pid
        started.add(self.pid)
        self.stdout = self.stderr = ""

    def finish(self, timeout_s=RUN_TIMEOUT_S):
        """The exit code. A run that does not end is killed, and that is an error."""
        try:
            out, err = self.child.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            kill_leftovers()
            out, err = self.child.communicate()
            raise AssertionError(f"the run did not end within {timeout_s} s; it said: {(err or b'').decode()[-2000:]}") from None
        self.stdout, self.stderr = ((data or b"").decode(errors="replace") for data in (out, err))
        self.stderr = beside_root(self.stderr)
        return self.child.returncode

    @property
    def report(self):
        with open(self.report_path, encoding="utf-8") as file:
            return json.load(file)

    def is_running(self):
        return self.child.poll() is None


class Daemon:
    """One `thumbmill daemon`, started at once, with this test as its service manager."""

    def __init__(self, config, *arguments, environment=None):
        self.notify_path = config + ".notify"
        self.log_path = config + ".log"
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.notify_path)
        self.notify.setblocking(False)
        self.notes = []  # (seconds, {name: value})
        with open(self.log_path, "wb") as log:
            self.child = subprocess.Popen(
                [*BEHIND, os.path.join(BIN, "thumbmill"), "daemon", "-c", config, "--log-format", "json", *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=clean_environment(NOTIFY_SOCKET=self.notify_path, **(environment or {})))
        self.pid = self.child.pid

    def heard(self, name, value=None):
        """The notes so far that have this name (and value)."""
        try:
            while True:
                text = self.notify.recv(65536).decode()
                self.notes.append((time.monotonic(), dict(line.split("=", 1) for line in text.splitlines())))
        except BlockingIOError:
            pass
        return [note for _, note in self.notes if name in note and value in (None, note[name])]

    def wait_for(self, name, value=None, timeout_s=30, count=1):
        return wait_until(lambda: len(self.heard(name, value)) >= count, timeout_s)

    def records(self, message=None):
        """Log records, all or those whose message begins so."""
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            lines = [line for line in file.read().splitlines() if line.startswith("{")]
        found = [json.loads(line) for line in lines]
        return [record for record in found if message is None or record["message"].startswith(message)]

    def passes(self):
        """Records of passes that ended."""
        return self.records("pass:")

    def wait_for_passes(self, count, timeout_s=60):
        return wait_until(lambda: len(self.passes()) >= count, timeout_s, 0.02)

    def done(self):
        """Objects that all passes together have made."""
        return sum(int(record["done"]) for record in self.passes())

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def supervisor(self):
        """The pid of its supervisor, once there is one."""
        pids = wait_until(lambda: processes("thumbmill-supervisor"), 10)
        return max(pids) if pids else None

    def signal(self, number):
        os.kill(self.pid, number)

    def finish(self, timeout_s=60):
        try:
            return self.child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            kill_leftovers()
            self.child.wait()
            raise AssertionError(f"the daemon did not end within {timeout_s} s; it said: {self.log()[-3000:]}") from None
        finally:
            self.heard("")  # what it said last
            self.notify.close()
            os.unlink(self.notify_path)

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.finish()

    def abandon(self):
        """Whatever is left of it, at the end of a test that failed."""
        if self.child.poll() is None:
            self.child.kill()
            self.finish()


class Case(unittest.TestCase):
    """A folder of its own for each test, and no process left behind by any."""

    maxDiff = 4000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="thumbmill-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.addCleanup(self.check_nothing_is_left)

    def check_nothing_is_left(self):
        wait_until(lambda: not processes(), 2)
        left = processes()
        kill_leftovers()
        self.assertFalse(left, "processes are left after the test")

    def on_terminal(self, *arguments, **environment):
        """All that a command, which succeeds, writes to a terminal."""
        leader, follower = pty.openpty()
        child = subprocess.Popen([os.path.join(BIN, "thumbmill"), *arguments], stdin=subprocess.DEVNULL, stdout=follower,
                                 stderr=follower, env=clean_environment(**environment))
        os.close(follower)
        seen = b""
        try:
            while chunk := os.read(leader, 65536):
                seen += chunk
        except OSError:  # EIO: the other side is closed
            pass
        os.close(leader)
        self.assertEqual(child.wait(30), 0, seen)
        return seen.decode(errors="replace")

    def thumbmill(self, *arguments, expect=0, environment=None, **options):
        """A command of thumbmill that ends by itself: what it wrote, as text."""
        ended = subprocess.run([*BEHIND, os.path.join(BIN, "thumbmill"), *arguments], capture_output=True, encoding="utf-8", timeout=60,
                               env=clean_environment(**(environment or {})), check=False, **options)
        self.assertEqual(ended.returncode, expect, (arguments, ended.stdout, ended.stderr))
        ended.stderr = beside_root(ended.stderr) if ended.stderr is not None else None
        return ended

    def run_to_end(self, config, *arguments, expect=0, **options):
        run = Run(config, *arguments, **options)
        code = run.finish()
        self.assertEqual(code, expect, f"exit code; stderr:\n{run.stderr[-3000:]}")
        return run

    def assert_measures(self, data, output, source_size, label=""):
        """data is a complete image in the output's format and size."""
        kind, width, height = decode(data)
        self.assertEqual(kind, output["format"], label)
        expected = expected_size(*source_size, output)
        for have, want in zip((width, height), expected):
            self.assertLessEqual(abs(have - want), 1, f"{label}: {width}x{height}, expected {expected}")

    def assert_stored(self, gateway, bucket, sizes, outputs):
        """The outputs of these sources, whole, are in the bucket, and nothing else. {key: the answer for it}"""
        wanted, answers = wanted_outputs(sizes, outputs), {}
        self.assertEqual(sorted(gateway.keys(bucket)), sorted(wanted))
        for key, (output, size) in wanted.items():
            answers[key] = gateway.get(bucket, key)
            self.assert_measures(answers[key]["Body"].read(), output, size, key)
            self.assertEqual(answers[key]["ContentType"], CONTENT_TYPES[output["format"]], key)
        return answers


class ReplacedImager:
    """For a Case: its imagers are something else, until the test ends. Workers run nothing but the file of that name."""

    def replace_imager(self, data):
        """data: of the executable that is the imager from now on."""
        path = os.path.join(BIN, "thumbmill-imager")
        if not os.path.exists(path + ".real"):
            os.rename(path, path + ".real")
            self.addCleanup(os.rename, path + ".real", path)
        with open(path + ".new", "wb") as file:
            file.write(data)
        os.chmod(path + ".new", 0o755)
        os.rename(path + ".new", path)

    def lacking_imager(self, parameters):
        """An imager that lacks a codec, or makes a forbidden call: tests/daemon/lacks_codec.c."""
        with open(os.path.join(BUILT, "lacking_imager"), "rb") as file:
            data = file.read()
        place = b"LACKS-CODEC-PARAMETERS"
        self.assertEqual(data.count(place), 1)
        self.replace_imager(data.replace(place, parameters.encode().ljust(len(place), b"\0")))


class DirectoryCase(Case):
    """Stores that are directories: self.source and self.destination."""

    outputs = OUTPUTS

    def setUp(self):
        super().setUp()
        self.source = os.path.join(self.folder, "originals")
        self.destination = os.path.join(self.folder, "images")
        os.mkdir(self.source)
        os.mkdir(self.destination)
        self.config = os.path.join(self.folder, "thumbmill.yaml")

    def configure(self, **sections):
        return write_config(self.config, f"file://{self.source}/", f"file://{self.destination}/", self.outputs, **sections)

    def add(self, key, data):
        path = os.path.join(self.source, key)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def add_photographs(self, count, max_side, prefix="photo"):
        """{key: (width, height)}"""
        sizes = {}
        for number in range(count):
            image = photograph(number, max_side)
            key = f"{prefix}-{number:03}.jpg"
            self.add(key, encode(image, "jpeg"))
            sizes[key] = image.size
        return sizes

    def age_originals(self):
        """Waits until none of them is so young that a run would."""
        youngest = max(os.stat(os.path.join(folder, name)).st_ctime for folder, _, names in os.walk(self.source) for name in names)
        time.sleep(max(0, youngest + 1.2 - time.time()))

    def made(self):
        """{key: path} of everything at the destination; temporary files too."""
        found = {}
        for folder, _, names in os.walk(self.destination):
            for name in names:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, self.destination)] = path
        return found

    def read(self, key):
        with open(os.path.join(self.destination, key), "rb") as file:
            return file.read()

    def assert_all_made(self, sizes):
        wanted = wanted_outputs(sizes, self.outputs)
        self.assertEqual(sorted(self.made()), sorted(wanted))
        for key, (output, size) in wanted.items():
            self.assert_measures(self.read(key), output, size, key)

    def assert_complete_or_absent(self):
        """Whatever has its final name decodes to the last pixel."""
        for key, path in self.made().items():
            if not os.path.basename(key).startswith(".thumbmill-"):
                with open(path, "rb") as file:
                    decode(file.read())


# The gateway

GATEWAY_VARIABLES = ("S3_ENDPOINT", "S3_CA", "S3_ACCESS_LOG", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")


class Gateway:
    """The object gateway that the environment names, as the tests' own client sees it. S3_LACKS lists what it cannot do."""

    def __init__(self):
        missing = [name for name in GATEWAY_VARIABLES if name not in os.environ]
        if missing:
            sys.exit(f'{", ".join(missing)} not set: start a gateway (tests/servers) and load its env')
        import boto3
        from botocore.config import Config

        self.boto3, self.endpoint = boto3, os.environ["S3_ENDPOINT"]
        self.is_tls = self.endpoint.startswith("https:")
        self.lacks = os.environ.get("S3_LACKS", "").split()
        self.client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=os.environ["AWS_REGION"],
            verify=os.environ["S3_CA"] if self.is_tls else None,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 3}),
        )
        self.buckets, self.role_arn, self.services = 0, None, {}

    def settings(self, **more):
        """The configuration's s3 section; None takes a key out."""
        settings = {"endpoint": self.endpoint, "region": os.environ["AWS_REGION"]}
        if self.is_tls:
            settings["ca_file"] = os.environ["S3_CA"]
        return {key: value for key, value in {**settings, **more}.items() if value is not None}

    def bucket(self, label):
        self.buckets += 1
        name = f"e2e-{label}-{os.getpid()}-{self.buckets}"
        self.client.create_bucket(Bucket=name)
        return name

    def empty(self, bucket):
        for key in self.keys(bucket):
            self.client.delete_object(Bucket=bucket, Key=key)

    def remove(self, bucket):
        self.empty(bucket)
        self.client.delete_bucket(Bucket=bucket)

    def keys(self, bucket):
        """{key: LastModified}"""
        found = {}
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for item in page.get("Contents", []):
                found[item["Key"]] = item["LastModified"]
        return found

    def allow_other(self, bucket, *actions):
        """Somebody else may do these ("s3:GetObject") with the bucket and all in it, and nothing more."""
        statement = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam:::user/other"}, "Action": list(actions),
                     "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}
        self.client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    def put(self, bucket, key, data, **headers):
        self.client.put_object(Bucket=bucket, Key=key, Body=data, **headers)

    def role(self):
        """The ARN of a role that the gateway's user may assume, and that may do everything with its buckets."""
        if self.role_arn:
            return self.role_arn
        name, compact = f"e2e-role-{os.getpid()}", (",", ":")  # the gateway takes a policy with spaces for a broken one
        allow = {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}
        trust = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"AWS": ["arn:aws:iam:::user/test"]}}
        texts = [json.dumps({"Version": "2012-10-17", "Statement": [entry]}, separators=compact) for entry in (trust, allow)]
        iam = self.service("iam")
        self.role_arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=texts[0])["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=texts[1])
        return self.role_arn

    def session(self, arn):
        """Keys of a role: (id, secret, session token), new ones each time."""
        got = self.service("sts").assume_role(RoleArn=arn, RoleSessionName="e2e", DurationSeconds=900)["Credentials"]
        return got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"]

    def service(self, name):
        if name not in self.services:
            self.services[name] = self.boto3.client(
                name, endpoint_url=self.endpoint, region_name=os.environ["AWS_REGION"],
                verify=os.environ["S3_CA"] if self.is_tls else None)
        return self.services[name]

    def get(self, bucket, key):
        return self.client.get_object(Bucket=bucket, Key=key)


class AccessLog:
    """Requests that the gateway answered since this was made."""

    LINE = re.compile(r'(?:beast|request from -): (?:.*? )?"([A-Z]+) (\S+) HTTP/[0-9.]+" (\d+) ')

    def __init__(self):
        self.path = os.environ["S3_ACCESS_LOG"]
        self.offset = self.settled_size()

    def settled_size(self):
        """The log's size once the gateway has written what it served: lines come a little late."""
        size = -1
        while size != os.path.getsize(self.path):
            size = os.path.getsize(self.path)
            time.sleep(0.3)
        return size

    def counts(self):
        """{"list", "get", "check" (a GET that found nothing new), "put", "head", "delete", "other"}"""
        self.settled_size()
        counts = dict.fromkeys(("list", "get", "check", "put", "head", "delete", "other"), 0)
        with open(self.path, encoding="utf-8", errors="replace") as file:
            file.seek(self.offset)
            for method, target, status in self.LINE.findall(file.read()):
                kind = method.lower()
                if kind == "get" and re.search("list-type(=|%3D)2", target):
                    kind = "list"
                elif kind == "get" and status == "304":
                    kind = "check"
                counts[kind if kind in counts else "other"] += 1
        return counts

"""Debian's Chromium, driven over a pipe: it shows pages and hands back what it has drawn.

One Browser is one process tree with a profile folder of its own; both are gone after close(). The protocol is that of
Chromium's developer tools (--remote-debugging-pipe): JSON messages that end with a NUL, written to its descriptor 3 and read
from its descriptor 4. Colours are sRGB and a CSS pixel is a pixel, whatever the machine's screen is; an animation stays at its first frame.
"""

import base64
import fcntl
import io
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

from PIL import Image

PROGRAM = "/usr/bin/chromium"
ANSWER_TIMEOUT_S = 120
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--force-color-profile=srgb", "--force-device-scale-factor=1", "--hide-scrollbars", "--disable-checker-imaging", "--blink-settings=imageAnimationPolicy=2", "--remote-debugging-pipe",
]  # fmt: skip


def high_descriptor(descriptor):
    """The same open file under a number that is neither 3 nor 4, which the child's ends get."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD, 16)
    os.close(descriptor)
    return high


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="thumbmill-browser-")
        commands, self.to_browser = map(high_descriptor, os.pipe())
        self.from_browser, answers = map(high_descriptor, os.pipe())

        def place_descriptors():
            os.dup2(commands, 3)
            os.dup2(answers, 4)

        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.child = subprocess.Popen(
                [PROGRAM, *OPTIONS, f"--user-data-dir={self.folder}/profile", "about:blank"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, close_fds=True, pass_fds=(3, 4),
                preexec_fn=place_descriptors, env={**os.environ, "HOME": self.folder})  # fmt: skip
        os.close(commands)
        os.close(answers)
        self.received, self.number, self.session = b"", 0, None
        try:
            target = self.ask("Target.createTarget", url="about:blank")["targetId"]
            self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        for descriptor in (self.to_browser, self.from_browser):
            os.close(descriptor)
        shutil.rmtree(self.folder, ignore_errors=True)

    def receive(self, deadline):
        """The next message; events and answers come in one stream."""
        while b"\0" not in self.received:
            if not select.select([self.from_browser], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"Chromium did not answer; it said: {self.log()}")
            data = os.read(self.from_browser, 1 << 20)
            if not data:
                raise AssertionError(f"Chromium ended; it said: {self.log()}")
            self.received += data
        message, _, self.received = self.received.partition(b"\0")
        return json.loads(message)

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]

    def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = memoryview(json.dumps(message).encode() + b"\0")
        while data:
            data = data[os.write(self.to_browser, data) :]
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while True:
            answer = self.receive(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"Chromium refused {method}: {answer['error']}")
                return answer["result"]

    def evaluate(self, script):
        """The value of a JavaScript expression, once its promise is kept."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"the page's script failed: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def show(self, path, width, height):
        """Opens the page in a window of that size; returns when all of it has been loaded."""
        self.go(f"file://{path}", width, height)

    def go(self, url, width, height):
        """The same, for any address."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.ask("Page.enable")
        self.ask("Page.navigate", url=url)
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while self.evaluate("location.protocol != 'about:' && document.readyState") != "complete":
            if time.monotonic() > deadline:
                raise AssertionError(f"{url} does not load")

    def screenshot(self):
        """What the window shows, as an RGB image."""
        data = self.ask("Page.captureScreenshot", format="png", optimizeForSpeed=True)["data"]
        return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")

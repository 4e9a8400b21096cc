"""What a daemon tells over HTTP: the routes, the page in Chromium, and clients that mean harm."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import harness
from harness import ROOT, Daemon, DirectoryCase, encode, photograph, processes, slow_png, wait_until

sys.path.insert(0, os.path.join(ROOT, "tests", "pictures"))
import browser  # noqa: E402

HOSTILE = ['<img src=x onerror="window.hit=1">.jpg', "a&amp;<b>'\".jpg", "line\nbreak\x1b[31m\u202e.jpg", "</main><script>window.hit=1</script>.jpg".replace("/", "\u2215"),
           "x" * 180 + ".jpg"]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class WebCase(DirectoryCase):
    def setUp(self):
        super().setUp()
        self.port = free_port()

    def start(self, **sections):
        daemon = Daemon(self.configure(**{"http": {"listen": f"127.0.0.1:{self.port}"}, **sections}))
        self.addCleanup(daemon.abandon)
        self.assertTrue(daemon.wait_for("READY", "1"), daemon.log())
        self.assertTrue(wait_until(lambda: self.get("/healthz")[0] == 200, 10), daemon.log())
        return daemon

    def get(self, path, method="GET", body=None):
        """(status, headers, text); status 0 if nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, {}, ""
        finally:
            connection.close()

    def value(self, name, **labels):
        """Of a metric that has one sample with these labels."""
        for line in self.get("/metrics")[2].splitlines():
            if line.split("{")[0].split(" ")[0] == name and all(f'{label}="{value}"' in line for label, value in labels.items()):
                return float(line.split()[-1])
        return None

    def raw(self, data, timeout_s=20):
        """What the server says to these bytes until it closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout_s) as connection:
            answer = b""
            try:
                connection.sendall(data)
                while chunk := connection.recv(65536):
                    answer += chunk
            except ConnectionError:
                pass
        return answer


class TestRoutes(WebCase):
    def test_each_route_and_nothing_else(self):
        self.add("photo.jpg", encode(photograph(1, 300), "jpeg"))
        self.add("broken.jpg", b"nothing")
        daemon = self.start()
        self.assertTrue(daemon.wait_for_passes(1), daemon.log())
        self.assertTrue(wait_until(lambda: self.value("thumbmill_objects_total", result="failed") == 1, 5))
        self.assertEqual(self.value("thumbmill_objects_total", result="done"), 1)
        self.assertEqual(self.get("/healthz")[::2], (200, "alive\n"))
        self.assertEqual(self.get("/readyz")[::2], (200, "idle\n"))
        status, headers, text = self.get("/metrics")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, encoding="utf-8", check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))
        answer = json.loads(self.get("/status.json")[2])
        self.assertEqual((answer["phase"], answer["last_pass"]["failed"]), ("idle", 1))
        status, headers, text = self.get("/")
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertNotIn("unsafe", headers["Content-Security-Policy"])
        self.assertEqual((headers["X-Content-Type-Options"], headers["Cache-Control"]), ("nosniff", "no-store"))
        self.assertNotRegex(text, r"(src|href)=|https?://")
        self.assertEqual(self.get("/", "HEAD")[::2], (200, ""))
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
            self.assertEqual(self.get("/", method, "x" if method != "OPTIONS" else None)[0], 405, method)
        for path in ("/x", "/..", "/metrics/", "//", "/%2e%2e/etc/passwd", "/status.json%00"):
            self.assertEqual(self.get(path)[0], 404, path)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.get("/healthz")[0], 0)

    def test_ready_and_alive_are_two_things(self):
        socket_path = os.path.join(self.folder, "control")
        daemon = self.start(control={"socket": socket_path})
        self.thumbmill("drain", "-c", self.config)
        self.assertTrue(wait_until(lambda: self.get("/readyz")[::2] == (503, "drained\n"), 10))
        self.assertEqual(self.get("/healthz")[0], 200)
        self.thumbmill("resume", "-c", self.config)
        self.assertTrue(wait_until(lambda: self.get("/readyz")[0] == 200, 10))
        self.assertEqual(daemon.stop(), 0)

    def test_a_unix_socket(self):
        path = os.path.join(self.folder, "http")
        daemon = Daemon(self.configure(http={"listen": f"unix:{path}"}))
        self.addCleanup(daemon.abandon)
        self.assertTrue(daemon.wait_for("READY", "1"), daemon.log())

        def ask():
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.recv(100)
        self.assertTrue(wait_until(lambda: ask().startswith(b"HTTP/1.1 200"), 10))
        self.assertEqual(daemon.stop(), 0)
        self.assertFalse(os.path.exists(path))

    def test_what_cannot_be_listened_at_ends_the_start(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", self.port))
            taken.listen()
            for listen, reason in ((f"127.0.0.1:{self.port}", "Address already in use"), ("systemd", "has not passed"),
                                   ("unix:/nonexistent/http", "No such file"), ("192.0.2.1:80", "Cannot assign")):
                self.configure(http={"listen": listen})
                ended = self.thumbmill("daemon", "-c", self.config, expect=2)
                self.assertRegex(ended.stderr, f"http.listen.*{reason}", listen)
        for listen in ("localhost:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "[::1:80", "unix:relative", ""):
            self.configure(http={"listen": listen})
            self.assertIn("must be ADDRESS:PORT", self.thumbmill("check", "-c", self.config, expect=2).stderr, listen)


class TestPage(WebCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def assert_sound(self, width):
        """Nothing sticks out, nothing was run, nothing was asked of anybody else."""
        page = self.browser
        page.go(f"http://127.0.0.1:{self.port}/", width, 900)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
        self.assertIsNone(page.evaluate("window.hit"))
        self.assertEqual(page.evaluate("document.scripts.length"), 1)
        self.assertEqual(page.evaluate("document.images.length"), 0)
        asked = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
        self.assertFalse([name for name in asked if not name.startswith(f"http://127.0.0.1:{self.port}/")])
        self.assertNotEqual(page.evaluate("getComputedStyle(document.querySelector('section')).borderTopStyle"), "none", "the style is refused")

    def test_content_and_hostile_names(self):
        for name in HOSTILE:
            self.add(name, b"nothing")
        self.add("photo.jpg", encode(photograph(1, 300), "jpeg"))
        daemon = self.start()
        self.assertTrue(daemon.wait_for_passes(1), daemon.log())
        time.sleep(1.2)
        for scheme in ("light", "dark"):
            self.browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            for width in (412, 1280):
                self.assert_sound(width)
        colour = self.browser.evaluate("getComputedStyle(document.body).backgroundColor")
        self.assertLess(max(map(int, re.findall(r"\d+", colour))), 60, "dark")
        text = self.browser.evaluate("document.querySelector('main').innerText")
        self.assertIn('<img src=x onerror="window.hit=1">.jpg', text)
        self.assertIn("a&amp;<b>'\".jpg", text)
        self.assertIn("line\\nbreak\\x1b[31m\\u202e.jpg", text)
        self.assertIn("finished, but some objects failed", text)
        self.assertEqual(daemon.stop(), 0)

    def test_it_refreshes_itself_and_says_when_it_cannot(self):
        self.add("a-slow.png", slow_png(9000, 9000))
        daemon = self.start(limits={"max_pixels": "400M", "max_source_bytes": "1G"}, workers={"count": 1})
        self.browser.ask("Emulation.setEmulatedMedia", features=[])
        self.assertTrue(wait_until(lambda: "a-slow.png" in self.get("/")[2], 30), daemon.log())
        self.assert_sound(412)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('progress').length"), 1)
        self.assertIn("a-slow.png", self.browser.evaluate("document.querySelector('main').innerText"))
        phase = "document.querySelector('.phase').textContent"
        self.assertTrue(wait_until(lambda: self.browser.evaluate(phase) == "idle", 60, 0.2), "the page was never loaded again")
        self.assertFalse(self.browser.evaluate("document.body.classList.contains('alone')"))
        self.assertEqual(daemon.stop(), 0)
        self.assertTrue(wait_until(lambda: self.browser.evaluate("document.body.classList.contains('alone')"), 20, 0.2))
        self.assertEqual(self.browser.evaluate("getComputedStyle(document.querySelector('.lost')).display"), "block")


class TestAttacks(WebCase):
    def web(self):
        return wait_until(lambda: processes("thumbmill-web"), 10)

    def test_a_killed_one_is_back(self):
        daemon = self.start()
        for number in (signal.SIGKILL, signal.SIGSEGV):
            (pid,) = self.web()
            os.kill(pid, number)
            began = time.monotonic()
            self.assertTrue(wait_until(lambda: pid not in processes("thumbmill-web") and self.get("/healthz")[0] == 200, 5), daemon.log())
            self.assertLess(time.monotonic() - began, 2)
        self.assertEqual(len(daemon.records("thumbmill-web died")), 2)
        self.assertEqual(daemon.stop(), 0)

    def test_a_main_process_that_stands_still_is_not_alive(self):
        daemon = self.start()
        os.kill(daemon.pid, signal.SIGSTOP)
        try:
            self.assertEqual(self.get("/healthz")[0], 200)
            self.assertTrue(wait_until(lambda: self.get("/healthz")[0] == 503, 40, 0.5))
            self.assertEqual(self.get("/metrics")[0], 200)
        finally:
            os.kill(daemon.pid, signal.SIGCONT)
        self.assertTrue(wait_until(lambda: self.get("/healthz")[0] == 200, 10))
        self.assertEqual(daemon.stop(), 0)

    def test_bad_requests_are_answered_once_and_end(self):
        daemon = self.start()
        good = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        self.assertEqual(self.raw(good * 50).count(b"HTTP/1.1 200"), 1, "pipelined requests are not served")
        for data in (b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n",
                     b"\0" * 100000, b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n" + b"x" * 5000000,
                     b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"):
            answer = self.raw(data)
            self.assertLessEqual(answer.count(b"HTTP/1.1 200"), 1, data[:30])
            self.assertEqual(self.get("/healthz")[0], 200, data[:30])
        self.assertEqual(daemon.records("thumbmill-web died"), [])
        self.assertEqual(daemon.stop(), 0)

    def test_slow_clients_and_floods_do_not_reach_the_pass(self):
        sizes = self.add_photographs(40, 500)
        daemon = self.start()
        held = []
        for _ in range(500):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", self.port))
            held.append(client)
        dripping = True

        def drip():
            while dripping:
                for client in held:
                    try:
                        client.send(b"G")
                    except OSError:
                        pass
                time.sleep(0.5)
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            self.assertTrue(daemon.wait_for_passes(1), daemon.log())
            self.assertEqual(daemon.done(), len(sizes))
            self.assertTrue(wait_until(lambda: self.get("/healthz")[0] == 200, 90, 0.5), "slow clients have taken all places for ever")
        finally:
            dripping = False
            thread.join()
            for client in held:
                client.close()
        (pid,) = self.web()
        self.assertTrue(wait_until(lambda: self.get("/healthz")[0] == 200, 30))
        before = harness.anonymous_bytes(pid)
        answered = sum(self.get("/metrics")[0] == 200 for _ in range(2000))
        self.assertEqual(answered, 2000)
        self.assertLess(harness.anonymous_bytes(pid), before + (8 << 20))
        self.assertEqual(daemon.records("thumbmill-web died"), [])
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""A proxy that spoils requests on their way between an S3 client and a server, by rules; for tests.

    fault_proxy.py UPSTREAM RULES    UPSTREAM is http://HOST:PORT, RULES a file with a JSON list of rules

prints its own URL, serves until its standard input ends, and prints what it did as JSON. Tests in Python use
FaultProxy instead. Requests are passed on byte for byte, Host header and escapes included, so that signatures hold.

A rule is an object. The first that matches a request decides; without one, the request just passes.
    kind      "list", "get", "check" (a GET with If-None-Match) or "put"; left out: any
    path      a regular expression, searched in the path without its escapes
    query     the same, searched in the query as it came
    times     how many requests it spoils in all
    each      how many of every one (kind and path): 2 = the first two attempts at each
    percent   of those that match otherwise (seeded: the same requests in the same order give the same choice)
    do        what to do, or a list to choose from
What to do, with its own fields:
    reply     answer without asking the server: status, code (an S3 error) or body, headers
    reset_before   reset the connection without an answer; the server never sees the request
    reset_within   reset it in the middle of the answer's body
    reset_after    reset it when the server has done its work, without an answer
    truncate  end the connection in order in the middle of the answer's body
    stall     say nothing more in the middle of the answer's body
    delay     pass on after delay_ms
    hold      pass on when let_go() is called
    damage    pass on with one byte of the request's body changed
    change    answer as if the object had another ETag (etag, with its quotes)
    limit     refuse (503 SlowDown) what exceeds per_s requests in a second; counted as "slow_down" too
    clock     be a server whose clock is clock_s seconds ahead: it refuses other times than its own, and what it
              accepts is signed again (access_key, secret_key) for the real server
    date      pass on, with a Date that is clock_s seconds ahead
    ask       ask the server something else: a query that lacks `without`, a list of names, and has `with`, an object
              of names and values; without the headers named in `without_headers`; signed again (access_key,
              secret_key), after delay_ms if that is given
    region    be a server whose bucket is in another region: refuse other signatures with `status` (301 or 400)
"""

import collections
import datetime
import email.utils
import hashlib
import hmac
import json
import os
import random
import re
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse

from listener import Listener

MAX_SKEW_S = 15 * 60  # as S3 has it
STALL_S = 120
Seen = collections.namedtuple("Seen", "kind path what range request")
ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code><Message>made by the fault proxy</Message>{}</Error>'


class Message:
    """A request or an answer: its head line by line and its body, both as they came."""

    def __init__(self, lines, body):
        self.lines = lines
        self.body = body

    @staticmethod
    def read(file, has_body=True):
        """None at the end of the connection."""
        lines = []
        while True:
            line = file.readline(65536)
            if not line:
                return None
            if line == b"\r\n":
                break
            lines.append(line)
        message = Message(lines, b"")
        if has_body and message.header("transfer-encoding") == "chunked":
            message.body = read_chunks(file)
        elif has_body:
            message.body = file.read(int(message.header("content-length") or 0))
        return message

    def header(self, name):
        for line in self.lines[1:]:
            key, _, value = line.decode("latin-1").partition(":")
            if key.lower() == name:
                return value.strip()
        return None

    def headers(self):
        """{lower-case name: value}"""
        pairs = (line.decode("latin-1").partition(":") for line in self.lines[1:])
        return {name.lower(): value.strip() for name, _, value in pairs}

    def without(self, *names):
        kept = [line for line in self.lines[1:] if line.partition(b":")[0].decode("latin-1").lower() not in names]
        return Message(self.lines[:1] + kept, self.body)

    def replace(self, name, value):
        changed = self.without(name)
        changed.lines.append(f"{name}: {value}\r\n".encode("latin-1"))
        return changed

    def bytes(self):
        return b"".join(self.lines) + b"\r\n" + self.body


def read_chunks(file):
    raw = b""
    while True:
        size = file.readline(65536)
        chunk = file.read(int(size.split(b";")[0], 16) + 2)
        raw += size + chunk
        if int(size.split(b";")[0], 16) == 0:
            return raw


class Request(Message):
    """What came from the client."""

    def __init__(self, message):
        super().__init__(message.lines, message.body)
        self.method, self.target, _ = message.lines[0].decode("latin-1").split(" ")
        self.path, _, self.query = self.target.partition("?")
        self.parameters = urllib.parse.parse_qs(self.query, keep_blank_values=True)
        self.kind = "list" if "list-type" in self.parameters else self.method.lower()
        if self.kind == "get" and self.header("if-none-match"):
            self.kind = "check"

    def signed_at(self):
        """(Unix time of the signature, seconds that it is valid)."""
        presigned = self.parameters.get("X-Amz-Date")
        text = presigned[0] if presigned else self.header("x-amz-date")
        when = datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        return when.timestamp(), int(self.parameters.get("X-Amz-Expires", [MAX_SKEW_S])[0])

    def signed_region(self):
        scope = self.parameters.get("X-Amz-Credential", [""])[0] or self.header("authorization").partition("Credential=")[2]
        return scope.split("/")[2]

    def asking(self, without, values):
        """The same request with another query; its signature is that of the old one."""
        pairs = [pair for pair in self.query.split("&") if pair.partition("=")[0] not in {*without, *values}]
        pairs += [f"{name}={urllib.parse.quote(value, safe='')}" for name, value in values.items()]
        lines = [f"{self.method} {self.path}?{'&'.join(sorted(pairs))} HTTP/1.1\r\n".encode("latin-1"), *self.lines[1:]]
        return Request(Message(lines, self.body))

    def signed_again(self, access_key, secret_key):
        """The same request, signed now (AWS Signature Version 4, header form, unsigned payload)."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{stamp[:8]}/{self.signed_region()}/s3/aws4_request"
        query = "&".join(part for part in self.query.split("&") if part and not part.startswith("X-Amz-"))
        message = self.without("authorization", "x-amz-date", "x-amz-content-sha256")
        signed = {"host": self.header("host"), "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": stamp}
        lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        canonical = f"{self.method}\n{self.path}\n{query}\n{lines}\n{';'.join(signed)}\nUNSIGNED-PAYLOAD"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = b"AWS4" + secret_key.encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        target = self.path + ("?" + query if query else "")
        message.lines[0] = f"{self.method} {target} HTTP/1.1\r\n".encode("latin-1")
        for name in ("x-amz-content-sha256", "x-amz-date"):
            message = message.replace(name, signed[name])
        return message.replace(
            "Authorization",
            f"AWS4-HMAC-SHA256 Credential={access_key}/{scope},SignedHeaders={';'.join(signed)},Signature={signature}",
        )


class Rules:
    """Which rule is whose turn. May be asked by several threads."""

    def __init__(self, rules, seed):
        self.rules = rules
        self.random = random.Random(seed)
        self.used = collections.Counter()  # by (rule's number) and (rule's number, kind, path)
        self.lock = threading.Lock()

    def choose(self, request):
        """(what to do, rule), or (None, None)."""
        path = urllib.parse.unquote(request.path)
        with self.lock:
            for number, rule in enumerate(self.rules):
                one = (number, request.kind, path)
                if (
                    rule.get("kind", request.kind) == request.kind
                    and re.search(rule.get("path", ""), path)
                    and re.search(rule.get("query", ""), request.query)
                    and self.used[number] < rule.get("times", sys.maxsize)
                    and self.used[one] < rule.get("each", sys.maxsize)
                    and self.random.random() * 100 < rule.get("percent", 100)
                ):
                    self.used[number] += 1
                    self.used[one] += 1
                    what = rule["do"]
                    return (self.random.choice(what) if isinstance(what, list) else what), rule
        return None, None


def answer(status, body="", headers=None):
    lines = [f"HTTP/1.1 {status} Made\r\n".encode()]
    for name, value in {"Content-Type": "application/xml", "Content-Length": len(body.encode()), **(headers or {})}.items():
        lines.append(f"{name}: {value}\r\n".encode())
    return Message(lines, body.encode())


class Connection:
    """One of the client's, with one to the server behind it."""

    def __init__(self, proxy, client):
        self.proxy = proxy
        self.client = client
        self.file = client.makefile("rb")
        self.upstream = None
        self.upstream_file = None

    def serve(self):
        try:
            while (message := Message.read(self.file)) is not None:
                request = Request(message)
                what, rule = self.proxy.rules.choose(request)
                self.proxy.count(request, what)
                if not (getattr(self, "do_" + what)(request, rule) if what else self.pass_on(request)):
                    break
        except OSError:
            pass  # the client went away, or cut a transfer that stalled
        finally:
            self.close()

    def close(self):
        for file in (self.file, self.client, self.upstream_file, self.upstream):
            if file is not None:
                file.close()

    def reset(self):
        time.sleep(0.02)  # what was sent before arrives first
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def ask(self, message, method):
        """The server's answer; once more if it had closed a kept connection."""
        for _ in range(2):
            if self.upstream is None:
                self.upstream = socket.create_connection(self.proxy.upstream)
                self.upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.upstream_file = self.upstream.makefile("rb")
            try:
                self.upstream.sendall(message.bytes())
                got = Message.read(self.upstream_file, has_body=method != "HEAD")
            except ConnectionError:
                got = None
            if got is not None:
                return got
            self.upstream_file.close()
            self.upstream.close()
            self.upstream = None
        raise ConnectionError("the server does not answer")

    def pass_on(self, request):
        self.client.sendall(self.ask(request, request.method).bytes())
        return True

    def send_half(self, request):
        data = self.ask(request, request.method)
        self.client.sendall(data.bytes()[: -(len(data.body) - len(data.body) // 2) or None])

    def do_reply(self, _, rule):
        body = rule.get("body", ERROR.format(rule["code"], "") if "code" in rule else "")
        self.client.sendall(answer(rule["status"], body, rule.get("headers")).bytes())
        return True

    def do_reset_before(self, _request, _rule):
        return self.reset()

    def do_reset_within(self, request, _):
        self.send_half(request)
        return self.reset()

    def do_reset_after(self, request, _):
        self.ask(request, request.method)
        return self.reset()

    def do_truncate(self, request, _):
        self.send_half(request)
        return False

    def do_stall(self, request, _):
        self.send_half(request)
        self.client.settimeout(STALL_S)
        self.client.recv(1)  # until the client has enough
        return False

    def do_delay(self, request, rule):
        time.sleep(rule["delay_ms"] / 1000)
        return self.pass_on(request)

    def do_hold(self, request, _):
        self.proxy.gate.wait()
        return self.pass_on(request)

    def do_damage(self, request, _):
        middle = len(request.body) // 2
        body = bytearray(request.body)
        body[middle] ^= 1
        self.client.sendall(self.ask(Message(request.lines, bytes(body)), request.method).bytes())
        return True

    def do_change(self, request, rule):
        etag = rule.get("etag", '"another"')
        self.client.sendall(self.ask(request, request.method).replace("etag", etag).bytes())
        return True

    def do_limit(self, request, rule):
        if self.proxy.has_room(rule["per_s"]):
            return self.pass_on(request)
        self.proxy.count(request, "slow_down")
        self.client.sendall(answer(503, ERROR.format("SlowDown", "")).bytes())
        return True

    def do_clock(self, request, rule):
        now = time.time() + rule["clock_s"]
        date = email.utils.formatdate(now, usegmt=True)
        signed_at, valid_s = request.signed_at()
        if not signed_at - MAX_SKEW_S < now < signed_at + valid_s:
            self.client.sendall(answer(403, ERROR.format("RequestTimeTooSkewed", ""), {"Date": date}).bytes())
            return True
        got = self.ask(request.signed_again(rule["access_key"], rule["secret_key"]), request.method)
        self.client.sendall(got.replace("date", date).bytes())
        return True

    def do_ask(self, request, rule):
        time.sleep(rule.get("delay_ms", 0) / 1000)
        other = request.asking(rule.get("without", ()), rule.get("with", {}))
        signed = other.signed_again(rule["access_key"], rule["secret_key"])
        got = self.ask(signed.without(*rule.get("without_headers", ())), request.method)
        self.client.sendall(got.bytes())
        return True

    def do_date(self, request, rule):
        date = email.utils.formatdate(time.time() + rule["clock_s"], usegmt=True)
        self.client.sendall(self.ask(request, request.method).replace("date", date).bytes())
        return True

    def do_region(self, request, rule):
        if request.signed_region() == rule["region"]:
            return self.pass_on(request)
        code = {301: "PermanentRedirect", 400: "AuthorizationHeaderMalformed"}[rule["status"]]
        headers = {"x-amz-bucket-region": rule["region"]} if rule["status"] == 301 else {}
        body = ERROR.format(code, "" if headers else f"<Region>{rule['region']}</Region>")
        self.client.sendall(answer(rule["status"], body, headers).bytes())
        return True


class FaultProxy(Listener):
    """Listens on a free port of 127.0.0.1 as soon as it is made. `did` counts what it did by name ("pass" too),
    `seen` lists every request as Seen, with the Request as it came."""

    def __init__(self, upstream, rules=(), seed=1, tls=None):
        """tls: a file with its certificate, beside which, as .key, its key is; it then speaks TLS with its clients."""
        parts = urllib.parse.urlsplit(upstream)
        self.upstream = (parts.hostname, parts.port or 80)
        self.lock = threading.Lock()
        self.gate = threading.Event()
        self.set_rules(rules, seed)
        self.tls = None
        if tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(tls, os.path.splitext(tls)[0] + ".key")
        super().__init__()
        self.url = "%s://127.0.0.1:%d" % ("https" if tls else "http", self.port)

    def set_rules(self, rules, seed=1):
        """From now on, with fresh counts."""
        self.rules = Rules(list(rules), seed)
        with self.lock:
            self.did = collections.Counter()
            self.seen = []
            self.passed = collections.deque()  # the times of what was within the limit, of the last second

    def has_room(self, per_s):
        """Whether one more request is within a limit; counts it if so."""
        now = time.monotonic()
        with self.lock:
            while self.passed and self.passed[0] < now - 1:
                self.passed.popleft()
            if len(self.passed) >= per_s:
                return False
            self.passed.append(now)
            return True

    def let_go(self):
        self.gate.set()

    def count(self, request, what):
        with self.lock:
            self.did[what or "pass"] += 1
            self.seen.append(Seen(request.kind, urllib.parse.unquote(request.path), what, request.header("range"), request))

    def serve(self, client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            try:
                client = self.tls.wrap_socket(client, server_side=True)
            except OSError:
                return  # the client does not believe it, or went away
            with self.lock:
                self.did["resumed" if client.session_reused else "full handshake"] += 1
        Connection(self, client).serve()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[2], encoding="utf-8") as file:
        proxy = FaultProxy(sys.argv[1], json.load(file))
    print(proxy.url, flush=True)
    sys.stdin.read()
    print(json.dumps(proxy.did))


if __name__ == "__main__":
    main()

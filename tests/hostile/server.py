#!/usr/bin/python3
"""An S3 server that attacks its clients; for tests.

    server.py WAY    prints its URL, and serves until its standard input ends; then what it did, as JSON

Tests in Python use HostileServer instead. Ways, what it does to every request:
    trailers  answers, and goes on with trailers without end
    heads     goes on with headers without end
    interim   goes on with interim answers ("100 Continue") without end
    token     answers a listing with one comment of 16 MB
    region    says that the bucket is in another region, whose name is made of terminal escapes
    year2098  refuses the client's time, its own being that of the year 2098
    longer    lists one object of 1000 bytes, whose body has no end
    names     lists objects whose keys are made of controls, and denies each of them
"""

import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "servers"))
from listener import Listener  # noqa: E402

ESCAPES = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202egpj.\u2066"
NAMES = [f"a{ESCAPES}.jpg", "b\n\" class=input level=error.jpg", "c\u200f\u2028\u061c.jpg"]
LIMIT_BYTES = 1 << 30  # of what has no end: so that a test ends even if its client does not


def page(objects):
    """A listing of these (key, size)."""
    contents = "".join(
        f"<Contents><Key>{urllib.parse.quote(key)}</Key><LastModified>2020-01-01T00:00:00.000Z</LastModified>"
        f'<ETag>"e1"</ETag><Size>{size}</Size></Contents>' for key, size in objects)
    return ("<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
            f"{contents}</ListBucketResult>").encode()


def answer(status, body=b"", headers=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def refusal(status, code, headers=()):
    return answer(status, f"<Error><Code>{code}</Code><Message>{code} &#x202e;now</Message></Error>".encode(), headers)


class HostileServer(Listener):
    """Serves as soon as it is made. `requests` has the head of each request, `sent_bytes` what was sent in all."""

    def __init__(self, way):
        self.begin = getattr(self, way)
        self.requests = []
        self.sent_bytes = 0
        super().__init__()
        self.url = "http://127.0.0.1:%d" % self.port

    def serve(self, client):
        """Until the client leaves, as it should."""
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(65536)
            if not part:
                return
            head += part
        self.requests.append(head.decode(errors="replace"))
        target = head.split(b" ")[1].decode()
        for part in self.begin(target):
            client.sendall(part)
            self.sent_bytes += len(part)

    def without_end(self, begin, part):
        yield begin
        many = part * (65536 // len(part))
        for _ in range(LIMIT_BYTES // len(many)):
            yield many

    def trailers(self, target):
        return self.without_end(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n<\r\n0\r\n", b"x-a: " + b"a" * 57 + b"\r\n")

    def heads(self, target):
        return self.without_end(b"HTTP/1.1 200 OK\r\n", b"x-a: " + b"a" * 57 + b"\r\n")

    def interim(self, target):
        return self.without_end(b"", b"HTTP/1.1 100 Continue\r\nx-a: a\r\n\r\n")

    def token(self, target):
        size = 16 << 20
        yield f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n<ListBucketResult><!-- ".encode()
        for _ in range(size >> 16):
            yield b"c" * 65536

    def region(self, target):
        yield answer("301 Moved", headers=[f"x-amz-bucket-region: {ESCAPES}", "Connection: close"])

    def year2098(self, target):
        yield refusal("403 Forbidden", "RequestTimeTooSkewed",
                      ["Date: Sun, 09 Nov 2098 08:49:37 GMT", "Connection: close"])

    def longer(self, target):
        if "list-type" in target:
            return iter([answer("200 OK", page([("a.jpg", 1000)]), ["Connection: close"])])
        return self.without_end(b'HTTP/1.1 200 OK\r\nETag: "e1"\r\n\r\n', b"\xff\xd8\xff" * 100)

    def names(self, target):
        if "list-type" in target:
            yield answer("200 OK", page([(key, 1000) for key in sorted(NAMES, key=str.encode)]), ["Connection: close"])
        else:
            yield refusal("404 Not Found", "NoSuchKey\u202e", ["Connection: close"])


def main():
    server = HostileServer(sys.argv[1])
    print(server.url, flush=True)
    sys.stdin.read()
    print(json.dumps({"requests": server.requests, "sent_bytes": server.sent_bytes}))


if __name__ == "__main__":
    main()

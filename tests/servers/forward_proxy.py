"""For tests: a proxy as companies have them (plain requests, and CONNECT for TLS), which wants a password if it is given one; and a relay from
one address to another."""

import base64
import collections
import socket
import threading
import urllib.parse

from listener import Listener

BLOCK = 65536


def pump(reader, writer):
    """Copies until the end; then tells the other side."""
    try:
        while data := reader.recv(BLOCK):
            writer.sendall(data)
        writer.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one of them went away


def join(one, other):
    """Both ways, until both have ended."""
    back = threading.Thread(target=pump, args=(other, one), daemon=True)
    back.start()
    pump(one, other)
    back.join()


class Counting(Listener):
    """`did` counts what it did, by name."""

    def __init__(self, host="127.0.0.1"):
        self.did = collections.Counter()
        self.lock = threading.Lock()
        super().__init__(host)

    def count(self, what):
        with self.lock:
            self.did[what] += 1


class Relay(Counting):
    def __init__(self, host, upstream):
        self.upstream = upstream
        super().__init__(host)

    def serve(self, client):
        self.count("connection")
        with socket.create_connection(self.upstream) as server:
            join(client, server)


class ForwardProxy(Counting):
    """did counts "get", "put", "connect" ... and "refused"."""

    def __init__(self, user=None, password=None):
        self.expected = base64.b64encode(f"{user}:{password}".encode()) if user else None
        super().__init__()

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(BLOCK)
            if not data:
                return
            head += data
        head, _, rest = head.partition(b"\r\n\r\n")
        request, *lines = head.split(b"\r\n")
        method, target, version = request.split(b" ")
        if self.expected and b"Proxy-Authorization: Basic " + self.expected not in lines:
            self.count("refused")
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                           b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            return
        self.count(method.decode().lower())
        url = urllib.parse.urlsplit(b"//" + target if method == b"CONNECT" else target)
        with socket.create_connection((url.hostname.decode(), url.port or 80)) as server:
            if method == b"CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                # the server ends the connection, since this one looks at no second request
                path = target[target.index(url.netloc) + len(url.netloc):]
                lines = [line for line in lines if not line.lower().startswith((b"proxy-", b"connection:"))]
                server.sendall(b"\r\n".join([b" ".join((method, path, version)), *lines, b"Connection: close", b"", b""]))
            server.sendall(rest)
            join(client, server)

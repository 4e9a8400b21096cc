#!/usr/bin/python3
"""An S3 server whose objects are made up as they are asked for: buckets of millions that take no room; for tests and benchmarks.

    synthetic_store.py ORIGINALS [--outputs NAME,...] [--missing-every N] [--photograph FILE]

prints its URL, serves until its standard input ends, and prints its counts as JSON, which GET /?counts answers at any time. Python
programs use SyntheticStore instead.

The bucket `originals` has the keys 000000/0000.jpg, 000000/0001.jpg ... in folders of a thousand, all with the bytes of one
photograph. The bucket `derived` has NAME/000000/0000.jpg for each output and original, except of every Nth original. What is
uploaded is there from then on: an output whole, another object with its bytes. Signatures are not looked at, conditions of
requests are (If-Match, If-None-Match).
"""

import argparse
import base64
import bisect
import collections
import email.utils
import hashlib
import html
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse

PER_FOLDER = 1000
MADE_S = 1_700_000_000  # the originals' time; outputs are a day younger
DAY_S = 86400
LIST_HEAD = ('<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
             "<Name>{}</Name><EncodingType>url</EncodingType><MaxKeys>{}</MaxKeys><KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>")
CONTENTS = ("<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>&quot;{}&quot;</ETag><Size>{}</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>")
ERROR = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{}</Code><Message>{}</Message></Error>'
# 8 x 8 pixels, grey
TINY_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxl"
    "Z2P/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJx"
    "FDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZ"
    "mqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AKVFFf/Z")

Item = collections.namedtuple("Item", "key etag size_bytes time_s body")  # body: None for an output, whose bytes are not kept


def iso(time_s):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time_s))


class Series:
    """The keys of so many originals below a prefix, in ascending order."""

    def __init__(self, prefix, count, etag, size_bytes, time_s):
        self.prefix, self.count, self.etag, self.size_bytes, self.time_s = prefix, count, etag, size_bytes, time_s
        self.pattern = re.compile(re.escape(prefix) + r"(\d{6})/(\d{4})\.jpg")

    def key(self, i):
        return f"{self.prefix}{i // PER_FOLDER:06}/{i % PER_FOLDER:04}.jpg"

    def number(self, key):
        """None if it is none of them."""
        match = self.pattern.fullmatch(key)
        number = match and int(match[1]) * PER_FOLDER + int(match[2])
        return number if match and int(match[2]) < PER_FOLDER and number < self.count else None

    def first_beyond(self, after):
        """The number of the first key that is greater; the count if none is."""
        return bisect.bisect_right(range(self.count), after, key=self.key)


class SyntheticStore:
    def __init__(self, originals, outputs=("large", "medium", "thumb"), missing_every=0, photograph=TINY_JPEG):
        self.photograph, self.missing_every = photograph, missing_every
        etag = hashlib.md5(photograph).hexdigest()
        self.buckets = {"originals": [Series("", originals, etag, len(photograph), MADE_S)],
                        "derived": [Series(name + "/", originals, etag, len(photograph), MADE_S + DAY_S)
                                    for name in sorted(outputs)]}
        self.uploaded = {"originals": {}, "derived": {}}
        self.uploaded_keys = {"originals": [], "derived": []}  # sorted
        self.lock = threading.Lock()
        self.requests = collections.Counter()
        self.first_s, self.first_put_s = None, None
        self.server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"store": self}))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def counts(self):
        """Requests by kind, and the seconds from the first request to the first upload of an output."""
        with self.lock:
            waited = self.first_put_s - self.first_s if self.first_put_s else None
            return dict(self.requests, first_put_s=waited)

    def forget(self):
        """Counts anew."""
        with self.lock:
            self.requests.clear()
            self.first_s, self.first_put_s = None, None

    def count(self, kind):
        with self.lock:
            now = time.monotonic()
            self.requests[kind] += 1
            self.first_s = self.first_s or now
            if kind == "put":
                self.first_put_s = self.first_put_s or now

    def is_missing(self, bucket, number):
        return bucket == "derived" and self.missing_every and number % self.missing_every == 0

    def find(self, bucket, key):
        item = self.uploaded[bucket].get(key)
        if item:
            return item
        for series in self.buckets[bucket]:
            number = series.number(key)
            if number is not None and not self.is_missing(bucket, number):
                return Item(key, series.etag, series.size_bytes, series.time_s, self.photograph)
        return None

    def put(self, bucket, key, body):
        etag = hashlib.md5(body).hexdigest()
        is_output = any(series.number(key) is not None for series in self.buckets[bucket])
        with self.lock:
            if key not in self.uploaded[bucket]:
                bisect.insort(self.uploaded_keys[bucket], key)
            self.uploaded[bucket][key] = Item(key, etag, len(body), int(time.time()), None if is_output else body)
        return etag

    def delete(self, bucket, key):
        with self.lock:
            if self.uploaded[bucket].pop(key, None):
                self.uploaded_keys[bucket].remove(key)

    def generated(self, bucket, after, prefix):
        """The generated keys beyond `after` that start with the prefix, as pairs of key and series."""
        for series in self.buckets[bucket]:
            if not (series.prefix.startswith(prefix) or prefix.startswith(series.prefix)):
                continue
            start = max(series.first_beyond(after), series.first_beyond(prefix) if prefix > series.prefix else 0)
            for number in range(start, series.count):
                key = series.key(number)
                if not key.startswith(prefix):
                    break
                if not self.is_missing(bucket, number) and key not in self.uploaded[bucket]:
                    yield key, series

    def page(self, bucket, after, prefix, limit):
        """At most so many objects, in order, and whether there are more."""
        with self.lock:
            keys = self.uploaded_keys[bucket]
            own = keys[bisect.bisect_right(keys, after):] if keys else []
        own = [key for key in own if key.startswith(prefix)][:limit + 1]
        found = []
        for key, series in self.generated(bucket, after, prefix):
            while own and own[0] < key and len(found) <= limit:
                found.append(self.uploaded[bucket][own.pop(0)])
            if len(found) > limit:
                break
            found.append(Item(key, series.etag, series.size_bytes, series.time_s, None))
        while own and len(found) <= limit:
            found.append(self.uploaded[bucket][own.pop(0)])
        return found[:limit], len(found) > limit


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that went away
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store = None
    disable_nagle_algorithm = True

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response_only(status)
        self.send_header("Date", email.utils.formatdate(usegmt=True))
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def fail(self, status, code):
        self.answer(status, b"" if self.command == "HEAD" else ERROR.format(code, code).encode(), [("Content-Type", "application/xml")])

    def target(self):
        url = urllib.parse.urlsplit(self.path)
        bucket, _, key = urllib.parse.unquote(url.path[1:]).partition("/")
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        return bucket, key, query

    def refused(self, item):
        """Whether the conditions of the request do not hold."""
        match, none_match = self.headers.get("If-Match"), self.headers.get("If-None-Match")
        if match is not None and (item is None or match.strip('"') != item.etag):
            return True
        return none_match is not None and item is not None and none_match.strip('"') in ("*", item.etag)

    def list(self, bucket, query):
        after = max(query.get("continuation-token", ""), query.get("start-after", ""))
        limit = min(int(query.get("max-keys", 1000)), 1000)
        found, more = self.store.page(bucket, after, query.get("prefix", ""), limit)
        parts = [LIST_HEAD.format(bucket, limit, len(found), "true" if more else "false")]
        times = {}
        for item in found:
            when = times.get(item.time_s) or times.setdefault(item.time_s, iso(item.time_s))
            parts.append(CONTENTS.format(urllib.parse.quote(item.key), when, item.etag, item.size_bytes))
        if more:
            parts.append(f"<NextContinuationToken>{html.escape(found[-1].key)}</NextContinuationToken>")
        parts.append("</ListBucketResult>")
        self.answer(200, "".join(parts).encode(), [("Content-Type", "application/xml")])

    def do_GET(self):  # pylint: disable=invalid-name
        bucket, key, query = self.target()
        if "counts" in query and not bucket:
            self.answer(200, json.dumps(self.store.counts()).encode())
        elif bucket not in self.store.buckets:
            self.fail(404, "NoSuchBucket")
        elif not key:
            self.store.count("list")
            self.list(bucket, query)
        else:
            self.get(bucket, key)

    def get(self, bucket, key):
        item = self.store.find(bucket, key)
        is_head = self.command == "HEAD"
        self.store.count("head" if is_head else "get")
        if item is None:
            self.fail(404, "NoSuchKey")
        elif self.refused(item):
            self.answer(304 if self.headers.get("If-None-Match") else 412)
        else:
            body = item.body if item.body is not None else self.store.photograph
            self.answer(200, b"" if is_head else body,
                        [("ETag", f'"{item.etag}"'), ("Last-Modified", email.utils.formatdate(item.time_s, usegmt=True)),
                         ("Content-Type", "image/jpeg")], length=len(body))

    def do_HEAD(self):  # pylint: disable=invalid-name
        bucket, key, _ = self.target()
        if bucket in self.store.buckets and not key:
            self.store.count("head")
            self.answer(200)
        elif bucket in self.store.buckets:
            self.get(bucket, key)
        else:
            self.fail(404, "NoSuchBucket")

    def do_PUT(self):  # pylint: disable=invalid-name
        bucket, key, _ = self.target()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.store.count("put")
        if bucket not in self.store.buckets:
            self.fail(404, "NoSuchBucket")
        elif self.refused(self.store.find(bucket, key)):
            self.fail(412, "PreconditionFailed")
        else:
            self.answer(200, headers=[("ETag", f'"{self.store.put(bucket, key, body)}"')])

    def do_DELETE(self):  # pylint: disable=invalid-name
        bucket, key, _ = self.target()
        self.store.count("delete")
        self.store.delete(bucket, key)
        self.answer(204)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("originals", type=int)
    parser.add_argument("--outputs", default="large,medium,thumb")
    parser.add_argument("--missing-every", type=int, default=0)
    parser.add_argument("--photograph")
    arguments = parser.parse_args()
    photograph = TINY_JPEG
    if arguments.photograph:
        with open(arguments.photograph, "rb") as file:
            photograph = file.read()
    store = SyntheticStore(arguments.originals, arguments.outputs.split(","), arguments.missing_every, photograph)
    print(store.url, flush=True)
    sys.stdin.read()
    print(json.dumps(store.counts()))


if __name__ == "__main__":
    main()

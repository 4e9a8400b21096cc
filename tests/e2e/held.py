"""What a live process holds: byte strings in its memory, its descriptors, files of /proc. Root, or the capability to trace it."""

import datetime
import hashlib
import hmac
import os

CHUNK = 1 << 22


def signing_keys(secret, region):
    """The keys that SigV4 derives from the secret for yesterday, today and tomorrow: as good as the secret."""
    for days in (-1, 0, 1):
        date = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days)).strftime("%Y%m%d")
        key = b"AWS4" + secret
        for part in (date, region, "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        yield key


def memory_holds(pid, needles):
    """Which of the byte strings stand in the readable memory of a process; and how many bytes were read."""
    found, scanned = set(), 0
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, permissions = line.split()[:2]
            if "r" not in permissions or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                continue
            start, end = (int(number, 16) for number in span.split("-"))
            tail = b""
            for position in range(start, end, CHUNK):
                try:
                    memory.seek(position)
                    data = tail + memory.read(min(CHUNK, end - position))
                except OSError:  # a part that is mapped and not backed
                    tail = b""
                    continue
                scanned += len(data)
                found.update(needle for needle in needles if needle in data)
                tail = data[-64:]
    return found, scanned


def read(pid, name):
    with open(f"/proc/{pid}/{name}", "rb") as file:
        return file.read()


def descriptors(pid):
    return {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}

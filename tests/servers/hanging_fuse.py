"""A file system (fuse(4)) of one folder whose files are read as usual, but for some that never answer: as a file server that
is away. Who reads such a file cannot even be killed. Needs root. For tests:

    mount = HangingFuse(folder, {"a.jpg": b"..."}, hanging={"b.jpg"})
    ...
    mount.close()    what hangs fails with an error
"""

import ctypes
import errno
import os
import stat
import struct
import threading
import time

LOOKUP, GETATTR, OPEN, READ, RELEASE, INIT, OPENDIR, READDIR, RELEASEDIR = 1, 3, 14, 15, 18, 26, 27, 28, 29
FORGET, INTERRUPT, BATCH_FORGET = 2, 36, 42
ROOT = 1
VALID_S = 60
libc = ctypes.CDLL(None, use_errno=True)


class HangingFuse:
    def __init__(self, folder, files, hanging=()):
        self.folder, self.files, self.hanging = folder, sorted(files.items()), set(hanging)
        self.stamp = int(time.time()) - 60
        self.asked = threading.Event()  # somebody waits for what does not come
        self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self.device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},allow_other"
        if libc.mount(b"hanging", folder.encode(), b"fuse", 0, options.encode()) != 0:
            raise OSError(ctypes.get_errno(), "mount")
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        if self.device < 0:
            return
        libc.umount2(self.folder.encode(), 1 | 2)  # MNT_FORCE | MNT_DETACH: all that waits fails
        self.thread.join(10)
        os.close(self.device)
        self.device = -1

    def attributes(self, node):
        size = 0 if node == ROOT else len(self.files[node - 2][1])
        mode = stat.S_IFDIR | 0o755 if node == ROOT else stat.S_IFREG | 0o644
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, (size + 511) // 512, self.stamp, self.stamp, self.stamp, 0, 0, 0,
                           mode, 1, os.getuid(), os.getgid(), 0, 4096, 0)

    def entry(self, node):
        return struct.pack("<QQQQII", node, 0, VALID_S, VALID_S, 0, 0) + self.attributes(node)

    def lookup(self, name):
        for number, (known, _) in enumerate(self.files):
            if known == name:
                return self.entry(number + 2)
        return -errno.ENOENT

    def list(self, offset):
        listed = b""
        for number, (name, _) in list(enumerate(self.files))[offset:]:
            raw = name.encode()
            listed += struct.pack("<QQII", number + 2, number + 1, len(raw), 8) + raw + b"\0" * (-len(raw) % 8)
        return listed

    def answer(self, what, node, body):
        """Bytes, an error as a negative number, or None: there is no answer."""
        if what == INIT:
            return struct.pack("<IIIIHHIIHHIIII", 7, 31, 131072, 0, 12, 10, 131072, 1, 32, 0, 0, 0, 0, 0) + b"\0" * 16
        if what == LOOKUP:
            return self.lookup(body.rstrip(b"\0").decode())
        if what == GETATTR:
            return struct.pack("<QII", VALID_S, 0, 0) + self.attributes(node)
        if what in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, 0, 0)
        if what == READDIR:
            return self.list(struct.unpack_from("<QQ", body)[1])
        if what == READ:
            name, data = self.files[node - 2]
            if name in self.hanging:
                self.asked.set()
                return None
            offset, size = struct.unpack_from("<QQI", body)[1:]
            return data[offset:offset + size]
        if what in (RELEASE, RELEASEDIR):
            return b""
        return None if what in (FORGET, BATCH_FORGET, INTERRUPT) else -errno.ENOSYS

    def serve(self):
        while True:
            try:
                request = os.read(self.device, 1 << 18)
            except OSError:
                return
            _, what, unique, node = struct.unpack_from("<IIQQ", request)
            answer = self.answer(what, node, request[40:])
            if answer is None:
                continue
            error, body = (answer, b"") if isinstance(answer, int) else (0, answer)
            try:
                os.write(self.device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)
            except OSError:
                pass  # nobody wants it any more

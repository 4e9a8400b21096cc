"""For tests: what listens at an address of this machine."""

import socket
import threading


class Listener:
    """Serves connections on a free port as soon as it is made, each in a thread, until it is closed."""

    def __init__(self, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family, backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self.run, args=(client,), daemon=True).start()

    def run(self, client):
        with client:
            try:
                self.serve(client)
            except OSError:
                pass  # one of them went away

    def serve(self, client):
        raise NotImplementedError

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

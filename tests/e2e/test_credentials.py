#!/usr/bin/python3
"""Credentials that a service hands out for some seconds, as a container's does: a run outlives them."""

import datetime
import http.server
import json
import os
import threading
import unittest

from harness import SMALL_OUTPUTS, Case, Gateway, encode, photograph, write_config

gateway = Gateway()
OBJECTS = 300
LIFE_S = 15
TOKEN = "token-of-the-container"


class Service(http.server.ThreadingHTTPServer):
    """Hands out the gateway's keys, valid for LIFE_S; status other than 200: refuses instead."""

    def __init__(self, status=200):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.asked = status, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def environment(self, folder):
        return {
            "HOME": folder,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{self.server_port}/keys",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": TOKEN,
        }


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Authorization"]))
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=LIFE_S)
        body = json.dumps({
            "AccessKeyId": os.environ["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": os.environ["AWS_SECRET_ACCESS_KEY"],
            "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class TestCredentials(Case):
    def serve(self, **options):
        service = Service(**options)
        self.addCleanup(service.server_close)
        self.addCleanup(service.shutdown)
        return service

    def configure(self):
        self.source, self.destination = gateway.bucket("source"), gateway.bucket("made")
        self.addCleanup(gateway.remove, self.source)
        self.addCleanup(gateway.remove, self.destination)
        return write_config(os.path.join(self.folder, "thumbmill.yaml"), f"s3://{self.source}/", f"s3://{self.destination}/",
                            SMALL_OUTPUTS, s3=gateway.settings(),
                            workers={"count": 1})

    def test_a_run_outlives_its_credentials(self):
        service, config = self.serve(), self.configure()
        data = [encode(photograph(number, 1800), "jpeg") for number in range(6)]
        for number in range(OBJECTS):
            gateway.put(self.source, f"{number}.jpg", data[number % len(data)])
        run = self.run_to_end(config, "--log-level", "debug", expect=0, environment=service.environment(self.folder))
        self.assertEqual(run.report["objects"]["done"], OBJECTS)
        self.assertEqual(run.report["failures"], [])
        self.assertEqual(set(service.asked), {("/keys", TOKEN)})
        # each is renewed after 7.5 to 9.4 s
        self.assertGreaterEqual(len(service.asked), 1 + int(run.report["seconds"] // 11))
        for text in (run.stdout, run.stderr, json.dumps(run.report)):
            self.assertNotIn(os.environ["AWS_SECRET_ACCESS_KEY"], text)
            self.assertNotIn(TOKEN, text)

    def test_a_service_that_refuses_makes_the_store_unusable(self):
        service, config = self.serve(status=403), self.configure()
        run = self.run_to_end(config, expect=4, environment=service.environment(self.folder))
        self.assertIn("/keys: status 403", run.stderr)
        self.assertEqual(len(service.asked), 1)
        self.assertNotIn(TOKEN, run.stderr)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""What hands out keys on AWS, on this machine: a container's service, an EC2 instance's, and STS.

    service = CredentialService(issue, keys=(id, secret), life_s=15)

speaks as all three do. issue() is called for each answer: (id, secret, session token), which are said to be valid for life_s.
What it grants, and to whom:

    GET  /container                                   with the Authorization that is service.token
    PUT  /latest/api/token, then GET .../ROLE         version 2 only
    POST / Action=AssumeRole                          signed with keys: botocore checks the signature
    POST / Action=AssumeRoleWithWebIdentity           with the token that is service.token

service.fault, if set, is what it does instead of answering: refuse, garbage, oversized, slow, expired.
service.asked counts the answers with keys; service.odd says what no client of these services should send.
"""

import datetime
import http.server
import json
import re
import threading
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FAULTS = ("refuse", "garbage", "oversized", "slow", "expired")
SLOW_S = 20
IMDS_TOKEN = "instance-token"
ROLES_PATH = "/latest/meta-data/iam/security-credentials/"


def end_of(life_s):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=life_s)
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


class CredentialService(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, issue, keys, life_s=3600, token="the-token", fault=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.issue, self.keys, self.life_s, self.token, self.fault = issue, keys, life_s, token, fault
        self.asked, self.odd, self.closed = 0, [], threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.closed.set()
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/container":
            self.grant(self.headers["Authorization"] == self.server.token, self.service_keys)
        elif self.path.startswith(ROLES_PATH):
            known = self.headers["X-aws-ec2-metadata-token"] == IMDS_TOKEN
            if self.path == ROLES_PATH:
                self.answer(200 if known else 401, "test-role")
            else:
                self.grant(known and self.path == ROLES_PATH + "test-role", self.service_keys)
        else:
            self.refuse(404, f"GET {self.path}")

    def do_PUT(self):
        if self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]:
            self.answer(200, IMDS_TOKEN)
        else:
            self.refuse(404, f"PUT {self.path}")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = dict(urllib.parse.parse_qsl(body.decode()))
        action = form.get("Action")
        known = form.get("Version") == "2011-06-15" and form.get("RoleArn") and form.get("RoleSessionName")
        if action == "AssumeRole":
            known = known and self.is_signed(body)
        else:
            known = known and form.get("WebIdentityToken") == self.server.token and not self.headers["Authorization"]
        self.grant(known and self.path == "/", lambda life_s: self.role_xml(life_s, action))

    def is_signed(self, body):
        """Whether botocore signs the same request in the same way."""
        given = self.headers["Authorization"] or ""
        match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/sts/aws4_request, ?"
                             r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})", given)
        if not match or match[1] != self.server.keys[0]:
            return False
        request = AWSRequest("POST", self.server.url + self.path, data=body)
        for name in match[3].split(";"):
            if name != "host":
                request.headers[name] = self.headers[name]
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        signer = SigV4Auth(Credentials(*self.server.keys, self.headers["X-Amz-Security-Token"]), "sts", match[2])
        canonical = signer.canonical_request(request)
        return signer.signature(signer.string_to_sign(request, canonical), request) == match[4]

    def service_keys(self, life_s):
        identity, secret, token = self.server.issue()
        return json.dumps({"Code": "Success", "AccessKeyId": identity, "SecretAccessKey": secret, "Token": token,
                           "Expiration": end_of(life_s)})

    def role_xml(self, life_s, action):
        identity, secret, token = self.server.issue()
        return (f"<{action}Response><{action}Result><Credentials><AccessKeyId>{identity}</AccessKeyId>"
                f"<SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken>"
                f"<Expiration>{end_of(life_s)}</Expiration></Credentials></{action}Result></{action}Response>")

    def grant(self, known, keys):
        """Answers with keys(life_s), or spoils that."""
        fault = self.server.fault
        if fault == "slow":
            self.server.closed.wait(SLOW_S)
        if not known:
            self.refuse(403, f"{self.command} {self.path} {dict(self.headers)}")
        elif fault == "refuse":
            self.answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
        elif fault == "garbage":
            self.answer(200, "<html>Welcome, \x1b[31mplease log in")
        elif fault == "oversized":
            self.answer(200, " " * (1 << 20))
        else:
            self.server.asked += 1
            self.answer(200, keys(-60 if fault == "expired" else self.server.life_s))

    def refuse(self, status, what):
        self.server.odd.append(what)
        self.answer(status, "no")

    def answer(self, status, text):
        body = text.encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has had enough

    def log_message(self, *_):
        pass

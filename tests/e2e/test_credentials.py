#!/usr/bin/python3
"""Where keys come from, end to end: from each provider, from each provider spoilt, and while they expire under a run.

The keys are sessions of a role of the gateway, new ones with each answer of tests/servers/credential_service.py, which says
for how long they are valid; of a server without roles its only keys, and only from the providers that may have such. CREDENTIALS_LOAD_S is how long a run under expiring keys lasts at least (20).
"""

import json
import os
import shlex
import sys
import time
import unittest

import harness
from harness import SMALL_OUTPUTS, Case, Gateway, encode, photograph, write_config

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from credential_service import SLOW_S, CredentialService, end_of  # noqa: E402

gateway = Gateway()
LOAD_S = float(os.environ.get("CREDENTIALS_LOAD_S", "20"))
LIFE_S = 15
OWN_KEYS = (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
HAS_ROLES = "roles" not in gateway.lacks
PROVIDERS = ("container", "instance")
if HAS_ROLES:
    PROVIDERS += ("role", "web identity", "identity in a profile", "role on an instance")


class CredentialCase(Case):
    def setUp(self):
        super().setUp()
        self.source, self.destination = gateway.bucket("source"), gateway.bucket("made")
        self.addCleanup(gateway.remove, self.source)
        self.addCleanup(gateway.remove, self.destination)
        self.role = gateway.role() if HAS_ROLES else "arn:aws:iam:::role/none"
        self.issued = []

    def issue(self):
        self.issued.append(gateway.session(self.role) if HAS_ROLES else (*OWN_KEYS, None))
        return self.issued[-1]

    def serve(self, **options):
        service = CredentialService(self.issue, OWN_KEYS, **options)
        self.addCleanup(service.close)
        return service

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def configure(self, of_each=None, **s3):
        """of_each: what each store's own s3 section has."""
        s3 = gateway.settings(**s3)
        stores = [{"url": f"s3://{bucket}/", **({"s3": of_each} if of_each else {})} for bucket in (self.source, self.destination)]
        return write_config(os.path.join(self.folder, "thumbmill.yaml"), *stores, SMALL_OUTPUTS, s3=s3, workers={"count": 1})

    def fill(self, count, first=0):
        data = [encode(photograph(number, 1800), "jpeg") for number in range(min(count, 6))]
        for number in range(first, first + count):
            gateway.put(self.source, f"{number}.jpg", data[number % len(data)])

    def environment(self, provider, service):
        """What makes this provider the one of a run."""
        common = {"HOME": self.folder, "AWS_REGION": os.environ["AWS_REGION"]}
        instance = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url}
        token = self.write("token", service.token + "\n")
        sts = {"AWS_ENDPOINT_URL_STS": service.url}
        keys = f"[own]\naws_access_key_id = {OWN_KEYS[0]}\naws_secret_access_key = {OWN_KEYS[1]}\n"

        def profile(text):
            return {"AWS_PROFILE": "mill", "AWS_SHARED_CREDENTIALS_FILE": self.write("keys", keys + "[mill]\n" + text)}

        return {**common, **{
            "container": lambda: {"AWS_CONTAINER_CREDENTIALS_FULL_URI": service.url + "/container",
                                  "AWS_CONTAINER_AUTHORIZATION_TOKEN": service.token},
            "instance": lambda: instance,
            "role": lambda: {**sts, **profile(f"role_arn = {self.role}\nsource_profile = own\n")},
            "role on an instance": lambda: {**sts, **instance, **profile(
                f"role_arn = {self.role}\ncredential_source = Ec2InstanceMetadata\n")},
            "web identity": lambda: {**sts, "AWS_ROLE_ARN": self.role, "AWS_WEB_IDENTITY_TOKEN_FILE": token},
            "identity in a profile": lambda: {**sts, **profile(f"role_arn = {self.role}\nweb_identity_token_file = {token}\n")},
        }[provider]()}

    def assert_nothing_told(self, run):
        report = json.dumps(run.report)
        for secret in [OWN_KEYS[1], *(part for keys in self.issued for part in keys[1:] if part)]:
            for text in (run.stdout, run.stderr, report):
                self.assertNotIn(secret, text)


class TestProviders(CredentialCase):
    def test_a_run_with_each(self):
        self.fill(2)
        for provider in PROVIDERS:
            with self.subTest(provider):
                service = self.serve()
                if provider == "role on an instance":  # the role is assumed with what the instance has
                    service.issue = lambda service=service: (
                        (*OWN_KEYS, None) if service.asked == 1 else self.issue())
                run = self.run_to_end(self.configure(), "--log-level", "debug", expect=0,
                                      environment=self.environment(provider, service))
                self.assertEqual(run.report["objects"]["failed"], 0)
                self.assertEqual(service.odd, [])
                self.assertEqual(service.asked, 2 if provider == "role on an instance" else 1)
                self.assert_nothing_told(run)
                self.assertEqual(len(gateway.keys(self.destination)), 2 * len(SMALL_OUTPUTS))
                gateway.empty(self.destination)

    def check_the_gateways_own_sts(self):
        """No server of ours: Ceph checks the signature, and seals the token."""
        self.fill(2)
        service = self.serve()
        environment = {**self.environment("role", service), "AWS_ENDPOINT_URL_STS": gateway.endpoint}
        if gateway.is_tls:
            environment["AWS_CA_BUNDLE"] = os.environ["S3_CA"]
        run = self.run_to_end(self.configure(), expect=0, environment=environment)
        self.assertEqual(run.report["objects"]["done"], 2)
        self.assertEqual(service.asked, 0)
        environment["AWS_SHARED_CREDENTIALS_FILE"] = self.write(
            "wrong", f"[mill]\nrole_arn = {self.role}\nsource_profile = mill\naws_access_key_id = {OWN_KEYS[0]}\n"
            "aws_secret_access_key = wrong\n")
        run = self.run_to_end(self.configure(), expect=4, environment=environment)
        self.assertIn(f"profile 'mill': role {self.role}: {gateway.endpoint}/: status 403", run.stderr)

    if HAS_ROLES:
        test_the_gateways_own_sts = check_the_gateways_own_sts

    def test_a_command(self):
        self.fill(2)
        keys = self.issue()
        answer = json.dumps({"Version": 1, "AccessKeyId": keys[0], "SecretAccessKey": keys[1],
                             "Expiration": end_of(3600), **({"SessionToken": keys[2]} if keys[2] else {})})
        script = self.write("keys.sh", f"test \"$1\" = 'a b' && echo {shlex.quote(answer)}\n")
        environment = {"HOME": self.folder, "AWS_CONFIG_FILE": self.write("config",
                       f"[default]\ncredential_process = sh {script} \"a b\"\n")}
        run = self.run_to_end(self.configure(), expect=0, environment=environment)
        self.assertEqual(run.report["objects"]["done"], 2)
        self.assert_nothing_told(run)
        self.write("keys.sh", "echo 'your session is over' >&2; exit 7\n")
        run = self.run_to_end(self.configure(), expect=4, environment=environment)
        self.assertIn("credential_process: sh exited with status 7: your session is over", run.stderr)

    def test_files_of_the_configuration_and_of_systemd(self):
        self.fill(2)
        own = f"[default]\naws_access_key_id = {OWN_KEYS[0]}\naws_secret_access_key = {OWN_KEYS[1]}\n"
        wrong = self.write("wrong", own.replace(OWN_KEYS[1], "wrong"))
        folder = os.path.join(self.folder, "systemd")
        os.mkdir(folder)
        systemd = {"HOME": self.folder, "CREDENTIALS_DIRECTORY": folder}
        self.write("systemd/s3-credentials", own)
        self.run_to_end(self.configure(), expect=0, environment=systemd)
        self.assertEqual(len(gateway.keys(self.destination)), 2 * len(SMALL_OUTPUTS))
        self.run_to_end(self.configure(credentials_file=wrong), expect=4, environment=systemd)
        own_files = {"credentials_file": os.path.join(folder, "s3-credentials")}
        self.run_to_end(self.configure(own_files, credentials_file=wrong), expect=0, environment={"HOME": self.folder})
        config = write_config(os.path.join(self.folder, "two.yaml"), {"url": f"s3://{self.source}/", "s3": own_files},
                              {"url": f"s3://{self.destination}/", "s3": {"credentials_file": wrong}}, SMALL_OUTPUTS,
                              s3=gateway.settings())
        run = self.run_to_end(config, expect=4, environment={"HOME": self.folder})
        self.assertIn(f"LIST {gateway.endpoint}/{self.destination}/: 403", run.stderr)


class TestFaults(CredentialCase):
    """A provider that is spoilt makes the store unusable, soon, and in words."""

    WORDS = {
        "container": {"refuse": "/container: status 403", "garbage": "/container: the response is not a JSON object",
                      "oversized": "/container: a response of more than 65536 bytes", "slow": "/container: ",
                      "expired": "/container have already expired"},
        "instance": {"refuse": "status 403", "garbage": "the role of this EC2 instance: the response is not a JSON object",
                     "oversized": "a response of more than 65536 bytes", "slow": "/test-role: "},
        "role": {"refuse": "status 403 AccessDenied: no", "garbage": "a response that is not XML",
                 "oversized": "a response of more than 65536 bytes", "slow": "profile 'mill': role ",
                 "expired": "have already expired"},
    }
    WORDS["web identity"] = {**WORDS["role"], "slow": "role "}

    def test_each(self):
        for provider, faults in self.WORDS.items():
            for fault, words in faults.items():
                with self.subTest(f"{provider}: {fault}"):
                    service = self.serve(fault=fault)
                    began = time.monotonic()
                    run = self.run_to_end(self.configure(), expect=4, environment=self.environment(provider, service))
                    self.assertLess(time.monotonic() - began, SLOW_S + 5)
                    self.assertIn(words, run.stderr)
                    self.assertNotIn("\x1b", run.stderr)
                    self.assertEqual(service.odd, [])
                    self.assert_nothing_told(run)

    def test_an_instance_that_has_nothing_newer(self):
        """EC2 accepts what its service last said, even after its time."""
        self.fill(1)
        service = self.serve(fault="expired")
        self.run_to_end(self.configure(), expect=0, environment=self.environment("instance", service))

    def test_a_wrong_token(self):
        for provider in ("container", "web identity"):
            service = self.serve()
            environment = self.environment(provider, service)
            service.token = "another"
            run = self.run_to_end(self.configure(), expect=4, environment=environment)
            self.assertIn("status 403", run.stderr)
            self.assertEqual(len(service.odd), 1)
            self.assertNotIn("the-token", run.stderr)


class TestLoad(CredentialCase):
    """A run outlives its keys again and again, and no object fails for it."""

    def run_for(self, seconds, environment):
        """A run over as many objects as take so long, at the rate of a first one."""
        self.fill(40)
        first = self.run_to_end(self.configure(), expect=0, environment=environment)
        count = int(40 / first.report["seconds"] * seconds * 1.3) + 40
        self.fill(count, first=40)
        run = self.run_to_end(self.configure(), "--log-level", "debug", expect=0, environment=environment)
        self.assertEqual(run.report["objects"]["done"], count)
        self.assertEqual(run.report["failures"], [])
        return run

    def test_a_run_outlives_its_keys(self):
        for provider in PROVIDERS[0:3:2]:
            with self.subTest(provider):
                service = self.serve(life_s=LIFE_S)
                run = self.run_for(LOAD_S / 2, self.environment(provider, service))
                # each is renewed after 7.5 to 9.4 s
                self.assertGreaterEqual(service.asked, 2 + int(run.report["seconds"] // 11))
                self.assertEqual(service.odd, [])
                self.assert_nothing_told(run)
                print(f"{provider}: {run.report['seconds']:.0f} s, {run.report['objects']['done']} objects, "
                      f"{service.asked} times keys for {LIFE_S} s, {run.report['requests']['retries']} retries", file=sys.stderr)
                for bucket in (self.source, self.destination):
                    gateway.empty(bucket)


if __name__ == "__main__":
    unittest.main()

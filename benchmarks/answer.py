"""The side of a program that is measured in a process of its own. The standard library only."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from benchmarks.measure import cpu_seconds


def answer(job: Callable[[], object], items: int) -> None:
    """Run a job once so that it is warm, say ``ready``, then run it once for each line of the standard input.

    After each run ``{"seconds": ...}`` is printed: the CPU time, of this process, that one item took.
    """
    job()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps({"seconds": cpu_seconds(job) / items}), flush=True)

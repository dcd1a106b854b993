"""How long a message takes under load, and how much memory is needed: each in processes of their own."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.growth.tables import Growth, mega, milli
from benchmarks.peers.processes import ROOT, generator, run, serving
from benchmarks.peers.python import command
from benchmarks.subjects.consuming import ingesting

LOADS = (0.01, 0.5, 1.0)
FLOOD = 100_000  # messages by which it is measured how many a second can be taken


def latency(seconds: float, flood: int = FLOOD) -> Growth:
    """Measure from the write of a message in another process to the call of the subscriber, at some loads."""
    most = messages_a_second(flood)
    rows = []
    for load in LOADS:
        rate = max(most * load, 100.0)
        with pacer(rate, int(rate * seconds)) as address:
            took = answer_of("latency", address)
        rows.append([f"{load:.0%}", f"{rate:,.0f}", *(milli(took[name]) for name in ("p50", "p99", "p99.9"))])
    return Growth("From the wire to the subscriber", ("load", "messages a second", "p50", "p99", "p99.9"), rows)


def messages_a_second(flood: int) -> float:
    with generator() as address:
        job = ingesting(address, flood)
        job()
        start = time.perf_counter()
        job()
        return flood / (time.perf_counter() - start)


@contextmanager
def pacer(rate: float, count: int) -> Iterator[str]:
    with serving([sys.executable, "-m", "benchmarks.growth.pacer", str(rate), str(count)]) as address:
        yield address


def slow_consumer(seconds: float) -> Growth:
    """Feed a reducer that takes 1 ms a message with as much as the socket takes."""
    with generator() as address:
        seen = answer_of("slow_consumer", address, seconds)
    row = [mega(seen["first half"]), mega(seen["second half"]), mega(seen["inbox"]), f"{seen['reduced']:,}"]
    headings = ("memory, first half", "memory, second half", "of it in the inbox", "messages reduced")
    return Growth(f"A reducer that takes 1 ms, under a flood of {seconds:g} s", headings, [row])


def logged(count: int) -> Growth:
    rows = []
    for suffix in (".jsonl", ".db"):
        needed = answer_of("logged", suffix, count)
        rows.append([f"`{suffix}`", mega(needed["memory"]), mega(needed["disk"])])
    return Growth(f"{count:,} logged actions", ("log", "memory", "disk"), rows)


def answer_of(program: str, *arguments: Any) -> dict[str, Any]:
    """Run a program of `benchmarks.programs` to its end, and return the JSON object that it prints."""
    found: dict[str, Any] = json.loads(run(command(sys.executable, program, *arguments), ROOT))
    return found

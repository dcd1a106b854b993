"""Programs that we start: to the end, or for as long as somebody needs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.rows import NotMeasured

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300  # seconds


def run(command: Sequence[str], folder: Path = ROOT, **environment: str) -> str:
    """Run a program to its end and return what it printed.

    Raises:
        NotMeasured: it is not there, or it failed.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        )
    except subprocess.CalledProcessError as error:
        raise NotMeasured(f"{Path(command[0]).name} failed: {last_line(error.stderr)}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotMeasured(f"{Path(command[0]).name}: {error}") from error
    return done.stdout


def measured(command: Sequence[str], folder: Path = ROOT, **environment: str) -> float:
    """Run a peer that prints ``{"seconds": ...}``, its CPU time per item, and return that."""
    return float(json.loads(run(command, folder, **environment))["seconds"])


@contextmanager
def generator() -> Iterator[str]:
    """Run the load generator, and give the address to which the number of messages is added."""
    command = [sys.executable, "-m", "benchmarks.generator"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"ws://127.0.0.1:{port_of(process)}/"
        finally:
            process.terminate()


def port_of(process: subprocess.Popen[str]) -> int:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise NotMeasured("the load generator did not start")
    return int(line)


def last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"

"""Programs that we start: to the end, or for as long as somebody needs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from benchmarks.measure import Side
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


@contextmanager
def answering(command: Sequence[str], folder: Path = ROOT, **environment: str) -> Iterator[Side]:
    """Run a program that measures itself whenever it is asked (see `benchmarks.answer`) as long as the context lasts.

    Raises:
        NotMeasured: it is not there, or it ended before it had answered.
    """
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        started(command, folder, environment, errors) as process,
    ):
        try:
            line_of(process, errors)  # it is ready
            yield lambda: answer_of(process, errors)
        finally:
            process.kill()  # it has nothing to lose


def started(
    command: Sequence[str], folder: Path, environment: dict[str, str], errors: IO[str]
) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    except OSError as error:
        raise NotMeasured(f"{Path(command[0]).name}: {error}") from error


def answer_of(process: subprocess.Popen[str], errors: IO[str]) -> float:
    with suppress(BrokenPipeError):  # it has ended; reading tells so as well, and why
        os.write(cast(IO[str], process.stdin).fileno(), b"\n")  # past the buffer: nothing is left to be written later
    return float(json.loads(line_of(process, errors))["seconds"])


def line_of(process: subprocess.Popen[str], errors: IO[str]) -> str:
    with time_limit(process):
        line = cast(IO[str], process.stdout).readline()
    if not line:
        errors.seek(0)
        raise NotMeasured(f"{name_of(process)} failed: {last_line(errors.read())}")
    return line


@contextmanager
def time_limit(process: subprocess.Popen[str]) -> Iterator[None]:
    """End a program that says nothing; reading from it then ends as well."""
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def generator(*recording: Path) -> Iterator[str]:
    """Run the load generator, and give the address to which the number of messages is added.

    Args:
        *recording: whose messages are to be sent, if not invented ones.

    Raises:
        NotMeasured: the recording is not there.
    """
    if not all(file.exists() for file in recording):
        raise NotMeasured(f"the recording {recording[0].name} is not there")
    with serving([sys.executable, "-m", "benchmarks.generator", *map(str, recording)]) as address:
        yield address


@contextmanager
def serving(command: Sequence[str]) -> Iterator[str]:
    """Run a server that prints its port, and give its address."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"ws://127.0.0.1:{port_of(process)}/"
        finally:
            process.terminate()


def port_of(process: subprocess.Popen[str]) -> int:
    line = cast(IO[str], process.stdout).readline()
    if not line:
        raise NotMeasured("the load generator did not start")
    return int(line)


def name_of(process: subprocess.Popen[str]) -> str:
    return Path(cast(list[str], process.args)[0]).name


def last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"

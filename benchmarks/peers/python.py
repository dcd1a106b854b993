"""Programs in Python: ours, and those of other libraries, each in a virtual environment that is thrown away."""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Side
from benchmarks.peers.processes import answering, run
from benchmarks.rows import Program

PYDUX = ("pydux==0.2.2",)
PYTHON_REDUX = ("python-redux==0.25.4", "typing-extensions>=4.13")  # which the first imports and does not ask for
REACTIVEX = ("reactivex==6.1.0",)
AIOHTTP = ("aiohttp==3.14.5", f"pydantic=={version('pydantic')}")  # the same pydantic as ours


def label(packages: tuple[str, ...]) -> str:
    """Return what the table calls a library: ``pydux 0.2.2``."""
    return packages[0].replace("==", " ")


def ours(program: str, *arguments: object) -> Program:
    """Make our side: a module of `benchmarks.programs`, in the Python that runs this."""
    return lambda size: answering(command(sys.executable, program, *arguments, size))


def theirs(packages: tuple[str, ...], program: str, *arguments: object) -> Program:
    """Make a side of such a module where nothing but these packages is installed."""

    @contextmanager
    def running(size: int) -> Iterator[Side]:
        with answering(command(python_with(*packages), program, *arguments, size)) as one_side:
            yield one_side

    return running


def command(python: str, program: str, *arguments: object) -> list[str]:
    return [python, "-m", f"benchmarks.programs.{program}", *(str(argument) for argument in arguments)]


@cache
def python_with(*packages: str) -> str:
    """Return the Python of a new virtual environment with these packages, which goes when this process ends.

    Raises:
        NotMeasured: they cannot be installed.
    """
    folder = tempfile.TemporaryDirectory(prefix="socketstore-benchmark-")
    atexit.register(folder.cleanup)
    run([sys.executable, "-m", "venv", "--without-pip", folder.name])
    python = str(Path(folder.name) / ("Scripts" if os.name == "nt" else "bin") / "python")
    run([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *packages])
    return python

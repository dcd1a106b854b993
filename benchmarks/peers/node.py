"""Redux, Redux Toolkit and ws on Node."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import Side
from benchmarks.peers.processes import ROOT, measured, run
from benchmarks.rows import NotMeasured

FOLDER = ROOT / "benchmarks" / "node"


@contextmanager
def node(script: str, *arguments: object) -> Iterator[Side]:
    """Make a side that runs a script; as in a browser's production build, Redux Toolkit's checks are off.

    Raises:
        NotMeasured: Node is not there, or its packages cannot be installed.
    """
    program = program_named("node")
    install()
    words = [program, script, *(str(argument) for argument in arguments)]
    yield lambda: measured(words, FOLDER, NODE_ENV="production")


def install() -> None:
    if not (FOLDER / "node_modules" / "redux").exists():
        run([program_named("npm"), "install", "--no-package-lock", "--ignore-scripts"], FOLDER)


def program_named(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NotMeasured(f"{name} is not installed")
    return found

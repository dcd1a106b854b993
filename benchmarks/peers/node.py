"""Redux, Redux Toolkit and ws on Node."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from benchmarks.measure import Side
from benchmarks.peers.processes import ROOT, answering, run
from benchmarks.rows import NotMeasured, Program

FOLDER = ROOT / "benchmarks" / "node"
PACKAGES: dict[str, str] = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]
LIBRARIES = {"redux": f"Redux {PACKAGES['redux']}", "rtk": f"Redux Toolkit {PACKAGES['@reduxjs/toolkit']}"}


def label(library: str) -> str:
    """Return what the table calls ``redux`` or ``rtk``."""
    return f"{LIBRARIES[library]} on Node"


def node(script: str, *arguments: object) -> Program:
    """Make a side of a script; as in a browser's production build, Redux Toolkit's checks are off."""

    @contextmanager
    def running(size: int) -> Iterator[Side]:
        install()
        words = [program_named("node"), "--expose-gc", script, *(str(argument) for argument in arguments), str(size)]
        with answering(words, FOLDER, NODE_ENV="production") as one_side:
            yield one_side

    return running


@cache
def install() -> None:
    """Install what package.json asks for, once.

    Raises:
        NotMeasured: npm is not there, or the packages are not to be had.
    """
    if installed() != PACKAGES:
        run([program_named("npm"), "install", "--no-package-lock", "--no-audit", "--ignore-scripts"], FOLDER)


def installed() -> dict[str, str]:
    """Return the versions of the packages that are there."""
    files = ((name, FOLDER / "node_modules" / name / "package.json") for name in PACKAGES)
    return {name: json.loads(file.read_text(encoding="utf-8"))["version"] for name, file in files if file.exists()}


def program_named(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NotMeasured(f"{name} is not installed")
    return found

"""The command line as it can be pasted: the way in which this process was started."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def command(*arguments: str) -> str:
    """Write a command of socketstore so that a shell of whoever started this one runs it."""
    return shlex.join([*_program(), *arguments])


def _program() -> list[str]:
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return [_shortest("python", sys.executable), "-m", "socketstore"]
    return [_shortest("socketstore", sys.argv[0])] if started.exists() else ["socketstore"]


def _shortest(name: str, path: str) -> str:
    """Return the name where the shell would find this very program by it."""
    found = shutil.which(name)
    return name if found is not None and Path(found).absolute() == Path(path).absolute() else path

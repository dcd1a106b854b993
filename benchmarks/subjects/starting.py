"""How long a program that uses us takes to start, against one that uses what we stand on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import Side
from benchmarks.peers.processes import ROOT
from benchmarks.rows import Prepare, Row

LIBRARIES = "import pydantic, websockets\nfrom websockets.asyncio.client import connect\nfrom pydantic import BaseModel"
"""Both load what is in them only when it is asked for; a program asks."""

TIMED = "import time\nstart = time.process_time()\n{}\nprint(time.process_time() - start)"


def importing(code: str) -> Side:
    """Make a side of some import statements, in a process that has just started; its own start is not counted.

    What is imported has been compiled by the round that does not count, as it has where a program starts again.
    """
    command = [sys.executable, "-c", TIMED.format(code)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def run() -> float:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=environment)
        return float(done.stdout)

    return run


def against_libraries(code: str) -> Prepare:
    @contextmanager
    def prepare(_: int) -> Iterator[tuple[Side, Side]]:
        yield importing(code), importing(LIBRARIES)

    return prepare


PEER = "import pydantic, websockets; connect; BaseModel"

ROWS = (
    Row("start", "import socketstore", PEER, 1.5, against_libraries("import socketstore"), 1),
    Row(
        "start-everything",
        "from socketstore import Action, Connection, Store, open_log, record",
        PEER,
        None,
        against_libraries("from socketstore import Action, Connection, Store, open_log, record"),
        1,
    ),
)

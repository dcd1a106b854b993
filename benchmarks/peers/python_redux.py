"""python-redux, in a virtual environment that lives as long as the measurement."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Side
from benchmarks.peers.processes import measured, run

PACKAGES = ("python-redux==0.25.4", "typing-extensions>=4.13")  # which the first imports and does not ask for
PROGRAM = Path(__file__).with_name("python_redux_dispatch.py")


@contextmanager
def python_redux(size: int) -> Iterator[Side]:
    """Make a side that dispatches so many actions.

    Raises:
        NotMeasured: it cannot be installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        run([sys.executable, "-m", "venv", folder])
        python = str(Path(folder) / ("Scripts" if os.name == "nt" else "bin") / "python")
        run([python, "-m", "pip", "install", "--quiet", *PACKAGES])
        yield lambda: measured([python, str(PROGRAM), str(size)])

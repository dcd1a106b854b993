"""``python -m tests.soak --minutes 10``: a connection at full speed on a line that breaks about every second."""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import asyncio

from tests.soak.session import soak

parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
parser.add_argument("--minutes", type=float, default=10.0)
figures = asyncio.run(soak(60 * parser.parse_args().minutes, say=lambda figures: print(figures, flush=True)))
print(figures.server)

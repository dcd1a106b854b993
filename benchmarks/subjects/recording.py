"""What it costs to record while ingesting."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.measure import Side, side
from benchmarks.peers.processes import generator
from benchmarks.rows import Row
from benchmarks.subjects.consuming import ingesting
from benchmarks.subjects.market import ACTIONS
from socketstore import open_log, record


@contextmanager
def prepare(suffix: str, size: int) -> Iterator[tuple[Side, Side]]:
    with (
        generator() as address,
        tempfile.TemporaryDirectory() as folder,
        open_log(Path(folder) / f"session{suffix}", mode="x", actions=ACTIONS) as log,
    ):
        yield side(ingesting(address, size, [record(log)]), size), side(ingesting(address, size), size)


TO_SQLITE = "ingest while recording to .db"
TO_TEXT = "ingest while recording to .jsonl"

ROWS = (
    Row("record-sqlite", TO_SQLITE, "without recording", 1.5, partial(prepare, ".db"), 30_000),
    Row("record-jsonl", TO_TEXT, "without recording", None, partial(prepare, ".jsonl"), 30_000),
)

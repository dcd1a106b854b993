"""What it costs to record while ingesting."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Side, side
from benchmarks.peers.processes import generator
from benchmarks.rows import Row
from benchmarks.subjects.consuming import ingesting
from benchmarks.subjects.market import ACTIONS
from socketstore import open_log, record


@contextmanager
def prepare(size: int) -> Iterator[tuple[Side, Side]]:
    with (
        generator() as address,
        tempfile.TemporaryDirectory() as folder,
        open_log(Path(folder) / "session.jsonl", mode="x", actions=ACTIONS) as log,
    ):
        yield side(ingesting(address, size, [record(log)]), size), side(ingesting(address, size), size)


ROWS = (
    Row(
        "record-jsonl",
        "ingest while recording to .jsonl (the target is SQLite's)",
        "without recording",
        1.5,
        prepare,
        30_000,
    ),
)

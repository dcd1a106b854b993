"""What it costs to record while ingesting."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import Side, side
from benchmarks.peers.processes import generator
from benchmarks.rows import Row
from benchmarks.subjects.consuming import ingesting, validating
from benchmarks.subjects.ingest import BARE as VALIDATING
from benchmarks.subjects.market import ACTIONS
from benchmarks.subjects.recorded import FEED, RECORDING
from socketstore import Log, open_log, record


@contextmanager
def logged(suffix: str, actions: tuple[type[Any], ...]) -> Iterator[Log]:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_log(Path(folder) / f"session{suffix}", mode="x", actions=actions) as log,
    ):
        yield log


@contextmanager
def prepare(suffix: str, size: int) -> Iterator[tuple[Side, Side]]:
    with generator() as address, logged(suffix, ACTIONS) as log:
        yield side(ingesting(address, size, [record(log)]), size), side(ingesting(address, size), size)


@contextmanager
def prepare_against_bare(size: int) -> Iterator[tuple[Side, Side]]:
    with generator() as address, logged(".db", ACTIONS) as log:
        yield side(ingesting(address, size, [record(log)]), size), side(validating(address, size), size)


@contextmanager
def prepare_wire(size: int) -> Iterator[tuple[Side, Side]]:
    with generator() as address, logged(".db", ACTIONS) as log:
        yield side(ingesting(address, size, log=log), size), side(ingesting(address, size), size)


@contextmanager
def prepare_recorded(size: int) -> Iterator[tuple[Side, Side]]:
    with generator(RECORDING) as address, logged(".db", ()) as log:
        ours = ingesting(address, size, [record(log)], feed=FEED)
        yield side(ours, size), side(ingesting(address, size, feed=FEED), size)


TO_SQLITE = "ingest while recording to .db"
TO_TEXT = "ingest while recording to .jsonl"
THE_WIRE = "ingest while recording the messages, as they came, to .db"
REAL = "ingest of a recorded feed while recording to .db"
BARE = "without recording"

ROWS = (
    Row("record-sqlite", TO_SQLITE, BARE, 1.5, partial(prepare, ".db"), 30_000),
    Row("record-and-ingest", TO_SQLITE, VALIDATING, None, prepare_against_bare, 20_000),
    Row("record-jsonl", TO_TEXT, BARE, None, partial(prepare, ".jsonl"), 30_000),
    Row("record-wire", THE_WIRE, BARE, None, prepare_wire, 30_000),
    Row("record-recorded", REAL, BARE, None, prepare_recorded, 9_000, network=True),
)

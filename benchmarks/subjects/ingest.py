"""From the socket to the subscriber: against a loop that only validates, and against ws and Redux on Node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import Side
from benchmarks.peers.node import node
from benchmarks.peers.processes import generator
from benchmarks.rows import Prepare, Row
from benchmarks.subjects.consuming import bare_side, store_side


@contextmanager
def against_bare(size: int) -> Iterator[tuple[Side, Side]]:
    with generator() as address:
        yield store_side(address, size), bare_side(address, size)


def against_node(library: str) -> Prepare:
    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        with generator() as address, node("ingest.mjs", library, address, size) as theirs:
            yield store_side(address, size), theirs

    return prepare


WHAT = "ingest: socket, typed action, state, subscriber"

ROWS = (
    Row("ingest", WHAT, "websockets and the same pydantic adapter, no store", 0.8, against_bare, 60_000),
    Row("ingest-redux", WHAT, "Node: ws, JSON.parse, Redux", None, against_node("redux"), 60_000, network=True),
    Row("ingest-rtk", WHAT, "Node: ws, JSON.parse, RTK", None, against_node("rtk"), 60_000, network=True),
)

"""From the socket to the subscriber: against a loop that only validates, and against ws and Redux on Node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import Side, side
from benchmarks.peers import python
from benchmarks.peers.node import label, node
from benchmarks.peers.processes import generator
from benchmarks.rows import Prepare, Row, in_two_processes
from benchmarks.subjects.consuming import ingesting, validating


@contextmanager
def against_bare(size: int) -> Iterator[tuple[Side, Side]]:
    with generator() as address:
        yield side(ingesting(address, size), size), side(validating(address, size), size)


def against_node(library: str) -> Prepare:
    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        with generator() as address:
            ours, theirs = python.ours("socketstore_ingest", address), node("ingest.mjs", library, address)
            with in_two_processes(ours, theirs)(size) as sides:
                yield sides

    return prepare


@contextmanager
def against_aiohttp(size: int) -> Iterator[tuple[Side, Side]]:
    with generator() as address:
        ours = python.ours("socketstore_ingest", address)
        theirs = python.theirs(python.AIOHTTP, "aiohttp_ingest", address)
        with in_two_processes(ours, theirs)(size) as sides:
            yield sides


def on_node(library: str) -> Row:
    peer = f"ws, JSON.parse, {label(library)}"
    return Row(f"ingest-{library}", WHAT, peer, None, against_node(library), 20_000, network=True)


WHAT = "ingest: socket, typed action, state, subscriber"
BARE = "websockets and the same pydantic adapter, no store"

AIOHTTP = f"{python.label(python.AIOHTTP)} and a pydantic adapter, no store"

ROWS = (
    Row("ingest", WHAT, BARE, 0.8, against_bare, 20_000),
    Row("ingest-aiohttp", WHAT, AIOHTTP, None, against_aiohttp, 20_000, network=True),
    on_node("redux"),
    on_node("rtk"),
)

"""Ingest of messages that are structs of msgspec, against the bare loop with pydantic and against Node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from benchmarks.measure import Side, side
from benchmarks.peers import python
from benchmarks.peers.node import label, node
from benchmarks.peers.processes import generator
from benchmarks.rows import Prepare, Row, in_two_processes
from benchmarks.subjects.consuming import Feed, ingesting, validating
from benchmarks.subjects.market import ADAPTER, Market
from socketstore import Slice


class Traded(msgspec.Struct, frozen=True, tag_field="type", tag="trade"):
    symbol: str
    price: float
    size: float


class Quoted(msgspec.Struct, frozen=True, tag_field="type", tag="quote"):
    symbol: str
    bid: float
    ask: float


market: Slice[Market] = Slice(Market())


@market.on(Traded)
def traded(state: Market, action: Traded) -> Market:
    return Market(state.messages + 1, action.price)


@market.on(Quoted)
def quoted(state: Market, action: Quoted) -> Market:
    return Market(state.messages + 1, action.bid)


FEED = Feed(Traded | Quoted, ADAPTER, market)


@contextmanager
def against_bare(size: int) -> Iterator[tuple[Side, Side]]:
    with generator() as address:
        yield side(ingesting(address, size, feed=FEED), size), side(validating(address, size), size)


def against_node(ours_is: str) -> Prepare:
    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        with generator() as address:
            ours, theirs = python.ours("socketstore_ingest", address, ours_is), node("ingest.mjs", "redux", address)
            with in_two_processes(ours, theirs)(size) as sides:
                yield sides

    return prepare


WHAT = "ingest, the messages are structs of msgspec"
BARE = "websockets and a pydantic adapter, no store"
NODE = f"ws, JSON.parse, {label('redux')}"

ROWS = (
    Row("structs", WHAT, BARE, None, against_bare, 20_000),
    Row("structs-redux", WHAT, NODE, None, against_node("structs"), 20_000, network=True),
    Row("fast", f"{WHAT}, the loop is uvloop's", NODE, 0.6, against_node("fast"), 20_000, network=True),
    Row(
        "fast-picows",
        f"{WHAT}, the loop is uvloop's, transport='picows'",
        NODE,
        None,
        against_node("picows"),
        20_000,
        network=True,
    ),
)

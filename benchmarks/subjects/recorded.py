"""Real traffic: half a minute of an exchange's feed, over and over, instead of invented messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from benchmarks.measure import Side, side
from benchmarks.peers.processes import ROOT, generator
from benchmarks.rows import Row
from benchmarks.subjects.consuming import Feed, ingesting, validating
from examples.market.actions import L2Snapshot, L2Update, Match, Said, Subscriptions, Ticker
from socketstore import Slice

RECORDING = ROOT.parent / "shared" / "captures" / "COINBASE.ws.28.0.gz"


@dataclass(frozen=True, slots=True)
class Tape:
    messages: int = 0
    last: Any = None


tape: Slice[Tape] = Slice(Tape())


@tape.on(L2Snapshot, L2Update, Match, Subscriptions, Ticker)
def came(state: Tape, action: Any) -> Tape:
    return Tape(state.messages + 1, action)


FEED = Feed(Said, TypeAdapter(Said), tape)


@contextmanager
def prepare(size: int) -> Iterator[tuple[Side, Side]]:
    with generator(RECORDING) as address:
        yield side(ingesting(address, size, feed=FEED), size), side(validating(address, size, FEED), size)


WHAT = "ingest, a recorded feed: order books, tickers and trades, 138 bytes a message in the middle"
BARE = "websockets and the same pydantic adapter, no store"

ROWS = (Row("ingest-recorded", WHAT, BARE, None, prepare, 9_000, network=True),)
"""It does not need the network, but a file that a user's clone does not hold."""

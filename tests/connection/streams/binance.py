"""A recording of Binance (futures, `depth@100ms` and the REST snapshots), and books kept by its rules.

The rules: "How to manage a local order book correctly", USDⓈ-M Futures, in Binance's API documentation.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from immutables import Map

from examples.market.feed import BESIDE_THE_CHECKOUT
from socketstore import Action, MessageEvent, Ranges, Streams

SOCKET, REST = "BINANCE_FUTURES.ws.1.0.gz", "BINANCE_FUTURES.http.0.0.gz"

Levels = tuple[tuple[Decimal, Decimal], ...]


class DepthUpdate(Action):
    """What changed in a book: sizes by price, 0 for a level that is gone."""

    s: str
    U: int
    u: int
    pu: int
    b: Levels
    a: Levels


class DepthSnapshot(Action):
    """A whole book, as REST gives it."""

    symbol: str
    lastUpdateId: int  # noqa: N815 - the exchange's own name
    bids: Levels
    asks: Levels


class BookTicker(Action):
    """The best prices of a book."""

    s: str
    u: int
    b: Decimal
    a: Decimal


@dataclass(frozen=True, slots=True)
class Book:
    """Sizes by price, and the id of the last update."""

    bids: Map[Decimal, Decimal]
    asks: Map[Decimal, Decimal]
    u: int

    def changed(self, update: DepthUpdate) -> Book:
        return replace(self, bids=put(self.bids, update.b), asks=put(self.asks, update.a), u=update.u)

    @property
    def best(self) -> tuple[Decimal, Decimal]:
        return max(self.bids), min(self.asks)


Books = Map[str, Book]


def put(levels: Map[Decimal, Decimal], changes: Levels) -> Map[Decimal, Decimal]:
    with levels.mutate() as changed:
        for price, size in changes:
            if size:
                changed[price] = size
            else:
                changed.pop(price, None)
        return changed.finish()


def books(state: Books, action: object) -> Books:
    match action:
        case DepthUpdate(s=symbol):
            return state.set(symbol, state[symbol].changed(action))
        case DepthSnapshot(symbol=symbol):
            return state.set(symbol, Book(Map(action.bids), Map(action.asks), action.lastUpdateId))
    return state


def streams(resync: Any, **options: Any) -> Streams:
    return Streams(
        of=lambda action: action.s if isinstance(action, DepthUpdate) else None,
        detect=Ranges(first=lambda update: update.U, last=lambda update: update.u, previous=lambda update: update.pu),
        snapshot=lambda action: action.lastUpdateId if isinstance(action, DepthSnapshot) else None,
        resync=resync,
        **options,
    )


def decode(event: MessageEvent) -> Action | None:
    """Read one message of a combined stream."""
    data = json.loads(event.data)["data"]
    match data["e"]:
        case "depthUpdate":
            return DepthUpdate.model_validate(data | {"type": "depthUpdate"})
        case "bookTicker":
            return BookTicker.model_validate(data | {"type": "bookTicker"})
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """One message that was received, and when, in Unix seconds."""

    at: float
    text: str
    action: Any


@dataclass(frozen=True, slots=True)
class Recording:
    """What the socket brought, and the snapshot of each symbol with the time of its answer."""

    lines: tuple[Line, ...]
    snapshots: dict[str, tuple[float, DepthSnapshot]]


def find_recording() -> Path | None:
    """Look for the recording in the folder ``$SOCKETSTORE_CAPTURES``, by default beside this checkout."""
    folder = Path(os.environ.get("SOCKETSTORE_CAPTURES") or BESIDE_THE_CHECKOUT)
    return folder if (folder / SOCKET).exists() and (folder / REST).exists() else None


@cache
def recording() -> Recording:
    folder = find_recording()
    assert folder is not None
    lines = tuple(
        Line(at, text, decode(MessageEvent(text))) for at, text in received(folder / SOCKET) if '"data"' in text
    )
    snapshots = {}
    for head, text in rows(folder / REST):
        if " -> " in head:
            address, _, at = head.partition(" -> ")
            symbol = address.partition("symbol=")[2].partition("&")[0]
            snapshots[symbol] = float(at), DepthSnapshot(symbol=symbol, **json.loads(text))
    return Recording(lines, snapshots)


def received(path: Path) -> Iterator[tuple[float, str]]:
    for head, text in rows(path):
        if head.replace(".", "").isdigit():
            yield float(head), text


def rows(path: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in file:
            head, separator, text = row.rstrip("\n").partition(": ")
            if separator:
                yield head, text


@cache
def undisturbed() -> dict[str, dict[int, Book]]:
    """By symbol and id: the book after each update, computed in the most obvious way."""
    found: dict[str, dict[int, Book]] = {}
    for symbol, (_, snapshot) in recording().snapshots.items():
        book = Book(Map(snapshot.bids), Map(snapshot.asks), snapshot.lastUpdateId)
        found[symbol] = {book.u: book}
        for line in recording().lines:
            update = line.action
            if isinstance(update, DepthUpdate) and update.s == symbol and update.u > book.u:
                book = book.changed(update)
                found[symbol][book.u] = book
    return found

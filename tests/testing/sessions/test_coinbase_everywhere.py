"""The recording of Coinbase, from format to format, over a socket and back: its ten books are the same everywhere."""

from __future__ import annotations

import asyncio
import json
import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from immutables import Map

from examples.market.actions import Said
from examples.market.books import Book, Market, best_prices, depth, market
from examples.market.feed import CAPTURE, find_capture
from socketstore import Connection, Store, open_log, record, replay
from socketstore.log.converting import convert
from socketstore.log.entries import ActionEntry, FrameInEntry, FrameOutEntry
from socketstore.log.log import Log
from socketstore.testing import ReplayServer, assert_replays_to

MESSAGES = 9_946

Books = dict[str, tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]]
"""By product: the size at each price, of bids and of asks."""


@pytest.fixture(scope="module")
def capture() -> Path:
    path = find_capture()
    if path is None:
        problem = f"the recording {CAPTURE} is neither in $SOCKETSTORE_CAPTURES nor in ../shared/captures"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(problem)
    return path


@pytest.fixture(scope="module")
def stages(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Every file on the way: session.jsonl, session.db, and again.db, recorded from the second one by a socket."""
    folder = tmp_path_factory.mktemp("coinbase")
    convert(capture, folder / "session.jsonl")
    convert(folder / "session.jsonl", folder / "session.db")
    with ThreadPoolExecutor(1) as thread:  # an event loop of its own, that no other test meets
        live = thread.submit(asyncio.run, served_and_recorded(folder / "session.db", folder / "again.db")).result()
    convert(folder / "again.db", folder / "again.jsonl")
    assert plain(live.books) == obvious(folder / "session.jsonl")
    return folder


async def served_and_recorded(source: Path, target: Path) -> Market:
    """Have a program connect to the recording, say what was said then, and record all of it."""
    with open_log(source) as log:
        said = [entry.data for entry in log.read() if isinstance(entry, FrameOutEntry)]
    with open_log(target, mode="x") as log:
        store = Store(market, market.initial, middleware=[record(log)])

        async def subscribe(connection: Connection) -> None:
            for message in said:
                await connection.send(message)

        async with ReplayServer(source, speed=math.inf, sent="strict", then="refuse") as server:
            connection = Connection(server.url, store, messages=Said, on_open=subscribe, reconnect=None, log=log)
            async with connection:
                await server.done(timeout=50)
                await server.close()  # behind the last message: the recording has no end
                await connection.wait_closed()
        return store.state


def frames(log: Log) -> list[tuple[str, Any]]:
    return [(entry.kind, entry.data) for entry in log.read() if isinstance(entry, (FrameInEntry, FrameOutEntry))]


def plain(books: Map[str, Book]) -> Books:
    return {name: (dict(book.bids.levels), dict(book.asks.levels)) for name, book in books.items()}


def obvious(path: Path) -> Books:
    """The same books, computed from the text of the messages in the most obvious way."""
    books: Books = {}
    with open_log(path) as log:
        for entry in log.read():
            if isinstance(entry, FrameInEntry):
                take(json.loads(entry.data), books)
    return {name: (drop_zeros(bids), drop_zeros(asks)) for name, (bids, asks) in books.items()}


def take(message: Any, books: Books) -> None:
    if message["type"] == "snapshot":
        books[message["product_id"]] = (sizes(message["bids"]), sizes(message["asks"]))
    elif message["type"] == "l2update":
        for side, price, size in message["changes"]:
            books[message["product_id"]][side == "sell"][Decimal(price)] = Decimal(size)


def sizes(levels: list[list[str]]) -> dict[Decimal, Decimal]:
    return {Decimal(price): Decimal(size) for price, size in levels}


def drop_zeros(levels: dict[Decimal, Decimal]) -> dict[Decimal, Decimal]:
    return {price: size for price, size in levels.items() if size}


@pytest.mark.parametrize("name", ["session.jsonl", "session.db", "again.db", "again.jsonl"])
def test_the_frames_of_every_stage_give_the_ten_books(stages: Path, name: str) -> None:
    with open_log(stages / name) as log:
        state = replay(log, market, market.initial, messages=Said)
    assert plain(state.books) == obvious(stages / "session.jsonl")
    assert len(state.books) == 10


@pytest.mark.parametrize("name", ["again.db", "again.jsonl"])
def test_the_actions_that_a_program_recorded_over_the_socket_give_the_ten_books(stages: Path, name: str) -> None:
    with open_log(stages / name) as log:
        assert sum(isinstance(entry, ActionEntry) for entry in log.read()) > MESSAGES
        state = replay(log, market, market.initial)
    assert plain(state.books) == obvious(stages / "session.jsonl")
    assert_replays_to(stages / name, market, market.initial, state)


@pytest.mark.parametrize("name", ["session.db", "again.db", "again.jsonl"])
def test_every_stage_holds_the_very_same_messages(stages: Path, name: str) -> None:
    with open_log(stages / "session.jsonl") as first, open_log(stages / name) as later:
        assert frames(later) == frames(first)
        assert sum(kind == "frameIn" for kind, _ in frames(first)) == MESSAGES


def test_the_books_are_those_that_were_worked_out_independently(stages: Path) -> None:
    with open_log(stages / "again.jsonl") as log:
        books = replay(log, market, market.initial, messages=Said).books
    assert best_prices(books["SKL-USD"]) == (Decimal("0.7902"), Decimal("0.7911"))
    assert [depth(books[name]) for name in ("SKL-USD", "YFI-BTC", "SKL-BTC")] == [(816, 1341), (203, 458), (225, 407)]

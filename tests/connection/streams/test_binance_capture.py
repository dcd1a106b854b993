"""The recording of Binance through snapshot and updates: as it came, and with lines lost, repeated and out of order."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from immutables import Map

from socketstore import (
    Connection,
    ConnectionState,
    GapDetected,
    Resync,
    Resynced,
    ResyncStarted,
    Store,
    StreamAction,
    combine_reducers,
    connection_state,
)
from socketstore.testing import FakeSocket, FakeSockets
from tests.connection.diary import write_down
from tests.connection.streams import binance
from tests.connection.streams.binance import Book, BookTicker, DepthSnapshot, DepthUpdate

pytestmark = pytest.mark.looptime


@pytest.fixture(autouse=True)
def at_hand() -> None:
    """Skip without the recording, but never in CI."""
    if binance.find_recording() is None:
        problem = f"{binance.SOCKET} is neither in $SOCKETSTORE_CAPTURES nor beside the checkout"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(problem)


@dataclass
class Session:
    """One run of the recording through a connection."""

    sockets: FakeSockets = field(default_factory=FakeSockets)

    def __post_init__(self) -> None:
        def note(diary: tuple[Any, ...], action: object) -> tuple[Any, ...]:
            return write_down(diary, action) if isinstance(action, (StreamAction, DepthSnapshot)) else diary

        reducer = combine_reducers(books=binance.books, link=connection_state, diary=note)
        self.store: Store[Any] = Store(reducer, {"books": Map(), "link": ConnectionState(), "diary": ()})

    def connection(self, resync: Any) -> Connection:
        return Connection(
            "ws://127.0.0.1:1",
            self.store,
            decode=binance.decode,
            streams=binance.streams(resync),
            make_socket=self.sockets.make,
        )

    @property
    def socket(self) -> FakeSocket:
        return self.sockets.all[-1]

    @property
    def books(self) -> Any:
        return self.store.state["books"]

    def said(self, kind: type[Any]) -> list[Any]:
        return [action for action in self.store.state["diary"] if isinstance(action, kind)]


async def test_the_recording_gives_the_books_of_the_exchange() -> None:
    recording, session = binance.recording(), Session()
    begun = recording.lines[0].at
    after: dict[tuple[str, int], tuple[Decimal, Decimal]] = {}

    async def resync(request: Resync) -> DepthSnapshot:
        at, snapshot = recording.snapshots[request.stream]
        await asyncio.sleep(max(0.0, at - begun - asyncio.get_running_loop().time()))
        return snapshot

    tickers = {(line.action.s, line.action.u): line.action for line in recording.lines if is_ticker(line)}
    async with session.connection(resync) as connection:
        for line in recording.lines:
            await asyncio.sleep(max(0.0, line.at - begun - asyncio.get_running_loop().time()))
            await session.socket.receive(line.text)
            update = line.action
            if isinstance(update, DepthUpdate) and (update.s, update.u) in tickers:
                book = session.books.get(update.s)
                if book is not None and book.u == update.u:
                    after[update.s, update.u] = book.best
        assert {stream.phase for stream in session.store.state["link"].streams.values()} == {"live"}
        repeated = connection.stream_figures.repeated
    check_facts(session, repeated)
    assert len(after) == 50
    assert all(best == (tickers[key].b, tickers[key].a) for key, best in after.items())


def is_ticker(line: binance.Line) -> bool:
    return isinstance(line.action, BookTicker)


def check_facts(session: Session, repeated: int) -> None:
    resynced = session.said(Resynced)
    updates = [line.action for line in binance.recording().lines if isinstance(line.action, DepthUpdate)]
    ids = {symbol: snapshot.lastUpdateId for symbol, (_, snapshot) in binance.recording().snapshots.items()}
    older = sum(update.u < ids[update.s] for update in updates)
    equal = sum(update.u == ids[update.s] for update in updates)
    assert (older, equal) == (12, 3)
    assert sum(word.dropped for word in resynced) + repeated == older + equal  # some came after the snapshot
    assert session.said(GapDetected) == []
    assert len(resynced) == len(session.said(ResyncStarted)) == len(session.said(DepthSnapshot)) == 4
    sushi, akro = session.books["SUSHIUSDT"], session.books["AKROUSDT"]
    assert sushi.best == (Decimal("7.612"), Decimal("7.616"))
    assert (len(sushi.bids), len(sushi.asks)) == (1006, 1000)
    assert (len(akro.bids), len(akro.asks)) == (613, 761)
    assert dict(session.books.items()) == final_books()


def final_books() -> dict[str, Book]:
    return {symbol: list(books.values())[-1] for symbol, books in binance.undisturbed().items()}


# With faults.


def disturbed(random: Random, symbols: set[str]) -> list[binance.Line]:
    """Lose, repeat and reorder updates of some symbols, but for the last one of each."""
    lines = [line for line in binance.recording().lines if isinstance(line.action, DepthUpdate)]
    last = {line.action.s: index for index, line in enumerate(lines)}
    places: list[tuple[float, binance.Line]] = []
    for index, line in enumerate(lines):
        if line.action.s not in symbols or index == last[line.action.s]:
            places.append((index, line))
            continue
        if random.random() < 0.05:
            continue
        places.append((index + (random.uniform(0, 12) if random.random() < 0.05 else 0), line))
        if random.random() < 0.05:
            places.append((index + random.uniform(0, 30), line))
    ends = {line.action.s: place for place, line in places if line.action.u == lines[last[line.action.s]].action.u}
    return [line for place, line in sorted(places, key=lambda it: it[0]) if place <= ends[line.action.s]]


def truth_at(symbol: str, u: int) -> DepthSnapshot:
    """The book as the exchange has it when it sends this update."""
    known = binance.undisturbed()[symbol]
    book = known[max((number for number in known if number <= u), default=min(known))]
    return DepthSnapshot(
        symbol=symbol, lastUpdateId=book.u, bids=tuple(book.bids.items()), asks=tuple(book.asks.items())
    )


async def go_through_faults(seed: int) -> None:
    random, session = Random(seed), Session()  # noqa: S311 - faults, no secrets
    symbols = set(random.sample(sorted(binance.undisturbed()), 2))
    lines, sent = disturbed(random, symbols), dict.fromkeys(binance.undisturbed(), 0)

    async def resync(request: Resync) -> DepthSnapshot:
        await asyncio.sleep(random.uniform(0, 0.2))
        snapshot = truth_at(request.stream, sent[request.stream])
        await asyncio.sleep(random.uniform(0, 0.2))
        return snapshot

    async with session.connection(resync):
        for line in lines:
            sent[line.action.s] = max(sent[line.action.s], line.action.u)
            await session.socket.receive(line.text)
            check_what_is_live(session, line.action.s, sent)
            await asyncio.sleep(0.01)
        await asyncio.sleep(300)
        assert {stream.phase for stream in session.store.state["link"].streams.values()} == {"live"}
    assert dict(session.books.items()) == final_books()
    started = Counter(word.stream for word in session.said(ResyncStarted))
    detected = Counter(word.stream for word in session.said(GapDetected))
    assert {symbol for symbol, count in started.items() if count > 1} == set(detected) == symbols
    assert started == detected + Counter(dict.fromkeys(started, 1))


def check_what_is_live(session: Session, symbol: str, sent: dict[str, int]) -> None:
    """A book that is said to be live is the exchange's own, up to the newest update that came."""
    stream, book = session.store.state["link"].streams.get(symbol), session.books.get(symbol)
    if stream is None or stream.phase != "live":
        return
    assert book == binance.undisturbed()[symbol][book.u], symbol
    assert book.u >= sent[symbol], symbol


@pytest.mark.parametrize("seed", range(4))
async def test_with_lines_lost_repeated_and_out_of_order_every_gap_is_found_and_its_symbol_alone_resynced(
    seed: int,
) -> None:
    await go_through_faults(seed)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_with_faults_of_many_seeds() -> None:
    for seed in range(1000, 1300):
        await go_through_faults(seed)

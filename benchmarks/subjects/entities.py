"""One change of a collection: does it cost more among a million rows than among a thousand?"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle
from random import Random

from benchmarks.measure import Side, side
from benchmarks.peers import node, python
from benchmarks.rows import Job, Prepare, Row, in_two_processes
from socketstore import Entities

MANY = 100  # rows for each change of a run: a million at full size, fewer where it is to be quick
FEW = 1_000
GONE = -1.0  # the price of a row that does not stay


@dataclass(frozen=True, slots=True)
class Trade:
    id: str
    at: float
    price: float


class Trades(Entities[str, Trade]): ...


class Sorted(Trades, order="at"): ...


Crowd = Trades | Sorted
Change = Callable[[Crowd, Trade], Crowd]
New = Callable[[Trade, Random], Trade]


def crowd(kind: type[Crowd], count: int, random: Random) -> Crowd:
    """Make a collection of rows that lie about in memory as rows do that came one by one, from anywhere."""
    numbers = list(range(count))
    random.shuffle(numbers)
    return kind(Trade(str(number), random.random(), 1.0) for number in numbers)


def upserted(trades: Crowd, trade: Trade) -> Crowd:
    return trades.upsert(trade)


def come_and_gone(trades: Crowd, trade: Trade) -> Crowd:
    return trades.upsert(trade).remove(trade.id)


def repriced(trade: Trade, random: Random) -> Trade:
    return replace(trade, price=random.random())


def moved(trade: Trade, random: Random) -> Trade:
    return replace(trade, at=random.random())


def renamed(trade: Trade, random: Random) -> Trade:
    return Trade(f"new {trade.id}", random.random(), GONE)


def changing(begin: Crowd, news: Iterable[list[Trade]], change: Change) -> Job:
    """Make the job that makes a change with each row, and goes on where it ended the time before, as a store does.

    Nobody keeps the collection that it began with: Python's collector would walk through each node that the two do not
    share, which costs as much again among a million rows.
    """
    expected, state, turns = len(begin), [begin], cycle(news)
    del begin

    def job() -> None:
        changed = state.pop()
        for trade in next(turns):
            changed = change(changed, trade)
        state.append(changed)
        if len(changed) != expected or changed.get(trade.id) is not (trade if trade.price != GONE else None):
            raise RuntimeError(f"{len(changed)} rows are left, expected {expected}: the figures would mean nothing")

    return job


def side_among(count: int, size: int, kind: type[Crowd], change: Change, new: New) -> Side:
    """Make the side that makes so many changes, one after another, among so many rows."""
    random = Random(count)
    trades = crowd(kind, count, random)
    chosen = random.choices(trades.ids(), k=size)
    news = [[new(trades[key], random) for key in chosen] for _ in range(2)]  # so that each run changes each row
    return side(changing(trades, news, change), size)


def many_against_few(kind: type[Crowd], change: Change, new: New) -> Prepare:
    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        with out_of_sight_of_the_collector():
            sides = side_among(MANY * size, size, kind, change, new), side_among(FEW, size, kind, change, new)
        try:
            yield sides
        finally:
            gc.unfreeze()

    return prepare


@contextmanager
def out_of_sight_of_the_collector() -> Iterator[None]:
    """Keep what is made here from being walked through before every run: a million rows take it seconds."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


AMONG = "among 1,000"
UPSERT = many_against_few(Trades, upserted, repriced)
SORTED = many_against_few(Sorted, upserted, moved)
PASSING = many_against_few(Sorted, come_and_gone, renamed)
TOOLKIT = in_two_processes(python.ours("socketstore_entities"), node.node("entities.mjs"))

ROWS = (
    Row("entities", "one upsert among 1,000,000 entities", AMONG, 4.0, UPSERT, 10_000),
    Row("entities-sorted", "the same, sorted, to another place in the order", AMONG, 4.0, SORTED, 10_000),
    Row("entities-passing", "the same, sorted: a new one comes and goes", AMONG, 4.0, PASSING, 10_000),
    Row("entities-rtk", "one upsert among 100,000 entities", node.label("rtk"), None, TOOLKIT, 4, network=True),
)

"""The CPU time of one message, dispatch or upsert, by how many there are of everything else."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from benchmarks.counter import slice_names
from benchmarks.growth.tables import Growth, micro, middle, powers
from benchmarks.measure import side
from benchmarks.peers import python
from benchmarks.peers.processes import generator
from benchmarks.rows import Job
from benchmarks.subjects.consuming import ingesting
from benchmarks.subjects.counting import dataclass_combination, map_combination, some_actions
from benchmarks.subjects.entities import Trades, out_of_sight_of_the_collector, repriced, side_among, upserted
from benchmarks.subjects.streams import CHECKED, FEED, numbered_feed
from benchmarks.subjects.subscribers import selecting_from_store, told_by_store
from socketstore import Store


def messages(most: int) -> Growth:
    """Ingest more and more messages on one connection, each number in a new process."""
    rows = []
    with generator() as address:
        for count in powers(3, most):
            with python.ours("socketstore_ingest", address)(count) as run:
                rows.append([f"{count:,}", micro(middle(run, runs=5 if count < 10**6 else 1))])
    return Growth("Messages on one connection", ("messages", "a message"), rows)


def subscribers(most: int) -> Growth:
    rows = []
    for count in powers(0, most):
        dispatches = max(100_000 // count, 3)
        plain, selecting = (
            middle(side(make(count, dispatches), dispatches)) for make in (told_by_store, selecting_from_store)
        )
        rows.append([f"{count:,}", micro(plain), micro(plain / count), micro(selecting), micro(selecting / count)])
    headings = ("subscribers", "a dispatch", "by subscriber", "with `select`, nothing changed", "by subscriber")
    return Growth("Subscribers", headings, rows)


def slices(most: int) -> Growth:
    rows = []
    for count in powers(0, most):
        names = slice_names(count)
        costs = [
            middle(side(dispatching(make(names)[0]), DISPATCHES)) for make in (dataclass_combination, map_combination)
        ]
        rows.append([f"{count:,}", *map(micro, costs)])
    return Growth("Slices in a combination", ("slices", "a dispatch, dataclass", "a dispatch, `Map`"), rows)


def entities(most: int) -> Growth:
    rows = [[f"{count:,}", micro(upsert_among(count))] for count in powers(3, most)]
    return Growth("Rows of a collection (`Entities`)", ("rows", "an upsert"), rows)


def upsert_among(count: int) -> float:
    with out_of_sight_of_the_collector():
        run = side_among(count, CHANGES, Trades, upserted, repriced)
    try:
        return middle(run)
    finally:
        gc.unfreeze()


def streams(most: int) -> Growth:
    """Feed one connection with messages of so many numbered streams, each checked for gaps."""
    rows = [[f"{count:,}", micro(message_of(count))] for count in powers(0, most)]
    return Growth("Streams that are checked for gaps", ("streams", "a message"), rows)


def message_of(streams: int) -> float:
    with numbered_feed(streams, MESSAGES) as address:
        return middle(side(ingesting(address, MESSAGES, feed=FEED, streams=CHECKED), MESSAGES))


CHANGES, MESSAGES = 10_000, 20_000
DISPATCHES = 20_000


def dispatching(store: Store[Any]) -> Job:
    actions = some_actions(DISPATCHES)
    dispatch: Callable[[Any], Any] = store.dispatch

    def job() -> None:
        for action in actions:
            dispatch(action)

    return job

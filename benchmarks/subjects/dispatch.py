"""Dispatch with one slice handler and one subscriber: against a bare loop, python-redux, Redux and Redux Toolkit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from benchmarks.measure import Side, side
from benchmarks.peers.node import node
from benchmarks.peers.python_redux import python_redux
from benchmarks.rows import Prepare, Row
from benchmarks.subjects.counting import (
    Added,
    Count,
    Subscriber,
    added_to_number,
    added_to_record,
    dispatching,
    some_actions,
)
from socketstore import Slice, Store

Handler = Callable[[Any, Added], Any]


def store_side(handler: Handler, initial: Any, size: int) -> Side:
    """Make our side: a store with one slice handler and one subscriber."""
    reducer: Slice[Any] = Slice(initial)
    reducer.on(Added)(handler)
    store: Store[Any] = Store(reducer, initial)
    store.subscribe(Subscriber())
    return side(dispatching(store, size), size)


def loop_side(handler: Handler, initial: Any, size: int) -> Side:
    """Make the bare loop: no store, no lock, no look-up."""
    actions = some_actions(size)
    subscriber = Subscriber()

    def job() -> None:
        state = initial
        for action in actions:
            state = handler(state, action)
            subscriber(state)

    return side(job, size)


def against_loop(handler: Handler, initial: Any) -> Prepare:
    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        yield store_side(handler, initial, size), loop_side(handler, initial, size)

    return prepare


def against(peer: Callable[[int], AbstractContextManager[Side]]) -> Prepare:
    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        with peer(size) as theirs:
            yield store_side(added_to_record, Count(), size), theirs

    return prepare


def on_node(library: str) -> Callable[[int], AbstractContextManager[Side]]:
    return lambda size: node("dispatch.mjs", library, size)


WHAT = "dispatch, one slice handler, one subscriber"
NUMBER = against_loop(added_to_number, 0)
RECORD = against_loop(added_to_record, Count())

ROWS = (
    Row("dispatch-number", f"{WHAT}; the state is an int", "bare loop", 2.5, NUMBER, 200_000),
    Row("dispatch-record", f"{WHAT}; a frozen dataclass of two fields", "bare loop", 2.5, RECORD, 200_000),
    Row("dispatch-python-redux", WHAT, "python-redux (Cython)", 0.33, against(python_redux), 100_000, network=True),
    Row("dispatch-redux", WHAT, "Redux on Node", None, against(on_node("redux")), 300_000, network=True),
    Row("dispatch-rtk", WHAT, "Redux Toolkit on Node", 0.7, against(on_node("rtk")), 300_000, network=True),
)

"""What it costs to tell many subscribers, against a loop that calls as many functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

from benchmarks.counter import Count, Subscriber, amounts, check, walk
from benchmarks.measure import Side, side
from benchmarks.rows import Job, Prepare, Row
from benchmarks.subjects.counting import counter, some_actions

UNCHANGED = attrgetter("unchanged")


class Counted(Count):
    """A count with a field that never changes, for those who select it."""

    unchanged = 0


def told_by_store(subscribers: int, dispatches: int) -> Job:
    store, first = counter()
    for _ in range(subscribers - 1):
        store.subscribe(Subscriber())
    actions = some_actions(dispatches)

    def job() -> None:
        before = first.total
        walk(store.dispatch, actions)
        check(first.total - before, amounts(dispatches))

    return job


def told_by_loop(subscribers: int, dispatches: int) -> Job:
    everyone = [Subscriber() for _ in range(subscribers)]

    def tell(state: Count) -> None:
        for subscriber in everyone:
            subscriber(state)

    return looping(tell, dispatches)


def selecting_from_store(subscribers: int, dispatches: int) -> Job:
    store, first = counter(added, Counted())
    for _ in range(subscribers):
        store.subscribe(heard_of_nothing, select=UNCHANGED)
    actions = some_actions(dispatches)

    def job() -> None:
        before = first.total
        walk(store.dispatch, actions)
        check(first.total - before, amounts(dispatches))

    return job


def selecting_in_loop(subscribers: int, dispatches: int) -> Job:
    """Make the loop that selects, compares, and calls those for whom something has changed."""
    selected: list[Any] = [0] * subscribers
    first = Subscriber()

    def tell(state: Counted) -> None:
        first(state)
        for index in range(subscribers):
            value = UNCHANGED(state)
            if value is not selected[index] and value != selected[index]:
                selected[index] = value
                heard_of_nothing(value)

    return looping(tell, dispatches, Counted())


def looping(tell: Callable[[Any], None], dispatches: int, initial: Count | None = None) -> Job:
    actions = some_actions(dispatches)
    begin = Count() if initial is None else initial
    last = [begin]

    def job() -> None:
        state = begin
        for action in actions:
            state = added(state, action)
            tell(state)
        last[0] = state
        check(state.total, amounts(dispatches))

    return job


def added(state: Any, action: Any) -> Any:
    return type(state)(state.total + action.amount, state.times + 1)


def heard_of_nothing(value: Any) -> None:
    raise RuntimeError(f"heard of {value!r}, which has not changed: the figures would mean nothing")


def each(ours: Callable[[int, int], Job], peer: Callable[[int, int], Job], subscribers: int) -> Prepare:
    """Compare what one subscriber costs at one dispatch, among so many."""

    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        dispatches = max(size // subscribers, 1)
        items = dispatches * subscribers
        yield side(ours(subscribers, dispatches), items), side(peer(subscribers, dispatches), items)

    return prepare


def row(name: str, what: str, against: str, prepare: Prepare) -> Row:
    return Row(name, what, against, None, prepare, 200_000)


TOLD = "one of {:,} subscribers, told of a dispatch"
SELECTING = "one of {:,} subscribers whose selected value stays the same"

ROWS = tuple(
    made
    for count in (1, 100, 10_000)
    for made in (
        row(
            f"subscribers-{count}",
            TOLD.format(count),
            "a loop that calls as many functions",
            each(told_by_store, told_by_loop, count),
        ),
        row(
            f"selecting-{count}",
            SELECTING.format(count),
            "a loop that selects and compares",
            each(selecting_from_store, selecting_in_loop, count),
        ),
    )
)

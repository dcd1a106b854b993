"""The counter in python-redux: ``one|many SIZE``.

It subscribes with ``_subscribe``, the plain and cheapest way; ``autorun``, the public one, does more.
"""

from __future__ import annotations

import sys
from operator import attrgetter
from typing import Any

from redux import BaseAction, BaseCombineReducerState, InitAction, Store, combine_reducers

from benchmarks.answer import answer
from benchmarks.counter import Count, Subscriber, dispatching, slice_names, some


class Added(BaseAction):
    amount: int


class Ignored(BaseAction):
    amount: int


def count(state: Count | None, action: BaseAction) -> Count:
    if state is None:
        return Count()
    if isinstance(action, Added):
        return Count(state.total + action.amount, state.times + 1)
    return state


def number(kind: Any) -> Any:
    def reduce(state: int | None, action: Any) -> int:
        if state is None:
            return 0
        return state + action.amount if isinstance(action, kind) else state

    return reduce


def store_of(reducer: Any, subscriber: Subscriber) -> tuple[Any, Subscriber]:
    store: Any = Store(reducer)
    store.dispatch(InitAction())
    store._subscribe(subscriber)
    return store, subscriber


def counter() -> tuple[Any, Subscriber]:
    return store_of(count, Subscriber())


def combination() -> tuple[Any, Subscriber]:
    first, *others = slice_names()
    reducers = {first: number(Added), **dict.fromkeys(others, number(Ignored))}
    reducer, _ = combine_reducers(state_type=BaseCombineReducerState, **reducers)
    return store_of(reducer, Subscriber(attrgetter(first)))


SHAPES = {"one": counter, "many": combination}


def main(shape: str, size: int) -> None:
    store, subscriber = SHAPES[shape]()
    answer(dispatching(store.dispatch, some(lambda amount: Added(amount=amount), size), subscriber), size)
    store.clean_up()  # ends its threads


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

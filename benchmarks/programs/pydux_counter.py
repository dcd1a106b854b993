"""The counter in pydux: ``one|many SIZE``. Its actions are dicts, and its listeners ask the store for the state."""

from __future__ import annotations

import sys
from operator import itemgetter
from typing import Any

from pydux import combine_reducers, create_store

from benchmarks.answer import answer
from benchmarks.counter import Count, Subscriber, dispatching, slice_names, some


class Listener(Subscriber):
    """Keeps the state, as any subscriber does, but has to fetch it."""

    def listen_to(self, store: Any) -> Listener:
        self.get_state = store["get_state"]
        store["subscribe"](self.hear)
        return self

    def hear(self) -> None:
        self.last = self.get_state()


def count(state: Count | None, action: dict[str, Any]) -> Count:
    if state is None:
        return Count()
    if action["type"] == "added":
        return Count(state.total + action["amount"], state.times + 1)
    return state


def number(kind: str) -> Any:
    def reduce(state: int | None, action: dict[str, Any]) -> int:
        if state is None:
            return 0
        return state + action["amount"] if action["type"] == kind else state

    return reduce


def counter() -> tuple[Any, Subscriber]:
    store = create_store(count)
    return store, Listener().listen_to(store)


def combination() -> tuple[Any, Subscriber]:
    first, *others = slice_names()
    store = create_store(combine_reducers({first: number("added"), **dict.fromkeys(others, number("ignored"))}))
    return store, Listener(itemgetter(first)).listen_to(store)


SHAPES = {"one": counter, "many": combination}


def main(shape: str, size: int) -> None:
    store, subscriber = SHAPES[shape]()
    actions = some(lambda amount: {"type": "added", "amount": amount}, size)
    answer(dispatching(store["dispatch"], actions, subscriber), size)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""The counter in python-redux; runs where that is installed, and prints the CPU time of one dispatch.

It subscribes with ``_subscribe``, the plain and cheapest way; ``autorun``, the public one, does more.
"""

from __future__ import annotations

import gc
import json
import sys
import time

from immutable import Immutable
from redux import BaseAction, InitAction, Store

ACTIONS = 1_000


class Added(BaseAction):
    amount: int


class Count(Immutable):
    total: int = 0
    times: int = 0


class Subscriber:
    def __init__(self) -> None:
        self.last: Count | None = None

    def __call__(self, state: Count) -> None:
        self.last = state


def reducer(state: Count | None, action: BaseAction) -> Count:
    if state is None:
        return Count()
    if isinstance(action, Added):
        return Count(total=state.total + action.amount, times=state.times + 1)
    return state


def main(size: int) -> None:
    store = Store(reducer)
    store.dispatch(InitAction())
    subscriber = Subscriber()
    store._subscribe(subscriber)
    actions = some_actions(size)
    dispatch_all(store, actions)
    gc.collect()
    start = time.process_time()
    dispatch_all(store, actions)
    seconds = time.process_time() - start
    if subscriber.last is None or subscriber.last.times != 2 * size:
        raise SystemExit(f"counted {subscriber.last}, expected {2 * size}")
    print(json.dumps({"seconds": seconds / size}), flush=True)
    store.clean_up()


def some_actions(size: int) -> list[Added]:
    actions = [Added(amount=1 + index % 10) for index in range(ACTIONS)]
    return (actions * (size // ACTIONS + 1))[:size]


def dispatch_all(store: Store, actions: list[Added]) -> None:
    dispatch = store.dispatch
    for action in actions:
        dispatch(action)


if __name__ == "__main__":
    main(int(sys.argv[1]))

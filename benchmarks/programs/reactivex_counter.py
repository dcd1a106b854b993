"""The counter in reactivex: ``plain|locked SIZE``. A Subject takes the actions, `scan` folds them, one subscribes.

A Subject must not be called from several threads at once: ``locked`` holds a lock around each call, as its user must.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reactivex import Subject
from reactivex import operators as ops

from benchmarks.answer import answer
from benchmarks.counter import Count, Subscriber, dispatching, some


@dataclass(frozen=True, slots=True)
class Added:
    amount: int


def count(state: Count, action: object) -> Count:
    if isinstance(action, Added):
        return Count(state.total + action.amount, state.times + 1)
    return state


def plain(subject: Any) -> Callable[[Any], None]:
    return subject.on_next  # type: ignore[no-any-return]


def locked(subject: Any) -> Callable[[Any], None]:
    lock = threading.Lock()
    on_next = subject.on_next

    def dispatch(action: Any) -> None:
        with lock:
            on_next(action)

    return dispatch


WAYS = {"plain": plain, "locked": locked}


def main(way: str, size: int) -> None:
    subject: Any = Subject()
    subscriber = Subscriber()
    subject.pipe(ops.scan(count, Count())).subscribe(subscriber)
    answer(dispatching(WAYS[way](subject), some(Added, size), subscriber), size)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

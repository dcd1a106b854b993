"""Dispatch from several threads at once, against a loop in each of them that holds a lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock, Thread
from typing import Any

from benchmarks.counter import Count, Subscriber, added_to_record, amounts, check, walk
from benchmarks.rows import Job, Row, in_one_process
from benchmarks.subjects.counting import counter, some_actions

THREADS = 8


def dispatching(size: int) -> Job:
    store, subscriber = counter()
    return from_threads(lambda part: walk(store.dispatch, part), subscriber, size)


def looping(size: int) -> Job:
    """Make the loop that one would write: the lock keeps the actions in order, and nothing else is done."""
    lock = Lock()
    subscriber = Subscriber()
    state = Count()

    def loop(part: Sequence[Any]) -> None:
        nonlocal state
        for action in part:
            with lock:
                state = added_to_record(state, action)
                subscriber(state)

    return from_threads(loop, subscriber, size)


def from_threads(work: Callable[[Sequence[Any]], None], subscriber: Subscriber, size: int) -> Job:
    actions = some_actions(size)
    parts = [actions[first::THREADS] for first in range(THREADS)]

    def job() -> None:
        before = subscriber.total
        threads = [Thread(target=work, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(subscriber.total - before, amounts(size))

    return job


WHAT = f"dispatch from {THREADS} threads at once, one slice handler, one subscriber"

ROWS = (Row("threads", WHAT, "loops that hold a threading.Lock", None, in_one_process(dispatching, looping), 100_000),)

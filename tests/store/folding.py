"""What the tests of the store share: a reducer that keeps every action, and a thread whose errors are not lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Actions = tuple[Any, ...]

PATIENCE = 20  # seconds after which a test that waits for another thread has failed


def collect(state: Actions, action: Any) -> Actions:
    """Append the action, unless it is an exception: that is raised."""
    if isinstance(action, BaseException):
        raise action
    return (*state, action)


@contextmanager
def in_thread(work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Run `work` beside the block, wait for its end, and raise what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield thread
    thread.join(PATIENCE)
    assert not thread.is_alive(), "the other thread is stuck"
    if raised:
        raise raised[0]


def elsewhere(work: Callable[[], object]) -> None:
    """Run `work` in another thread and wait for it."""
    with in_thread(work):
        pass

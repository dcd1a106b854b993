"""A store that writes down what it was told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from socketstore import (
    AskedForCredentials,
    Connecting,
    GaveUp,
    GotError,
    GotMessage,
    Heard,
    JustConnected,
    JustDisconnected,
    ReconnectCancelled,
    ReconnectScheduled,
    Store,
)

A = TypeVar("A")
Diary = tuple[Any, ...]


def write_down(diary: Diary, action: object) -> Diary:
    return (*diary, action)


def new_diary() -> Store[Diary]:
    return Store(write_down, ())


def words(diary: Sequence[Any]) -> list[str]:
    """The actions by the names of their classes."""
    return [type(action).__name__ for action in diary]


def contents(diary: Diary) -> list[Any]:
    """What the messages held."""
    return [action.data for action in diary if isinstance(action, GotMessage)]


def said(kind: type[A], count: int = 1) -> Callable[[Diary], bool]:
    """A predicate for `Store.wait_for`: so many actions of a kind."""
    return lambda diary: sum(isinstance(action, kind) for action in diary) >= count


def until(store: Store[Diary], kind: type[Any], count: int = 1) -> Awaitable[Diary]:
    return store.wait_for(said(kind, count), timeout=10)


def without_heard(diary: Diary) -> list[Any]:
    """The actions less those that only tell when something was heard."""
    return [action for action in diary if not isinstance(action, Heard)]


def the(diary: Diary, kind: type[A]) -> A:
    """The only action of a kind."""
    (action,) = (action for action in diary if isinstance(action, kind))
    return action


def attempts(diary: Diary) -> list[list[str]]:
    """The actions of each attempt; fails unless each ends in one `JustDisconnected` after at most one `GotError`."""
    runs: list[list[str]] = []
    for action in diary:
        if isinstance(action, (AskedForCredentials, ReconnectScheduled, ReconnectCancelled, GaveUp)):
            continue
        if isinstance(action, Connecting):
            runs.append([])
        runs[-1].append(type(action).__name__)
    for run in runs:
        assert run[-1] == JustDisconnected.__name__, run
        assert run.count(JustDisconnected.__name__) == 1, run
        assert run.count(GotError.__name__) <= 1, run
        assert run.count(JustConnected.__name__) <= 1, run
    return runs

"""The smallest programs that dispatch: an action that adds, a state that counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from socketstore import Action, Store

ACTIONS = 1_000  # different ones, taken in turn, so that no side can profit from always seeing the same


class Added(Action):
    amount: int


@dataclass(frozen=True, slots=True)
class Count:
    """A state of two fields."""

    total: int = 0
    times: int = 0


class Subscriber:
    """The cheapest subscriber that can be checked afterwards."""

    def __init__(self) -> None:
        self.last: Any = None

    def __call__(self, state: Any) -> None:
        self.last = state


def added_to_number(state: int, action: Added) -> int:
    return state + action.amount


def added_to_record(state: Count, action: Added) -> Count:
    return Count(state.total + action.amount, state.times + 1)


def some_actions(size: int) -> list[Added]:
    """Return so many actions: nothing but a list to walk along is left for the time that is measured."""
    actions = [Added(amount=1 + index % 10) for index in range(ACTIONS)]
    return (actions * (size // ACTIONS + 1))[:size]


def dispatching(store: Store[Any], size: int) -> Callable[[], None]:
    """Make the job that dispatches so many actions, made beforehand."""
    actions = some_actions(size)

    def job() -> None:
        dispatch = store.dispatch
        for action in actions:
            dispatch(action)

    return job

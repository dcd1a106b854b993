"""The counter without a store: what all programs in Python that dispatch have in common.

The standard library only, as some of them run where nothing else is installed but what they measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Protocol, TypeVar

ACTIONS = 1_000  # different ones, taken in turn, so that no side can profit from always seeing the same
SLICES = 100

T = TypeVar("T")


class Amount(Protocol):
    amount: int


@dataclass(frozen=True, slots=True)
class Count:
    """A state of two fields."""

    total: int = 0
    times: int = 0


class Subscriber:
    """The cheapest subscriber that can be checked afterwards; `read` finds the sum of all amounts in a state."""

    def __init__(self, read: Callable[[Any], int] = attrgetter("total")) -> None:
        self.last: Any = None
        self.read = read

    def __call__(self, state: Any) -> None:
        self.last = state

    @property
    def total(self) -> int:
        return 0 if self.last is None else self.read(self.last)


def added_to_record(state: Count, action: Amount) -> Count:
    return Count(state.total + action.amount, state.times + 1)


def added_to_number(state: int, action: Amount) -> int:
    return state + action.amount


def slice_names(count: int = SLICES) -> list[str]:
    """Name the slices of a combination; the first is the one that counts."""
    return [f"slice_{index}" for index in range(count)]


def some(make: Callable[[int], T], size: int) -> list[T]:
    """Return so many actions: nothing but a list to walk along is left for the time that is measured."""
    actions = [make(1 + index % 10) for index in range(ACTIONS)]
    return (actions * (size // ACTIONS + 1))[:size]


def amounts(size: int) -> int:
    """Return what the amounts of `some` actions come to."""
    return sum(some(int, size))


def dispatching(
    dispatch: Callable[[Any], object], actions: Sequence[Any], subscriber: Subscriber
) -> Callable[[], None]:
    """Make the job that dispatches the actions, and checks that the subscriber has heard of each.

    Raises:
        RuntimeError: it has not; the job raises this, not the making of it.
    """
    sum_of_all = amounts(len(actions))

    def job() -> None:
        before = subscriber.total
        walk(dispatch, actions)
        check(subscriber.total - before, sum_of_all)

    return job


def walk(dispatch: Callable[[Any], object], actions: Iterable[Any]) -> None:
    for action in actions:
        dispatch(action)


def check(got: int, expected: int) -> None:
    """Stop if something was lost on the way.

    Raises:
        RuntimeError: the numbers differ.
    """
    if got != expected:
        raise RuntimeError(f"counted {got}, expected {expected}: the figures would mean nothing")

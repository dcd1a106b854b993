"""Dispatch to one slice of a combination: does it cost more when there are a hundred of them?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import make_dataclass
from typing import Any

from benchmarks.measure import Side, side
from benchmarks.rows import Prepare, Row
from benchmarks.subjects.counting import Added, Subscriber, dispatching
from socketstore import Action, Slice, Store, combine_reducers

SLICES = 100


class Ignored(Action):
    """What all slices but the first handle, and nobody dispatches."""

    amount: int


def dataclass_store(names: list[str]) -> Store[Any]:
    state_class = make_dataclass("App", [(name, int, 0) for name in names], frozen=True, slots=True)
    return Store(combine_reducers(state_class, **slices(names)), state_class())


def mapping_store(names: list[str]) -> Store[Any]:
    return Store(combine_reducers(**slices(names)), dict.fromkeys(names, 0))


def slices(names: list[str]) -> dict[str, Slice[int]]:
    return {name: one_slice(Ignored if index else Added) for index, name in enumerate(names)}


def one_slice(kind: type[Added | Ignored]) -> Slice[int]:
    reducer: Slice[int] = Slice(0)
    reducer.on(kind)(added)
    return reducer


def added(state: int, action: Added | Ignored) -> int:
    return state + action.amount


def many_against_one(store_of: Callable[[list[str]], Store[Any]]) -> Prepare:
    def side_of(count: int, size: int) -> Side:
        store = store_of([f"field_{index}" for index in range(count)])
        store.subscribe(Subscriber())
        return side(dispatching(store, size), size)

    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        yield side_of(SLICES, size), side_of(1, size)

    return prepare


WHAT = f"dispatch to one of {SLICES} slices in a combination"

ROWS = (
    Row("slices-dataclass", f"{WHAT}; a frozen dataclass", "1 slice", 1.3, many_against_one(dataclass_store), 10_000),
    Row("slices-mapping", f"{WHAT}; a mapping", "1 slice", 1.3, many_against_one(mapping_store), 100_000),
)

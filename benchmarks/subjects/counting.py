"""The counter in socketstore: an action that adds, and the stores that count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import make_dataclass
from operator import attrgetter, itemgetter
from typing import Any

from immutables import Map

from benchmarks.counter import Amount, Count, Subscriber, added_to_number, added_to_record, slice_names, some
from socketstore import Action, Slice, Store, combine_reducers

Made = tuple[Store[Any], Subscriber]


class Added(Action):
    amount: int


class Ignored(Action):
    """What all slices but the first handle, and nobody dispatches."""

    amount: int


def some_actions(size: int) -> list[Added]:
    return some(lambda amount: Added(amount=amount), size)


def counter(handler: Callable[[Any, Amount], Any] = added_to_record, initial: Any = None) -> Made:
    """Make a store with one slice handler and one subscriber; the state is a `Count` unless told otherwise."""
    begin = Count() if initial is None else initial
    reducer: Slice[Any] = Slice(begin)
    reducer.on(Added)(handler)
    return subscribed(Store(reducer, begin), Subscriber(int if isinstance(begin, int) else attrgetter("total")))


def dataclass_combination(names: Sequence[str] = tuple(slice_names())) -> Made:
    """Make a store of slices of which the first counts; the state is a frozen dataclass."""
    state_class = make_dataclass("App", [(name, int, 0) for name in names], frozen=True, slots=True)
    store: Store[Any] = Store(combine_reducers(state_class, **slices(names)), state_class())
    return subscribed(store, Subscriber(attrgetter(names[0])))


def dict_combination(names: Sequence[str]) -> Made:
    """Make the same; the state is a dict."""
    return mapping_combination(names, dict.fromkeys(names, 0))


def map_combination(names: Sequence[str]) -> Made:
    """Make the same; the state is an `immutables.Map`."""
    return mapping_combination(names, Map(dict.fromkeys(names, 0)))


def mapping_combination(names: Sequence[str], initial: Mapping[str, int]) -> Made:
    store: Store[Any] = Store(combine_reducers(**slices(names)), initial)
    return subscribed(store, Subscriber(itemgetter(names[0])))


def subscribed(store: Store[Any], subscriber: Subscriber) -> Made:
    store.subscribe(subscriber)
    return store, subscriber


def slices(names: Sequence[str]) -> dict[str, Slice[int]]:
    return {name: one_slice(Ignored if index else Added) for index, name in enumerate(names)}


def one_slice(kind: type[Added | Ignored]) -> Slice[int]:
    reducer: Slice[int] = Slice(0)
    reducer.on(kind)(added_to_number)
    return reducer

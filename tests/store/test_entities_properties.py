"""Entities against a plain dictionary that is sorted anew each time: whatever is done in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import is_
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import Entities
from tests.store.rows import ByTime, LatestFirst, Trade, Trades, contents
from tests.store.trees import check

KINDS = [Trades, ByTime, LatestFirst]
Steps = list[tuple[str, Any]]


class Model:
    """What a collection should hold: rows by id, and when each came to its place."""

    def __init__(self, kind: type[Entities[str, Trade]]) -> None:
        self.kind = kind
        self.rows: dict[str, Trade] = {}
        self.since: dict[str, int] = {}
        self.clock = 0

    def items(self) -> list[tuple[str, Trade]]:
        by_age = sorted(self.rows, key=self.since.__getitem__)
        if self.kind is not Trades:  # sorted() keeps the order of equals, in reverse as well
            by_age = sorted(by_age, key=lambda key: self.rows[key].at, reverse=self.kind is LatestFirst)
        return [(key, self.rows[key]) for key in by_age]

    def set(self, row: Trade) -> None:
        if row.id not in self.rows or (self.kind is not Trades and self.rows[row.id].at != row.at):
            self.clock += 1
            self.since[row.id] = self.clock
        self.rows[row.id] = row

    def add(self, row: Trade) -> None:
        if row.id not in self.rows:
            self.set(row)

    def update(self, key: str, changes: dict[str, Any]) -> None:
        self.update_many({key: changes})

    def update_many(self, changes: dict[str, dict[str, Any]]) -> None:
        news = {key: replace(self.rows[key], **fields) for key, fields in changes.items() if key in self.rows}
        olds = {key: (self.rows[key], self.since[key]) for key in news}
        for key, new in news.items():
            if new.id != key:
                self.remove(key)
        for key, new in news.items():
            self.rows[new.id], self.since[new.id] = olds[key]
            self.set(new)

    def remove(self, key: str) -> None:
        self.rows.pop(key, None)

    def set_all(self, rows: list[Trade]) -> None:
        self.rows.clear()
        for row in rows:
            self.set(row)


def for_each(do: Callable[[Model, Any], None]) -> Callable[[Model, Any], None]:
    def do_all(model: Model, items: Any) -> None:
        for item in items:
            do(model, item)

    return do_all


MODEL: dict[str, Callable[[Model, Any], None]] = {
    "add": Model.add,
    "set": Model.set,
    "upsert": Model.set,
    "update": lambda model, change: model.update(*change),
    "remove": Model.remove,
    "add_many": for_each(Model.add),
    "set_many": for_each(Model.set),
    "upsert_many": for_each(Model.set),
    "set_all": Model.set_all,
    "update_many": Model.update_many,
    "remove_many": for_each(Model.remove),
    "remove_all": lambda model, _: model.set_all([]),
}

TO_AND_FRO = ("set_many", "upsert_many", "update_many")  # may give a row another place on the way, and say so


def apply(entities: Entities[str, Trade], name: str, argument: Any) -> Entities[str, Trade]:
    method = getattr(entities, name)
    if name == "update":
        return method(argument[0], **argument[1])
    return method() if name == "remove_all" else method(argument)


def identical(some: list[tuple[str, Trade]], others: list[tuple[str, Trade]]) -> bool:
    return len(some) == len(others) and all(map(is_, (row for _, row in some), (row for _, row in others)))


few_ids = st.sampled_from("abcdefgh")
times = st.integers(0, 4).map(float)
rows = st.builds(Trade, few_ids, times, st.integers(0, 3).map(float))
changes = st.fixed_dictionaries({}, optional={"id": few_ids, "at": times, "price": st.just(1.0)})
crowds = st.tuples(st.integers(0, 300), st.integers(0, 120), times).map(
    lambda crowd: [Trade(f"n{number}", crowd[2] + number % 7) for number in range(crowd[0], crowd[0] + crowd[1])]
)
begin = st.tuples(st.just("set_many"), st.lists(rows, min_size=8, max_size=20))
later = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["add", "set", "upsert"]), rows),
        st.tuples(st.just("update"), st.tuples(few_ids, changes)),
        st.tuples(st.just("remove"), few_ids),
        st.tuples(st.sampled_from(["add_many", "set_many", "upsert_many"]), st.lists(rows, max_size=12) | crowds),
        st.tuples(st.just("set_all"), st.lists(rows, max_size=12)),
        st.tuples(st.just("update_many"), st.dictionaries(few_ids, changes, max_size=5)),
        st.tuples(st.just("remove_many"), st.lists(few_ids) | crowds.map(lambda crowd: [trade.id for trade in crowd])),
        st.tuples(st.just("remove_all"), st.none()),
    ),
    max_size=25,
)
steps: st.SearchStrategy[Steps] = st.tuples(begin, later).map(lambda parts: [parts[0], *parts[1]])


@pytest.mark.parametrize("kind", KINDS)
@given(steps)
def test_a_collection_is_a_sorted_dictionary_of_which_every_version_stays(kind: Any, steps: Steps):
    entities, model = kind(), Model(kind)
    versions = [(entities, model.items())]
    for name, argument in steps:
        before, expected = versions[-1]
        MODEL[name](model, argument)
        entities = apply(entities, name, argument)
        versions.append((entities, model.items()))
        assert name in TO_AND_FRO or entities is before or not identical(expected, model.items())
    for version, expected in versions:
        assert contents(version) == expected
        assert all(version[key] is row for key, row in expected if key.startswith("n"))
        check(version._content.order)
        assert len(list(version._content.order)) == len(expected)


@pytest.mark.parametrize("kind", KINDS)
@given(steps, steps)
def test_equal_collections_go_on_alike_however_they_came_about(kind: Any, past: Steps, future: Steps):
    entities = kind()
    for step in past:
        entities = apply(entities, *step)
    again = kind(entities.values())
    assert again == entities
    assert hash(again) == hash(entities)
    for step in future:
        entities, again = apply(entities, *step), apply(again, *step)
    assert again == entities
    assert contents(again) == contents(entities)


@pytest.mark.parametrize("kind", KINDS)
@given(steps, steps)
def test_equality_and_hash_are_those_of_the_items(kind: Any, some: Steps, others: Steps):
    versions = [kind()]
    for step in [*some, *others]:
        versions.append(apply(versions[-1], *step))
    for one, other in zip(versions, [*versions[1:], versions[0]], strict=True):
        assert (one == other) is (list(one.items()) == list(other.items()))
        assert one != other or hash(one) == hash(other)


@pytest.mark.parametrize("kind", KINDS)
@given(steps, st.integers(0, 200))
def test_first_and_last_are_slices_of_the_rows(kind: Any, steps: Steps, count: int):
    entities = kind()
    for step in steps:
        entities = apply(entities, *step)
    values = tuple(entities.values())
    assert entities.first(count) == values[:count]
    assert entities.last(count) == (values[-count:] if count else ())

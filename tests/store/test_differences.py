from __future__ import annotations

import copy
import weakref
from collections import UserDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map
from pydantic import BaseModel

from socketstore import ABSENT, Difference, UsageError, differences
from socketstore.store.differences import each_difference
from socketstore.store.entities import Entities
from socketstore.store.paths import Item


@dataclass(frozen=True, slots=True)
class Book:
    bid: float = 0.0
    bids: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class App:
    books: Any
    lines: Any = ()


class Model(BaseModel):
    a: Any = 1


class Point(NamedTuple):
    x: int
    y: int


class Row(NamedTuple):
    id: str
    price: float


class Rows(Entities[str, Row], key="id"): ...


class Array:
    """Compares as arrays do: item by item, and without one answer."""

    def __init__(self, *items: int) -> None:
        self.items = items

    def __eq__(self, other: object) -> Any:
        raise ValueError("ambiguous")

    __hash__ = None  # type: ignore[assignment]


class Refusing(int):
    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = int.__hash__


def told(before: Any, after: Any, **settings: Any) -> list[str]:
    return [str(difference) for difference in differences(before, after, **settings)]


def test_each_place_is_named_with_what_was_and_what_is_there():
    before = App({"BTC": Book(1.0, (1, 2)), "ETH": Book()}, ("a",))
    after = App({"BTC": Book(2.0, (1, 3)), "SOL": Book()}, ("a", "b"))
    assert told(before, after) == [
        "books['BTC'].bid: 1.0 -> 2.0",
        "books['BTC'].bids[1]: 2 -> 3",
        "books['ETH']: removed Book(bid=0.0, bids=())",
        "books['SOL']: added Book(bid=0.0, bids=())",
        "lines[1]: added 'b'",
    ]


def test_a_difference_holds_the_values_themselves():
    assert differences({"a": 1}, {"a": 2, "b": None}) == [Difference("['a']", 1, 2), Difference("['b']", ABSENT, None)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1, 2, ["state: 1 -> 2"]),
        (Model(a=1), Model(a=2), ["a: 1 -> 2"]),
        (Point(1, 2), Point(1, 3), ["y: 2 -> 3"]),
        (Map(a=1), Map(a=2), ["['a']: 1 -> 2"]),
        ({1, 2}, {2, 3}, ["state: removed 1", "state: added 3"]),
        ((1,), [1], ["state: (1,) -> [1]"]),
        (1, True, ["state: 1 -> True"]),
        (Rows([Row("a", 1)]), Rows([Row("a", 2)]), ["['a'].price: 1 -> 2"]),
        (Rows(), Rows([Row("a", 2)]), ["['a']: added Row(id='a', price=2)"]),
    ],
)
def test_every_kind_of_state_is_compared_part_by_part(before: Any, after: Any, expected: list[str]):
    assert told(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (float("nan"), float("nan")),
        (Decimal("NaN"), Decimal("NaN")),
        (Decimal("sNaN"), Decimal("sNaN")),
        ([float("nan"), 1], [float("nan"), 1]),
        (Array(1, 2), Array(1, 2)),
        (object(), object()),
        (Refusing(3), Refusing(3)),
    ],
)
def test_what_has_the_same_content_does_not_differ_whatever_its_own_equality_says(before: Any, after: Any):
    assert differences(before, after) == []


def test_what_cannot_be_compared_is_walked_through():
    assert told(Array(1, 2), Array(1, 3)) == ["items[1]: 2 -> 3"]
    assert told(Refusing(3), Refusing(4)) == ["state: 3 -> 4"]


def test_the_same_object_is_not_looked_into():
    class Trap(dict[str, int]):
        def items(self) -> Any:
            raise AssertionError("looked into")

    trap = Trap(a=1)
    assert told([trap, 1], [trap, 2]) == ["[1]: 1 -> 2"]


def test_a_window_that_moves_on_is_no_wall_of_changes():
    lines = tuple(map(str, range(100)))
    assert told(lines, (*lines[2:], "x")) == ["[0]: removed '0'", "[1]: removed '1'", "[98]: added 'x'"]


def test_a_long_window_that_moves_on_is_recognised_as_well():
    lines = tuple(range(5000))
    assert told(lines, (*lines[1:], "x")) == ["[0]: removed 0", "[4999]: added 'x'"]
    assert len(told(lines, tuple(reversed(lines)), limit=10_000)) == 5000


def test_what_is_put_into_the_middle_of_a_sequence_is_told_from_what_moved():
    assert told(["a", "b", "c"], ["a", "x", "b", "c"]) == ["[1]: added 'x'"]
    assert told(["a", "b", "c"], ["a", "c"]) == ["[1]: removed 'b'"]


def test_finding_what_moved_is_given_up_where_it_would_take_long(monkeypatch: pytest.MonkeyPatch):
    def refuse(*arguments: Any, **named: Any) -> Any:
        raise AssertionError("matched")

    old, new = [index % 2 for index in range(200)], [index % 3 % 2 for index in range(200)]
    monkeypatch.setattr("socketstore.store.differences.SequenceMatcher", refuse)
    assert all(place.before != place.after for place in differences(old, new))


def test_a_sequence_that_makes_its_items_when_asked_is_compared_by_them():
    class Rows(Sequence[Any]):
        def __init__(self, *prices: float) -> None:
            self.prices = prices

        def __len__(self) -> int:
            return len(self.prices)

        def __getitem__(self, index: Any) -> Any:
            return {"price": self.prices[index]}

    before = {key: Rows(1, 2, 3) for key in range(50)}
    after = {key: Rows(1, 9, 3) for key in range(50)}
    assert told(before, after) == [f"[{key}][1]['price']: 2 -> 9" for key in range(50)]


def test_an_item_that_is_a_number_of_its_own_kind_is_compared_as_any_value():
    assert told([Refusing(3)], [Refusing(3)]) == []
    assert told([Refusing(3)], [Refusing(4)]) == ["[0]: 3 -> 4"]


def test_keys_of_a_dict_that_changed_places_are_a_difference():
    assert told({"d": {"a": 1, "b": 2}}, {"d": {"b": 2, "a": 1}}) == [
        "['d']: dict_keys(['a', 'b']) -> dict_keys(['b', 'a'])"
    ]
    assert told({"a": 1, "b": 2, "c": 3}, {"a": 1, "x": 0, "c": 3}) == ["['b']: removed 2", "['x']: added 0"]


def test_the_order_of_other_mappings_is_their_own_affair():
    assert told(UserDict({"a": 1, "b": 2}), UserDict({"b": 2, "a": 1})) == []


def test_weak_references_are_no_content():
    class Node:
        def __init__(self, leads_to: Any) -> None:
            self.name = "n"
            self.back = weakref.ref(leads_to)

    assert told(Node(Array(1)), Node(Array(2))) == []


def test_no_more_is_looked_at_than_was_asked_for():
    class Many(dict[int, int]):
        def items(self) -> Any:
            yield from [(0, 0), (1, 1)]
            raise AssertionError("looked on")

    assert told(Many({0: 0, 1: 1}), Many({0: 5, 1: 6}), limit=2) == ["[0]: 0 -> 5", "[1]: 1 -> 6"]


def test_what_is_to_be_skipped_is_not_walked_into():
    before, after = {"a": [1], "b": 1}, {"a": [2], "b": 2}
    found = each_difference(before, after, skip=lambda path, one, other: path == (Item("a"),))
    assert [place.path for place in found] == ["['b']"]


def test_items_of_a_sequence_that_were_made_anew_are_looked_into():
    books = [Book(1.0), Book(2.0)]
    assert told(books, [Book(1.0), replace(books[1], bid=3.0)]) == ["[1].bid: 2.0 -> 3.0"]


def test_cycles_come_to_an_end():
    one: dict[str, Any] = {"a": 1}
    other: dict[str, Any] = {"a": 2}
    one["self"], other["self"] = one, other
    assert told(one, other) == ["['a']: 1 -> 2"]


def test_a_state_nested_deeper_than_the_stack_is_compared():
    one: Any = 1
    other: Any = 2
    for _ in range(5000):
        one, other = (one,), (other,)
    assert len(differences(one, other)) == 1


def test_no_more_than_the_limit_are_found():
    assert len(differences([1] * 50, [2] * 50, limit=3)) == 3


@pytest.mark.parametrize("limit", [0, -1, "3"])
def test_a_limit_that_is_none_is_refused(limit: Any):
    with pytest.raises(UsageError, match="1 or more"):
        differences(1, 2, limit=limit)


states = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("a" * 500 + "b", "a" * 500 + "c", f"state, from [480] on: '{'a' * 20}b' -> '{'a' * 20}c'"),
        (b"a" * 500, b"a" * 501, f"state, from [480] on: b'{'a' * 20}' -> b'{'a' * 21}'"),
        ("ab" * 20, "ab" * 21, f"state: '{'ab' * 20}' -> '{'ab' * 21}'"),
        ("c" + "a" * 500, "b" + "a" * 500, f"state: 'c{'a' * 199}'... (501 in all) -> 'b{'a' * 199}'... (501 in all)"),
    ],
)
def test_long_texts_are_shown_from_where_they_differ(before: Any, after: Any, says: str):
    assert told(before, after) == [says]


@given(states)
def test_a_copy_never_differs(state: Any):
    assert differences(state, copy.deepcopy(state)) == []


@given(states, states)
def test_states_without_a_difference_have_the_same_repr(one: Any, other: Any):
    assert bool(differences(one, other)) or _canonical(one) == _canonical(other)


def _canonical(value: Any) -> Any:
    """Make 0.0 and -0.0 one, as == does."""
    if isinstance(value, dict):
        return [(key, repr(_canonical(item))) for key, item in value.items()]
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return repr(value + 0.0) if isinstance(value, float) else repr(value)

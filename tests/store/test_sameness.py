from __future__ import annotations

from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore.store.sameness import fingerprint, interchangeable, same

NAN, OTHER_NAN = float("nan"), float("-nan")
Pair = namedtuple("Pair", "x y")


@dataclass(frozen=True)
class Row:
    id: int
    seen: int = field(default=0, compare=False)


ALIKE: list[tuple[Any, Any]] = [
    (1, 1),
    (10**30, 10**30 + 0),
    (NAN, OTHER_NAN),
    ("a b", " ".join("ab")),
    ((1, (2.0,)), (1, (2.0,))),
    ([1, "a"], [1, "a"]),
    ({"a": [1]}, {"a": [1]}),
    (Pair(1, 2), Pair(1, 2)),
    ({1, 2}, {2, 1}),
    (Decimal("1.0"), Decimal("1.0")),
    (Row(1), Row(1)),
]
TOLD_APART: list[tuple[Any, Any]] = [
    (1, 2),
    (1, True),
    (1, 1.0),
    (0.0, -0.0),
    (None, False),
    ((1,), (True,)),
    ((1,), [1]),
    ((1, 2), Pair(1, 2)),
    (("a", (0.0,)), ("a", (-0.0,))),
    ({"a": 1}, {"a": True}),
    ({1: "a"}, {True: "a"}),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ([{"a": 1, "b": 2}], [{"b": 2, "a": 1}]),
    ({"a": 1}, OrderedDict(a=1)),
    (Decimal("1.0"), Decimal("1.00")),
    (Decimal("1.0"), 1.0),
    (Row(1), Row(2)),
]


@pytest.mark.parametrize(("value", "last"), ALIKE)
def test_values_that_nobody_could_tell_apart_are_interchangeable(value: Any, last: Any):
    assert interchangeable(value, last)
    assert interchangeable(last, value)


@pytest.mark.parametrize(("value", "last"), TOLD_APART)
def test_values_that_can_be_told_apart_are_not_although_most_are_equal(value: Any, last: Any):
    assert not interchangeable(value, last)
    assert not interchangeable(last, value)


def test_a_class_decides_by_its_own_comparison_what_counts():
    assert interchangeable(Row(1, seen=1), Row(1, seen=2))


def test_the_same_looks_into_no_container():
    assert not same([1, 2], [1, 2])
    assert same(2.5, 5 / 2)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 1)
    | st.sampled_from([0.0, -0.0, 1.0, NAN])
    | st.sampled_from(["", "a"]),
    lambda inner: st.lists(inner, max_size=2).map(tuple),
    max_leaves=4,
)


@given(values, values)
def test_fingerprints_are_equal_where_values_look_the_same_and_only_there(value: Any, other: Any):
    assert (fingerprint(value) == fingerprint(other)) == (repr(value) == repr(other))


@given(values, values)
def test_what_is_interchangeable_looks_the_same(value: Any, other: Any):
    if interchangeable(value, other):
        assert repr(value) == repr(other)


def test_the_fingerprints_of_sets_know_the_types_of_their_members():
    assert fingerprint(frozenset({1, "a"})) == fingerprint(frozenset({"a", 1}))
    assert fingerprint(frozenset({1})) != fingerprint(frozenset({True}))

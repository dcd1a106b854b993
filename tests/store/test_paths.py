from __future__ import annotations

from collections import deque, namedtuple
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from immutables import Map
from pydantic import BaseModel, ConfigDict, PrivateAttr

from socketstore.store.paths import Attribute, Item, Member, parts, shape_of, spell


class Colour(Enum):
    RED = 1


class Point(NamedTuple):
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Slotted:
    a: int = 1
    b: int = 2


@dataclass(frozen=True)
class Derived:
    a: int
    twice: int = field(init=False, default=0)

    @cached_property
    def thrice(self) -> int:
        return self.a * 3


class Base:
    __slots__ = ("first",)


class Below(Base):
    __slots__ = ("__dict__", "second")


class Model(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int = 1
    _note: str = PrivateAttr("n")

    @cached_property
    def twice(self) -> int:
        return self.a * 2


def of(value: Any) -> dict[str, Any]:
    return {spell((step,)): part for step, part in parts(value)}


def test_a_path_is_spelled_as_a_program_would():
    path = (Attribute("feed"), Attribute("books"), Item("BTC"), Attribute("bids"), Item(0), Member("x"))
    assert spell(path) == "feed.books['BTC'].bids[0]{'x'}"
    assert spell((Item(3), Attribute("x"))) == "[3].x"
    assert spell(()) == ""


def test_a_key_whose_repr_raises_can_be_spelled():
    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError

    assert "RuntimeError" in spell((Item(Rude()),))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Slotted(), {"a": 1, "b": 2}),
        (Point(1, 2), {"x": 1, "y": 2}),
        (namedtuple("Pair", "left right")(1, 2), {"left": 1, "right": 2}),
        ((5, 6), {"[0]": 5, "[1]": 6}),
        ([5], {"[0]": 5}),
        (deque([5]), {"[0]": 5}),
        ({"k": 1}, {"['k']": 1}),
        (Map(k=1), {"['k']": 1}),
        (frozenset({"m"}), {"{'m'}": "m"}),
        (ValueError("bad"), {"args": ("bad",)}),
    ],
)
def test_the_parts_of_a_value(value: Any, expected: dict[str, Any]):
    assert of(value) == expected


@pytest.mark.parametrize(
    "leaf",
    ["text", b"bytes", bytearray(b"x"), 1, 1.5, None, Colour.RED, int, len, range(3), datetime.now(UTC), object()],
)
def test_a_leaf_has_no_parts(leaf: Any):
    assert of(leaf) == {}


def test_what_a_cached_property_left_behind_is_no_part():
    derived, model = Derived(2), Model(a=2)
    assert (derived.thrice, model.twice) == (6, 4)
    assert of(derived) == {"a": 2, "twice": 0}
    assert of(model) == {"a": 2, "__pydantic_private__": {"_note": "n"}}


def test_the_extra_fields_of_a_model_are_parts():
    assert of(Model(a=1, b=2))["__pydantic_extra__"] == {"b": 2}  # type: ignore[call-arg]


def test_slots_of_all_bases_and_the_rest_are_parts_and_empty_slots_are_not():
    below = Below()
    below.second = 2
    below.third = 3
    assert of(below) == {"second": 2, "third": 3}
    below.first = 1
    assert of(below) == {"first": 1, "second": 2, "third": 3}


def test_an_empty_slot_of_a_class_without_a_dict_is_no_part():
    base = Base()
    assert of(base) == {}
    base.first = 1
    assert of(base) == {"first": 1}


class Numbered(enumerate[Any]):
    """What it numbers is kept where no attribute leads."""


def test_a_class_in_c_that_is_pickled_in_its_own_way_is_no_bag_of_attributes():
    assert shape_of[Numbered] is None
    assert of(SimpleNamespace(a=1)) == {"a": 1}

"""A state outside its process: its digest, and its JSON."""

from __future__ import annotations

import subprocess
import sys
import uuid
from array import array
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map
from pydantic import BaseModel

from socketstore import DecodeError, EncodeError, Entities
from socketstore.connection.state import ConnectionState, StreamState
from socketstore.log.states import digest, state_from_json, state_to_json


class Level(NamedTuple):
    price: float
    size: float


class Side(Enum):
    BUY = "buy"
    SELL = "sell"


class Word(StrEnum):
    BUY = "buy"


class Count(IntEnum):
    ONE = 1


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    amount: Decimal
    remembered: int = field(default=0, compare=False)


class Rows(Entities[str, Row], key="id"): ...


class Settings(BaseModel):
    depth: int = 3
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Desk:
    levels: tuple[Level, ...] = ()
    side: Side = Side.BUY
    rows: Rows = field(default_factory=Rows)
    settings: Settings = field(default_factory=Settings)
    tags: frozenset[str] = frozenset()
    last: float = 0.0
    raw: bytes = b""
    since: datetime | None = None
    by_name: Mapping[str, Level] = field(default_factory=dict)


DESK = Desk(
    levels=(Level(1.5, 2), Level(float("inf"), -0.0)),
    side=Side.SELL,
    rows=Rows([Row("a", Decimal("1.10")), Row("b", Decimal(2))]),
    settings=Settings(names=("x", "ü")),
    tags=frozenset("abc"),
    last=float("nan"),
    raw=b"\xff\x00",
    since=datetime(2026, 1, 2, tzinfo=UTC),
    by_name={"x": Level(1, 2), "y": Level(3, 4)},
)

EQUAL: list[tuple[Any, Any]] = [
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({1: "x", "a": None, (1, 2): 3}, {(1, 2): 3, "a": None, 1: "x"}),
    (frozenset("abcdef"), set("fedcba")),
    ({(1, "a"), (2, "b")}, {(2, "b"), (1, "a")}),
    (frozenset([frozenset([1, 2]), frozenset([3])]), frozenset([frozenset([3]), frozenset([2, 1])])),
    ([1, 2], (1, 2)),
    (Level(1, 2), (1.0, 2.0)),
    (deque([1]), [1]),
    (Map(a=1, b=2), {"b": 2, "a": 1}),
    (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
    (1, 1.0),
    (True, Decimal("1.00")),
    (Fraction(1, 2), 0.5),
    (Decimal("0.10"), Decimal("0.1")),
    (10**30, Decimal("1e30")),
    (0.0, -0.0),
    ((0.0, 1.5), (-0.0, 1.5)),
    (float("nan"), Decimal("NaN")),
    ((float("nan"), 1), (-float("nan"), 1.0)),
    (Word.BUY, "buy"),
    ({Word.BUY: 1, "a": 2}, {"a": 2, "buy": 1}),
    (Count.ONE, 1),
    (b"ab", bytearray(b"ab")),
    (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
    (Row("a", Decimal(1), 5), Row("a", Decimal("1.0"), 6)),
    (Rows([Row("a", Decimal(1))]), Rows([Row("a", Decimal(1))])),
    (SimpleNamespace(a=1, b=2), SimpleNamespace(b=2, a=1)),
    (array("d", [1, 2]), array("d", [1, 2])),
]

DIFFERENT: list[Any] = [
    None,
    0,
    1,
    2**53,
    2**53 + 1,
    0.1,
    Decimal("0.1"),
    Decimal("-0.1"),
    Decimal("1e500"),
    Fraction(1, 3),
    float("inf"),
    float("-inf"),
    float("nan"),
    1j,
    "",
    "1",
    "\ud800",
    b"",
    b"1",
    (),
    ((),),
    ((), ()),
    [[1], []],
    [[], [1]],
    [["ab"], ["c"]],
    [["a"], ["bc"]],
    ["ab", "c"],
    ["a", "bc"],
    [None, 1],
    [1, None],
    {},
    {"a": 1},
    {"a": 2},
    {"b": 1},
    {1: "a"},
    set(),
    {1},
    {1, 2},
    {"1"},
    Side.BUY,
    Side.SELL,
    Row("a", Decimal(1)),
    Row("b", Decimal(1)),
    Rows(),
    Rows([Row("a", Decimal(1)), Row("b", Decimal(1))]),
    Rows([Row("b", Decimal(1)), Row("a", Decimal(1))]),
    Settings(),
    Settings(depth=4),
    datetime(2026, 1, 1),  # noqa: DTZ001
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1).date(),  # noqa: DTZ001
    timedelta(seconds=1),
    timedelta(seconds=2),
    uuid.UUID(int=1),
    Path("a"),
    range(3),
    SimpleNamespace(),
    SimpleNamespace(a=1),
    [SimpleNamespace(a=1), SimpleNamespace(b=1)],
    int,
]


@pytest.mark.parametrize(("one", "other"), EQUAL, ids=map(str, range(len(EQUAL))))
def test_equal_states_have_equal_digests(one: Any, other: Any) -> None:
    assert digest(one) == digest(other)
    assert digest([None, {"x": one}]) == digest((None, {"x": other}))


def test_different_states_have_different_digests() -> None:
    digests = {digest(state): state for state in DIFFERENT}
    assert len(digests) == len(DIFFERENT)
    assert len({digest({"x": (state,)}) for state in DIFFERENT}) == len(DIFFERENT)


def test_classes_of_two_names_are_told_apart_also_when_they_hold_nothing() -> None:
    class Idle: ...

    class Busy: ...

    assert digest(Idle()) != digest(Busy())


def test_a_digest_is_the_same_in_every_process() -> None:
    program = "from tests.log.test_states import DESK; from socketstore.log.states import digest; print(digest(DESK))"
    for seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )
        assert ran.stdout.strip() == digest(DESK)


def test_the_nesting_may_be_deep() -> None:
    def nested(innermost: int) -> Any:
        state: Any = innermost
        for _ in range(20_000):
            state = {"a": [state]}
        return state

    assert digest(nested(1)) == digest(nested(1)) != digest(nested(2))


def test_a_state_that_holds_itself_is_refused() -> None:
    state: dict[str, Any] = {"a": 1}
    state["itself"] = [state]
    with pytest.raises(EncodeError, match="holds itself"):
        digest(state)


@pytest.mark.parametrize(
    "value", [lambda: 0, object(), iter(()), open], ids=["function", "object", "iterator", "built-in"]
)
def test_what_has_no_value_elsewhere_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(EncodeError, match=r"at a\[0\]\['b'\], which has no digest"):
        digest(SimpleNamespace(a=[{"b": value}]))


@pytest.mark.parametrize(
    "state",
    [
        DESK,
        Desk(),
        ConnectionState(refused=Map(a="b"), streams=Map(x=StreamState("stale", 1.5))),
        Settings(depth=7),
        {"a": [1, None, 2.5]},
        (1, "a"),
        3,
        "text",
        None,
    ],
    ids=["desk", "empty desk", "connection", "settings", "mapping", "tuple", "number", "text", "none"],
)
def test_a_state_comes_back_equal_from_json(state: Any) -> None:
    value = state_to_json(state)
    for like in (state, type(state)):
        again = state_from_json(value, like)
        assert type(again) is type(state)
        assert digest(again) == digest(state)


class Opaque:
    pass


@dataclass
class Careless:
    anything: Any


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (Careless(Opaque()), "cannot be written as JSON"),
        (Careless(DESK), "would come back as"),
        (Careless(Decimal("0.1")), "would come back as"),
        ("\ud800", "cannot be written as JSON"),
    ],
    ids=["an object", "Any", "a number in Any", "half a character"],
)
def test_a_state_that_would_not_come_back_equal_is_refused(state: Any, problem: str) -> None:
    with pytest.raises(EncodeError, match=problem):
        state_to_json(state)


def test_json_that_is_no_such_state_is_refused_with_the_field() -> None:
    value = state_to_json(DESK) | {"last": "much"}
    with pytest.raises(DecodeError, match=r"expected Desk: .*last"):
        state_from_json(value, DESK)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals()
STATES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=4)
        | st.builds(Careless, inner)
    ),
    max_leaves=20,
)


def rebuilt(value: Any) -> Any:
    """Make an equal value with other objects, other types and another order."""
    match value:
        case bool():
            return int(value)
        case list():
            return tuple(map(rebuilt, value))
        case dict():
            return {key: rebuilt(value[key]) for key in reversed(value)}
        case Careless(anything):
            return Careless(rebuilt(anything))
    return value


@given(STATES)
def test_the_order_and_the_types_of_what_is_equal_do_not_matter(state: Any) -> None:
    assert digest(state) == digest(rebuilt(state))


@given(STATES, STATES)
def test_one_change_anywhere_changes_the_digest(state: Any, other: Any) -> None:
    if digest(state) == digest(other):
        return
    assert digest([state, 1, {"a": state}]) != digest([state, 1, {"a": other}])


def test_sets_in_sets_are_looked_at_once_each() -> None:
    nested: frozenset[Any] = frozenset({"x"})
    for _ in range(60):  # twice for each level would be 2 ** 60 times
        nested = frozenset({nested, "x"})
    assert digest(nested) == digest(frozenset(nested))
    assert digest(nested) != digest(frozenset({nested, "x"}))


def test_a_moment_that_is_in_no_year_of_utc_has_a_digest() -> None:
    east, further = timezone(timedelta(hours=5)), timezone(timedelta(hours=6))
    first = datetime(1, 1, 1, 0, 30, tzinfo=east)
    assert digest(first) == digest(datetime(1, 1, 1, 1, 30, tzinfo=further))
    assert digest(first) != digest(datetime(1, 1, 1, 0, 31, tzinfo=east))


class Around:
    members: frozenset[Any] = frozenset()


def test_sets_that_hold_themselves_or_too_many_others_are_refused() -> None:
    itself = Around()
    itself.members = frozenset({itself, "x"})
    with pytest.raises(EncodeError, match="a set holds itself"):
        digest(itself)
    nested: frozenset[Any] = frozenset({"x"})
    for _ in range(2_000):
        nested = frozenset({nested, "x"})
    with pytest.raises(EncodeError, match="sets hold sets too deeply"):
        digest(nested)


@pytest.mark.parametrize("state", [{"a": {frozenset({object(), 1}), "x"}}, {"a": {object(): 1}}], ids=["set", "key"])
def test_what_has_no_digest_is_named_with_its_place_also_in_a_set_or_a_key(state: Any) -> None:
    with pytest.raises(EncodeError, match=r"\(object\) at \['a'\]."):
        digest(state)


def test_ranges_of_the_same_numbers_are_the_same() -> None:
    assert digest(range(0)) == digest(range(5, 5)) == digest(range(9, 3))
    assert digest(range(4, 5)) == digest(range(4, 9, 7))
    assert digest(range(4, 5)) != digest(range(5, 6)) != digest(range(0))

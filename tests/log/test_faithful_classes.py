"""Classes that nobody has thought of: what is written of them quickly is what would be if it were read back first."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from itertools import chain, cycle, islice
from typing import Annotated, Any, Literal, TypeAlias, Union
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, FiniteFloat, Json, StrictFloat, StrictStr, StringConstraints, create_model
from pydantic_core import TzInfo

from socketstore import Action, EncodeError
from socketstore.actions import Payload
from socketstore.log.line_writer import LineWriter
from socketstore.log.redacting import redaction_of
from socketstore.log.secret_names import REDACTED

pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of what has a wrong type

Typed: TypeAlias = tuple[Any, Sequence[Any]]
"""A type, and values of which most are of it."""


class Careful(LineWriter):
    """Which reads everything back."""

    def _quick_writer(self, kind: type) -> Any:
        return self._tried


class Word(Enum):
    UP = "up"
    ONE = "1"
    NAME = "token"
    PAIR = "token=1"


SECRETS = [
    "token=hidden",
    "password: hidden",
    '["token","hidden"]',
    '["to\\u006ben\\u003dhidden"]',
    '{"token":"hidden"}',
    '{"a":"{\\"base64\\" :\\"dG9rZW49aGlkZGVu\\"}"}',
]
LIKE_OTHERS = ["", "a", " A ", "abcd", "1", "1.5", "true", "null", "NaN", "Infinity", "2020-01-01", "\ud800", "up"]
PACKED = [b"", b"\xff\xfb", b"token=hidden"]

TEXTS = [*SECRETS, *LIKE_OTHERS, *(base64.b64encode(data).decode() for data in PACKED)]
NUMBERS = [0, 1, -1, 3, 2**64, 10**30, True]
FLOATS = [-0.0, 1.0, 2.5, -3.0, 1e300, 5e-324, math.inf, -math.inf, math.nan]
ZONES = [None, UTC, TzInfo(-5400), TzInfo(3601), timezone(timedelta(hours=1))]
TIMES = [datetime(2020, 1, 2, 3, 4, 5, 6, zone) for zone in ZONES]
EXACT = [Decimal(1), Decimal("1.50"), Decimal("1E+400"), Decimal("NaN"), Decimal("-Infinity")]
SIMPLE = [None, *TEXTS, *NUMBERS, *FLOATS]
JSON = [*SIMPLE, *PACKED, [], {}, SIMPLE[:3], {"token": "hidden"}, ["token", "hidden"], {"a": ["token=hidden"]}, {1: 2}]

LEAVES: list[Typed] = [
    (str, TEXTS),
    (StrictStr, TEXTS),
    (Annotated[str, Field(min_length=1, max_length=4)], TEXTS),
    (Annotated[str, Field(pattern="^[a-z]")], TEXTS),
    (Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True)], TEXTS),
    (int, NUMBERS),
    (Annotated[int, Field(ge=0, multiple_of=3)], NUMBERS),
    (float, FLOATS),
    (StrictFloat, FLOATS),
    (FiniteFloat, FLOATS),
    (Annotated[float, Field(ge=0)], FLOATS),
    (Annotated[float, Field(lt=3, strict=True)], FLOATS),
    (bool, [True, False]),
    (bytes, PACKED),
    (Decimal, EXACT),
    (datetime, TIMES),
    (UUID, [UUID(int=7)]),
    (Word, [*Word, "up"]),
    (Literal["up", "token"], ["up", "token"]),
    (Literal["1", "token=1"], ["1", "token=1"]),
    (Literal[1, "a"], [1, "a"]),
    (Any, SIMPLE),
    (Payload, JSON),
    (Json, [1]),
]
NAMES = st.sampled_from(["value", "token", "base64", "type_", "b"])


def optional(of: Typed) -> Typed:
    return of[0] | None, [None, *of[1]]


def union(of: list[Typed]) -> Typed:
    return Union[tuple(each for each, _ in of)], list(chain(*(values for _, values in of)))  # noqa: UP007 - made at run time


def collection(kind: Any, of: Typed) -> Typed:
    each, values = of
    if kind is dict:
        of_texts = [dict([pair]) for pair in rows([TEXTS, values])]
        return dict[str, each], [{}, *of_texts]  # type: ignore[valid-type]
    annotation = tuple[each, ...] if kind is tuple else list[each]  # type: ignore[valid-type]
    return annotation, [kind(), *(kind([value]) for value in values), kind(values)]


def row(of: list[Typed]) -> Typed:
    return tuple[*(each for each, _ in of)], [*rows([values for _, values in of]), ()]  # type: ignore[misc]


def rows(columns: list[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Yield rows until each value has been in one."""
    return islice(zip(*map(cycle, columns), strict=False), max(map(len, columns)))


def model(base: type[BaseModel], name: str, of: Typed) -> Typed:
    made = create_model("MadeForTest", __base__=base, __module__=__name__, **{name: (of[0], ...)})  # type: ignore[call-overload]
    return made, [made.model_construct(**{name: value}) for value in of[1]]


def around(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        inner.map(optional),
        several.map(union),
        several.map(row),
        st.builds(collection, st.sampled_from([list, tuple, dict]), inner),
        st.builds(model, st.sampled_from([BaseModel, Action]), NAMES, inner),
    )


TYPES = st.recursive(st.sampled_from(LEAVES), around, max_leaves=5)
ACTIONS = st.builds(model, st.just(Action), NAMES, TYPES)


def outcome(writer: LineWriter, action: Action) -> bytes | None:
    try:
        return writer.action(7, 1.5, action)
    except EncodeError:
        return None


@settings(max_examples=5 * settings().max_examples)
@given(ACTIONS)
def test_the_outcome_is_the_same_for_every_class(made: Typed) -> None:
    for redact in (None, REDACTED, ("value", "größe")):
        redaction = redaction_of(redact)
        quick, careful = LineWriter(redaction), Careful(redaction)
        for action in made[1]:
            assert outcome(quick, action) == outcome(careful, action), action

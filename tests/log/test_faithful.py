"""What is written without being read back first: for every action, the outcome is the same as if it had been."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from functools import cached_property
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    computed_field,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic_core import TzInfo
from typing_extensions import TypeAliasType

from socketstore import Action, ActionEntry, EncodeError, GotMessage, MessageRejected
from socketstore.actions import Payload
from socketstore.log.faithful import form_of
from socketstore.log.line_reader import LineReader
from socketstore.log.line_writer import LineWriter, same
from socketstore.log.redacting import redaction_of
from socketstore.log.secret_names import REDACTED
from socketstore.sockets.masking import MASK

AT = 1_600_000_000.25
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of what has a wrong type


class Side(Enum):
    BUY = "buy"
    SELL = "sell"


class Grade(IntEnum):
    LOW = 1


class Rung(Action):
    price: float
    amount: int | None = None


class Plain(BaseModel):
    price: float
    name: str = ""


class LadderSeen(Action):
    symbol: str
    bids: tuple[Rung, ...] = ()
    best: tuple[float, float] = (0.0, 0.0)
    names: tuple[str, ...] = ()
    by_name: dict[str, float] = Field(default_factory=dict)
    numbers: list[int] = Field(default_factory=list)
    side: Side = Side.BUY
    way: Literal["up", "down"] = "up"
    exact: Decimal = Decimal(1)
    seen: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    id: UUID | None = None
    blob: bytes = b""
    plain: Plain | None = None
    short: str = Field("", alias="s")
    flag: bool = False
    anything: Any = None


class LimitsSeen(Action):
    price: float = Field(gt=0, le=1e300)
    amount: int | None = Field(None, ge=-3, multiple_of=3)
    code: str = Field("abc", min_length=1, max_length=3, pattern="^[a-z]")
    neat: Annotated[str, Field(default=""), StringConstraints(strip_whitespace=True, to_lower=True)]
    either: str | float | bool | None = None
    level: Literal["all", "some"] | int = 0
    many: tuple[Annotated[float, Field(ge=0)], ...] = ()


FAITHFUL: list[type[Action]] = [LadderSeen, LimitsSeen, Rung, GotMessage, MessageRejected]


class Child(str):
    __slots__ = ()


class Whole(int):
    pass


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(2**64), 2**63, -0.0, math.nan, math.inf, -math.inf, 1e308, 5e-324]),
    st.floats(),
    st.text(),
    st.sampled_from(["\ud800", "NaN", "up", "buy", "\x00\u2028", Child("up"), Whole(3), Grade.LOW, Side.SELL, object]),
    st.binary(max_size=8),
    st.decimals(),
    st.datetimes(timezones=st.none() | st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])),
    st.uuids(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
        | st.builds(Rung.model_construct, price=inner, amount=inner)
        | st.builds(Plain.model_construct, price=inner, name=inner)
    ),
    max_leaves=6,
)


def fitting(kind: type[Action]) -> st.SearchStrategy[Action]:
    if kind is LimitsSeen:
        return fitting_limits()
    if kind is not LadderSeen:
        return st.builds(kind.model_construct, **{name: VALUES for name in kind.model_fields if name != "type"})
    return st.builds(
        LadderSeen.model_construct,
        symbol=st.text(),
        bids=st.lists(st.builds(Rung, price=st.floats(), amount=st.none() | st.integers()), max_size=3).map(tuple),
        best=st.tuples(st.floats(), st.floats()),
        names=st.lists(st.text(), max_size=3).map(tuple),
        by_name=st.dictionaries(st.text(), st.floats(), max_size=3),
        numbers=st.lists(st.integers(), max_size=3),
        side=st.sampled_from(Side),
        way=st.sampled_from(["up", "down"]),
        exact=st.decimals(),
        seen=st.datetimes(timezones=st.none() | st.just(UTC)),
        id=st.none() | st.uuids(),
        blob=st.binary(),
        plain=st.none() | st.builds(Plain, price=st.floats(), name=st.text()),
        short=st.text(),
        flag=st.booleans(),
        anything=SCALARS,
    )


def fitting_limits() -> st.SearchStrategy[Action]:
    return st.builds(
        LimitsSeen.model_construct,
        price=st.floats(0, 1e300),
        amount=st.none() | st.integers(-6, 6),
        code=st.sampled_from(["abc", "a", "", "abcd", "Abc"]),
        neat=st.sampled_from(["", "a", " a", "A", "é"]),
        either=SCALARS,
        level=SCALARS | st.sampled_from(["all", "some", "none"]),
        many=st.lists(st.floats(-1, 5), max_size=3).map(tuple),
    )


@st.composite
def with_one_wrong(draw: st.DrawFn) -> Action:
    kind = draw(st.sampled_from(FAITHFUL[:2]))
    action = draw(fitting(kind))
    name = draw(st.sampled_from(sorted(kind.model_fields)))
    return action.model_copy(update={name: draw(VALUES)})


ACTIONS = st.one_of(*map(fitting, FAITHFUL), with_one_wrong())


def outcome(writer: LineWriter, action: Any) -> bytes | None:
    try:
        return writer.action(7, AT, action)
    except EncodeError:
        return None


class Careful(LineWriter):
    """Which reads everything back."""

    def _quick_writer(self, kind: type) -> Any:
        return self._tried


QUICK, CAREFUL = LineWriter(), Careful()


@settings(max_examples=500)
@given(ACTIONS)
@example(LimitsSeen.model_construct(price=1.0, either=math.inf))
@example(LimitsSeen.model_construct(price=1.0, neat=" A"))
@example(LimitsSeen.model_construct(price=0.0, code="abcd"))
@example(LadderSeen(symbol="a", s="").model_copy(update={"best": (1.0,)}))
@example(GotMessage(data="\ud800"))
@example(GotMessage(data=Child("a")))
@example(Rung(price=math.nan))
@example(LadderSeen(symbol="a", s="", plain=Plain(price=math.inf)))
@example(Rung.model_construct(price=1, amount=True))
@example(Rung.model_construct(price=Whole(3)))
@example(Rung.model_construct(amount=3))
@example(Rung.model_construct(price=1.0, type="other"))
@example(Rung.model_construct(price=1.0, type=Child("rung")))
def test_the_outcome_is_the_same_as_if_the_line_had_been_read_back(action: Action) -> None:
    line = outcome(QUICK, action)
    assert line == outcome(CAREFUL, action)
    if line is not None:
        entry = LineReader("a line", [type(action)]).entry(line, 1)
        assert isinstance(entry, ActionEntry)
        assert (entry.sequence, entry.at) == (7, AT)
        assert same(entry.action, action)


class NamesSeen(Action):
    names: tuple[str, ...]


class NumbersNamed(Action):
    numbers: dict[str, int]


class PlainSeen(Action):
    plain: Plain


class KeyGiven(Action):
    key: tuple[Literal["api_key"], UUID | None]


class KindGiven(Enum):
    PASSWORD = "password"  # noqa: S105 - the name of one


class PinGiven(Action):
    pin: tuple[KindGiven, Decimal]


class PackedGiven(Action):
    base64: str


class TextGiven(Action):
    text: str


PLAIN = LadderSeen(symbol="a", s="")
LIMITS = LimitsSeen(price=1.0, amount=None, code="abc", neat="")


@pytest.mark.parametrize(
    "action",
    [
        PLAIN.model_copy(update={"symbol": "token=hidden"}),
        PLAIN.model_copy(update={"short": "token: hidden"}),
        NamesSeen(names=("a", "token=hidden")),
        NumbersNamed(numbers={"token=hidden": 1}),
        PlainSeen(plain=Plain(price=1.0, name="token=hidden")),
        PLAIN.model_copy(update={"anything": "token=hidden"}),
        PLAIN.model_copy(update={"blob": b"token=hidden"}),
        LIMITS.model_copy(update={"neat": "token=hidden"}),
        LIMITS.model_copy(update={"either": "token=hidden"}),
        GotMessage(data="token=hidden"),
        GotMessage(data={"token": "hidden"}),
        GotMessage(data=[{"a": "token=hidden"}]),
        GotMessage(data=b"token=hidden"),
        PackedGiven(base64=base64.b64encode(b"token=hidden").decode()),
        TextGiven(text='["token","hidden"]'),
        TextGiven(text='["token\\u003dhidden"]'),
    ],
    ids=repr,
)
def test_a_secret_is_found_wherever_it_stands(action: Action) -> None:
    line = LineWriter(redaction_of(REDACTED)).action(7, AT, action)
    assert line == Careful(redaction_of(REDACTED)).action(7, AT, action)
    assert MASK.encode() in line + base64.urlsafe_b64decode(packed_in(line))
    assert b"hidden" not in line + base64.urlsafe_b64decode(packed_in(line))


def test_a_secret_that_is_no_text_is_found_behind_its_name() -> None:
    key, pin = KeyGiven(key=("api_key", uuid4())), PinGiven(pin=(KindGiven.PASSWORD, Decimal(1234)))
    for action, secret in ((key, str(key.key[1]).encode()), (pin, b"1234")):
        line = LineWriter(redaction_of(REDACTED)).action(7, AT, action)
        assert line == Careful(redaction_of(REDACTED)).action(7, AT, action)
        assert secret not in line


class WordGiven(Action):
    word: Literal["token=1", "token"]


class WordNamed(Action):
    word: str = Field(alias="token=1")


@pytest.mark.parametrize("action", [WordGiven(word="token=1"), WordGiven(word="token"), WordNamed(word="a")])
def test_words_of_a_class_that_read_like_a_secret_are_dealt_with_alike(action: Action) -> None:
    redaction = redaction_of(REDACTED)
    assert outcome(LineWriter(redaction), action) == outcome(Careful(redaction), action)


def packed_in(line: bytes) -> bytes:
    found = re.search(rb'"(?:base64|blob)":"([^"]+)"', line)
    return found[1] if found else b""


def errors_behind(writer: LineWriter, action: Action) -> list[type[BaseException]]:
    with pytest.raises(EncodeError) as raised:
        writer.action(7, AT, action)
    chain: list[type[BaseException]] = []
    error: BaseException | None = raised.value
    while error is not None:
        chain.append(type(error))
        error = error.__context__
    return chain


def test_a_refusal_tells_of_no_more_errors_than_if_the_line_had_been_read_back() -> None:
    half_a_pair = GotMessage(data="\ud800")
    assert errors_behind(QUICK, half_a_pair) == errors_behind(CAREFUL, half_a_pair)


@pytest.mark.parametrize("depth", [90, 100, 110, 190, 200, 260, 5_000])
@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"": inner}], ids=["lists", "objects"])
def test_what_is_nested_too_deeply_to_be_read_is_refused(depth: int, wrap: Callable[[Any], Any]) -> None:
    data: Any = 1
    for _ in range(depth):
        data = wrap(data)
    line = outcome(QUICK, GotMessage(data=data))
    assert line == outcome(CAREFUL, GotMessage(data=data))
    assert (line is None) == (depth >= 200)


class Unnumbered(Action):
    content: Payload


def test_an_integer_that_python_would_not_read_is_refused() -> None:
    contents = (10**5000, [10**4400], {"a": [-(10**4400)]})
    in_a_message = [each for content in contents for each in (GotMessage(data=content), Unnumbered(content=content))]
    for huge in (*in_a_message, Rung(price=1.0, amount=10**4500), Rung(price=1.0, amount=10**4400)):
        assert outcome(QUICK, huge) is None
    large = Rung(price=1.0, amount=10**4200)
    assert outcome(QUICK, large) == outcome(CAREFUL, large) is not None


@pytest.mark.parametrize("kind", FAITHFUL)
def test_these_classes_are_known_to_be_faithful(kind: type[Action]) -> None:
    assert form_of(kind) is not None


class Quick(LineWriter):
    """Which reads nothing back."""

    def _tried(self, sequence: int, at: float, action: Any) -> bytes:
        pytest.fail(f"{action!r} is read back")


RUNGS = (Rung(price=1.5, amount=2), Rung(price=math.inf))
FULL = LadderSeen(
    symbol="a", bids=RUNGS, best=(1.0, 2.5), names=("b", ""), by_name={"c": 1.0, "ü": 2.0}, numbers=[1, 2],
    side=Side.SELL, way="down", exact=Decimal("1.50"), seen=datetime(2020, 1, 2, tzinfo=TzInfo(-5400)), id=UUID(int=7),
    blob=b"", plain=Plain(price=1.0, name="d"), s="e", flag=True, anything=None,
)  # fmt: skip


@pytest.mark.parametrize(
    "action",
    [
        FULL,
        FULL.model_copy(update={"bids": (), "names": (), "numbers": [], "by_name": {}, "anything": 2.5}),
        *(LimitsSeen(price=1e300, amount=-3, neat="a", either=each) for each in ("x", 0.5, True, None)),
        *(LimitsSeen(price=0.5, neat="", level=each, many=(0.0, 1.0)) for each in ("some", 3)),
        *(GotMessage(data=each) for each in ("a", b"a", 1, 1.5, None, [1, [{"a": []}]], {"a": {"b": [None]}})),
    ],
    ids=repr,
)
def test_what_fits_is_not_read_back(action: Action) -> None:
    assert Quick().action(7, AT, action) == CAREFUL.action(7, AT, action)


class Trimmed(Action):
    name: Annotated[str, AfterValidator(str.strip)]


class Rounded(Action):
    price: float

    @field_serializer("price")
    def _rounded(self, price: float) -> float:
        return round(price)


class Doubled(Action):
    price: float

    @field_validator("price")
    @classmethod
    def _doubled(cls, price: float) -> float:
        return price * 2


class Checked(Action):
    price: float

    @model_validator(mode="after")
    def _checked(self) -> Checked:
        return self


class Summed(Action):
    price: float

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> float:
        return self.price


class Hiding(Action):
    price: float
    _secret: int = PrivateAttr(0)


class Remembering(Action):
    price: float

    @cached_property
    def total(self) -> float:
        return self.price


class Excluding(Action):
    price: float = Field(0.0, exclude=True)


class ReadOtherwise(Action):
    price: float = Field(0.0, validation_alias=AliasChoices("p", "q"))


class Swapped(Action):
    a: str = Field("", alias="b")
    b: str = ""


class EqualToAll(Action):
    price: float

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class Spelling(Action):
    model_config = ConfigDict(str_to_lower=True)
    name: str


class Either(Action):
    value: str | datetime


class Nested(Action):
    inner: Nested | None = None


class Gathered(Action):
    values: frozenset[float] = frozenset()


class GradeGiven(Action):
    grade: Grade


class Rebuilt(Action):
    price: float

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)


Chain = TypeAliasType("Chain", "list[Chain]")


class Linked(Action):
    chain: Chain  # type: ignore[valid-type]


class Finished(Action):
    price: float

    def model_post_init(self, context: Any, /) -> None:
        """Anything may happen here."""


@pytest.mark.parametrize(
    "kind",
    [
        Trimmed, Rounded, Doubled, Checked, Summed, Hiding, Remembering, Excluding, ReadOtherwise, Swapped,
        EqualToAll, Spelling, Either, Nested, Gathered, GradeGiven, Rebuilt, Finished, Linked, Action,
    ],
)  # fmt: skip
def test_of_these_classes_it_is_not_known(kind: type[Action]) -> None:
    assert form_of(kind) is None


def test_an_action_that_would_come_back_otherwise_is_refused() -> None:
    for action in (Doubled.model_construct(price=1.0), Rounded(price=0.3), Trimmed.model_construct(name=" a")):
        assert outcome(QUICK, action) is None


class NumberOrText(Action):
    value: str | float | bool | None


@pytest.mark.parametrize("value", [1.0, True, None, "a", "token=hidden"])
def test_in_a_number_nobody_looks_for_a_secret(value: Any) -> None:
    action, redaction = NumberOrText(value=value), redaction_of(REDACTED)
    line = LineWriter(redaction).action(7, AT, action)
    assert line == Careful(redaction).action(7, AT, action)
    assert (line == QUICK.action(7, AT, action)) == (value != "token=hidden")


def test_half_of_a_surrogate_pair_is_refused_in_a_key_too() -> None:
    assert outcome(QUICK, NumbersNamed(numbers={"\ud800": 1})) is outcome(CAREFUL, NumbersNamed(numbers={"\ud800": 1}))


def test_a_key_that_is_no_text_and_would_come_back_as_one_is_refused() -> None:
    assert outcome(QUICK, NumbersNamed.model_construct(numbers={1: 1})) is None


class Strictly(Action):
    price: float = Field(strict=True)


class PriceOrWord(Action):
    price: Annotated[float, Field(ge=0)] | str


def test_an_infinity_is_refused_where_the_text_that_stands_for_it_would_be_read_as_something_else() -> None:
    for action in (Strictly(price=math.inf), PriceOrWord(price=math.inf)):
        assert outcome(QUICK, action) is outcome(CAREFUL, action) is None
        assert form_of(type(action)) is not None


def test_a_zone_with_seconds_which_would_be_lost_is_refused() -> None:
    seen = datetime(2020, 1, 1, tzinfo=TzInfo(3601))
    assert outcome(QUICK, PLAIN.model_copy(update={"seen": seen})) is None

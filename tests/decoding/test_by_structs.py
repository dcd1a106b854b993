"""Messages read by msgspec: structs, unions of them, and what else msgspec decodes that names one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from typing_extensions import TypeAliasType

from socketstore import Action, DecodeError, GotMessage, MessageRejected, Slice, Store, UsageError
from socketstore.decoding.decoder import reader
from tests.decoding.test_decoding import got, receive

T = TypeVar("T")


class Lifted(msgspec.Struct, frozen=True, tag="struct/lifted"):
    floor: str
    load: float


class Lowered(msgspec.Struct, frozen=True, tag="struct/lowered"):
    floor: str
    depth: float
    stops: tuple[int, ...] = ()


class ModelLifted(Action):
    type: Literal["struct/lifted"] = "struct/lifted"
    floor: str
    load: float


class ModelLowered(Action):
    type: Literal["struct/lowered"] = "struct/lowered"
    floor: str
    depth: float
    stops: tuple[int, ...] = ()


class Parcel(msgspec.Struct, Generic[T], frozen=True):
    content: T


class Terse(msgspec.Struct, frozen=True, tag="terse", array_like=True):
    floor: int


LIFTED = '{"type":"struct/lifted","floor":"a","load":2}'
LOWERED = '{"type":"struct/lowered","floor":"b","depth":1.5,"stops":[1]}'


async def test_a_struct_is_dispatched_as_it_is() -> None:
    assert await receive(LIFTED, LIFTED.encode(), messages=Lifted) == [Lifted("a", 2.0)] * 2


@pytest.mark.parametrize(
    "union", [Lifted | Lowered, Annotated[Lifted | Lowered, "described"], TypeAliasType("Ride", Lifted | Lowered)]
)
async def test_a_union_of_structs_chooses_by_the_tag(union: Any) -> None:
    assert await receive(LOWERED, LIFTED, messages=union) == [Lowered("b", 1.5, (1,)), Lifted("a", 2)]


async def test_a_generic_struct_and_one_of_an_array_are_actions_too() -> None:
    assert await receive('{"content": 3}', messages=Parcel[int]) == [Parcel(3)]
    assert await receive('["terse", 3]', messages=Terse) == [Terse(3)]


async def test_a_list_of_structs_comes_in_got_message_and_so_does_what_is_none() -> None:
    assert await receive(f"[{LIFTED}]", messages=list[Lifted]) == [got([Lifted("a", 2)])]
    assert await receive("3", LIFTED, messages=Lifted | int) == [got(3), Lifted("a", 2)]


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ('{"type":"struct/lifted","floor":"a","load":"much"}', "load: Expected `float`, got `str`"),
        ('{"type":"struct/lowered","floor":"a","depth":1,"stops":[1,"x"]}', "stops.1: Expected `int`, got `str`"),
        ('{"type":"struct/lifted","floor":"a"}', "Object missing required field `load`"),
        ('{"floor":"a","load":1}', "Object missing required field `type`"),
        ('{"type":"struct/fallen"}', "type: Invalid value 'struct/fallen'"),
        ("{", "truncated"),
        (b"\xff", "malformed"),
        (b'{"type":"struct/lifted","floor":"\xff","load":1}', "utf-8"),
        ("[]", "Expected `object`, got `array`"),
        ("[" * 100_000, "Expected `object`, got `array`"),
    ],
)
async def test_a_bad_message_is_rejected_with_the_place_and_the_next_is_heard(message: str | bytes, place: str) -> None:
    rejected, good = await receive(message, LIFTED, messages=Lifted | Lowered)
    assert isinstance(rejected, MessageRejected)
    assert rejected.raw == message
    assert "expected" in rejected.reason
    assert place in rejected.reason
    assert good == Lifted("a", 2)


async def test_a_post_init_of_the_programs_own_may_raise_anything() -> None:
    class Touchy(msgspec.Struct, frozen=True):
        floor: str

        def __post_init__(self) -> None:
            raise LookupError(self.floor)

    (rejected,) = await receive('{"floor": "a"}', messages=Touchy)
    assert isinstance(rejected, MessageRejected)
    assert "LookupError: a" in rejected.reason


def test_a_slice_looks_its_handler_up_by_the_class_of_the_struct() -> None:
    load = Slice(0.0)
    load.on(Lifted)(lambda state, action: state + action.load)
    store = Store(load, load.initial)
    store.dispatch(Lifted("a", 2.5))
    store.dispatch(Lowered("a", 7.0))
    assert store.state == 2.5


class Loose(BaseModel):
    floor: str


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        (Lifted | ModelLowered, "in which ModelLowered are pydantic's and others are structs"),
        (list[Lifted | Loose], "expected all of one sort"),
        (Lifted | Parcel[int], "all Struct types must be tagged"),
        (Annotated[Lifted | list[int] | tuple[int, ...], "odd"], "expected a type that msgspec decodes"),
    ],
)
def test_what_msgspec_cannot_decode_is_refused_and_so_is_a_mixture(messages: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        reader(messages, None)


def test_what_is_neither_pydantics_nor_msgspecs_is_told_of_the_extra() -> None:
    with pytest.raises(
        UsageError, match=r"derive from msgspec\.Struct, all of them \(pip install 'socketstore\[fast\]'\)"
    ):
        reader("Lifted | Lowered", None)


def test_nothing_imports_msgspec_where_no_struct_is() -> None:
    program = (
        "import sys; sys.modules['msgspec'] = None\n"
        "import socketstore.cli.main\n"
        "from socketstore.decoding.decoder import reader\n"
        "assert reader(list[int] | None, None)('[1]', lambda value: value) == [1]\n"
        "from socketstore import Action, Store, check_serializable, logger\n"
        "Store(lambda state, action: state, 0, middleware=[check_serializable, logger]).dispatch('an action')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
numbers = st.integers(-9, 9) | st.floats(-1e6, 1e6)
valid = st.one_of(
    st.fixed_dictionaries({"type": st.just("struct/lifted"), "floor": text, "load": numbers}, optional={"more": text}),
    st.fixed_dictionaries(
        {"type": st.just("struct/lowered"), "floor": text, "depth": numbers},
        optional={"stops": st.lists(st.integers(-99, 99), max_size=3)},
    ),
)
wrong = st.none() | st.just([]) | st.just({}) | st.just("no number") | st.just({"a": 1})


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """A message that neither takes: a field that is needed is missing, or of a type that nobody converts."""
    message = dict(draw(valid))
    name = draw(st.sampled_from(sorted(message.keys() - {"more", "stops"})))
    if draw(st.booleans()):
        del message[name]
    else:
        message[name] = draw(wrong if name != "floor" else st.none() | st.just([]) | st.just({}))
    return message


def outcome(read: Any, message: Any) -> Any:
    try:
        return read(json.dumps(message), lambda value: GotMessage(data=value))
    except DecodeError:
        return DecodeError


BY_MSGSPEC = reader(Lifted | Lowered, None)
BY_PYDANTIC = reader(ModelLifted | ModelLowered, None)


@given(valid)
def test_structs_and_models_of_the_same_fields_take_the_same_messages(message: Any) -> None:
    struct, model = outcome(BY_MSGSPEC, message), outcome(BY_PYDANTIC, message)
    assert msgspec.to_builtins(struct) == model.model_dump()


anything = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
    max_leaves=5,
)


@given(spoilt() | anything)
def test_structs_and_models_of_the_same_fields_reject_the_same_messages(message: Any) -> None:
    without_tag = isinstance(message, dict) and "type" not in message
    assert outcome(BY_MSGSPEC, message) is DecodeError
    assert without_tag or outcome(BY_PYDANTIC, message) is DecodeError

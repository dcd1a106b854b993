"""Actions: their tags, their JSON, and what they are as Python values."""

from __future__ import annotations

import gc
import importlib
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from socketstore import (
    Action,
    Connecting,
    DecodeError,
    EncodeError,
    GapDetected,
    GotError,
    GotMessage,
    JustConnected,
    JustDisconnected,
    MessageRejected,
    ReconnectScheduled,
    Resynced,
    SocketAction,
    UsageError,
)
from socketstore.actions import known

T = TypeVar("T")


class Inner(BaseModel, frozen=True, ser_json_inf_nan="strings"):
    name: str
    weights: tuple[float, ...] = ()


@dataclass(frozen=True)
class Pair:
    ratio: float
    blob: bytes


class EverythingHappened(Action):
    text: str
    blob: bytes
    number: int
    ratio: float
    price: Decimal
    when: datetime
    took: timedelta
    pair: tuple[int, str]
    names: frozenset[str]
    unordered: set[int]
    inner: Inner
    inners: tuple[Inner, ...]
    dataclass: Pair
    action: JustConnected
    by_name: dict[str, list[int]]
    maybe: int | None
    either: int | str


class PriceTicked(Action):
    price: float


class PriceTickedTwice(PriceTicked):
    again: float = 0.0


class HTTPFailed(Action):
    status: int


class _QuietlyDone(Action):
    pass


class L2Updated(Action):
    type: Literal["l2changed"] = "l2changed"
    product: str


class SideTaken(Action):
    type: Literal["buy", "sell"] = "buy"
    size: int


class RowFetched(Action, Generic[T]):
    row: T


class Enveloped(Action, Generic[T]):
    type: Literal["enveloped/row", "enveloped/rows"] = "enveloped/row"
    row: T


class CamelRead(Action):
    model_config = ConfigDict(alias_generator=to_camel)

    type: Literal["camel/read"] = "camel/read"
    best_bid: int


class TreeGrown(Action):
    trunk: ForwardBranch | None = None


class ForwardBranch(BaseModel, frozen=True):
    leaves: tuple[TreeGrown, ...] = ()


class BoxLeft(Action):
    mark: Literal["left"] = "left"


text = st.text(st.characters(exclude_categories=["Cs"]))
inners = st.builds(Inner, name=text, weights=st.lists(st.floats(allow_nan=False), max_size=3).map(tuple))
whens = st.datetimes(timezones=st.sampled_from([UTC])) | st.datetimes()
everything = st.builds(
    EverythingHappened,
    text=text,
    blob=st.binary(),
    number=st.integers(),
    ratio=st.floats(allow_nan=False),
    price=st.decimals(allow_nan=False, allow_infinity=False),
    when=whens,
    took=st.timedeltas(min_value=timedelta(days=-9999), max_value=timedelta(days=9999)),
    pair=st.tuples(st.integers(), text),
    names=st.frozensets(text, max_size=3),
    unordered=st.sets(st.integers(), max_size=3),
    inner=inners,
    inners=st.lists(inners, max_size=2).map(tuple),
    dataclass=st.builds(Pair, ratio=st.floats(allow_nan=False), blob=st.binary()),
    action=st.builds(JustConnected, at=st.floats(allow_nan=False)),
    by_name=st.dictionaries(text, st.lists(st.integers(), max_size=2), max_size=2),
    maybe=st.none() | st.integers(),
    either=st.integers() | text,
)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=10,
)
stamp: dict[str, Any] = {"connection": text, "at": st.floats(0, 1e10), "epoch": st.none() | st.integers(1)}
payloads = text | st.binary() | json_values
said = st.one_of(
    st.builds(Connecting, url=text, attempt=st.integers(1), **stamp),
    st.builds(JustConnected, url=text, subprotocol=st.none() | text, **stamp),
    st.builds(GotMessage, data=payloads, **stamp),
    st.builds(GotError, error=text, message=text, **stamp),
    st.builds(JustDisconnected, code=st.integers(1000, 4999), reason=text, clean=st.booleans(), **stamp),
    st.builds(ReconnectScheduled, attempt=st.integers(1), delay=st.floats(0, 1e6), **stamp),
    st.builds(MessageRejected, raw=text | st.binary(), reason=text, **stamp),
    st.builds(GapDetected, stream=text, expected=st.integers(), got=st.integers(), **stamp),
    st.builds(Resynced, stream=text, **stamp),
)


@pytest.mark.parametrize("actions", [everything, said], ids=["everything", "said"])
@given(data=st.data())
def test_json_out_and_in_again_gives_an_equal_value(actions: st.SearchStrategy[Action], data: st.DataObject):
    action = data.draw(actions)
    line = action.to_json()
    assert "\n" not in line
    assert Action.from_json(line) == action
    assert Action.from_json(line.encode()) == action
    assert type(action).from_json(line) == action


@given(payloads)
def test_a_message_comes_back_with_the_very_types_it_had(data: Any):
    again = GotMessage.from_json(GotMessage(data=data).to_json()).data
    assert again == data
    assert type(again) is type(data)
    assert repr(again) == repr(data)


@pytest.mark.parametrize(
    ("data", "written"),
    [
        ("text", '"text"'),
        (b"\xff\x00", '{"base64":"/wA="}'),
        ({"bid": [1, 2.5, None]}, '{"json":{"bid":[1,2.5,null]}}'),
        ({"base64": "not bytes"}, '{"json":{"base64":"not bytes"}}'),
    ],
)
def test_a_message_is_written_as_text_or_as_an_object_that_says_what_it_is(data: Any, written: str):
    line = f'{{"type":"gotMessage","connection":"feed","at":1.5,"epoch":1,"data":{written}}}'
    assert GotMessage(connection="feed", at=1.5, epoch=1, data=data).to_json() == line
    assert GotMessage.from_json(line).data == data


def test_bytes_stand_as_base64_and_infinity_as_text():
    class BlobKept(Action):
        blob: bytes
        size: float

    line = BlobKept(blob=b"\xff\x00", size=float("inf")).to_json()
    assert line == '{"type":"blobKept","blob":"_wA=","size":"Infinity"}'
    assert BlobKept.from_json(line) == BlobKept(blob=b"\xff\x00", size=float("inf"))


@pytest.mark.parametrize("data", ['{"base64":"?"}', '{"base64":7}', "7", "null", '{"other":1}'])
def test_a_message_that_is_none_of_these_is_refused(data: str):
    with pytest.raises(DecodeError, match=r"expected GotMessage: data="):
        GotMessage.from_json(f'{{"type":"gotMessage","data":{data}}}')


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), 1e308, 5e-324, -0.0])
def test_numbers_at_the_edges_come_back(number: float):
    assert repr(PriceTicked.from_json(PriceTicked(price=number).to_json()).price) == repr(number)


@pytest.mark.parametrize("data", [{1: "a"}, (1, 2), {"a": float("inf")}, [object()], {"a": {1, 2}}, float("nan")])
def test_a_message_that_would_not_come_back_equal_is_refused(data: Any):
    with pytest.raises(EncodeError, match="expected text, bytes or a JSON value, which come back equal"):
        GotMessage(data=data).to_json()


def test_text_that_is_not_unicode_is_refused():
    with pytest.raises(EncodeError, match="expected something that JSON can hold"):
        GotMessage(data="\ud800").to_json()


@pytest.mark.parametrize(
    ("action", "tag"),
    [
        (PriceTicked(price=1), "priceTicked"),
        (PriceTickedTwice(price=1), "priceTickedTwice"),
        (HTTPFailed(status=500), "httpFailed"),
        (_QuietlyDone(), "quietlyDone"),
        (L2Updated(product="ABC"), "l2changed"),
        (SideTaken(size=1), "buy"),
        (SideTaken(type="sell", size=1), "sell"),
        (RowFetched(row=1), "rowFetched"),
        (RowFetched[int](row=1), "rowFetched[int]"),
        (Enveloped[int](row=1), "enveloped/row"),
        (Enveloped[int](type="enveloped/rows", row=1), "enveloped/rows"),
        (CamelRead(best_bid=1), "camel/read"),
        (GotMessage(data=""), "gotMessage"),
        (JustDisconnected(), "justDisconnected"),
    ],
)
def test_the_tag_is_the_class_name_in_camel_case_unless_the_class_declares_one(action: Action, tag: str):
    assert action.type == tag
    assert action.to_json().startswith(f'{{"type":"{tag}"')
    again = Action.from_json(action.to_json())
    assert (again, type(again)) == (action, type(action))


def test_a_tag_cannot_be_another_one_than_the_classs():
    with pytest.raises(ValidationError, match="Input should be 'priceTicked'"):
        PriceTicked(type="other", price=1)


def test_a_class_reads_itself_and_its_subclasses():
    twice = PriceTickedTwice(price=1, again=2)
    assert PriceTicked.from_json(twice.to_json()) == twice
    with pytest.raises(DecodeError, match=r"got the unknown tag 'priceTicked'; expected .* one of: priceTickedTwice\."):
        PriceTickedTwice.from_json(PriceTicked(price=1).to_json())


def test_a_tag_that_two_classes_have_names_both():
    class Tallied(Action):
        type: Literal["tally"] = "tally"

    class TalliedAgain(Tallied):
        type: Literal["tally"] = "tally"

    with pytest.raises(DecodeError, match=r"'tally', which \S+Tallied and \S+TalliedAgain both have; give one of them"):
        Action.from_json('{"type":"tally"}')
    assert TalliedAgain.from_json('{"type":"tally"}') == TalliedAgain()
    assert TalliedAgain().type == "tally"
    del Tallied, TalliedAgain
    gc.collect()


def test_a_module_that_is_loaded_again_replaces_its_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "reloaded_feed.py").write_text(
        "from socketstore import Action\nclass FeedReloaded(Action):\n    version: int = 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("reloaded_feed")
    first = module.FeedReloaded()
    module = importlib.reload(module)
    assert type(Action.from_json(first.to_json())) is module.FeedReloaded
    del sys.modules["reloaded_feed"]


def test_a_class_may_mention_one_that_is_defined_later():
    grown = TreeGrown(trunk=ForwardBranch(leaves=(TreeGrown(),)))
    assert Action.from_json(grown.to_json()) == grown


def test_a_generic_action_validates_what_it_holds():
    assert RowFetched[Inner].from_json('{"type":"rowFetched[Inner]","row":{"name":"a"}}').row == Inner(name="a")
    with pytest.raises(DecodeError, match=r"row='.*': Input should be a valid integer"):
        RowFetched[int].from_json('{"type":"rowFetched[int]","row":"a"}')


def test_a_generic_action_that_declares_its_tag_reads_messages_with_it():
    assert Enveloped[int].from_json('{"type":"enveloped/rows","row":1}') == Enveloped[int](type="enveloped/rows", row=1)
    with pytest.raises(DecodeError, match="row='a': Input should be a valid integer"):
        Enveloped[int].from_json('{"type":"enveloped/row","row":"a"}')


def test_the_aliases_that_a_generator_gives_leave_the_tag_where_it_is():
    assert CamelRead(best_bid=1).to_json() == '{"type":"camel/read","bestBid":1}'


def test_actions_join_a_discriminated_union():
    adapter: TypeAdapter[Any] = TypeAdapter(
        Annotated[Union[PriceTicked, L2Updated, SideTaken], Field(discriminator="type")]  # noqa: UP007
    )
    for action in (PriceTicked(price=2.0), L2Updated(product="ABC"), SideTaken(type="sell", size=1)):
        assert adapter.validate_json(action.to_json()) == action
    assert adapter.validate_python({"type": "l2changed", "product": "ABC"}) == L2Updated(product="ABC")


def test_an_action_is_a_field_of_another_model():
    class Page(BaseModel):
        actions: list[PriceTicked | L2Updated]

    page = Page(actions=[PriceTicked(price=1), L2Updated(product="ABC")])
    assert Page.model_validate_json(page.model_dump_json()) == page


def test_actions_are_frozen_equal_by_value_and_hashable():
    action = PriceTicked(price=1.5)
    with pytest.raises(ValidationError, match="frozen"):
        action.price = 2.0  # type: ignore[misc]
    assert action == PriceTicked(price=1.5) != PriceTicked(price=2.0)
    assert {action, PriceTicked(price=1.5)} == {action}
    assert action != PriceTickedTwice(price=1.5)


def test_actions_match_by_class_and_field():
    match GotMessage(data="hello", epoch=1):
        case GotMessage(data=str(text), epoch=1):
            assert text == "hello"
        case _:
            pytest.fail("it did not match")


def test_every_socket_action_says_which_connection_spoke_when_and_in_which_epoch():
    for kind in SocketAction.__subclasses__():
        assert {"connection", "at", "epoch"} <= kind.model_fields.keys()
    silent = JustConnected()
    assert (silent.connection, silent.at, silent.epoch) == ("default", 0.0, None)


def test_unknown_fields_of_a_newer_program_are_ignored():
    assert PriceTicked.from_json('{"type":"priceTicked","price":1,"currency":"EUR"}') == PriceTicked(price=1)


def test_a_tag_declared_without_a_literal_is_a_tag_all_the_same():
    class Renamed(Action):
        type: str = "otherwise"

    assert Action.from_json('{"type":"otherwise"}') == Renamed()
    with pytest.raises(ValidationError):
        Renamed(type="else")


def test_a_type_that_is_no_tag_is_refused_where_the_class_is_defined_and_is_not_known_afterwards():
    with pytest.raises(UsageError, match=r"Ordered declares a type that is no tag; expected .*alias=") as refusal:

        class Ordered(Action):
            type: str

    assert refusal.value
    assert not any(kind.__name__ == "Ordered" for kind in known(Action))

"""Entities in pydantic's world: an array of rows, in order, that comes back equal."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Literal, TypeVar

import pytest
from pydantic import BaseModel, ConfigDict, PydanticUserError, TypeAdapter, ValidationError

from socketstore import Action, DecodeError, Entities, open_log, record, replay
from socketstore.codec import encode
from socketstore.store.store import Store
from tests.store.rows import ByTime, Fill, Filled, LatestFirst, Level, Quote, Trade, Trades, contents

V = TypeVar("V")


class CollectionsCame(Action):
    trades: LatestFirst
    quotes: Entities[str, Quote] = Entities()
    fills: Entities[str, Fill] = Entities()
    levels: Entities[str, Level] = Entities()
    filled: Entities[str, Filled] = Entities()


SNAPSHOT = CollectionsCame(
    trades=LatestFirst([Trade("a", 1), Trade("b", 2), Trade("c", 2, math.inf)]),
    quotes=Entities([Quote(id="a", bid=1), Quote(id="b", levels=(1, 2))]),
    fills=Entities[str, Fill]([{"id": "a", "size": 1}]),
    levels=Entities([Level("a", 3)]),
    filled=Entities([Filled(id="a", size=3)]),
)


def test_a_collection_is_written_as_an_array_in_order():
    trades = LatestFirst([Trade("a", 1), Trade("b", 2)])
    assert TypeAdapter(LatestFirst).dump_json(trades) == (
        b'[{"id":"b","at":2.0,"price":0.0},{"id":"a","at":1.0,"price":0.0}]'
    )
    assert TypeAdapter(LatestFirst).dump_python(trades)[0] == {"id": "b", "at": 2.0, "price": 0.0}


def test_an_action_with_collections_comes_back_equal():
    again = Action.from_json(SNAPSHOT.to_json())
    assert again == SNAPSHOT
    assert isinstance(again, CollectionsCame)
    assert type(again.trades) is LatestFirst
    assert type(again.quotes["b"]) is Quote
    assert contents(again.trades) == contents(SNAPSHOT.trades)


def test_an_action_with_collections_can_be_recorded_and_replayed(tmp_path):
    with open_log(tmp_path / "snapshots.jsonl", "x") as log:
        Store(lambda state, action: action, None, middleware=[record(log)]).dispatch(SNAPSHOT)
    with open_log(tmp_path / "snapshots.jsonl") as log:
        assert replay(log, lambda state, action: action, None) == SNAPSHOT


@pytest.mark.parametrize("kind", [Trades, ByTime, LatestFirst, Entities[str, Trade]], ids=str)
@pytest.mark.parametrize("mode", ["json", "python"])
def test_rows_are_validated_in_order(kind, mode):
    text = '[{"id": "a", "at": 2}, {"id": "b", "at": 1}, {"id": "c", "at": 2}]'
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    read = adapter.validate_json(text) if mode == "json" else adapter.validate_python(json.loads(text))
    assert read == kind([Trade("a", 2.0), Trade("b", 1.0), Trade("c", 2.0)])
    assert all(type(row) is Trade for row in read.values())


def test_an_instance_is_taken_as_it_is():
    trades = Trades([Trade("a")])
    assert TypeAdapter(Trades).validate_python(trades) is trades
    assert TypeAdapter(Entities[str, Trade]).validate_python(trades) is trades

    class App(BaseModel):
        model_config = ConfigDict(frozen=True)
        trades: Trades = Trades()

    assert App(trades=trades).trades is trades
    assert App.model_validate_json(App(trades=trades).model_dump_json()) == App(trades=trades)
    assert App.model_validate(App(trades=trades).model_dump()) == App(trades=trades)
    assert App().model_copy(update={"trades": trades}).trades is trades


def test_an_instance_of_another_collection_is_refused():
    with pytest.raises(ValidationError, match="should be a valid list"):
        TypeAdapter(Trades).validate_python(ByTime([Trade("a")]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3", "valid array"),
        ('[{"id": 1}]', r"0\.id\n.*valid string"),
        ('[{"id": "a"}, {"at": 1}]', r"1\.id\n.*Field required"),
        ('[{"id": "a"}, {"id": "b"}, {"id": "a"}]', "got the id 'a' 2 times; expected each id once"),
        ('[{"id": "a", "at": NaN}]', r"got Trade\(id='a', at=nan.*its sort key is nan"),
    ],
)
def test_what_does_not_fit_is_one_of_pydantics_findings(text, words):
    with pytest.raises(ValidationError, match=words):
        TypeAdapter(ByTime).validate_json(text)


class Side(Enum):
    BUY = "buy"
    SELL = "sell"


@pytest.mark.parametrize(
    ("key", "row", "good", "bad"),
    [
        (int, dict[str, Any], [{"id": 1}], [{"id": "1"}]),
        (str, dict[str, Any], [{"id": "1"}], [{"id": 1}]),
        (Literal["a", "b"], dict[str, Any], [{"id": "a"}], [{"id": "c"}]),
        (Side, dict[str, Side], [{"id": "buy"}], [{"id": "sold"}]),
        (Any, dict[str, Any], [{"id": 1}, {"id": "a"}], [{"id": None}]),
    ],
    ids=str,
)
def test_ids_have_to_be_of_the_type_of_the_key(key, row, good, bad):
    adapter: TypeAdapter[Any] = TypeAdapter(Entities[key, row])  # type: ignore[valid-type]
    assert len(adapter.validate_python(good)) == len(good)
    with pytest.raises(ValidationError, match=r"got the id|an entity without a key|should be 'buy' or 'sell'"):
        adapter.validate_python(bad)


def test_a_row_without_a_key_that_is_valid_otherwise_is_a_finding():
    class Bare(BaseModel):
        name: str = ""

    with pytest.raises(ValidationError, match="an entity without a key"):
        TypeAdapter(Entities[str, Bare]).validate_json('[{"name": "x"}]')


def test_an_action_whose_ids_repeat_is_not_decoded():
    with pytest.raises(DecodeError, match="got the id 'a' 2 times"):
        Action.from_json('{"type": "collectionsCame", "trades": [{"id": "a"}, {"id": "a"}]}')


def test_the_types_are_found_through_subclasses_with_parameters_of_their_own():
    class ById(Entities[str, V], Generic[V]): ...

    class Swapped(Entities[V, Trade], Generic[V]): ...

    class Mine(Trades): ...

    assert TypeAdapter(ById[Level]).validate_json('[["a", 3]]')["a"] == Level("a", 3)
    assert TypeAdapter(Swapped[str]).validate_json('[{"id": "a"}]')["a"] == Trade("a")
    with pytest.raises(ValidationError, match="got the id 'a'"):
        TypeAdapter(Swapped[int]).validate_json('[{"id": "a"}]')
    assert type(TypeAdapter(Mine).validate_json('[{"id": "a"}]')["a"]) is Trade
    assert TypeAdapter(Entities).validate_json('[{"id": 3}]')[3] == {"id": 3}


@dataclass(frozen=True)
class Box(Generic[V]):
    id: str
    inside: V


class Model(BaseModel, Generic[V]):
    id: str
    inside: V


@pytest.mark.parametrize("row", [Box, Model])
def test_the_types_are_found_inside_of_other_types(row):
    class Boxes(Entities[str, row[V]], Generic[V]): ...  # type: ignore[valid-type]

    class MaybeBoxes(Entities[str, row[V | None]], Generic[V]): ...  # type: ignore[valid-type]

    class IntBoxes(Boxes[int]): ...  # type: ignore[type-arg]

    class AnyBoxes(Entities[V, row], Generic[V]): ...  # type: ignore[valid-type]

    for kind in (Boxes[int], MaybeBoxes[int], IntBoxes):
        assert TypeAdapter(kind).validate_json('[{"id": "a", "inside": 3}]')["a"].inside == 3
        with pytest.raises(ValidationError, match="valid integer"):
            TypeAdapter(kind).validate_json('[{"id": "a", "inside": "text"}]')
    for free in (Boxes, AnyBoxes[str]):
        assert TypeAdapter(free).validate_json('[{"id": "a", "inside": "text"}]')["a"].inside == "text"


class Replies(Entities[str, "Comment"]): ...


class Comment(BaseModel):
    model_config = ConfigDict(frozen=True)
    id: str
    replies: Replies = Replies()


def test_rows_may_hold_collections_of_their_own_kind():
    comment = Comment(id="a", replies=Replies([Comment(id="b"), Comment(id="c")]))
    assert Comment.model_validate_json(comment.model_dump_json()) == comment


def test_a_row_class_that_nobody_defines_leaves_the_collection_undefined():
    class Lost(Entities[str, "Nowhere"]): ...  # type: ignore[name-defined]

    with pytest.raises(PydanticUserError, match="not fully defined"):
        TypeAdapter(Lost).validate_json("[]")


def test_the_json_schema_is_an_array_of_the_rows():
    for mode in ("validation", "serialization"):
        schema = TypeAdapter(Trades).json_schema(mode=mode)
        assert schema["type"] == "array"
        assert schema["items"] == {"$ref": "#/$defs/Trade"}


def test_a_state_that_holds_a_collection_can_be_written_though_nobody_declared_it():
    @dataclass(frozen=True)
    class App:
        trades: Any

    assert encode(App(Trades([Trade("a")]))) == '{"trades":[{"id":"a","at":0.0,"price":0.0}]}'
    assert encode({"any": Entities([Quote(id="a")])}) == '{"any":[{"id":"a","bid":0.0,"ask":0.0,"levels":[]}]}'

"""Entities: each way to change a collection, what it does to the order, and what it refuses."""

from __future__ import annotations

import copy
import math
import pickle
from collections import defaultdict
from dataclasses import FrozenInstanceError, dataclass, field, replace
from functools import cached_property, cmp_to_key
from types import MappingProxyType
from typing import Any

import attrs
import msgspec
import pytest
from immutables import Map
from pydantic import BaseModel, ConfigDict

from socketstore import Entities, Slice, Store, UsageError
from tests.store.rows import ByTime, Fill, Filled, LatestFirst, Level, Quote, Trade, Trades, contents
from tests.store.trees import check

A, B, C = Trade("a", at=3), Trade("b", at=1), Trade("c", at=2)
ABC = Trades([A, B, C])


# Adding, setting, and what they keep


def test_rows_stand_in_the_order_in_which_they_came_and_are_found_by_their_ids():
    assert contents(ABC) == [("a", A), ("b", B), ("c", C)]
    assert ABC["b"] is B
    assert ABC.get("b") is B
    assert ABC.get("x") is None
    assert ABC.get("x", A) is A
    assert "b" in ABC
    assert "x" not in ABC
    with pytest.raises(KeyError, match="x"):
        ABC["x"]


def test_add_ignores_an_id_that_is_there():
    assert ABC.add(Trade("a", at=9)) is ABC
    assert ABC.add_many([Trade("a"), Trade("b")]) is ABC
    assert Trades().add(A).add_many([B, Trade("a"), C, Trade("b")]) == ABC


def test_set_replaces_a_whole_row_which_keeps_its_place():
    new = Trade("a", price=7)
    assert contents(ABC.set(new)) == [("a", new), ("b", B), ("c", C)]
    assert contents(ABC.set_many([new, Trade("d")])) == [("a", new), ("b", B), ("c", C), ("d", Trade("d"))]
    assert contents(ABC.set_all([C, new])) == [("c", C), ("a", new)]


def test_of_several_rows_with_one_id_the_last_counts():
    last = Trade("a", price=2)
    for collection in (Trades([A, B, last]), Trades().set_many([A, B, last]), ABC.set_all([A, B, last])):
        assert contents(collection) == [("a", last), ("b", B)]


def test_a_mapping_of_rows_stands_for_its_values():
    assert Trades({"a": A, "b": B, "c": C}) == ABC
    assert Trades().upsert_many(ABC) == ABC
    assert contents(ByTime(ABC)) == [("b", B), ("c", C), ("a", A)]


# Upsert


def test_an_upsert_of_a_dataclass_or_a_named_tuple_replaces_the_row():
    new = Trade("a", price=7)
    assert ABC.upsert(new)["a"] is new
    assert Entities([Level("a", 1)]).upsert(Level("a"))["a"] == Level("a", 0)


def test_an_upsert_of_a_mapping_updates_its_items():
    fills = Entities[str, Fill]([{"id": "a", "size": 1, "price": 2.0}])
    assert fills.upsert({"id": "a", "size": 5})["a"] == {"id": "a", "size": 5, "price": 2.0}
    assert fills.upsert({"id": "a", "size": 1}) is fills
    maps = Entities[str, Map[str, Any]]([Map(id="a", size=1, price=2.0)])
    assert maps.upsert(Map(id="a", size=5))["a"] == Map(id="a", size=5, price=2.0)
    frozen = Entities([MappingProxyType({"id": "a", "size": 1})])
    assert frozen.upsert(MappingProxyType({"id": "a"}))["a"] == {"id": "a"}


def test_an_upsert_of_a_pydantic_model_updates_the_fields_that_were_given():
    quotes = Entities[str, Quote]([Quote(id="a", bid=1, ask=2)])
    after = quotes.upsert(Quote(id="a", ask=3))
    assert after["a"] == Quote(id="a", bid=1, ask=3)
    assert after["a"].model_fields_set == {"id", "bid", "ask"}
    assert quotes["a"] == Quote(id="a", bid=1, ask=2)
    assert quotes.upsert(Quote(id="a", ask=2)) is quotes


def test_an_upsert_of_a_model_of_which_every_field_was_given_is_that_model():
    quotes = Entities([Quote(id="a", bid=1, ask=2)])
    whole = Quote(id="a", bid=1, ask=3, levels=())
    assert quotes.upsert(whole)["a"] is whole


def test_an_upsert_keeps_the_extra_fields_of_a_model_that_are_not_given():
    class Open(BaseModel):
        model_config = ConfigDict(frozen=True, extra="allow")
        id: str
        bid: float = 0.0

    rows = Entities[str, Open]([Open(id="a", bid=1, note="x")])  # type: ignore[call-arg]
    assert rows.upsert(Open(id="a", bid=2))["a"].model_dump() == {"id": "a", "bid": 2.0, "note": "x"}
    both = rows.upsert(Open(id="a", other=3))["a"]  # type: ignore[call-arg]
    assert both.model_dump() == {"id": "a", "bid": 1.0, "note": "x", "other": 3}
    whole = Open(id="a", bid=2, note="y")  # type: ignore[call-arg]
    assert rows.upsert(whole)["a"] is whole


def test_an_upsert_of_a_row_of_another_class_replaces_the_row():
    mixed = Entities[str, Any]([Quote(id="a", bid=1)])
    assert mixed.upsert({"id": "a"})["a"] == {"id": "a"}


def test_an_action_can_be_a_row():
    filled = Entities[str, Filled]([Filled(id="a", size=1)])
    assert filled.upsert(Filled(id="a", size=2))["a"] == Filled(id="a", size=2)
    assert filled.upsert(Filled(id="a")) is filled


def test_an_upsert_of_many_is_one_after_another():
    quotes = Entities[str, Quote]().upsert_many([Quote(id="a", bid=1), Quote(id="b"), Quote(id="a", ask=2)])
    assert contents(quotes) == [("a", Quote(id="a", bid=1, ask=2)), ("b", Quote(id="b"))]


# Update


@pytest.mark.parametrize(
    "row",
    [Trade("a", price=1), Quote(id="a", bid=1), Level("a", 1), {"id": "a", "size": 1}, Map(id="a", size=1)],
    ids=lambda row: type(row).__name__,
)
def test_update_replaces_fields_of_a_row_of_any_class(row):
    name = next(name for name in ("price", "bid", "size") if name in str(row))
    entities = Entities[str, Any]([row])
    after = entities.update("a", **{name: 7})
    assert type(after["a"]) is type(row)
    assert after["a"] != row
    assert (after["a"][name] if isinstance(row, (dict, Map)) else getattr(after["a"], name)) == 7
    assert entities["a"] is row


def test_update_with_the_value_that_is_there_keeps_the_row():
    trades = Trades([Trade("a", at=float("12.5"))])
    assert trades.update("a", at=float("12.5")) is trades
    assert trades.update("a", at=12.5, price=0.0) is trades
    assert trades.update_many({"a": {"at": 12.5}}) is trades
    assert trades.update("a", price=0) is not trades  # an int is not a float


def test_a_dictionary_of_a_class_of_its_own_stays_one():
    class Own(dict[str, Any]): ...

    old = defaultdict(list, {"id": "b"})
    rows = Entities[str, Any]([Own(id="a", x=1), old])
    after = rows.update_many({"a": {"x": 2}, "b": {"x": 3}}).upsert(Own(id="a", y=3))
    assert type(after["a"]) is Own
    assert after["a"] == {"id": "a", "x": 2, "y": 3}
    assert after["b"].default_factory is list
    assert old == {"id": "b"}
    assert rows["a"] == {"id": "a", "x": 1}


def test_update_tells_what_is_equal_but_not_the_same():
    trades = Trades([Trade("a", at=0.0, price=math.nan)])
    assert math.copysign(1, trades.update("a", at=-0.0)["a"].at) == -1
    assert trades.update("a", at=False)["a"].at is False
    assert trades.update("a", price=float("nan")) is trades


def test_update_compares_what_is_no_scalar_by_identity():
    levels = (1.0, 2.0)
    quotes = Entities([Quote(id="a", levels=levels)])
    assert quotes.update("a", levels=quotes["a"].levels) is quotes
    assert quotes.update("a", levels=(1.0, float("2"))) is not quotes


def test_update_many_and_update_with():
    after = ABC.update_many({"a": {"price": 1.0}, "c": {"at": 9.0, "price": 2.0}, "x": {"price": 3.0}})
    assert list(after.values()) == [replace(A, price=1.0), B, replace(C, at=9.0, price=2.0)]
    assert ABC.update_with("b", lambda trade: replace(trade, price=trade.price + 1))["b"].price == 1
    assert ABC.update_with("b", lambda trade: trade) is ABC


def test_an_update_may_change_the_id_and_the_row_keeps_its_place():
    moved = replace(B, id="z")
    assert contents(ABC.update("b", id="z")) == [("a", A), ("z", moved), ("c", C)]
    assert contents(ByTime(ABC).update("c", id="z")) == [("b", B), ("z", replace(C, id="z")), ("a", A)]
    assert contents(ABC.update_with("b", lambda trade: moved)) == [("a", A), ("z", moved), ("c", C)]


def test_a_row_whose_id_changes_replaces_the_one_that_had_it():
    assert contents(ABC.update("c", id="a")) == [("b", B), ("a", replace(C, id="a"))]


def test_ids_can_be_exchanged_through_a_third_one():
    swapped = ABC.update("a", id="x").update("b", id="a").update("x", id="b")
    assert contents(swapped) == [("b", replace(A, id="b")), ("a", replace(B, id="a")), ("c", C)]


def test_many_updates_are_of_the_rows_that_were_there_before():
    swapped = ABC.update_many({"a": {"id": "b"}, "b": {"id": "a", "price": 1.0}})
    assert contents(swapped) == [("b", replace(A, id="b")), ("a", replace(B, id="a", price=1.0)), ("c", C)]
    assert ABC.update_many({"a": {"id": "x"}, "x": {"price": 5.0}}) == ABC.update("a", id="x")
    assert ABC.update_many({"c": {"id": "a"}, "a": {"id": "c"}}).ids() == ("c", "b", "a")


@pytest.mark.parametrize("kind", [Trades, ByTime, LatestFirst])
def test_ids_need_not_have_an_order(kind):
    trades = kind(Trade(f"t{number}", at=number % 3) for number in range(200))
    order = trades.ids()
    for number in range(200):
        trades = trades.update(f"t{number}", id=number)
    assert [f"t{key}" for key in trades.ids()] == list(order)
    for number in range(0, 200, 2):
        trades = trades.remove(number)
    assert [f"t{key}" for key in trades] == [key for key in order if int(key[1:]) % 2]
    check(trades._content.order)


def test_a_model_forgets_what_it_has_computed_of_its_old_fields():
    class Box(BaseModel):
        model_config = ConfigDict(frozen=True)
        id: str
        width: int

        @cached_property
        def area(self) -> int:
            return self.width**2

    boxes = Entities[str, Box]([Box(id="a", width=2)])
    assert boxes["a"].area == 4
    assert boxes.update("a", width=3)["a"].area == 9
    assert boxes.upsert(Box(id="a", width=4))["a"].area == 16


def test_a_row_of_a_class_of_ones_own_says_how_it_is_replaced():
    class Own:
        def __init__(self, id: str, size: int) -> None:
            self.id, self.size = id, size

        def __replace__(self, **changes: Any) -> Own:
            return Own(**{"id": self.id, "size": self.size, **changes})

    assert Entities([Own("a", 1)]).update("a", size=2)["a"].size == 2


class Tick(msgspec.Struct, frozen=True):
    id: str
    price: float = 0.0


@attrs.frozen
class Order:
    id: str
    _price: float = 0.0
    total: float = attrs.field(init=False, default=1.0)


def test_structs_of_msgspec_and_classes_of_attrs_are_updated_as_any_other_row():
    ticks = Entities[str, Tick]([Tick("a", 1.0)])
    assert ticks.update("a", price=2.0)["a"] == Tick("a", 2.0)
    assert ticks.update("a", price=1.0) is ticks
    with pytest.raises(UsageError, match=r"got a change of 'prize'.*expected any of: id, price"):
        ticks.update("a", prize=2.0)
    orders = Entities[str, Order]([Order("a", 1.0)])
    assert orders.update("a", _price=2.0)["a"] == Order("a", 2.0)
    with pytest.raises(UsageError, match=r"got a change of 'total'.*expected any of: id, _price"):
        orders.update("a", total=2.0)


# Removing


def test_remove_ignores_what_is_not_there():
    assert contents(ABC.remove("b")) == [("a", A), ("c", C)]
    assert contents(ABC.remove_many(["a", "x", "c", "a"])) == [("b", B)]
    assert ABC.remove_all() == Trades()
    assert len(ABC) == 3


def test_a_row_that_comes_back_comes_last():
    assert ABC.remove("a").set(A).ids() == ("b", "c", "a")


# What changes nothing


NOTHING = {
    "add": lambda trades: trades.add(Trade("a")),
    "add_many": lambda trades: trades.add_many([B, C]),
    "set": lambda trades: trades.set(A),
    "set_many": lambda trades: trades.set_many([replace(B, price=4), C, B]),
    "set_all": lambda trades: trades.set_all(list(trades.values())),
    "set_all of itself": lambda trades: trades.set_all(trades),
    "upsert": lambda trades: trades.upsert(B),
    "upsert_many": lambda trades: trades.upsert_many([A, B, C]),
    "upsert_many of none": lambda trades: trades.upsert_many([]),
    "update": lambda trades: trades.update("a", price=0.0),
    "update of nothing": lambda trades: trades.update("a"),
    "update of none": lambda trades: trades.update("x", price=4.0),
    "update_many": lambda trades: trades.update_many({"a": {}, "x": {"price": 1.0}}),
    "update_with": lambda trades: trades.update_with("x", lambda trade: replace(trade, price=1)),
    "remove": lambda trades: trades.remove("x"),
    "remove_many": lambda trades: trades.remove_many(["x", "y"]),
    "remove_many of none": lambda trades: trades.remove_many([]),
}


@pytest.mark.parametrize("kind", [Trades, ByTime, LatestFirst])
@pytest.mark.parametrize("name", NOTHING)
def test_a_change_that_changes_nothing_returns_the_same_object(kind, name):
    trades = kind(ABC)
    assert NOTHING[name](trades) is trades


def test_nothing_removed_from_nothing_is_the_same_nothing():
    empty = Trades()
    assert empty.remove_all() is empty
    assert empty.set_all([]) is empty


def test_set_all_in_another_order_is_a_change():
    assert ABC.set_all([B, A, C]).ids() == ("b", "a", "c")
    assert ByTime(ABC).set_all([C, B, A]).ids() == ("b", "c", "a")


def test_a_row_that_is_equal_but_another_object_is_a_change():
    assert ABC.set(Trade("a", at=3)) is not ABC
    assert ABC.set(Trade("a", at=3)) == ABC


# Order


def test_sorted_rows_move_when_their_sort_key_changes():
    trades = ByTime(ABC)
    assert trades.ids() == ("b", "c", "a")
    assert trades.update("b", at=9).ids() == ("c", "a", "b")
    assert trades.upsert(Trade("d", at=2.5)).ids() == ("b", "c", "d", "a")
    assert LatestFirst(ABC).ids() == ("a", "c", "b")
    assert LatestFirst(ABC).upsert(Trade("d", at=2.5)).ids() == ("a", "d", "c", "b")


@pytest.mark.parametrize("kind", [ByTime, LatestFirst])
def test_of_rows_with_equal_sort_keys_the_one_that_got_it_first_comes_first(kind):
    trades = kind([Trade("a", 1), Trade("b", 1), Trade("c", 2)])
    assert [key for key in trades if key != "c"] == ["a", "b"]
    assert [key for key in trades.update("a", at=2) if key != "b"] == ["c", "a"]
    assert [key for key in trades.update("a", at=5).update("a", at=1) if key != "c"] == ["b", "a"]
    assert trades.update("a", price=8).ids() == trades.ids()


def test_what_does_not_change_the_order_does_not_touch_what_keeps_it():
    for kind in (Trades, ByTime):
        trades = kind(Trade(str(number), at=number) for number in range(1000))
        order = trades._content.order
        assert trades.update("500", price=3)._content.order is order
        assert trades.upsert(Trade("500", at=500, price=4))._content.order is order
        assert trades.set_many([Trade(str(number), at=number) for number in range(900)])._content.order is order


def test_first_and_last_are_in_order_and_no_more_than_there_are():
    assert ABC.first(2) == (A, B)
    assert ABC.last(2) == (B, C)
    assert ABC.first(0) == ABC.last(0) == ()
    assert ABC.first(9) == ABC.last(9) == (A, B, C)
    assert LatestFirst(ABC).first(2) == (A, C)
    assert LatestFirst(ABC).last(2) == (C, B)
    assert list(reversed(LatestFirst(ABC).values())) == [B, C, A]


def test_key_and_order_may_be_functions():
    class Book(Entities[tuple[str, str], Trade], key=lambda trade: (trade.id, "x"), order=lambda trade: -trade.at): ...

    book = Book(ABC)
    assert book.ids() == (("a", "x"), ("c", "x"), ("b", "x"))
    assert book.update(("b", "x"), at=8).first(1)[0].id == "b"


def test_subclasses_inherit_the_keywords_that_they_do_not_give():
    class Numbered(Entities[int, Level], key="size"): ...

    class Sorted(Numbered, order="id"): ...

    class Reversed(Sorted, descending=True): ...

    rows = [Level("a", 2), Level("b", 1)]
    assert Numbered(rows).ids() == (2, 1)
    assert Sorted(rows).ids() == (2, 1)
    assert Reversed(rows).ids() == (1, 2)


def test_a_subclass_may_undo_the_order():
    class AsTheyCame(LatestFirst, order=None): ...

    class ByPrice(AsTheyCame, order="price"): ...

    assert AsTheyCame(ABC).ids() == ABC.ids()
    assert ByPrice([replace(A, price=2), B]).ids() == ("b", "a")


@pytest.mark.parametrize("kind", [Trades, ByTime, LatestFirst])
def test_what_is_seen_of_a_collection_can_be_read_from_both_ends(kind):
    trades = kind(ABC)
    for view in (trades.keys(), trades.values(), trades.items()):
        assert list(reversed(view)) == list(view)[::-1]
        assert len(view) == 3
        assert next(iter(view)) in view
    assert list(trades.items()) == [(key, trades[key]) for key in trades]


def test_the_rows_of_equal_collections_are_equal():
    assert ABC.values() == ABC.values()
    assert ABC.values() == Trades([A, B, C]).values()
    assert hash(ABC.values()) == hash(Trades([A, B, C]).values())
    assert ABC.values() != ABC.remove("a").values()
    assert ABC.values() != [A, B, C]


def test_who_watches_the_rows_is_not_told_of_anything_else():
    told: list[Any] = []
    rows: Slice[tuple[Trades, int]] = Slice((ABC, 0))

    @rows.on(Filled)
    def filled(state: tuple[Trades, int], action: Filled) -> tuple[Trades, int]:
        return state[0], action.size

    @rows.on(Trade)
    def traded(state: tuple[Trades, int], action: Trade) -> tuple[Trades, int]:
        return state[0].set(action), state[1]

    store = Store(rows, rows.initial)
    store.subscribe(told.append, select=lambda state: state[0].values())
    store.dispatch(Filled(id="x", size=3))
    assert told == []
    store.dispatch(replace(A, price=7))
    assert [list(rows) for rows in told] == [[replace(A, price=7), B, C]]


# What is refused


class Iterable(BaseModel):
    id: str = "a"


@pytest.mark.parametrize("row", [{"id": "a", "x": 1}, {"id": "a"}, Level("a", 3), Iterable()], ids=str)
@pytest.mark.parametrize("method", ["add_many", "set_many", "set_all", "upsert_many"])
def test_a_single_row_in_the_place_of_many_is_named(row, method):
    with pytest.raises(UsageError, match=rf"{method}\(\) got .*, which is a row itself.*Put it into a list"):
        getattr(Entities[str, Any](), method)(row)
    with pytest.raises(UsageError, match=r"Entities got .*, which is a row itself"):
        Entities[str, Any](row)


class Unsortable:
    id = "u"
    at = math.nan

    def __repr__(self) -> str:
        return "<the unsortable>"


BAD_KEYS = [
    (3, r"got 3 \(int\), an entity without a key: .*expected key='id'.*class keyword|key=\"...\""),
    (None, "got None"),
    ({"name": "x"}, r"got \{'name': 'x'\} \(dict\), an entity without a key: it has no item 'id'"),
    (Trade(None), r"got Trade\(id=None.*its key is None"),  # type: ignore[arg-type]
    (Trade(["a"]), r"got Trade\(id=\['a'\].*unhashable"),  # type: ignore[arg-type]
    (Trade(math.nan), "its key is nan"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("row", "words"), BAD_KEYS, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize(
    "method", ["add", "set", "upsert", "add_many", "set_many", "set_all", "upsert_many", "update_with"]
)
def test_an_entity_without_a_key_is_named_and_nothing_changes(row, words, method):
    before = contents(ABC)
    arguments = {"update_with": ("a", lambda _: row)}.get(
        method, ([row],) if method.endswith(("many", "all")) else (row,)
    )
    with pytest.raises(UsageError, match=words):
        getattr(ABC, method)(*arguments)
    assert contents(ABC) == before


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
@pytest.mark.parametrize("at", [None, "noon", math.nan, (1, math.nan), 1j], ids=repr)
@pytest.mark.parametrize("size", [3, 3000])
def test_a_sort_key_that_cannot_be_compared_is_named_and_nothing_changes(at, many, size):
    trades = ByTime(Trade(str(number), at=number) for number in range(size))
    bad = Trade("bad", at=at)
    with pytest.raises(UsageError, match=r"got Trade\(id='bad'.*cannot be sorted.*order='at'"):
        trades.set_many([*(Trade(f"n{number}", number) for number in range(100)), bad]) if many else trades.set(bad)
    with pytest.raises(UsageError, match=r"got Trade\(id='1'"):
        trades.update("1", at=at)
    assert len(contents(trades)) == size


def test_a_missing_sort_key_is_named():
    with pytest.raises(UsageError, match=r"got Level\(id='a', size=0\).*it has no sort key.*at"):
        ByTime([Level("a")])  # type: ignore[list-item]


class OnlyLess:
    def __init__(self, number: int) -> None:
        self.number = number

    def __lt__(self, other: OnlyLess) -> bool:
        return self.number < other.number


def by_set(number: int) -> frozenset[int]:
    return frozenset((number % 5, number % 7))


@pytest.mark.parametrize(
    "sort_key", [OnlyLess, by_set, lambda number: [float("nan"), number]], ids=["less", "set", "nan"]
)
@pytest.mark.parametrize("first", [2, 40, 300])
def test_sort_keys_that_have_no_order_are_refused_and_never_lose_a_row(sort_key, first):
    trades = ByTime()
    refused = 0
    with pytest.raises(UsageError, match=r"cannot be compared.*neither less than, nor greater than, nor equal"):
        ByTime(Trade(str(number), at=sort_key(number % 30)) for number in range(first, first + 400))
    for number in range(first):
        try:
            trades = trades.set(Trade(str(number), at=sort_key(number % 30)))
        except UsageError:
            refused += 1
    assert len(contents(trades)) == first - refused
    for key in trades.ids():
        trades = trades.remove(key)
    assert contents(trades) == []


def test_a_sort_key_that_was_changed_in_place_is_refused_and_no_other_row_is_lost():
    trades = ByTime(Trade(str(number), at=[number]) for number in range(100))  # type: ignore[arg-type]
    trades["50"].at.append(trades["3"].at.pop())  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match=r"got Trade\(id='3'.*not where it was put"):
        trades.remove("3")
    assert len(contents(trades.remove("4"))) == 99


def test_a_comparing_function_sorts():
    class Sorted(Entities[str, Trade], order=cmp_to_key(lambda one, other: other.at - one.at)): ...

    trades = Sorted(Trade(str(number), at=number % 7) for number in range(200)).update("3", price=4)
    assert [trade.at for trade in trades.values()] == sorted((number % 7 for number in range(200)), reverse=True)
    assert len(contents(trades.remove_many(map(str, range(20))))) == 180


def test_a_first_row_whose_sort_key_is_nothing_is_refused_as_well():
    with pytest.raises(UsageError, match="its sort key is None"):
        ByTime().set(Trade("a", at=None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda: ABC.update("a", prize=3), r"change of 'prize' for Trade\(id='a'.*expected any of: id, at, price"),
        (lambda: Entities([Quote(id="a")]).update("a", bit=3), "change of 'bit'"),
        (lambda: Entities([Level("a")]).update("a", bit=3), "change of 'bit'"),
        (lambda: Entities([Unsortable()]).update("u", at=3), "cannot be replaced by name.*update_with"),
        (lambda: ABC.update_with("a", 3), "the function is 3"),
        (lambda: ABC.update_many([("a", {})]), "update_many.*expected a mapping"),
        (lambda: ABC.update_many({"a": 3}), "update_many.*expected a mapping"),
        (lambda: ABC.remove_many("abc"), r"remove_many\(\) got 'abc'.*remove\(\) takes one"),
        (lambda: ABC.remove_many(3), r"remove_many\(\) got 3"),
        (lambda: ABC.set_many(A), r"set_many\(\) got Trade\(.*expected an iterable of rows"),
        (lambda: ABC.add_many("abc"), r"add_many\(\) got 'abc'"),
        (lambda: Trades(3), "Trades got 3"),
        (lambda: ABC.first(-1), "got -1 as the number of rows"),
        (lambda: ABC.last("1"), "got '1' as the number of rows"),
        (lambda: type("Bad", (Entities,), {}, key=3), "Bad got key=3"),
        (lambda: type("Bad", (Entities,), {}, key=""), "Bad got key=''"),
        (lambda: type("Bad", (Entities,), {}, order=3), "Bad got order=3"),
        (
            lambda: type("Bad", (Entities,), {}, keys="id"),
            "Bad got keys=; expected the class keywords key=",
        ),
        (lambda: type("Bad", (Entities,), {}, descending=True), "descending=True without order="),
    ],
    ids=map(str, range(19)),
)
def test_what_cannot_be_used_is_named(use, words):
    with pytest.raises(UsageError, match=words):
        use()
    assert contents(ABC) == [("a", A), ("b", B), ("c", C)]


def test_a_field_that_is_not_given_to_a_dataclass_cannot_be_replaced():
    @dataclass(frozen=True)
    class Sized:
        id: str
        size: int = field(init=False, default=3)

    with pytest.raises(UsageError, match=r"change of 'size'.*expected any of: id"):
        Entities([Sized("a")]).update("a", size=4)


def test_errors_of_the_users_own_functions_come_through():
    with pytest.raises(ZeroDivisionError):
        ABC.update_with("a", lambda trade: 1 // 0)


def test_a_collection_cannot_be_changed_in_place():
    with pytest.raises(AttributeError, match="Trades is immutable: 'price' cannot be set"):
        ABC.price = 3  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        ABC["a"] = A  # type: ignore[index]
    with pytest.raises(AttributeError, match="Trades is immutable: '_content' cannot be deleted"):
        del Trades()._content


def test_a_class_keyword_of_another_base_goes_there():
    class Named:
        name = ""

        def __init_subclass__(cls, *, name: str = "", **rest: Any) -> None:
            super().__init_subclass__(**rest)
            cls.name = name

    class Book(Entities[str, Trade], Named, order="at", name="book"): ...

    assert Book.name == "book"
    assert Book(ABC).ids() == ("b", "c", "a")


def test_a_store_lives_on_after_an_entity_without_a_key():
    rows: Slice[Trades] = Slice(Trades())

    @rows.on(Trade)
    def traded(rows: Trades, action: Trade) -> Trades:
        return rows.upsert(action)

    store = Store(rows, rows.initial)
    with pytest.raises(UsageError, match="an entity without a key"):
        store.dispatch(Trade(None))  # type: ignore[arg-type]
    store.dispatch(A)
    assert contents(store.state) == [("a", A)]


# Equality, hash, repr, copies


def test_equal_are_those_of_one_class_with_equal_rows_in_one_order():
    assert Trades([A, B]) == Trades([replace(A), replace(B)])
    assert hash(Trades([A, B])) == hash(Trades([replace(A), replace(B)]))
    assert Trades([A, B]) != Trades([B, A])
    assert Trades([A, B]) != Trades([A])
    assert Trades([A, B]) != Trades([A, C])
    assert Trades([A]) != ByTime([A])
    assert Trades([A]) != {"a": A}
    assert Trades() != 3
    assert ByTime([A, B]) == ByTime([B, A])


def test_equality_does_not_depend_on_how_a_collection_came_about():
    other = Trades([C]).set_many([A, B]).remove("c").set(C).update("b", price=1).update("b", price=0.0)
    assert other == ABC
    assert other == ABC
    assert hash(other) == hash(ABC)
    assert other.update("a", price=9) != ABC
    assert ABC.update("a", price=9) == other.update("a", price=9)


def test_versions_that_differ_in_one_row_are_told_apart_without_going_through_the_others():
    class Id(int):
        looked_up = 0

        def __hash__(self) -> int:
            Id.looked_up += 1
            return super().__hash__()

    before = Entities({"id": Id(number), "size": 0} for number in range(1000))
    for after in (before.set({"id": Id(700), "size": 1}), before.remove(Id(3)), before.update(Id(9), size=3)):
        Id.looked_up = 0
        assert after != before
        assert before != after
        assert Id.looked_up <= 8


def test_a_version_in_which_equal_rows_were_set_is_equal_without_going_through_the_others():
    class Id(int):
        looked_up = 0

        def __hash__(self) -> int:
            Id.looked_up += 1
            return super().__hash__()

    class Row:
        def __init__(self, id: int, at: int = 0) -> None:
            self.id, self.at = Id(id), at

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Row) and (self.id, self.at) == (other.id, other.at)

    class Sorted(Entities[int, Row], order="at"): ...

    for kind in (Entities[int, Row], Sorted):
        before = kind(Row(number) for number in range(1000))
        for after in (before.set(Row(700)), before.set_many([Row(3), Row(5)]), before.update_with(3, lambda _: Row(3))):
            Id.looked_up = 0
            assert after is not before
            assert after == before
            assert before == after
            assert Id.looked_up <= 16
        assert before.set(Row(700, 1)) != before
        assert before.set(Row(700)).set(Row(800)) == before
        assert before.set(Row(700)).set(Row(800, 1)).set(Row(900)) != before
        assert before.set_many(Row(number) for number in range(1000)) == before
        assert before.set_many(Row(number, number // 999) for number in range(1000)) != before


def test_collections_in_a_dataclass_are_a_default_and_part_of_its_equality():
    @dataclass(frozen=True, slots=True)
    class App:
        trades: Trades = Trades()  # noqa: RUF009 - it is immutable

    app = App()
    assert replace(app, trades=app.trades.upsert(A)) == App(Trades([A])) != app
    assert hash(App(Trades([A]))) == hash(App(Trades([A])))
    with pytest.raises(FrozenInstanceError):
        app.trades = ABC  # type: ignore[misc]


def test_rows_that_have_no_hash_give_a_collection_without_one():
    with pytest.raises(TypeError, match="unhashable"):
        hash(Entities([{"id": 1}]))


def test_repr_names_the_first_rows_and_stays_short():
    assert repr(Trades()) == "Trades()"
    assert repr(Trades([Trade("a")])) == "Trades(1 row: Trade(id='a', at=0.0, price=0.0))"
    many = Entities(Level(str(number)) for number in range(100))
    shown = ", ".join(f"Level(id='{number}', size=0)" for number in range(3))
    assert repr(many) == f"Entities(100 rows: {shown}, ...)"
    assert len(repr(Entities([Level("x" * 100_000), Level("y" * 100_000)]))) < 1000


@pytest.mark.parametrize("kind", [Trades, ByTime, LatestFirst])
def test_copies_and_pickles_are_equal_and_go_on_alike(kind):
    trades = kind([A, B, C, Trade("d", at=3)]).update("a", at=1).update("c", price=2)
    assert copy.copy(trades) is trades
    for other in (copy.deepcopy(trades), pickle.loads(pickle.dumps(trades))):  # noqa: S301
        assert type(other) is kind
        assert contents(other) == contents(trades)
        assert other == trades
        assert contents(other.update("b", at=3)) == contents(trades.update("b", at=3))
        assert contents(other.update("d", at=1).set(Trade("e", at=1))) == contents(
            trades.update("d", at=1).set(Trade("e", at=1))
        )


def test_a_bare_class_needs_no_subclass():
    assert type(Entities[str, Trade]()) is Entities
    assert contents(Entities[str, Trade]([A])) == [("a", A)]
    assert contents(Entities().upsert(A)) == [("a", A)]

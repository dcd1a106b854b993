from __future__ import annotations

import ast
from collections import ChainMap, defaultdict, deque
from collections.abc import Callable
from dataclasses import KW_ONLY, InitVar, dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map
from pydantic import BaseModel, ConfigDict

from socketstore import PathError, UsageError, focus
from socketstore.store.entities import Entities


class Point(NamedTuple):
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Book:
    bid: float
    sizes: tuple[int, ...] = (1, 2, 3)


class Books(Entities[str, Point], key="x"): ...


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)
    a: int = 1
    b: int = 2

    @cached_property
    def total(self) -> int:
        return self.a + self.b


@dataclass(frozen=True)
class Order:
    price: int
    _: KW_ONLY
    count: int = 1
    total: int = field(init=False)

    def __post_init__(self) -> None:
        if self.price < 0:
            raise ValueError("price below zero")
        object.__setattr__(self, "total", self.price * self.count)


@dataclass(frozen=True)
class Scaled:
    a: int
    scale: InitVar[int]


@dataclass(frozen=True, slots=True)
class App:
    """Some of its fields are called as methods are."""

    books: Any = None
    set: Any = 1
    update: Any = 2
    items: Any = 3
    path: Any = 4
    selected: str = "BTC"


def app(**fields: Any) -> App:
    return App(**{"books": {"BTC": Book(1.0), "ETH": Book(2.0)}, **fields})


def at(*keys: Any) -> Callable[[Any], Any]:
    def path(state: Any) -> Any:
        for key in keys:
            state = state[key]
        return state

    return path


def test_a_part_is_replaced_and_all_else_is_shared():
    state = app()
    after = focus(state, lambda s: s.books["BTC"].bid).set(5.0)
    assert after == App(books={"BTC": Book(5.0), "ETH": Book(2.0)})
    assert after.books["ETH"] is state.books["ETH"]
    assert state == app()


def test_value_reads_what_is_there():
    assert focus(app(), lambda s: s.books["BTC"].bid).value == 1.0


def test_update_calls_the_function_with_the_value():
    assert focus(app(), lambda s: s.books["BTC"].sizes).update(lambda sizes: (*sizes, 4)).books["BTC"].sizes[-1] == 4


def test_remove_takes_an_item_out():
    assert list(focus(app(), lambda s: s.books["BTC"]).remove().books) == ["ETH"]


@pytest.mark.parametrize("text", ["1.5", "'a text'", "b'some bytes'", "True", "None", "7777"])
def test_setting_an_equal_scalar_of_the_same_type_returns_the_same_state(text: str):
    state = app(set=ast.literal_eval(text))
    assert focus(state, lambda s: s.set).set(ast.literal_eval(text)) is state


def test_setting_the_same_object_returns_the_same_state_and_an_equal_one_does_not():
    state = app()
    assert focus(state, lambda s: s.books["BTC"]).set(state.books["BTC"]) is state
    assert focus(state, lambda s: s.books["BTC"]).set(Book(1.0)) is not state


def test_a_zero_that_gains_a_sign_is_a_change_and_a_nan_that_stays_one_is_not():
    state = app(set=0.0, update=float("nan"))
    assert str(focus(state, lambda s: s.set).set(-0.0).set) == "-0.0"
    assert focus(state, lambda s: s.update).set(float("nan")) is state


def test_an_equal_number_of_another_type_is_a_change():
    assert type(focus(app(set=1), lambda s: s.set).set(1.0).set) is float
    assert focus(app(set=1), lambda s: s.set).set(True).set is True


def test_the_whole_state_may_be_in_focus():
    assert focus(3, lambda s: s).update(lambda number: number + 1) == 4
    with pytest.raises(UsageError, match="the state itself"):
        focus(3, lambda s: s).remove()


def test_fields_may_be_called_as_methods_are():
    state = app()
    state = focus(state, lambda s: s.set).set(10)
    state = focus(state, lambda s: s.update).set(20)
    state = focus(state, lambda s: s.items).set(30)
    state = focus(state, lambda s: s.path).set(40)
    assert (state.set, state.update, state.items, state.path) == (10, 20, 30, 40)


def test_a_key_may_be_read_from_the_state():
    assert focus(app(selected="ETH"), lambda s: s.books[s.selected].bid).set(9.0).books["ETH"].bid == 9.0
    with pytest.raises(PathError, match="no attribute 'nothing'"):
        focus(app(), lambda s: s.books[s.nothing])


def test_an_exception_in_the_function_leaves_everything_as_it_was():
    state = app()
    with pytest.raises(ZeroDivisionError):
        focus(state, lambda s: s.books["BTC"].bid).update(lambda bid: bid / 0)
    assert state == app()


def test_the_repr_says_where_it_leads():
    assert repr(focus(app(), lambda s: s.books["BTC"].bid)) == "<Focus on books['BTC'].bid>"


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (lambda s: s.books.get("BTC"), "calls a function at books.get"),
        (lambda s: s.set + 1, "calculates at set"),
        (lambda s: 1 + s.set, "calculates at set"),
        (lambda s: -s.set, "calculates at set"),
        (lambda s: s.set == 1, "compares at set"),
        (lambda s: s.set < 1, "compares at set"),
        (lambda s: s.set or s.update, "asks whether it is true at set"),
        (lambda s: next(iter(s.books)), "iterates at books"),
        (lambda s: list(s.books), "iterates at books"),
        (lambda s: len(s.books), "takes the length at books"),
        (lambda s: "BTC" in s.books, "looks for something at books"),
        (lambda s: {}[s.selected], "makes a key at selected"),
        (lambda s: f"{s.selected}", "makes text at selected"),
        (lambda s: str(s.selected), "makes text at selected"),
        (lambda s: [1, 2][s.set], "makes a number at set"),
        (lambda s: s.books[0:2], "takes a slice at books"),
        (lambda s: s.__dict__, "reads __dict__ at the state"),
        (lambda s: setattr(s, "set", 1), "assigns at the state"),
        (lambda s: str.upper(s.selected), r"does something that it cannot: .*'upper'"),
        (lambda s: replace(s, set=1), r"does something that it cannot: replace\(\) should be called on"),
        (lambda s: 3, r"leads to 3 \(int\) and not into the state"),
        (lambda s: None, "leads to None"),
    ],
    ids=range(22),
)
def test_a_path_that_does_anything_else_is_refused_with_what_is_allowed(path: Any, what: str):
    with pytest.raises(UsageError, match=what) as caught:
        focus(app(), path)
    assert "expected attributes and items only" in str(caught.value)


@pytest.mark.parametrize("path", ["books", None, 3])
def test_a_path_that_is_no_function_is_refused(path: Any):
    with pytest.raises(UsageError, match="the path is"):
        focus(app(), path)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (lambda s: s.books["DOGE"].bid, r"there is no books\['DOGE'\]; the keys of books \(dict\) are: 'BTC', 'ETH'"),
        (lambda s: s.nothing.bid, r"the state has no attribute 'nothing'; it is App\("),
        (lambda s: s.books["BTC"].ask, r"books\['BTC'\] has no attribute 'ask'; it is Book\("),
        (lambda s: s.books["BTC"].sizes[3], r"sizes has no item \[3\], only 3 of them"),
        (lambda s: s.books["BTC"].sizes[-4], r"sizes has no item \[-4\]"),
        (lambda s: s.selected[0], r"selected has no items; it is 'BTC' \(str\)"),
        (lambda s: s.set[0].bid, r"set has no items; it is 1 \(int\)"),
    ],
)
def test_where_a_way_breaks_off_is_said_with_what_is_there(path: Any, words: str):
    for change in (
        lambda: focus(app(), path).value,
        lambda: focus(app(), path).set(1),
        lambda: focus(app(), path).update(lambda value: value),
        lambda: focus(app(), path).remove(),
    ):
        with pytest.raises(PathError, match=words):
            change()


def test_setting_a_key_that_a_mapping_lacks_adds_it():
    assert list(focus(app(), lambda s: s.books["SOL"]).set(Book(3.0)).books) == ["BTC", "ETH", "SOL"]


def test_what_is_not_there_is_neither_read_nor_updated_nor_removed():
    missing = focus(app(), lambda s: s.books["SOL"])
    with pytest.raises(PathError):
        _ = missing.value
    with pytest.raises(PathError, match="default="):
        missing.update(lambda book: book)
    with pytest.raises(LookupError):
        missing.remove()


def test_update_begins_with_the_default_where_there_is_nothing():
    counts: dict[str, int] = {}
    counts = focus(counts, lambda s: s["a"]).update(lambda count: count + 1, default=0)
    counts = focus(counts, lambda s: s["a"]).update(lambda count: count + 1, default=0)
    assert counts == {"a": 2}


def test_a_default_that_is_kept_is_put_there():
    assert focus({}, at("a")).update(lambda value: value, default=None) == {"a": None}


@pytest.mark.parametrize(
    ("state", "write"),
    [
        ([1], lambda items: items.append(2)),
        ({"a": 1}, lambda items: items.update(b=2)),
        ({1}, lambda items: items.add(2)),
        (deque([1]), lambda items: items.append(2)),
    ],
)
def test_a_function_that_writes_into_the_old_state_and_returns_nothing_is_refused(state: Any, write: Any):
    with pytest.raises(UsageError, match=r"returned None for \['part'\] .*as append\(\) and its like do.*set\(None\)"):
        focus({"part": state}, at("part")).update(write)
    with pytest.raises(UsageError, match="returned None for the state"):
        focus(state, lambda s: s).update(write)
    assert focus({"part": state}, at("part")).set(None) == {"part": None}


def test_what_cannot_be_written_into_may_become_none():
    assert focus({"a": 3}, at("a")).update(lambda _: None) == {"a": None}


def test_the_function_of_update_must_be_one():
    with pytest.raises(UsageError, match="the function"):
        focus(app(), lambda s: s.set).update(3)  # type: ignore[arg-type]


def test_an_attribute_cannot_be_removed():
    with pytest.raises(UsageError, match="selected is an attribute of App"):
        focus(app(), lambda s: s.selected).remove()
    with pytest.raises(UsageError, match="Point, whose fields cannot be removed"):
        focus([Point(1, 2)], at(0, 1)).remove()


@pytest.mark.parametrize(
    ("state", "key", "expected"),
    [
        ({"a": 1}, "a", {"a": 9}),
        (Map(a=1), "a", Map(a=9)),
        (MappingProxyType({"a": 1}), "a", {"a": 9}),
        (defaultdict(int, a=1), "a", {"a": 9}),
        ((1, 2), 0, (9, 2)),
        ((1, 2), -1, (1, 9)),
        ([1, 2], 1, [1, 9]),
        (deque([1, 2], maxlen=2), 0, deque([9, 2])),
        (Point(1, 2), 1, Point(1, 9)),
    ],
)
def test_an_item_of_any_container_is_replaced_by_a_copy_of_the_same_class(state: Any, key: Any, expected: Any):
    after = focus(state, at(key)).set(9)
    assert after == expected
    assert type(after) is type(state)
    assert after is not state
    assert focus(after, at(key)).value == 9


@pytest.mark.parametrize(
    ("state", "key", "expected"),
    [
        ({"a": 1, "b": 2}, "a", {"b": 2}),
        (Map(a=1, b=2), "a", Map(b=2)),
        (MappingProxyType({"a": 1, "b": 2}), "a", {"b": 2}),
        ((1, 2, 3), 1, (1, 3)),
        ([1, 2, 3], -1, [1, 2]),
    ],
)
def test_an_item_of_any_container_is_removed_from_a_copy(state: Any, key: Any, expected: Any):
    assert focus(state, at(key)).remove() == expected
    assert len(state) == len(expected) + 1


def test_a_default_dictionary_is_not_written_to_by_looking():
    state: defaultdict[str, list[int]] = defaultdict(list)
    with pytest.raises(PathError):
        focus(state, lambda s: s["a"]).update(lambda items: [*items, 1])
    assert not state
    assert focus(state, lambda s: s["a"]).set([1]).default_factory is list


def test_the_way_leads_through_entities():
    state = app(books=Books([Point("a", 1), Point("b", 2)]))  # type: ignore[arg-type]
    after = focus(state, lambda s: s.books["a"].y).set(5)
    assert after.books["a"].y == 5
    assert after.books["b"] is state.books["b"]
    assert list(focus(state, lambda s: s.books["a"]).remove().books) == ["b"]
    assert list(focus(state, lambda s: s.books["c"]).set(Point("c", 3)).books) == ["a", "b", "c"]  # type: ignore[arg-type]


def test_entities_refuse_what_has_another_key():
    with pytest.raises(UsageError, match="another key"):
        focus(app(books=Books([Point("a", 1)])), lambda s: s.books["a"]).set(Point("b", 1))  # type: ignore[arg-type]


def test_a_model_keeps_what_was_set_and_forgets_what_was_worked_out():
    model = Model(a=5)
    assert model.total == 7
    after = focus(model, lambda m: m.b).set(10)
    assert after.total == 15
    assert after.model_fields_set == {"a", "b"}
    assert focus(model, lambda m: m.b).set("unvalidated").b == "unvalidated"  # type: ignore[arg-type]
    assert model.total == 7


def test_the_extra_fields_of_a_model_can_be_set():
    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")

    assert focus(Open(a=1), lambda m: m.a).set(2).model_extra == {"a": 2}  # type: ignore[call-arg, attr-defined]


def test_a_dataclass_works_out_anew_what_it_works_out_itself():
    assert focus(Order(2, count=3), lambda o: o.price).set(5) == Order(5, count=3)
    assert focus(Order(2, count=3), lambda o: o.count).set(4).total == 8


def test_what_a_post_init_raises_comes_through():
    with pytest.raises(ValueError, match="below zero"):
        focus(Order(2), lambda o: o.price).set(-1)


@pytest.mark.parametrize(
    ("state", "path", "words"),
    [
        (Order(2), lambda o: o.total, r"total is worked out by Order itself \(init=False\)"),
        (Scaled(1, 2), lambda s: s.a, r"does not keep what it was given as scale \(InitVar\)"),
        (Model(), lambda m: m.total, "total is no field of Model, whose fields are: a, b"),
        (app(), lambda s: s.books.keys, r"books is \{.* which cannot be made anew with another keys"),
        (range(5), at(0), "the state is a range, which cannot be copied with one item changed"),
        ({"a": 1}, at([1]), r"the state is a dict; got \[\[1\]\]: unhashable type: 'list'. Expected one of its keys"),
        ((1, 2), lambda s: s["a"], r"the state is a tuple; expected an index, as in \[0\] or \[-1\], got \['a'\]"),
    ],
)
def test_what_cannot_be_replaced_is_refused(state: Any, path: Any, words: str):
    with pytest.raises(UsageError, match=words):
        focus(state, path).set(9)


def test_an_item_that_lies_behind_a_mapping_cannot_be_removed_from_it():
    state = ChainMap({"a": 1}, {"b": 2})
    assert dict(focus(state, at("a")).remove()) == {"b": 2}
    with pytest.raises(UsageError, match=r"\['b'\] cannot be removed from a ChainMap"):
        focus(state, at("b")).remove()
    assert dict(state) == {"a": 1, "b": 2}


def test_the_way_leads_through_structs_of_msgspec():
    import msgspec

    struct: Any = msgspec.defstruct("struct", [("bid", float), ("ask", float, 2.0)], frozen=True)
    state = app(books=struct(1.0))
    assert focus(state, lambda s: s.books.bid).set(5.0).books == struct(5.0, 2.0)
    assert state.books == struct(1.0, 2.0)
    counted: Any = msgspec.defstruct("counted", [("bid", float)], namespace={"count": 1})
    with pytest.raises(UsageError, match=r"books.count is no field of counted, whose fields are: bid"):
        focus(app(books=counted(1.0)), lambda s: s.books.count).set(2)


def test_the_way_leads_through_classes_of_attrs():
    import attrs

    kind: Any = attrs.make_class(
        "kind", {"bid": attrs.field(), "_ask": attrs.field(default=2.0), "sum": attrs.field(init=False, default=0)}
    )
    state = app(books=kind(1.0))
    assert focus(state, lambda s: s.books.bid).set(5.0).books == kind(5.0)
    assert focus(state, lambda s: s.books._ask).set(6.0).books == kind(1.0, ask=6.0)
    with pytest.raises(UsageError, match=r"books.sum is worked out by kind itself \(init=False\)"):
        focus(state, lambda s: s.books.sum).set(1)


def test_a_key_may_be_read_by_a_key_that_is_read():
    state = app(books={"BTC": "ETH", "ETH": Book(2.0)})
    assert focus(state, lambda s: s.books[s.books[s.selected]].bid).set(4.0).books["ETH"] == Book(4.0)


def test_a_mapping_of_an_unknown_class_is_refused():
    from collections.abc import Iterator, Mapping

    class Fixed(Mapping[str, int]):
        def __getitem__(self, key: str) -> int:
            return {"a": 1}[key]

        def __iter__(self) -> Iterator[str]:
            return iter("a")

        def __len__(self) -> int:
            return 1

    for change in (lambda: focus(Fixed(), at("a")).set(2), lambda: focus(Fixed(), at("a")).remove()):
        with pytest.raises(UsageError, match="the state is a Fixed, which cannot be copied"):
            change()


trees = st.recursive(
    st.integers(),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from("abc"), inner, min_size=1)
        | st.dictionaries(st.sampled_from("abc"), inner, min_size=1).map(Map)
    ),
    max_leaves=10,
)


@given(st.data())
def test_what_is_set_is_found_there_and_nothing_else_has_changed(data: st.DataObject):
    tree = data.draw(trees)
    keys: list[Any] = []
    node = tree
    while not isinstance(node, int):
        keys.append(data.draw(st.sampled_from(list(node) if not isinstance(node, tuple) else list(range(len(node))))))
        node = node[keys[-1]]
    before = repr(tree)
    after = focus(tree, at(*keys)).set("new")
    assert focus(after, at(*keys)).value == "new"
    assert focus(after, at(*keys)).set(node) == tree
    assert repr(tree) == before

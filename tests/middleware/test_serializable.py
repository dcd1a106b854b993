from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from pydantic import field_serializer, field_validator

from socketstore import (
    Action,
    CheckSerializable,
    GotMessage,
    SerializableWarning,
    Store,
    UsageError,
    check_serializable,
)


class Colour(StrEnum):
    RED = "red"


class Held(Action):
    value: Any = None


class Outer(Action):
    inner: Held
    pair: tuple[Any, ...] = ()


class Typed(Action):
    price: float
    colour: str = "red"
    data: bytes = b""
    tags: frozenset[str] = frozenset()


class Itself(Action):
    """Has a serialiser of its own for what JSON does not know."""

    own: Any
    colour: Any = "red"
    other: Any = None

    @field_serializer("own")
    def _write(self, value: Any) -> str:
        return "written"


class Translated(Action):
    word: str

    @field_validator("word")
    @classmethod
    def _translate(cls, word: str) -> str:
        return {"eins": "one"}[word]


class Rude:
    def __call__(self) -> None: ...

    def __repr__(self) -> str:
        raise RuntimeError


def endless() -> list[Any]:
    items: list[Any] = []
    items.append(items)
    return items


def warned(*actions: Any, middleware: Any = check_serializable) -> list[str]:
    store = Store(lambda state, action: action, None, middleware=[middleware])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for action in actions:
            store.dispatch(action)
    assert {warning.category for warning in caught} <= {SerializableWarning}
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize(
    "action",
    [
        Typed(price=1.5, data=b"\xff", tags=frozenset("ab")),
        Typed(price=float("nan"), colour=Colour.RED),
        Typed(price=float("inf")),
        GotMessage(data=b"\x00"),
        Outer(inner=Held(value=[1, {"a": None}])),
        {"type": "a", "items": [1, 2.5, True, None]},
        "text",
    ],
)
def test_what_comes_back_equal_is_not_warned_of(action: Any):
    assert warned(action) == []


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Held(value={1}), "the action held could not be kept in a log: value is {1} (set) and would come back as [1]"),
        (Held(value=object), "value is <class 'object'> (type), which JSON cannot hold"),
        (Held(value={"a": [0, object]}), "value['a'][1] is <class 'object'> (type), which JSON cannot hold"),
        (Outer(inner=Held(value=object)), "inner.value is <class 'object'> (type), which JSON cannot hold"),
        (Outer(inner=Held(value=(1,))), "inner.value is (1,) (tuple) and would come back as [1] (list)"),
        (Outer(inner=Held(), pair=(1, (2, 3))), "pair[1] is (2, 3) (tuple) and would come back as [2, 3] (list)"),
        (Held(value=endless()), "value[0] leads back to what holds it"),
        (Itself(own=object, other=object), "other is <class 'object'> (type), which JSON cannot hold"),
        (Itself(own="written", colour=Colour.RED, other={1}), "other is {1} (set) and would come back as [1] (list)"),
        (Typed.model_construct(price=None), "it could not be read back"),
        ({"a": [1, {"b": (1,)}]}, "the action dict could not be kept in a log: ['a'][1]['b'] is (1,) (tuple)"),
        ({"a": {1: 2}}, "['a'] has the key 1 (int), and JSON has only text for keys"),
        ([float("inf")], "[0] is inf (float), which is no JSON value"),
        (endless(), "it is nested too deeply, or holds itself"),
        (b"x", "it is b'x' (bytes), which is no JSON value"),
        (Rude(), "it is <Rude, whose repr raises RuntimeError> (Rude), which is no JSON value"),
    ],
    ids=range(16),
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_the_place_of_what_a_log_could_not_hold_is_named(action: Any, words: str):
    found = [line for line in _quiet(action) if "could not be kept" in line]
    assert len(found) == 1
    assert words in found[0]


def _quiet(action: Any) -> list[str]:
    store = Store(lambda state, action: action, None, middleware=[check_serializable])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        store.dispatch(action)
    return [str(warning.message) for warning in caught]


def test_it_warns_once_for_each_class_of_action():
    assert len(warned(Held(value={1}), Held(value={2}), Outer(inner=Held(value={3})))) == 2


def test_it_warns_once_for_each_tag_of_actions_that_are_mappings():
    assert len(warned({"type": "a", "x": {1}}, {"type": "a", "x": {2}}, {"type": "b", "x": {1}}, {"x": {1}})) == 3


def test_each_store_warns_for_itself():
    assert len(warned(Held(value={1})) + warned(Held(value={1}))) == 2


def test_the_action_passes_all_the_same():
    store = Store(lambda state, action: action, None, middleware=[check_serializable])
    with pytest.warns(SerializableWarning):
        assert store.dispatch({1}) == {1}
    assert store.state == {1}


def test_as_an_error_it_keeps_the_action_from_the_reducer():
    store = Store(lambda state, action: action, None, middleware=[check_serializable])
    for _ in range(3):
        with pytest.raises(SerializableWarning):
            store.dispatch({1})
    assert store.state is None


def test_as_an_error_it_tells_of_the_state_each_time():
    store = Store(lambda state, action: App((), {1}), None, middleware=[CheckSerializable(state=App)])
    for _ in range(3):
        with pytest.raises(SerializableWarning, match="the state"):
            store.dispatch("next")


@dataclass(frozen=True)
class App:
    lines: tuple[str, ...] = ()
    handle: Any = None


def test_the_state_is_checked_as_its_type_once_that_is_given():
    store = Store(lambda state, action: action(), App(), middleware=[CheckSerializable(state=App)])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        store.dispatch(lambda: App(("a",)))
        store.dispatch(lambda: App((), {"a": (1,)}))
        store.dispatch(lambda: App((), {1}))
    of_the_state = [str(warning.message) for warning in caught if "the state" in str(warning.message)]
    assert of_the_state == [
        "the state could not be kept in a log: handle['a'] is (1,) (tuple) and would come back as [1] (list). "
        "Give it a type that JSON keeps, or keep it out."
    ]


class Unknown: ...


@dataclass
class HoldsUndefined:
    field: Undefined  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize("kind", [Unknown, "Nope", HoldsUndefined])
def test_a_type_that_pydantic_cannot_write_is_refused(kind: Any):
    with pytest.raises(UsageError, match="expected a type that pydantic can write"):
        CheckSerializable(state=kind)


class Deep(Action):
    word: str

    @field_validator("word")
    @classmethod
    def _dig(cls, word: str) -> str:
        raise RecursionError


def test_whatever_reading_back_raises_is_a_warning():
    assert "it could not be read back: KeyError: 'one'" in warned(Translated(word="eins"))[0]
    assert "it could not be read back: RecursionError" in warned(Deep.model_construct(word="a"))[0]


@pytest.mark.parametrize(
    ("action", "ignore"),
    [
        (Held(value={1}), [Held]),
        (Translated(word="eins"), [Translated]),
        (Held(value={1}), ["value"]),
        (Held(value=object), ["value"]),
        (Held(value={"a": [0, object]}), ["value['a']"]),
        (Held(value={"a": object}), [type]),
        (Held(value={"a": {1}}), [set]),
        ({"type": "a", "on": {"done": print}}, ["['on']['done']"]),
        ({"type": "a", "on": {"done": print}}, [type(print)]),
    ],
)
def test_what_is_ignored_is_not_warned_of(action: Any, ignore: Any):
    assert warned(action)
    assert warned(action, middleware=CheckSerializable(ignore=ignore)) == []


def test_beside_what_is_ignored_it_looks_on():
    [line] = warned(Held(value={"a": object, "b": object}), middleware=CheckSerializable(ignore=["value['a']"]))
    assert "value['b'] is <class 'object'>" in line
    [line] = warned(Held(value={"a": {1}, "ab": {2}}), middleware=CheckSerializable(ignore=["value['a']"]))
    assert "value['ab'] is {2}" in line


def test_what_is_ignored_in_the_state_is_not_warned_of():
    middleware = CheckSerializable(state=App, ignore=["handle"])
    assert warned_of_states(middleware, App((), {1})) == []
    assert warned_of_states(CheckSerializable(state=App, ignore=[App]), App((), {1})) == []


def warned_of_states(middleware: Any, state: Any) -> list[str]:
    store = Store(lambda _, action: state, None, middleware=[middleware])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        store.dispatch("next")
    return [str(warning.message) for warning in caught]

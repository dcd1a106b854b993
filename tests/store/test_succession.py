"""States of many fields, each made in the place of the one before the last, if nobody can tell."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import Slice, Store, combine_reducers
from socketstore.store import succession
from socketstore.store.records import is_nothing_but_slots, replace_fields
from socketstore.store.succession import ENOUGH, Succession, successor
from tests.store.folding import in_thread

T = TypeVar("T")

COUNTED = succession.references_are_counted()
NAMES = [f"field_{index}" for index in range(ENOUGH)]
FIELDS: list[Any] = [(name, Any, 0) for name in NAMES]

Wide: Any = make_dataclass("Wide", FIELDS, frozen=True, slots=True)

only_where_references_are_counted = pytest.mark.skipif(not COUNTED, reason="every record is a copy here")


@dataclass(frozen=True, slots=True)
class Put:
    """Sets some fields of the state."""

    values: dict[str, Any]


def field_of(name: str) -> Slice[Any]:
    field: Slice[Any] = Slice(0)
    field.on(Put)(lambda value, action: action.values.get(name, value))
    return field


def wide_reducer() -> Any:
    return combine_reducers(Wide, **{name: field_of(name) for name in NAMES})


def values_of(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in NAMES)


@only_where_references_are_counted
def test_a_record_that_nobody_has_any_more_becomes_the_one_after_the_next():
    copied: list[Any] = []

    def copy(record: Any, changes: Any) -> Any:
        copied.append(changes)
        return replace_fields(record, changes)

    line = Succession(copy)
    state = Wide()
    for number in range(1, 7):
        state = line.replace(state, {"field_3": number, NAMES[number]: "set"})
    assert len(copied) == 1
    assert state == replace_fields(Wide(field_3=6), dict.fromkeys(["field_1", "field_2", *NAMES[4:7]], "set"))
    held = state
    state = line.replace(state, {"field_0": 1})
    state = line.replace(state, {"field_0": 2})
    assert len(copied) == 2
    assert (held.field_0, state.field_0) == (0, 2)


@pytest.mark.parametrize("keep", [list.append, lambda kept, state: kept.append(lambda: state)])
def test_a_state_that_somebody_has_stays_as_it_is(keep: Callable[[list[Any], Any], object]):
    store = Store(wide_reducer(), Wide())
    kept: list[Any] = []
    store.subscribe(lambda state: keep(kept, state))
    for number in range(1, 9):
        store.dispatch(Put({NAMES[number % 3]: number, "field_9": -number}))
    states: list[Any] = [one() if callable(one) else one for one in kept]
    assert [state.field_9 for state in states] == [-1, -2, -3, -4, -5, -6, -7, -8]
    assert len({id(state) for state in states}) == 8
    assert states[4] == Wide(field_0=3, field_1=4, field_2=5, field_9=-5)


Steps = st.lists(
    st.tuples(
        st.sampled_from([*["dispatch"] * 4, "keep", "keep", "drop", "restore", "preview", "other store"]),
        st.dictionaries(st.sampled_from(NAMES), st.integers(1, 3), min_size=1, max_size=3),
    ),
    min_size=8,
    max_size=40,
)


@given(Steps)
def test_whatever_is_kept_and_dropped_every_state_is_what_a_fold_makes_and_stays_so(steps: Any):
    reducer = wide_reducer()
    stores = [Store(reducer, Wide()), Store(reducer, Wide())]
    expected = [Wide(), Wide()]
    kept: list[tuple[Any, tuple[Any, ...]]] = []
    for step, values in steps:
        which = int(step == "other store")
        after = dataclasses.replace(expected[which], **values)
        if step in ("dispatch", "other store"):
            stores[which].dispatch(Put(values))
            expected[which] = after
        elif step == "preview":
            assert stores[0].preview(Put(values)) == after
        elif step == "keep":
            kept.append((stores[0].state, values_of(stores[0].state)))
        elif step == "drop":
            del kept[:1]
        elif kept:
            stores[0].restore(kept[0][0])
            expected[0] = Wide(*kept[0][1])
        assert [store.state for store in stores] == expected
        assert all(values_of(state) == before for state, before in kept)


def test_two_threads_that_fold_with_one_reducer_do_not_disturb_each_other():
    reducer = wide_reducer()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    wrong: list[Any] = []

    def fold(name: str) -> None:
        state = Wide()
        for number in range(1, 3_000):
            state = reducer(state, Put({name: number}))
            if values_of(state) != tuple(number if field == name else 0 for field in NAMES):
                wrong.append(state)

    try:
        with in_thread(lambda: fold("field_1")), in_thread(lambda: fold("field_2")):
            fold("field_3")
    finally:
        sys.setswitchinterval(before)
    assert wrong == []


@only_where_references_are_counted
def test_a_finalizer_that_reduces_while_a_record_is_made_in_the_place_of_another_gets_its_own():
    made: list[Any] = []

    class Last:
        def __del__(self) -> None:
            made.append(line.replace(records[-1], {"field_5": "from the finalizer"}))

    line = Succession(replace_fields)
    records = [line.replace(Wide(), {"field_0": Last()})]
    records.append(line.replace(records[-1], {"field_0": None}))
    del records[0]
    records.append(line.replace(records[-1], {"field_0": 1}))  # puts it over the last reference to the Last
    assert made == [Wide(field_0=None, field_5="from the finalizer")]
    assert records[-1] == Wide(field_0=1)
    assert len({id(record) for record in (*made, *records)}) == 3


class Bare: ...


class Slotted:
    __slots__ = ("cache",)


class Finalized:
    __slots__ = ()

    def __del__(self) -> None: ...


def wide(**options: Any) -> Any:
    return make_dataclass("Other", FIELDS, **{"frozen": True, "slots": True, **options})


def watched() -> Any:
    watched = wide()
    watched.__del__ = lambda self: None
    return watched


def rounding(record: Any, name: str) -> Any:
    value = object.__getattribute__(record, name)
    return round(value) if isinstance(value, float) else value


@dataclass(frozen=True, slots=True)
class Boxed(Generic[T]):
    value: T


@dataclass(frozen=True)
class OwnSlots:
    __slots__ = ("a", "cache")
    a: int


OTHERS = {
    "a dictionary": wide(slots=False),
    "not frozen": wide(frozen=False),
    "a dictionary of its base": wide(bases=(Bare,)),
    "a slot of its base": wide(bases=(Slotted,)),
    "a finalizer of its base": wide(bases=(Finalized,)),
    "a finalizer": watched(),
    "weak references": wide(weakref_slot=True),
    "a __post_init__": wide(namespace={"__post_init__": lambda self: None}),
    "a look of its own at its fields": wide(namespace={"__getattribute__": rounding}),
    "generic": Boxed,
    "a slot that is no field": OwnSlots,
    "no dataclass": dict,
}


@pytest.mark.parametrize("kind", OTHERS.values(), ids=OTHERS)
def test_what_could_outlive_a_record_or_be_told_of_its_end_keeps_it_from_being_used_again(kind: Any):
    assert not is_nothing_but_slots(kind)
    assert not isinstance(getattr(successor(kind), "__self__", None), Succession)


def test_few_fields_are_copied():
    narrow = make_dataclass("Narrow", FIELDS[1:], frozen=True, slots=True)
    assert not isinstance(getattr(successor(narrow), "__self__", None), Succession)
    assert isinstance(getattr(successor(Wide), "__self__", None), Succession) is COUNTED


@pytest.mark.parametrize(
    ("where", "what", "value"),
    [
        (sys, "implementation", SimpleNamespace(name="pypy")),
        (sys, "version_info", (3, 14)),
        (succession, "get_config_var", lambda name: int(name == "Py_GIL_DISABLED")),
        (succession, "ALONE", 3),  # as it is in fact where this has been compiled: a holder more than was meant
    ],
)
def test_where_references_are_not_counted_every_record_is_a_copy(
    monkeypatch: pytest.MonkeyPatch, where: Any, what: str, value: Any
):
    monkeypatch.setattr(where, what, value)
    assert not isinstance(getattr(successor(Wide), "__self__", None), Succession)

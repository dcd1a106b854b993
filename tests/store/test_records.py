from __future__ import annotations

import copy
import dataclasses
import pickle
import sys
from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, PrivateAttr

from socketstore.store import records
from socketstore.store.records import is_record_class, replace_fields


@dataclass(frozen=True, slots=True)
class Slotted:
    a: int = 0
    b: tuple[int, ...] = ()
    c: Any = None


@dataclass(frozen=True)
class Plain:
    a: int = 0
    b: tuple[int, ...] = ()
    c: Any = None

    @cached_property
    def doubled(self) -> int:
        return 2 * self.a


@dataclass
class Unfrozen:
    a: int = 0
    b: tuple[int, ...] = ()
    c: Any = None


@dataclass(frozen=True, slots=True)
class Base:
    a: int = 0


@dataclass(frozen=True, slots=True)
class Derived(Base):
    b: tuple[int, ...] = ()
    c: Any = None


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)
class Weak:
    a: int = 0
    b: tuple[int, ...] = ()
    c: Any = None


@dataclass(frozen=True, slots=True)
class Checked:
    a: int = 0
    b: tuple[int, ...] = ()
    c: Any = None
    total: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        if self.a < 0:
            raise ValueError("negative")
        object.__setattr__(self, "total", self.a + sum(self.b))


@dataclass(frozen=True)
class Counting:
    """A class whose own ``__init__`` does more than to keep its arguments."""

    a: int
    b: tuple[int, ...]
    c: Any

    def __init__(self, a: int = 0, b: tuple[int, ...] = (), c: Any = None) -> None:
        object.__setattr__(self, "a", max(a, -10))
        object.__setattr__(self, "b", b)
        object.__setattr__(self, "c", c)


@dataclass
class Watching:
    a: int = 0
    b: tuple[int, ...] = ()
    c: Any = None

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, max(value, -10) if name == "a" else value)


class Sub(Plain):
    """A class that is no dataclass itself and derives from one."""


class SlottedSub(Slotted):
    """The same of one with slots; it has a ``__dict__`` besides."""


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)
    a: int = 0
    b: tuple[int, ...] = ()
    c: Any = None
    _kept: str = PrivateAttr("kept")

    @cached_property
    def doubled(self) -> int:
        return 2 * self.a


class Named(NamedTuple):
    a: int = 0
    b: tuple[int, ...] = ()
    c: Any = None


DATACLASSES = [Slotted, Plain, Unfrozen, Derived, Weak, Checked, Counting, Watching, Sub, SlottedSub]
KINDS = [*DATACLASSES, Model, Named]

changes = st.fixed_dictionaries({}, optional={"a": st.integers(0, 5), "b": st.tuples(st.integers()), "c": st.text()})


@pytest.mark.parametrize("kind", KINDS)
@given(before=changes, after=changes)
def test_a_copy_has_the_new_values_and_the_rest_of_the_old_ones(
    kind: type[Any], before: Mapping[str, Any], after: Mapping[str, Any]
):
    record = kind(**before)
    made = replace_fields(record, after)
    assert type(made) is kind
    assert made == kind(**{**before, **after})
    assert record == kind(**before)


@pytest.mark.parametrize("kind", DATACLASSES)
@given(before=changes, after=changes)
def test_it_is_what_dataclasses_replace_makes(kind: type[Any], before: Mapping[str, Any], after: Mapping[str, Any]):
    record = kind(**before)
    assert replace_fields(record, after) == dataclasses.replace(record, **after)


@pytest.mark.parametrize("kind", KINDS)
def test_what_did_not_change_is_the_same_object(kind: type[Any]):
    record = kind(b=(1, 2), c=object())
    made = replace_fields(record, {"a": 1})
    assert made.b is record.b
    assert made.c is record.c


@pytest.mark.parametrize("kind", [Slotted, Plain, Derived, Weak, Model])
def test_a_copy_is_as_frozen_and_as_whole_as_any(kind: type[Any]):
    made = replace_fields(kind(a=1), {"b": (2,)})
    with pytest.raises((dataclasses.FrozenInstanceError, ValueError)):
        made.a = 2
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301
    assert copy.deepcopy(made) == made
    assert replace_fields(made, {"c": 3}) == kind(a=1, b=(2,), c=3)
    assert repr(made) == repr(kind(a=1, b=(2,)))


@pytest.mark.parametrize("kind", [Plain, Model])
def test_what_was_worked_out_of_the_old_values_does_not_stay(kind: type[Any]):
    record = kind(a=1)
    assert record.doubled == 2
    made = replace_fields(record, {"a": 5})
    assert made.doubled == 10
    assert record.doubled == 2


def test_a_class_that_checks_or_works_out_still_does():
    assert replace_fields(Checked(a=1), {"b": (5,)}).total == 6
    with pytest.raises(ValueError, match="negative"):
        replace_fields(Checked(), {"a": -1})
    assert replace_fields(Counting(), {"a": -50}).a == -10
    assert replace_fields(Watching(), {"a": -50}).a == -10


def test_a_model_keeps_which_fields_were_set_and_what_is_private():
    made = replace_fields(Model(a=1), {"b": (1,)})
    assert made.model_fields_set == {"a", "b"}
    assert made._kept == "kept"


@pytest.mark.parametrize("kind", DATACLASSES)
def test_a_field_that_there_is_not_is_refused(kind: type[Any]):
    with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
        replace_fields(kind(), {"other": 1})


def test_an_argument_that_was_not_kept_cannot_be_given_again():
    @dataclass(frozen=True)
    class Given:
        a: int
        seed: InitVar[int]

    with pytest.raises(TypeError if sys.version_info >= (3, 13) else ValueError, match="seed"):
        replace_fields(Given(1, 2), {"a": 2})


@pytest.fixture
def only_copied(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let it fail whenever an instance is made by its class."""
    records.replacer.cache_clear()
    monkeypatch.setattr(records, "_replace_in_dataclass", None)
    yield
    records.replacer.cache_clear()


@pytest.mark.usefixtures("only_copied")
@pytest.mark.parametrize("kind", [Slotted, Plain, Sub])
def test_what_only_keeps_its_fields_is_copied_without_being_made_anew(kind: type[Any]):
    assert replace_fields(kind(a=1), {"a": 2}) == kind(a=2)


def test_a_layout_that_cannot_be_had_twice_is_made_anew():
    @dataclass(frozen=True, slots=True)
    class Failing(Exception):
        a: int = 0
        b: int = 0

    made = replace_fields(Failing(a=1, b=2), {"a": 3})
    assert (made.a, made.b, type(made)) == (3, 2, Failing)


def test_a_class_that_registers_its_subclasses_does_not_hear_of_the_copying():
    heard: list[str] = []

    class Registry:
        __slots__ = ()

        def __init_subclass__(cls) -> None:
            heard.append(cls.__name__)

    @dataclass(frozen=True, slots=True)
    class Circle(Registry):
        radius: int = 0

    @dataclass(frozen=True, slots=True)
    class Wide(Circle):
        border: int = 0

    before = list(heard), Registry.__subclasses__(), Circle.__subclasses__()
    assert replace_fields(Circle(1), {"radius": 2}) == Circle(2)
    assert replace_fields(Wide(1), {"border": 2}) == Wide(1, 2)
    assert (heard, Registry.__subclasses__(), Circle.__subclasses__()) == before


def test_a_metaclass_that_checks_instances_still_does():
    class Checking(type):
        def __call__(cls, *arguments: Any, **named: Any) -> Any:
            made = super().__call__(*arguments, **named)
            if made.a > 2:
                raise ValueError("too large")
            return made

    @dataclass(frozen=True)
    class Small(metaclass=Checking):
        a: int = 0

    with pytest.raises(ValueError, match="too large"):
        replace_fields(Small(), {"a": 5})


def test_it_can_be_told_whether_a_class_is_one_of_records():
    assert all(is_record_class(kind) for kind in KINDS)
    assert not any(is_record_class(kind) for kind in (int, dict, tuple, Slotted(), None))

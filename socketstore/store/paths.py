"""What a state is made of: the parts of any value, and how the way to one of them is spelled."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from operator import attrgetter
from types import (
    BuiltinFunctionType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    NoneType,
    SimpleNamespace,
)
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from socketstore.codec import short

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Attribute:
    """A step to an attribute: ``.name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """A step to an item of a sequence or mapping: ``[key]``."""

    key: Any


@dataclass(frozen=True, slots=True)
class Member:
    """A step to a member of a set: ``{value}``."""

    value: Any


Step: TypeAlias = Attribute | Item | Member
Path: TypeAlias = tuple[Step, ...]
"""The steps from a state to something in it; without any, the state itself."""


def spell(path: Path) -> str:
    """Spell a path as a program would, without the state's own name: ``feed.books['BTC'].bids[0]``."""
    return "".join(map(_spell_step, path)).removeprefix(".")


def _spell_step(step: Step) -> str:
    match step:
        case Attribute(name):
            return f".{name}"
        case Item(key):
            return f"[{short(key)}]"
        case Member(value):
            return f"{{{short(value)}}}"


Contents: TypeAlias = tuple[Sequence[Any], Sequence[Any]]
"""The names, keys or indices of a value's parts, and the parts, in the same order."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How values of one class hold their parts.

    Attributes:
        step: makes a step of a name, key or index.
        contents: reads the parts of a value, all of them without copying any.
    """

    step: Callable[[Any], Step]
    contents: Callable[[Any], Contents]


def parts(value: Any) -> Iterator[tuple[Step, Any]]:
    """Yield the parts of a value, each with the step that leads to it; of a leaf none."""
    shape = shape_of[type(value)]
    if shape is not None:
        keys, values = shape.contents(value)
        yield from zip(map(shape.step, keys), values, strict=True)


class ByClass(dict[type[Any], T], Generic[T]):
    """What is found out about a class once, when it is first asked for."""

    def __init__(self, find: Callable[[type[Any]], T]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, kind: type[Any]) -> T:
        found = self[kind] = self._find(kind)
        return found


def _is_simple(kind: type[Any]) -> bool:
    if issubclass(kind, LEAVES):
        return True
    if issubclass(kind, (Mapping, Set, Sequence)):
        return False
    return any(base.__module__.partition(".")[0] in LEAF_MODULES for base in kind.__mro__)


def _shape_of(kind: type[Any]) -> Shape | None:
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return Shape(Attribute, _named_values)
    shapes = (shape for base, shape in CONTAINERS if issubclass(kind, base))
    return None if is_simple[kind] else next(shapes, None) or attributes_of(kind)


is_simple = ByClass(_is_simple)
"""Whether values of a class are known to be leaves: numbers, text, dates, functions and the like."""

shape_of = ByClass(_shape_of)
"""How values of a class hold their parts, or `None` for leaves.

Leaves are those that are simple, and what keeps its insides to itself (an array, an `object()`). Data classes, pydantic
models and plain objects have attributes, without the values that a ``cached_property`` has left there.
"""


def attributes_of(kind: type[Any]) -> Shape | None:
    """Return how values of a class hold attributes, or `None` if they have none; whatever else they may hold."""
    if issubclass(kind, BaseModel):
        return Shape(Attribute, _model_values)
    names = tuple(dict.fromkeys(_declared_names(kind)))
    if not names and _is_pickled_in_its_own_way(kind):
        return None
    if not kind.__dictoffset__:
        return Shape(Attribute, _slots_reader(names)) if names else None
    derived = {
        name for base in kind.__mro__ for name, value in vars(base).items() if isinstance(value, cached_property)
    }

    def contents(value: Any) -> Contents:
        held = dict.fromkeys(names, ABSENT) | value.__dict__
        found = {name: getattr(value, name, ABSENT) for name in held if name not in derived}
        return _present(found)

    return Shape(Attribute, contents)


def _is_pickled_in_its_own_way(kind: type[Any]) -> bool:
    """Tell whether a class is written in C and has more to it than attributes: the inside of a table of pandas."""
    if issubclass(kind, SimpleNamespace):
        return False
    reduce: Any = kind.__reduce__
    return reduce is not object.__reduce__ and not isinstance(reduce, FunctionType)


def _slots_reader(names: tuple[str, ...]) -> Callable[[Any], Contents]:
    get = attrgetter(*names)
    read = get if len(names) > 1 else lambda value: (get(value),)

    def contents(value: Any) -> Contents:
        try:
            return names, read(value)
        except AttributeError:  # a slot that is empty
            return _present({name: getattr(value, name, ABSENT) for name in names})

    return contents


def _present(found: Mapping[str, Any]) -> Contents:
    present = {name: part for name, part in found.items() if part is not ABSENT}
    return list(present), list(present.values())


def _declared_names(kind: type[Any]) -> Iterator[str]:
    if dataclasses.is_dataclass(kind):
        yield from (field.name for field in dataclasses.fields(kind))
    yield from getattr(kind, "__struct_fields__", ())  # of msgspec, whose slots are in another order
    if issubclass(kind, BaseException):
        yield "args"
    for base in reversed(kind.__mro__):
        slots = (name for name, value in vars(base).items() if isinstance(value, MemberDescriptorType))
        yield from (name for name in slots if not name.startswith("__"))


def _model_values(model: BaseModel) -> Contents:
    values = {name: value for name, value in model.__dict__.items() if name in type(model).__pydantic_fields__}
    for name in ("__pydantic_extra__", "__pydantic_private__"):
        if more := getattr(model, name, None):
            values[name] = more
    return list(values), list(values.values())


def _named_values(value: Any) -> Contents:
    return value._fields, value


def _mapped_values(value: Mapping[Any, Any]) -> Contents:
    return list(value.keys()), list(value.values())


def _indexed_values(value: Sequence[Any]) -> Contents:
    return range(len(value)), list(value)


def _members(value: Set[Any]) -> Contents:
    members = list(value)
    return members, members


class Absent(Enum):
    """The class of `ABSENT`, for annotations."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent.ABSENT
"""Stands where there is no value, which is something else than `None`."""

LEAVES = (
    *(str, bytes, bytearray, memoryview, int, float, complex, range, slice, NoneType, Enum, type),
    *(FunctionType, BuiltinFunctionType, MethodType, ModuleType),
)

# Values by their content that remember, in their attributes, what they once worked out (a path its text, a fraction of
# a library its hash), or that are parts of a running program and no state at all. By name, so as not to import them.
LEAF_MODULES = frozenset(
    (
        *("_decimal", "datetime", "decimal", "fractions", "ipaddress", "pathlib", "re", "uuid", "zoneinfo"),
        *("asyncio", "concurrent", "logging", "socket", "threading", "weakref"),
    )
)

CONTAINERS: tuple[tuple[type[Any], Shape], ...] = (
    (Mapping, Shape(Item, _mapped_values)),
    (Set, Shape(Member, _members)),
    (Sequence, Shape(Item, _indexed_values)),
)

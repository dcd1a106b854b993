"""Copies of records in which some fields have other values.

Records are dataclasses, pydantic models, named tuples, structs of msgspec, and objects of classes made with attrs.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeAlias

from pydantic import BaseModel

Replace: TypeAlias = Callable[[Any, Mapping[str, Any]], Any]
"""``(record, changes) -> record``; the changes are values by the names of fields."""


def replace_fields(record: Any, changes: Mapping[str, Any]) -> Any:
    """Return a copy of a record in which some fields have other values.

    What `dataclasses.replace` does, many times as quickly for a frozen dataclass that only keeps what it is given: that
    one is copied without calling its ``__init__``. (Not one with slots that has a base class or is generic.) A pydantic
    model's fields are not validated again, and what its ``cached_property`` have worked out of the old values is
    dropped.

    Raises:
        ValueError, TypeError: as `dataclasses.replace` does.
    """
    return replacer(type(record))(record, changes)  # type: ignore[arg-type] # classes are hashable


def is_record_class(kind: object) -> bool:
    """Tell whether `replace_fields` copies the instances of a class."""
    return isinstance(kind, type) and (
        dataclasses.is_dataclass(kind)
        or issubclass(kind, BaseModel)
        or any(hasattr(kind, mark) for mark in ("_replace", "__struct_fields__", "__attrs_attrs__"))
    )


def arguments_not_kept(kind: type[Any]) -> str:
    """Name the arguments without a default that a dataclass takes and does not keep: then it cannot be copied."""
    kept = {field.name for field in dataclasses.fields(kind)}
    given = kind.__dataclass_fields__.values()
    return ", ".join(field.name for field in given if field.name not in kept and _is_needed(field))


def _is_needed(field: dataclasses.Field[Any]) -> bool:
    sort = getattr(field, "_field_type", None)  # fields() hides class variables and InitVars, and nothing tells them
    return getattr(sort, "name", "") == "_FIELD_INITVAR" and field.default is dataclasses.MISSING


@lru_cache(maxsize=512)
def replacer(kind: type[Any]) -> Replace:
    """Return what copies the records of one class, as `replace_fields` does."""
    if not dataclasses.is_dataclass(kind):
        return _replacer_of_others(kind)
    names = tuple(field.name for field in dataclasses.fields(kind))
    if not names or not _only_keeps_its_fields(kind, names):
        return _replace_in_dataclass
    if _are_slots(kind, names):
        return _replacer_of_slots(kind, names)
    plain = not any(hasattr(inspect.getattr_static(kind, name, None), "__set__") for name in names)
    return _replacer_of_dictionary(kind, names) if plain else _replace_in_dataclass


def is_nothing_but_slots(kind: type[Any]) -> bool:
    """Tell whether a record of a class consists of its fields, in slots, and of nothing that could outlive them.

    That is: no ``__dict__``, no other slots, no weak references, no ``__del__``, and making one only sets the fields.
    """
    if not dataclasses.is_dataclass(kind) or kind.__bases__ != (object,):
        return False
    names = tuple(field.name for field in dataclasses.fields(kind))
    return (
        vars(kind).get("__slots__") == names
        and _only_keeps_its_fields(kind, names)
        and _are_slots(kind, names)
        and not hasattr(kind, "__del__")
        and getattr(kind, "__getattribute__") is object.__getattribute__  # noqa: B009 - what is read is what is there
    )


def _are_slots(kind: type[Any], names: tuple[str, ...]) -> bool:
    return all(inspect.ismemberdescriptor(inspect.getattr_static(kind, name, None)) for name in names)


def _replacer_of_others(kind: type[Any]) -> Replace:
    if issubclass(kind, BaseModel):
        return _replace_in_model
    if hasattr(kind, "__struct_fields__"):
        return _replace_in_struct
    return _replacer_of_attrs(kind) if hasattr(kind, "__attrs_attrs__") else _replace_in_named_tuple


def _replace_in_struct(struct: Any, changes: Mapping[str, Any]) -> Any:
    return import_module("msgspec.structs").replace(struct, **changes)  # there, or there was no struct


def _replacer_of_attrs(kind: Any) -> Replace:
    arguments = {field.name: field.alias for field in kind.__attrs_attrs__}

    def replace(record: Any, changes: Mapping[str, Any]) -> Any:
        given = {arguments.get(name, name): value for name, value in changes.items()}
        return import_module("attr").evolve(record, **given)

    return replace


def _replace_in_dataclass(record: Any, changes: Mapping[str, Any]) -> Any:
    return dataclasses.replace(record, **changes)


def _replace_in_named_tuple(record: Any, changes: Mapping[str, Any]) -> Any:
    return record._replace(**changes)


def _replace_in_model(record: BaseModel, changes: Mapping[str, Any]) -> BaseModel:
    made = record.model_copy(update=changes)
    for derived in made.__dict__.keys() - type(record).__pydantic_fields__.keys():
        vars(made).pop(derived)
    return made


def _only_keeps_its_fields(kind: type[Any], names: tuple[str, ...]) -> bool:
    """Tell whether making an instance does nothing but set its fields to the arguments, so that it may be left out."""
    made = kind.__init__
    return (
        kind.__dataclass_params__.frozen
        and "__dataclass_builtins_object__" in getattr(getattr(made, "__code__", None), "co_freevars", ())  # generated
        and set(inspect.signature(made).parameters) == {"self", *names}  # neither InitVar nor init=False
        and not hasattr(kind, "__post_init__")
        and getattr(kind, "__new__") is object.__new__  # noqa: B009 - mypy compares the signatures of the attributes
        and type(kind).__call__ is type.__call__
    )


def _replacer_of_dictionary(kind: type[Any], names: tuple[str, ...]) -> Replace:
    new, put, count = object.__new__, object.__setattr__, len(names)

    def replace(record: Any, changes: Mapping[str, Any]) -> Any:
        values = record.__dict__ | changes
        if len(values) != count:  # what a cached_property has left there, or a field that there is not
            return _replace_in_dataclass(record, changes)
        made = new(kind)
        put(made, "__dict__", values)
        return made

    return replace


def _replacer_of_slots(kind: type[Any], names: tuple[str, ...]) -> Replace:
    """Fill an instance of a class of the same layout that is not frozen, then let it change its class.

    Setting the slot of a frozen instance takes ``object.__setattr__``, ten times what an assignment does; that is what
    makes its ``__init__`` slow.
    """
    try:
        twin = _unfrozen_twin(kind)
    except (TypeError, AttributeError):  # a layout that cannot be had twice
        return _replace_in_dataclass
    copies = "".join(f"    made.{name} = record.{name}\n" for name in names)
    source = f"def copy(record):\n    made = new(twin)\n{copies}    return made"
    namespace: dict[str, Any] = {"new": object.__new__, "twin": twin}
    exec(source, namespace)  # noqa: S102 - the names of fields are all that is put in, as dataclasses itself does
    copy = namespace["copy"]

    def replace(record: Any, changes: Mapping[str, Any]) -> Any:
        made = copy(record)
        try:
            for name, value in changes.items():
                setattr(made, name, value)
        except AttributeError:
            return _replace_in_dataclass(record, changes)  # which says what is wrong
        made.__class__ = kind
        return made

    return replace


def _unfrozen_twin(kind: type[Any]) -> type[Any]:
    if kind.__bases__ != (object,) or type(kind) is not type:  # a base, or a metaclass, would hear of the new class
        raise TypeError(kind)
    slots = {"__slots__": kind.__dict__["__slots__"], "__setattr__": object.__setattr__}
    twin = type(kind.__name__, kind.__bases__, slots)
    object.__new__(twin).__class__ = kind  # type: ignore[assignment] # refused where the layouts differ
    return twin

"""A record with another value in one of its fields: how, is found out once for each class."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from typing import Any, NoReturn, TypeAlias

from pydantic import BaseModel

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.store.paths import Attribute, ByClass, Path, spell
from socketstore.store.places import class_of, place
from socketstore.store.records import arguments_not_kept, replace_fields

WithField: TypeAlias = Callable[[Any, str, Any, Path], Any]
"""``(record, name, value, path) -> record``; the path leads to the record, for the message of an error."""


def _with_field(kind: type[Any]) -> WithField:
    if issubclass(kind, BaseModel):
        return _model_with_field
    if dataclasses.is_dataclass(kind):
        return _of_dataclass(kind)
    if hasattr(kind, "_replace") and hasattr(kind, "_fields"):
        return _of_fields(kind._fields, replace_fields)
    if hasattr(kind, "__struct_fields__"):
        return _of_fields(kind.__struct_fields__, replace_fields)
    if hasattr(kind, "__attrs_attrs__"):
        return _of_attrs(kind)
    return _refuse_class


with_field: ByClass[WithField] = ByClass(_with_field)
"""Returns a record of a class with another value in one field.

Raises:
    UsageError: there is no such field, or records of this class cannot be made anew.
"""


def _of_fields(names: Collection[str], copy: Callable[[Any, dict[str, Any]], Any]) -> WithField:
    def with_field(record: Any, name: str, value: Any, path: Path) -> Any:
        if name not in names:
            _refuse_field(record, names, name, path)
        return copy(record, {name: value})

    return with_field


def _model_with_field(model: Any, name: str, value: Any, path: Path) -> Any:
    names = {**type(model).model_fields, **(model.model_extra or {})}
    return _of_fields(names, replace_fields)(model, name, value, path)


def _of_dataclass(kind: type[Any]) -> WithField:
    given = {field.name: field.init for field in dataclasses.fields(kind)}

    def with_field(record: Any, name: str, value: Any, path: Path) -> Any:
        if not given.get(name):
            _refuse_field(record, given, name, path)
        try:
            return replace_fields(record, {name: value})
        except (ValueError, TypeError) as error:  # the second since Python 3.13
            forgotten = arguments_not_kept(kind)
            if not forgotten:
                raise  # of its own __post_init__
            message = (
                f"{place(path)} is a {class_of(record)}, which does not keep what it was given as {forgotten} "
                "(InitVar); expected one that can be made again from its fields. Give the InitVar a default, or set "
                "the whole of it."
            )
            raise UsageError(message) from error

    return with_field


def _of_attrs(kind: type[Any]) -> WithField:
    given = {field.name: field.init for field in kind.__attrs_attrs__}

    def with_field(record: Any, name: str, value: Any, path: Path) -> Any:
        if not given.get(name):
            _refuse_field(record, given, name, path)
        return replace_fields(record, {name: value})

    return with_field


def _refuse_field(record: Any, names: Collection[str], name: str, path: Path) -> NoReturn:
    where = spell((*path, Attribute(name)))
    if name in names:
        message = (
            f"{where} is worked out by {class_of(record)} itself (init=False); expected a field that is given to it. "
            "Set what it is made of."
        )
        raise UsageError(message)
    message = f"{where} is no field of {class_of(record)}, whose fields are: {', '.join(names)}. Set one of these."
    raise UsageError(message)


def _refuse_class(value: Any, name: str, _: object, path: Path) -> NoReturn:
    message = (
        f"{place(path)} is {short(value)} ({class_of(value)}), which cannot be made anew with another "
        f"{name}; expected a dataclass, a pydantic model, a named tuple, a msgspec Struct or a class of "
        "attrs. Set the whole of it."
    )
    raise UsageError(message)

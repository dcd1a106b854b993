"""Every kind of entry but actions, as the fields of a JSON object and back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Annotated, Any, NotRequired, cast, get_type_hints

from annotated_types import Ge, Le
from pydantic import PositiveInt, TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic's need on Python 3.11

from socketstore.actions import refuse_unless_json
from socketstore.codec import explain, short
from socketstore.errors import EncodeError
from socketstore.log.entries import (
    ActionEntry,
    ClosedEntry,
    Entry,
    ErrorEntry,
    FailedEntry,
    FrameInEntry,
    FrameOutEntry,
    NoteEntry,
    OpenedEntry,
    SnapshotEntry,
)
from socketstore.store.paths import ABSENT

KINDS: dict[str, type[Any]] = {"value": ActionEntry} | {
    kind.kind: kind
    for kind in (
        FailedEntry,
        SnapshotEntry,
        NoteEntry,
        OpenedEntry,
        FrameInEntry,
        FrameOutEntry,
        ClosedEntry,
        ErrorEntry,
    )
}
FRAMES = (FrameInEntry, FrameOutEntry)


def fields_of_entry(entry: Entry) -> dict[str, Any]:
    """Return what stands in the line of an entry besides its kind, number and time.

    Raises:
        EncodeError: something in it is no JSON value.
    """
    named = {field.name: getattr(entry, field.name) for field in fields(entry)[2:]}
    if isinstance(entry, FRAMES):
        named |= _frame_data(named.pop("data"))
    present = {name: value for name, value in named.items() if value is not ABSENT}
    refuse_unless_json(present)
    return present


def entry_of_fields(named: Mapping[str, Any]) -> Entry:
    """Return the entry that a line holds, whose kind is one of `KINDS`.

    Raises:
        ValueError: a field is missing, or of another type.
    """
    kind = KINDS[named["kind"]]
    content = {name: value for name, value in named.items() if name != "kind"}
    if kind in FRAMES:
        content["data"] = _data_of_frame(content)
    elif kind is ActionEntry:
        content["action"] = _value_of(content)
    entry: Entry = kind(**CHECKS[kind](content))
    return entry


def refuse_unless_readable(entry: Entry) -> None:
    """Return if what is in an entry has the types that a reader of the log asks for; actions have rules of their own.

    Raises:
        EncodeError: it has not, or this is no entry.
    """
    check = next((CHECKS[kind] for kind in type(entry).__mro__ if kind in CHECKS), None)
    if check is None:
        message = f"got {short(entry)}; expected an entry, such as NoteEntry(text='here')"
        raise EncodeError(message)
    named = {field.name: getattr(entry, field.name) for field in fields(entry)}
    try:
        check(named | {"sequence": 1})
    except ValueError as error:
        message = f"got {short(entry)}; expected an entry that can be read back: {error}"
        raise EncodeError(message) from error


def _frame_data(data: str | bytes) -> dict[str, str]:
    return {"text": data} if isinstance(data, str) else {"base64": base64.b64encode(data).decode()}


def _data_of_frame(content: Mapping[str, Any]) -> str | bytes:
    match content:
        case {"text": _, "base64": _}:
            message = 'got both "text" and "base64"; expected one of them'
            raise ValueError(message)
        case {"text": str(text)}:
            return text
        case {"base64": str(text)}:
            try:
                return base64.b64decode(text, validate=True)
            except binascii.Error as error:
                message = f"base64: {error}"
                raise ValueError(message) from error
    message = 'got neither "text" nor "base64"; expected one of them, as text'
    raise ValueError(message)


def _value_of(content: Mapping[str, Any]) -> Any:
    if "value" not in content:
        message = "value: Field required"
        raise ValueError(message)
    return content["value"]


def _check(kind: type[Any]) -> Callable[[Any], Any]:
    """Return what checks the fields of an entry, and leaves out those that it does not know."""
    hints = get_type_hints(kind)
    checked = {field.name: _checked_type(field, hints[field.name]) for field in fields(kind)}
    adapter: TypeAdapter[Any] = TypeAdapter(cast(Any, TypedDict)(kind.__name__, checked))

    def check(content: Any) -> Any:
        try:
            return adapter.validate_python(content, strict=True)
        except ValidationError as error:
            raise ValueError(explain(error)) from error

    return check


def _checked_type(field: Field[Any], hint: Any) -> Any:
    if field.name in ("sequence", "of"):
        return PositiveInt
    if field.name == "code":
        return Annotated[int, Ge(0), Le(65535)]
    needed = field.default is MISSING or field.name == "at"  # which has a default only for those who write
    return hint if needed else NotRequired[hint]


CHECKS = {kind: _check(kind) for kind in KINDS.values()}

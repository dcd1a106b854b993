"""Every kind of entry but actions, as the fields of a JSON object and back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter

from socketstore.actions import refuse_unless_json
from socketstore.log.entries import (
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

KINDS: dict[str, type[Any]] = {
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
    known = {field.name for field in fields(kind)}
    return _checked(kind, {name: value for name, value in content.items() if name in known})


def _frame_data(data: str | bytes) -> dict[str, str]:
    return {"text": data} if isinstance(data, str) else {"base64": base64.b64encode(data).decode()}


def _data_of_frame(content: Mapping[str, Any]) -> str | bytes:
    match content:
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


def _checked(kind: type[Any], content: Mapping[str, Any]) -> Entry:
    missing = [name for name in ("sequence", "at") if name not in content]
    if missing:
        message = f"{missing[0]}: Field required"
        raise ValueError(message)
    checked: Entry = CHECKS[kind](content)
    return checked


def _check(kind: type[Any]) -> Callable[[Any], Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    return adapter.validate_python


CHECKS = {kind: _check(kind) for kind in KINDS.values()}

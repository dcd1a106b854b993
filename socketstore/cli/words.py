"""Values as short, harmless words: what a server sends must not move the cursor of who looks at it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from socketstore.actions import Action, SocketAction
from socketstore.structs import fields_of_struct, is_struct, title_of

TEXT_SHOWN = 60  # characters of a text inside a state
ITEMS_SHOWN = 3
BYTES_SHOWN = 12
DEPTH_SHOWN = 3


def printable(text: str) -> str:
    """Escape whatever is not printable: control characters, escape sequences, changes of the writing direction."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def json_printable(text: str) -> str:
    """Escape whatever is not printable in a line of JSON, which means the same then."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in text)


def quoted(text: str) -> str:
    """Put a text into double quotes, on one line."""
    return f'"{printable(text)}"'


def entries_of(count: int) -> str:
    """Say how many entries."""
    return f"{count} {'entry' if count == 1 else 'entries'}"


def of_bytes(data: bytes) -> str:
    """Say how many bytes there are, and how they begin."""
    more = " …" if len(data) > BYTES_SHOWN else ""
    return f"{len(data)} bytes: {data[:BYTES_SHOWN].hex(' ')}{more}" if data else "0 bytes"


def brief(value: Any, depth: int = DEPTH_SHOWN) -> str:
    """Show a value on one line; of a long sequence its end, which is what changes."""
    if isinstance(value, str):
        return quoted(_cut(value))
    if isinstance(value, (bytes, bytearray)):
        return of_bytes(bytes(value))
    fields = _fields(value)
    if fields is not None:
        return _object(title(value), fields, depth)
    if isinstance(value, Mapping):
        return "{" + _items((f"{brief(key)}: " for key in value), value.values(), len(value), depth) + "}"
    if isinstance(value, (list, tuple)):
        return _sequence(value, depth)
    return printable(_cut(repr(value)))


def title(value: Any) -> str:
    """Return the tag of an action; of any other value its class's name."""
    if is_struct(value):
        return title_of(value)
    return str(value.type) if isinstance(value, Action) else type(value).__name__


def _object(name: str, fields: Mapping[str, Any], depth: int) -> str:
    if depth == 0:
        return f"{name}(…)"
    return f"{name}({', '.join(f'{field}={brief(value, depth - 1)}' for field, value in fields.items())})"


def _sequence(values: Sequence[Any], depth: int) -> str:
    if depth == 0 and values:
        return f"({len(values)} items)"
    hidden = max(len(values) - ITEMS_SHOWN, 0)
    shown = [brief(value, depth - 1) for value in values[hidden:]]
    inside = ", ".join([f"… {hidden} more", *shown] if hidden else shown)
    if isinstance(values, list):
        return f"[{inside}]"
    return f"({inside},)" if len(values) == 1 else f"({inside})"


def _items(keys: Iterable[str], values: Iterable[Any], size: int, depth: int) -> str:
    if depth == 0 and size:
        return f"{size} items"
    pairs = zip(range(ITEMS_SHOWN), keys, values, strict=False)
    shown = [key + brief(value, depth - 1) for _, key, value in pairs]
    return ", ".join([*shown, f"… {size - ITEMS_SHOWN} more"] if size > ITEMS_SHOWN else shown)


def _fields(value: Any) -> Mapping[str, Any] | None:
    """Return the fields of a dataclass, a pydantic model, a struct or a named tuple."""
    if isinstance(value, BaseModel):
        stamp = SocketAction.model_fields if isinstance(value, Action) else ()
        return {name: getattr(value, name) for name in type(value).model_fields if name not in stamp}
    if is_struct(value):
        return fields_of_struct(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    names = getattr(value, "_fields", None)
    return dict(zip(names, value, strict=True)) if isinstance(value, tuple) and names else None


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN else text[: TEXT_SHOWN - 1] + "…"


def _escaped(character: str) -> str:
    return repr(character)[1:-1]

"""Secrets in bytes, which stand in JSON as base64, where nothing can be seen of them."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from socketstore.log.redaction import Redaction
from socketstore.structs import fields_of_struct, is_struct


def unpacked(redaction: Redaction, kind: str, content: bytes, value: Any) -> bytes:
    """Return JSON in which bytes that are text stand without their secrets.

    Args:
        redaction: finds them.
        kind: of the entry.
        content: the JSON.
        value: what it was made of.

    Raises:
        EncodeError: that cannot be done.
    """
    for data in set(_bytes_in(value)):
        shown = redaction.message(kind, data)
        if shown != data and isinstance(shown, bytes):
            for packed in (base64.urlsafe_b64encode, base64.b64encode):
                content = content.replace(b'"%s"' % packed(data), b'"%s"' % packed(shown))
    return content


def _bytes_in(value: Any) -> Iterator[bytes]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (bytes, bytearray)):
            yield bytes(one)
        else:
            waiting += _parts(one)


def _parts(value: Any) -> Collection[Any]:
    """Return what a value holds, its keys included; nothing for one whose insides are not known."""
    if value is None or isinstance(value, (str, int, float, memoryview)):
        return ()
    if isinstance(value, BaseModel):
        return (*value.__dict__.values(), *(value.__pydantic_extra__ or {}).values())
    if is_struct(value):
        return fields_of_struct(value).values()
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name, None) for field in fields(value)]
    if isinstance(value, Mapping):
        return (*value.keys(), *value.values())
    return value if isinstance(value, Collection) else ()

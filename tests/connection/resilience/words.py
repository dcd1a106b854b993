"""What feed and client say to each other: JSON behind a checksum of its own, so that what the line corrupts shows."""

from __future__ import annotations

import json
from typing import Any
from zlib import crc32

from socketstore import Action

NAMES = ("a", "b", "c")


class Entry(Action):
    """Message number 1, 2, ... of a stream."""

    stream: str
    number: int
    value: int


class Whole(Action):
    """A snapshot: all rows of a stream, after the message of this number."""

    stream: str
    number: int
    rows: dict[str, int]


def wrapped(body: Any) -> str:
    text = json.dumps(body)
    return f"{crc32(text.encode()):08x} {text}"


def unwrapped(data: Any) -> dict[str, Any]:
    """Return what a message says.

    Raises:
        ValueError: it is not as it was sent.
    """
    if not isinstance(data, str) or data[8:9] != " " or data != f"{crc32(data[9:].encode()):08x} {data[9:]}":
        message = f"got {data!r:.100}; expected the checksum of what follows it"
        raise ValueError(message)
    body: dict[str, Any] = json.loads(data[9:])
    return body


def said(data: Any) -> dict[str, Any]:
    """What a message says; nothing if it is not as it was sent."""
    try:
        return unwrapped(data)
    except ValueError:
        return {}

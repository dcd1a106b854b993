"""Whether a message is what a script expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from socketstore.testing.server_side import Message


def matches(expected: Any, message: Message) -> bool:
    """Tell whether a message is this text or these bytes, or JSON that holds at least this.

    An object may have more keys than are expected, at any depth; an array must have as many items.
    """
    if isinstance(expected, (str, bytes)):
        return message == expected
    try:
        return _holds(expected, from_json(message))
    except ValueError:
        return False


def equals(expected: Any, got: Any) -> bool:
    """Tell whether two JSON values are the same; the keys of an object have no order, ``true`` is not 1."""
    return _holds(expected, got) and _holds(got, expected)


def _holds(expected: Any, got: Any) -> bool:
    if isinstance(expected, Mapping):
        return isinstance(got, dict) and all(key in got and _holds(expected[key], got[key]) for key in expected)
    if isinstance(expected, (list, tuple)):
        return isinstance(got, list) and len(got) == len(expected) and all(map(_holds, expected, got))
    if isinstance(expected, bool) or isinstance(got, bool):  # to Python 1 is True
        return expected is got
    return bool(expected == got)

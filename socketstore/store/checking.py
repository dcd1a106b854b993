"""What every part of the store asks of an argument before it uses it."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TypeVar

from socketstore.errors import UsageError

T = TypeVar("T")


def check_callable(value: T, what: str, expected: str) -> T:
    """Return the value.

    Raises:
        UsageError: it cannot be called, or is an ``async def``, whose outcome the store could not wait for.
    """
    if not callable(value) or inspect.iscoroutinefunction(value):
        message = f"{what} is {value!r:.200} ({type(value).__name__}); expected {expected}"
        raise UsageError(message)
    return value


def name_of(value: object) -> str:
    """Return what a message calls a function or a callable object."""
    function = value.func if isinstance(value, partial) else value
    return getattr(function, "__qualname__", None) or repr(function)

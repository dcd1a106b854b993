"""What every part of the store asks of an argument before it uses it."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TypeVar

from socketstore.codec import short
from socketstore.errors import SocketstoreError, UsageError

T = TypeVar("T")


def check_callable(value: T, what: str, expected: str) -> T:
    """Return the value.

    Raises:
        UsageError: it cannot be called, or is an ``async def``, whose outcome the store could not wait for.
    """
    if not callable(value) or _is_async(value):
        kind = "an async def, whose outcome nobody would wait for" if callable(value) else type(value).__name__
        message = f"{what} is {value!r:.200} ({kind}); expected {expected}"
        raise UsageError(message)
    return value


def name_of(value: object) -> str:
    """Return what a message calls a function or a callable object. Does not raise."""
    function = value.func if isinstance(value, partial) and "__qualname__" not in vars(value) else value
    return getattr(function, "__qualname__", None) or short(function)


def contained(error: BaseException, who: str) -> Exception:
    """Return an error that can be raised together with others.

    That is also a ``CancelledError``: of a future that was asked, not of the task that happens to dispatch, which it
    would end. An interrupt is raised on.
    """
    if isinstance(error, Exception):
        return error
    if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
        raise error
    held = SocketstoreError(f"{who} raised {type(error).__name__}: {error}")
    held.__cause__ = error
    return held


def _is_async(value: object) -> bool:
    if isinstance(value, type):
        return False
    called = getattr(value, "__call__", None)  # noqa: B004 - not whether, but of which kind
    return inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(called)

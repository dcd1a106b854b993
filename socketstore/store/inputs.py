"""What may be an input of a selector, and whether it only reads."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from socketstore.errors import SelectorWarning, UsageError
from socketstore.store.checking import check_callable, name_of
from socketstore.store.sameness import same


def check_input(read: object, what: str) -> None:
    """Raise `UsageError` unless this is a function of the state; a family of selectors is not, each of them is."""
    check_callable(read, what, "a function of the state")
    if getattr(type(read), "is_family", False):
        message = (
            f"{what} is {read!r}, which makes selectors; expected one of them. Call it first: {name_of(read)}(...)"
        )
        raise UsageError(message)


def warn_if_unstable(
    inputs: tuple[Callable[[Any], Any], ...], values: tuple[Any, ...], state: object, function: Callable[..., Any]
) -> None:
    """Read everything a second time, and warn of each input that returned something new for the same state.

    The text is the same for all members of a family, so that the warnings module says it once for all of them.
    """
    for number, (read, value) in enumerate(zip(inputs, values, strict=True), 1):
        again = read(state)
        if not same(again, value):
            file, line, registry = _place(read) or _place(function) or ("<selector>", 1, UNPLACED)
            message = (
                f"input {number} of the selector {name_of(function)}, {name_of(read)} ({file}:{line}), returned "
                f"another {type(again).__name__} when it was called again with the same state: the function would run "
                "for every state. Let the input only read (state.trades), and compute in the function or another "
                "selector."
            )
            warnings.warn_explicit(message, SelectorWarning, file, line, registry=registry)


def _place(function: Any) -> tuple[str, int, dict[Any, Any]] | None:
    """Where a function was written, and where the warnings module notes what it has said there; None for no Python."""
    while isinstance(function, partial):
        function = function.func
    plain = inspect.unwrap(function)
    if not inspect.isfunction(plain):
        return None
    registry = plain.__globals__.setdefault("__warningregistry__", {})
    return plain.__code__.co_filename, plain.__code__.co_firstlineno, registry


UNPLACED: dict[Any, Any] = {}  # what the warnings module notes of functions that are not written in Python

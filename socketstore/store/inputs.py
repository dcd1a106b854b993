"""What a selector's inputs read: whether it has changed, and whether they only read."""

from __future__ import annotations

import inspect
import operator
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from socketstore.codec import short
from socketstore.errors import SelectorWarning
from socketstore.store.checking import name_of

COMPARED: dict[type[Any], Callable[[Any, Any], bool]] = {
    int: operator.eq,
    str: operator.eq,
    bytes: operator.eq,
    float: lambda value, last: value.hex() == last.hex(),  # tells 0.0 from -0.0, and not one nan from another
}
"""The types whose values are compared instead of the objects: cheap, and nobody could tell two equal ones apart."""


def same(value: object, last: object) -> bool:
    """Tell whether a value that was read is the one that was read last time."""
    if value is last:
        return True
    kind = type(value)
    return kind is type(last) and kind in COMPARED and COMPARED[kind](value, last)


def warn_if_unstable(
    inputs: tuple[Callable[[Any], Any], ...], values: tuple[Any, ...], state: object, function: Callable[..., Any]
) -> None:
    """Read everything a second time, and warn of each input that returned something new for the same state."""
    for number, (read, value) in enumerate(zip(inputs, values, strict=True), 1):
        again = read(state)
        if not same(again, value):
            file, line = _place(read) or _place(function) or ("<selector>", 1)
            message = (
                f"input {number} of the selector {name_of(function)}, {name_of(read)} ({file}:{line}), returned "
                f"{short(value)} and then, for the same state, another {short(again)}: the function would run for "
                "every state. Let the input only read (state.trades), and compute in the function or another selector."
            )
            warnings.warn_explicit(message, SelectorWarning, file, line, registry=_registry(function))


def _place(function: Any) -> tuple[str, int] | None:
    while isinstance(function, partial):
        function = function.func
    code = getattr(inspect.unwrap(function), "__code__", None)
    return None if code is None else (code.co_filename, code.co_firstlineno)


def _registry(function: Any) -> dict[Any, Any]:
    """Where the warnings module notes what it has said, so that the same is not said twice."""
    registry: dict[Any, Any] = getattr(function, "__globals__", {}).setdefault("__warningregistry__", {})
    return registry

"""The arguments of `undoable`: which actions, how many steps, and what a name may be."""

from __future__ import annotations

from collections.abc import Callable
from types import UnionType
from typing import Any, TypeAlias, get_origin

from socketstore.errors import UsageError
from socketstore.store.checking import check_callable

Which: TypeAlias = type[Any] | tuple[type[Any], ...] | UnionType | Callable[[Any], object]
"""Some actions: by their class, or by a function of the action."""

ACTIONS = "action classes, or a function of the action"


def chosen(name: str, which: Which | None, *, otherwise: bool) -> Callable[[Any], object]:
    """Return a predicate of the action; `otherwise` is its answer where nothing was chosen."""
    if which is None:
        return lambda _: otherwise
    try:
        isinstance(object(), which)  # type: ignore[arg-type]
    except TypeError as error:
        if isinstance(which, type) or get_origin(which) is not None:  # can be called, and would say yes to every action
            message = f"{name}= is {which!r:.200} ({error}); expected {ACTIONS}"
            raise UsageError(message) from error
        return check_callable(which, f"{name}=", ACTIONS)  # type: ignore[return-value]
    return lambda action: isinstance(action, which)  # type: ignore[arg-type]


def checked_limit(limit: object) -> int:
    """Return the limit, if it is one."""
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        message = f"limit={limit!r}; expected how many steps to keep, 1 or more"
        raise UsageError(message)
    return limit


def checked_name(name: object) -> str:
    """Return the name, if it is one."""
    if not isinstance(name, str):
        message = f'name={name!r}; expected text, such as name="drawing" for Undo(of="drawing")'
        raise UsageError(message)
    return name

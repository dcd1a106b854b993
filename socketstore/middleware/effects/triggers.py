"""Which actions somebody wants: those of some classes, subclasses included, and those of which a predicate holds."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from typing import Any, TypeAlias, get_origin

from socketstore.errors import UsageError
from socketstore.middleware.requests import AsyncRequest
from socketstore.store.checking import check_callable

Trigger: TypeAlias = type[Any] | Callable[[Any], object]

TRIGGER = "an action class, or a predicate of the action"

HINT = "Give A, B for A | B, C for C[int], and a predicate for what is no class"


class Wanted:
    """Tells whether an action is wanted.

    Args:
        triggers: classes and predicates; one of them is enough.
        where: what was called with them, for the message.

    Raises:
        UsageError: there is none, or one is neither a class nor a function of one argument.

    Attributes:
        key: equal for those whose `may_want` agrees.
    """

    def __init__(self, triggers: tuple[Trigger, ...], where: str) -> None:
        if not triggers:
            message = f"{where} got nothing; expected {TRIGGER}"
            raise UsageError(message)
        for trigger in triggers:
            _check(trigger, f"what {where} got")
        self._kinds = tuple(trigger for trigger in triggers if isinstance(trigger, type))
        self._predicates = tuple(trigger for trigger in triggers if not isinstance(trigger, type))
        self.key: Hashable = None if self._predicates else self._kinds

    def __call__(self, action: Any) -> bool:
        """Ask about one action; what a predicate raises comes through."""
        return isinstance(action, self._kinds) or any(holds(action) for holds in self._predicates)

    def may_want(self, kind: type[Any]) -> bool:
        """Tell whether there can be an action of exactly this class that is wanted."""
        try:
            return bool(self._predicates) or issubclass(kind, self._kinds)
        except Exception:  # noqa: BLE001 - a protocol may know only of its instances
            return True

    def overlaps(self, other: Wanted) -> bool:
        """Tell whether both name a class, or one and its subclass, or the same predicate."""
        if any(predicate in other._predicates for predicate in self._predicates):
            return True
        return any(a in b.__mro__ or b in a.__mro__ for a in self._kinds for b in other._kinds)


def _check(trigger: Any, what: str) -> None:
    if isinstance(trigger, AsyncRequest):
        message = f"{what} is {trigger!r}; expected one of its action classes, such as its .fulfilled"
        raise UsageError(message)
    if not _tells_actions(trigger):
        message = f"{what} is {trigger!r:.200}, by which no action can be told; expected {TRIGGER}. {HINT}"
        raise UsageError(message)
    if not isinstance(trigger, type):
        check_callable(trigger, what, TRIGGER)
        check_arguments(trigger, 1, what, TRIGGER)


def _tells_actions(trigger: Any) -> bool:
    """Not so: annotations that are no classes, a protocol that cannot be checked, and `typing.Any`."""
    if not isinstance(trigger, type):
        return get_origin(trigger) is None and type(trigger).__module__ != "typing"
    try:
        isinstance(None, trigger)
    except TypeError:
        return False
    return True


def check_arguments(function: Callable[..., Any], count: int, what: str, expected: str) -> None:
    """Return if a function can be called with `count` arguments, as far as its signature tells.

    Raises:
        UsageError: it cannot.
    """
    try:
        signature = inspect.signature(function)
    except ValueError:  # some functions written in C do not tell
        return
    try:
        signature.bind(*[None] * count)
    except TypeError as error:
        message = f"{what} is {function!r:.200}, with the arguments {signature}; expected {expected}"
        raise UsageError(message) from error

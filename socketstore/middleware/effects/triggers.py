"""Which actions somebody wants: those of some classes, subclasses included, and those of which a predicate holds."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

from socketstore.errors import UsageError
from socketstore.store.checking import check_callable

Trigger: TypeAlias = type[Any] | Callable[[Any], object]

TRIGGER = "an action class, or a predicate of the action"


class Wanted:
    """Tells whether an action is wanted.

    Args:
        triggers: classes and predicates; one of them is enough.
        where: what was called with them, for the message.

    Raises:
        UsageError: there is none, or one is neither a class nor a function of one argument.
    """

    def __init__(self, triggers: tuple[Trigger, ...], where: str) -> None:
        if not triggers:
            message = f"{where} got nothing; expected {TRIGGER}"
            raise UsageError(message)
        self._kinds = tuple(trigger for trigger in triggers if isinstance(trigger, type))
        self._predicates = tuple(trigger for trigger in triggers if not isinstance(trigger, type))
        for predicate in self._predicates:
            check_callable(predicate, f"what {where} got", TRIGGER)
            check_arguments(predicate, 1, f"what {where} got", TRIGGER)

    def __call__(self, action: Any) -> bool:
        """Ask about one action; what a predicate raises comes through."""
        return isinstance(action, self._kinds) or any(holds(action) for holds in self._predicates)

    def may_want(self, kind: type[Any]) -> bool:
        """Tell whether there can be an action of exactly this class that is wanted."""
        return bool(self._predicates) or issubclass(kind, self._kinds)


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

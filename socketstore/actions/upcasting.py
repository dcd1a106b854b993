"""What becomes of actions that were recorded when their class was another: of another version, or of another name.

All of this is told where the classes are defined, once in a program, as classes are::

    class Trade(Action, version=2):
        symbol: str
        cents: int

    @upcasts(Trade, from_version=1)
    def price_to_cents(fields: dict[str, Any]) -> dict[str, Any]:
        return {"symbol": fields["symbol"], "cents": round(fields["price"] * 100)}

    renamed_action("trad", Trade)
    removed_action("heartbeat")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from socketstore.actions.action import Action, generic_of, known
from socketstore.codec import tags_of
from socketstore.errors import UsageError

Fields: TypeAlias = dict[str, Any]
"""The fields of an action as JSON values, by the names that they have in the log; its ``type`` is one of them."""

Upcaster: TypeAlias = Callable[[Fields], Mapping[str, Any]]
"""From the fields of one version to those of the next."""

U = TypeVar("U", bound=Upcaster)

STEPS = "__action_upcasts__"
"""Where a class keeps its steps: ``{from_version: function}``. One that is defined anew begins without any."""


@dataclass(frozen=True, slots=True)
class Successor:
    """The class that took the place of a tag.

    Attributes:
        to: the class; ``None``: nothing did, and the action is passed over.
        upcast: makes the fields; ``None``: they are the same, of the same version.
        version: of `to`, of which the function gives the fields.
    """

    to: type[Action] | None
    upcast: Upcaster | None = None
    version: int = 1


_SUCCESSORS: dict[str, Successor] = {}


def upcasts(
    to: type[Action], *, from_version: int | None = None, from_tag: str | None = None, to_version: int | None = None
) -> Callable[[U], U]:
    """Declare that a function makes the fields of an action out of those of an older one, when a log is read.

    The function gets a dict of JSON values as they stand in the log, its ``type`` among them, and returns a new one;
    the reader puts the new ``type`` in its place. It is called once for each old action: let it be quick and pure.

    Args:
        to: the class as it is now.
        from_version: the function makes fields of the version after this one; the steps 1 to 2 and 2 to 3 are done one
            after the other.
        from_tag: instead of a version: the tag of a class that is no more. See also `renamed_action`.
        to_version: with `from_tag`: the version of `to` that the function makes; needed unless `to` has version 1.

    Raises:
        UsageError: there is no such step, or it has been declared before.
    """
    _check_class(to)
    if (from_version is None) == (from_tag is None):
        message = f"got from_version={from_version!r} and from_tag={from_tag!r}; expected one of the two"
        raise UsageError(message)

    def declare(function: U) -> U:
        if from_tag is not None:
            _succeed(from_tag, Successor(to, function, _checked_target(to, to_version)))
        else:
            _steps_of(to)[_checked_step(to, from_version)] = function
        return function

    return declare


def renamed_action(tag: str, to: type[Action]) -> None:
    """Declare that a class had another tag; the fields are the same, and its versions go on.

    Args:
        tag: the one that stands in old logs.
        to: the class as it is now.

    Raises:
        UsageError: a class has this tag, or something else has been declared of it.
    """
    _check_class(to)
    _succeed(tag, Successor(to))


def removed_action(tag: str) -> None:
    """Declare that a class is no more: its actions in old logs are passed over, and their numbers stay taken.

    Args:
        tag: the one that stands in old logs.

    Raises:
        UsageError: a class has this tag, or something else has been declared of it.
    """
    _succeed(tag, Successor(None))


def successor_of(tag: object) -> Successor | None:
    """Return what took the place of a tag, if that has been declared."""
    return _SUCCESSORS.get(tag) if isinstance(tag, str) else None


def step_of(kind: type[Action], version: int) -> Upcaster | None:
    """Return the function that makes the fields of the version after this one."""
    step: Upcaster | None = vars(kind).get(STEPS, {}).get(version)
    generic = generic_of(kind)
    return step_of(generic, version) if step is None and generic is not None else step


def _steps_of(kind: type[Action]) -> dict[int, Upcaster]:
    if STEPS not in vars(kind):  # those of a base class are not ours
        setattr(kind, STEPS, {})
    steps: dict[int, Upcaster] = vars(kind)[STEPS]
    return steps


def _check_class(to: object) -> None:
    if not (isinstance(to, type) and issubclass(to, Action)) or to is Action:
        message = f"got {to!r}; expected a class that derives from Action"
        raise UsageError(message)


def _checked_step(to: type[Action], version: int | None) -> int:
    newest = to.__action_version__
    if type(version) is not int or not 1 <= version < newest:
        steps = f"1 to {newest - 1}" if newest > 1 else "none"
        message = (
            f"got from_version={version!r} for {to.__qualname__}, which has version {newest}; expected one before "
            f"that ({steps}). A class whose fields have changed is defined with the next version: "
            f"class {to.__name__}(Action, version={newest + 1})"
        )
        raise UsageError(message)
    if version in _steps_of(to):
        message = f"{to.__qualname__} has a function for from_version={version} already; take one of the two away"
        raise UsageError(message)
    return version


def _checked_target(to: type[Action], version: int | None) -> int:
    newest = to.__action_version__
    if version is None and newest == 1:
        return 1
    if type(version) is not int or not 1 <= version <= newest:
        message = (
            f"got to_version={version!r} for {to.__qualname__}, which has version {newest}; say which version's fields "
            f"the function makes, 1 to {newest}, so that it stays right when the class changes again"
        )
        raise UsageError(message)
    return version


def _succeed(tag: str, successor: Successor) -> None:
    if not isinstance(tag, str) or not tag:
        message = f"got the tag {tag!r}; expected the text that stands as type in old logs"
        raise UsageError(message)
    owner = next((kind for kind in known(Action) if tag in tags_of(kind)), None)
    if owner is not None:
        message = f"got the tag {tag!r}, which {owner.__module__}.{owner.__qualname__} has; take that class away first"
        raise UsageError(message)
    before = _SUCCESSORS.get(tag)
    if before is not None and not _is_reloaded(before, successor):
        message = f"it has been declared already what becomes of the tag {tag!r}; take one of the two away"
        raise UsageError(message)
    _SUCCESSORS[tag] = successor


def _is_reloaded(before: Successor, after: Successor) -> bool:
    """Tell whether a module that declares the same thing has been loaded again, as its classes are new objects then."""
    if before.to is None or after.to is None or before.to is after.to:
        return before == after and after.upcast is None
    return (before.to.__module__, before.to.__qualname__) == (after.to.__module__, after.to.__qualname__)

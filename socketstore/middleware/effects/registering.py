"""How effects are registered: for which actions, and how often they run."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, overload

from socketstore.errors import UsageError
from socketstore.middleware.effects.definition import Definition
from socketstore.middleware.effects.paces import Debounce, EachTime, Latest, Leading, PaceFactory, Throttle
from socketstore.middleware.effects.run import EffectRun
from socketstore.middleware.effects.triggers import Trigger, Wanted
from socketstore.store.checking import name_of
from socketstore.store.types import S

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
R = TypeVar("R")


class Register(Protocol[S, A]):
    """A decorator of an effect for actions of one kind; returns the function as it is."""

    def __call__(self, effect: Callable[[A, EffectRun[S]], R], /) -> Callable[[A, EffectRun[S]], R]:
        """Register it."""
        ...


class Registry(Generic[S]):
    """The effects that have been registered, in their order, and a look-up by the action's class."""

    def __init__(self) -> None:
        self._definitions: tuple[Definition, ...] = ()
        self._routes = _Routes(())

    @overload
    def on(self, kind: type[A], /) -> Register[S, A]: ...

    @overload
    def on(self, first: type[A], second: type[B], /) -> Register[S, A | B]: ...

    @overload
    def on(self, first: type[A], second: type[B], third: type[C], /) -> Register[S, A | B | C]: ...

    @overload
    def on(self, *triggers: Trigger) -> Register[S, Any]: ...

    def on(self, *triggers: Any) -> Register[S, Any]:
        """Run the effect for each action of these classes (subclasses included), or of which a predicate holds.

        A ``def`` runs at once, in the thread that dispatches, after the reducer and the subscribers. An ``async def``
        runs as a task in the event loop of the context.

        Raises:
            UsageError: nothing to wait for was given, or the effect is no function of an action and a run, or is
                registered already, so that an action would run it twice.
        """
        return self._registering(EachTime, triggers, "on()")

    @overload
    def take_latest(self, kind: type[A], /) -> Register[S, A]: ...

    @overload
    def take_latest(self, first: type[A], second: type[B], /) -> Register[S, A | B]: ...

    @overload
    def take_latest(self, first: type[A], second: type[B], third: type[C], /) -> Register[S, A | B | C]: ...

    @overload
    def take_latest(self, *triggers: Trigger) -> Register[S, Any]: ...

    def take_latest(self, *triggers: Any) -> Register[S, Any]:
        """As `on`, but a new action cancels the run that is under way (a ``def`` has ended by then)."""
        return self._registering(Latest, triggers, "take_latest()")

    @overload
    def take_leading(self, kind: type[A], /) -> Register[S, A]: ...

    @overload
    def take_leading(self, first: type[A], second: type[B], /) -> Register[S, A | B]: ...

    @overload
    def take_leading(self, first: type[A], second: type[B], third: type[C], /) -> Register[S, A | B | C]: ...

    @overload
    def take_leading(self, *triggers: Trigger) -> Register[S, Any]: ...

    def take_leading(self, *triggers: Any) -> Register[S, Any]:
        """As `on`, but an action that comes while a run is under way starts none."""
        return self._registering(Leading, triggers, "take_leading()")

    @overload
    def debounce(self, seconds: float, kind: type[A], /) -> Register[S, A]: ...

    @overload
    def debounce(self, seconds: float, first: type[A], second: type[B], /) -> Register[S, A | B]: ...

    @overload
    def debounce(
        self, seconds: float, first: type[A], second: type[B], third: type[C], /
    ) -> Register[S, A | B | C]: ...

    @overload
    def debounce(self, seconds: float, /, *triggers: Trigger) -> Register[S, Any]: ...

    def debounce(self, seconds: float, /, *triggers: Any) -> Register[S, Any]:
        """Run the effect once no such action has come for some seconds, for the last one; a ``def`` in the loop, too.

        A run that has begun goes on; let it begin with ``run.cancel_active()`` to cancel the one before.
        """
        return self._registering(partial(Debounce, seconds=_seconds(seconds)), triggers, "debounce()", timed=True)

    @overload
    def throttle(self, seconds: float, kind: type[A], /) -> Register[S, A]: ...

    @overload
    def throttle(self, seconds: float, first: type[A], second: type[B], /) -> Register[S, A | B]: ...

    @overload
    def throttle(
        self, seconds: float, first: type[A], second: type[B], third: type[C], /
    ) -> Register[S, A | B | C]: ...

    @overload
    def throttle(self, seconds: float, /, *triggers: Trigger) -> Register[S, Any]: ...

    def throttle(self, seconds: float, /, *triggers: Any) -> Register[S, Any]:
        """Run the effect at once, then at most once in so many seconds; a ``def`` in the loop, too.

        The last action is never lost: if some came in between, it runs for it when the time is over.
        """
        return self._registering(partial(Throttle, seconds=_seconds(seconds)), triggers, "throttle()", timed=True)

    def off(self, effect: Callable[..., Any]) -> None:
        """Take an effect away, wherever it was registered. A run that has begun goes on; one that waits does not begin.

        Raises:
            UsageError: it is not registered.
        """
        removed = [definition for definition in self._definitions if definition.function == effect]
        if not removed:
            message = f"off() got {name_of(effect)}, which is not registered; expected a function that on() decorates"
            raise UsageError(message)
        for definition in removed:
            definition.removed = True
        self._become(tuple(definition for definition in self._definitions if not definition.removed))

    def _registering(
        self, pace: PaceFactory, triggers: tuple[Trigger, ...], where: str, *, timed: bool = False
    ) -> Register[S, Any]:
        wanted = Wanted(triggers, where)

        def register(effect: Callable[[Any, EffectRun[S]], R], /) -> Callable[[Any, EffectRun[S]], R]:
            definition = Definition(effect, wanted, pace, timed=timed)
            self._refuse_twice(definition, where)
            self._become((*self._definitions, definition))
            return effect

        return register

    def _refuse_twice(self, new: Definition, where: str) -> None:
        if any(old.function == new.function and old.wanted.overlaps(new.wanted) for old in self._definitions):
            message = (
                f"{where} got {name_of(new.function)}, which is registered already, so that an action would run it "
                "twice; expected it to be registered once for an action"
            )
            raise UsageError(message)

    def _become(self, definitions: tuple[Definition, ...]) -> None:
        self._definitions = definitions
        self._routes = _Routes(definitions)  # a new one: another thread may be filling the old one


class _Routes(dict[type[Any], tuple[Definition, ...]]):
    """For each class of action the effects that may want it: found when the first one comes, then kept."""

    def __init__(self, definitions: tuple[Definition, ...]) -> None:
        super().__init__()
        self._definitions = definitions

    def __missing__(self, kind: type[Any]) -> tuple[Definition, ...]:
        found = tuple(definition for definition in self._definitions if definition.wanted.may_want(kind))
        self[kind] = found
        return found


def _seconds(seconds: object) -> float:
    if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and 0 < seconds < math.inf:
        return seconds
    message = f"got {seconds!r:.200} for the seconds; expected a number above 0, as in @effects.debounce(0.3, Typed)"
    raise UsageError(message)

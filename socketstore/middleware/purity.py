"""For development: a middleware that finds who changes a state in place, and reducers that are not pure."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

from socketstore.codec import short
from socketstore.errors import PurityError
from socketstore.middleware.ignored import Ignore, Ignored
from socketstore.middleware.snapshot import Snapshot
from socketstore.store.checking import name_of
from socketstore.store.differences import Difference, each_difference
from socketstore.store.store import Store
from socketstore.store.types import Dispatch

ADVICE = "A state is never written to: make a new one, with focus() or dataclasses.replace()."


class CheckPurity:
    """Raises a `PurityError` that names the place when a state is changed in place or a reducer is not pure.

    ::

        Store(reducer, initial, middleware=[..., *([check_purity] if DEBUG else [])])

    Put it last: it must see each action as the reducer will, and the state that the reducer will get. (``record(log)``
    may stand behind it, so that an action that was refused is not written.) It finds

    - what was written into the state between two dispatches, by whoever has a reference to it;
    - a reducer that changes, in place, the state or the action that it is given, whatever it returns;
    - a listener that writes into the state that it is told of;
    - a reducer that gives two different answers for one state and action: it used a clock, an id, a random number or
      a variable of its own. An error is an answer as well.

    What was written is undone, as far as lists, dicts, sets, byte arrays and attributes go, before the error is
    raised; the store can be used on. A reducer that is to blame has not been applied, nor has the action before which
    a write was found.

    It runs the reducer three times for each action and walks through the whole state as often, so that an action
    costs in proportion to the size of the state: it is for development and tests.

    Args:
        ignore: what not to look at, in states and actions: places, each with all below it, as the error spells them
            (``"feed.books['BTC']._cache"``), and classes, values of which may be anywhere.

    Raises:
        UsageError: `ignore` holds something else.
    """

    def __init__(self, *, ignore: Ignore = ()) -> None:
        self._ignored = Ignored(ignore)

    def __call__(self, store: Store[Any], next: Dispatch) -> Dispatch:
        """Build the middleware for a store."""
        return _PurityCheck(store, next, self._ignored).dispatch


check_purity = CheckPurity()
"""A `CheckPurity` that looks at everything."""


class _PurityCheck:
    """The check of one store."""

    def __init__(self, store: Store[Any], next: Dispatch, ignored: Ignored) -> None:
        self._store = store
        self._next = next
        self._ignored = ignored
        self._state = Snapshot(store.state, ignored)
        store.subscribe(self._look)  # the first of all listeners: it sees a state before another one can write into it

    def dispatch(self, action: Any) -> Any:
        self._refuse_writes(f"between two dispatches. {ADVICE} {short(action)} was not applied")
        self._try_twice(action)
        outcome = self._next(action)
        self._look(self._store.state)  # where the listeners are told later, at the end of a batch
        self._refuse_writes(f"by a listener that was told of it after {short(action)}. {ADVICE} The action was applied")
        return outcome

    def _look(self, state: Any) -> None:
        if state is not self._state.value:
            self._state = Snapshot(state, self._ignored)

    def _refuse_writes(self, circumstance: str) -> None:
        self._look(self._store.state)
        written = self._state.changed()
        if written is not None:
            _refuse(f"the state was changed in place {circumstance}", written, self._state)

    def _try_twice(self, action: Any) -> None:
        given = Snapshot(action, self._ignored)
        first, second = self._try(action, given), self._try(action, given)
        found = self._difference(first, second)
        if found is not None:
            _refuse_two_answers(self._reducer(action), found, first.error or second.error)

    def _difference(self, first: _Answer, second: _Answer) -> Difference | None:
        if first.error and second.error:
            return None  # it will raise again where errors of the reducer are dealt with
        if first.error or second.error:
            return Difference("", first.error or first.state, second.error or second.state)
        return next(each_difference(first.state, second.state, skip=self._ignored.pair), None)

    def _try(self, action: Any, given: Snapshot) -> _Answer:
        """Return what the reducer makes of an action; it is not applied."""
        answer = self._ask(action)
        for what, snapshot in (("state", self._state), ("action", given)):
            written = snapshot.changed()
            if written is not None:
                _refuse(f"{self._reducer(action)} changed, in place, the {what} that it was given", written, snapshot)
        return answer

    def _ask(self, action: Any) -> _Answer:
        try:
            return _Answer(self._store.preview(action), None)
        except Exception as error:  # noqa: BLE001 - returned
            return _Answer(None, error)

    def _reducer(self, action: Any) -> str:
        return f"the reducer {name_of(self._store.reducer)}, given {short(action)},"


class _Answer(NamedTuple):
    """What a reducer made of a state and an action: a state, or an error."""

    state: Any
    error: Exception | None


def _refuse(what: str, written: Difference, snapshot: Snapshot) -> NoReturn:
    fate = "has been put back" if snapshot.put_back() else "could not be put back"
    message = f"{written}: {what}. It {fate}."
    raise PurityError(message, path=written.path)


def _refuse_two_answers(reducer: str, found: Difference, cause: Exception | None) -> NoReturn:
    message = (
        f"{reducer} gave two answers for the same state: {found}. Expected one: let what differs (the time, an id, a "
        "random number) arrive inside the action. The action was not applied."
    )
    raise PurityError(message, path=found.path) from cause

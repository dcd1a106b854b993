"""For development: a middleware that finds who changes a state in place, and reducers that are not pure."""

from __future__ import annotations

from typing import Any, NoReturn

from socketstore.codec import short
from socketstore.errors import DispatchError, PurityError
from socketstore.middleware.snapshot import Snapshot
from socketstore.store.checking import name_of
from socketstore.store.differences import Difference, differences
from socketstore.store.store import Store
from socketstore.store.types import Dispatch

ADVICE = "A state is never written to: make a new one, with focus() or dataclasses.replace()."


def check_purity(store: Store[Any], next: Dispatch) -> Dispatch:
    """Raise a `PurityError` that names the place when a state is changed in place or a reducer is not pure.

    ::

        Store(reducer, initial, middleware=[..., *([check_purity] if DEBUG else [])])

    Put it last: it must see each action as the reducer will, and the state that the reducer will get. (``record(log)``
    may stand behind it, so that an action that was refused is not written.) It finds

    - what was written into the state between two dispatches, by whoever has a reference to it;
    - a reducer that changes, in place, the state or the action that it is given, whatever it returns;
    - a listener that writes into the state that it is told of;
    - a reducer that gives two different answers for one state and action: it used a clock, an id, a random number or
      a variable of its own.

    What was written is undone, as far as lists, dicts, sets, byte arrays and attributes go, before the error is
    raised; the store can be used on. A reducer that is to blame has not been applied, nor has the action before which
    a write was found.

    It runs the reducer three times for each action and walks through the whole state as often, so that an action
    costs in proportion to the size of the state: it is for development and tests.
    """
    return _PurityCheck(store, next).dispatch


class _PurityCheck:
    """The check of one store. Runs only when it is the store's turn, so that one flag is enough for all threads."""

    def __init__(self, store: Store[Any], next: Dispatch) -> None:
        self._store = store
        self._next = next
        self._trying = False
        self._state = Snapshot(store.state)
        store.subscribe(self._look)  # the first of all listeners: it sees a state before another one can write into it

    def dispatch(self, action: Any) -> Any:
        if self._trying:
            message = f"got {short(action)} inside the reducer {name_of(self._store.reducer)}; dispatch it afterwards"
            raise DispatchError(message)
        self._refuse_writes(f"between two dispatches. {ADVICE} {short(action)} was not applied")
        self._try_twice(action)
        outcome = self._next(action)
        self._look(self._store.state)  # where the listeners are told later, at the end of a batch
        self._refuse_writes(f"by a listener that was told of it after {short(action)}. {ADVICE} The action was applied")
        return outcome

    def _look(self, state: Any) -> None:
        if state is not self._state.value:
            self._state = Snapshot(state)

    def _refuse_writes(self, circumstance: str) -> None:
        self._look(self._store.state)
        written = self._state.changed()
        if written is not None:
            _refuse(f"the state was changed in place {circumstance}", written, self._state)

    def _try_twice(self, action: Any) -> None:
        given = Snapshot(action)
        first, failed = self._try(action, given)
        if failed:
            return  # it will raise again where errors of the reducer are dealt with
        second, failed = self._try(action, given)
        found = [Difference("", first, failed)] if failed else differences(first, second, limit=1)
        if found:
            _refuse_two_answers(self._reducer(action), found[0], failed)

    def _try(self, action: Any, given: Snapshot) -> tuple[Any, Exception | None]:
        """Return what the reducer makes of an action, or what it raises; it is not applied."""
        outcome = self._ask(action)
        for what, snapshot in (("state", self._state), ("action", given)):
            written = snapshot.changed()
            if written is not None:
                _refuse(f"{self._reducer(action)} changed, in place, the {what} that it was given", written, snapshot)
        return outcome

    def _ask(self, action: Any) -> tuple[Any, Exception | None]:
        self._trying = True
        try:
            return self._store.reducer(self._state.value, action), None
        except Exception as error:  # noqa: BLE001 - returned
            return None, error
        finally:
            self._trying = False

    def _reducer(self, action: Any) -> str:
        return f"the reducer {name_of(self._store.reducer)}, given {short(action)},"


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

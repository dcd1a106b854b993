"""The fold: from a log and a reducer back to the state."""

from __future__ import annotations

from socketstore.errors import ReplayError
from socketstore.log.entries import ActionEntry, FailedEntry, Log
from socketstore.store.types import Reducer, S


def replay(log: Log, reducer: Reducer[S], initial: S) -> S:
    """Fold the actions of a log into the state that a live store would have.

    An action on which the reducer raised when it was recorded may raise again: the state stays as it was, as it did
    then. Import the modules of your action classes first: a class is found by its tag.

    Args:
        log: as `open_log` returns it.
        reducer: the one that was recorded, or a newer one.
        initial: the state before the first action.

    Raises:
        ReplayError: the reducer raised on an action that it had taken.
        LogCorrupted: an entry cannot be read.
        DecodeError: an action's class is unknown, or its fields do not fit.
    """
    state = initial
    raised: tuple[ActionEntry, Exception] | None = None
    for entry in log.read():
        if raised is not None:
            _expect_failure(entry if isinstance(entry, FailedEntry) else None, *raised)
            raised = None
        if isinstance(entry, ActionEntry):
            try:
                state = _reduce(reducer, state, entry)
            except Exception as error:  # noqa: BLE001 - whether it may raise stands in the next entry
                raised = entry, error
    if raised is not None:
        _expect_failure(None, *raised)
    return state


def _reduce(reducer: Reducer[S], state: S, entry: ActionEntry) -> S:
    reduced = reducer(state, entry.action)
    if reduced is None and state is not None:
        message = "it returned None; expected a state"
        raise TypeError(message)
    return reduced


def _expect_failure(failed: FailedEntry | None, entry: ActionEntry, error: Exception) -> None:
    if failed is None or failed.of != entry.sequence:
        message = (
            f"entry {entry.sequence}: the reducer raised {type(error).__name__}: {error} on {entry.action!r:.300}, "
            "which it took when this was recorded; mend the reducer, or take the action out of the log"
        )
        raise ReplayError(message, sequence=entry.sequence) from error

"""The fold: from a log and a reducer back to the state."""

from __future__ import annotations

from socketstore.errors import ReplayError
from socketstore.log.entries import ActionEntry, FailedEntry
from socketstore.log.log import Log
from socketstore.store.types import Reducer, S


def replay(log: Log, reducer: Reducer[S], initial: S) -> S:
    """Fold the actions of a log into the state that a live store would have.

    An action on which the reducer raised when it was recorded is passed over: the state stayed as it was
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
    waiting: ActionEntry | None = None  # whether the reducer took it stands in the entry behind it
    for entry in log.read():
        if waiting is not None and not (isinstance(entry, FailedEntry) and entry.of == waiting.sequence):
            state = _reduce(reducer, state, waiting)
        waiting = entry if isinstance(entry, ActionEntry) else None
    return state if waiting is None else _reduce(reducer, state, waiting)


def _reduce(reducer: Reducer[S], state: S, entry: ActionEntry) -> S:
    try:
        reduced = reducer(state, entry.action)
    except Exception as error:
        raise _failed(entry, f"raised {type(error).__name__}: {error}") from error
    if reduced is None and state is not None:
        raise _failed(entry, "returned None instead of a state")
    return reduced


def _failed(entry: ActionEntry, what: str) -> ReplayError:
    message = (
        f"entry {entry.sequence}: the reducer {what} on {entry.action!r:.300}, which it took when this was recorded; "
        "mend the reducer, or take the action out of the log"
    )
    return ReplayError(message, sequence=entry.sequence)

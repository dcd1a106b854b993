"""The fold: which entries of a log change the state, and what the reducer makes of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from socketstore.errors import DecodeError, LogWarning, ReplayError
from socketstore.log.entries import ActionEntry, Entry, FailedEntry, SnapshotEntry
from socketstore.log.states import digest, state_from_json
from socketstore.sockets.program import level_of_the_program
from socketstore.store.paths import ABSENT
from socketstore.store.types import Reducer, S

Step: TypeAlias = ActionEntry | SnapshotEntry
Steps: TypeAlias = Callable[[Iterable[Entry]], Iterator[Step]]
"""From the entries of a log to the actions that the reducer is to take, and the snapshots between them."""


def taken(entries: Iterable[Entry]) -> Iterator[Step]:
    """Yield the actions that the reducer took, and the snapshots; whether it took one stands behind it in the log."""
    waiting: ActionEntry | None = None
    for entry in entries:
        if type(entry) is ActionEntry:
            if waiting is not None:
                yield waiting
            waiting = entry
        elif waiting is not None and _failed(entry, waiting):
            waiting = None
        elif type(entry) is SnapshotEntry:
            if waiting is not None:
                yield waiting
                waiting = None
            yield entry
    if waiting is not None:
        yield waiting


def _failed(entry: Entry, action: ActionEntry) -> bool:
    return isinstance(entry, FailedEntry) and entry.of == action.sequence


def folded(reducer: Reducer[S], state: S, steps: Iterable[Step]) -> S:
    """Return the state after all steps; see `stepped`."""
    for step in steps:
        # Nearly all are actions: for them a call less.
        state = reduced(reducer, state, step) if type(step) is ActionEntry else stepped(reducer, state, step)
    return state


def stepped(reducer: Reducer[S], state: S, step: Step) -> S:
    """Return the state after one step: what the reducer makes of an action, or what the state jumped to.

    Raises:
        ReplayError: the reducer raised, or returned ``None``.
        DecodeError: the state in a snapshot does not fit.
    """
    if type(step) is ActionEntry:
        return reduced(reducer, state, step)
    return jumped(state, step) if isinstance(step, SnapshotEntry) and step.jumped else state


def jumped(state: S, snapshot: SnapshotEntry) -> S:
    """Return the state with which recording went on; if only its digest is known, the present one, which may be it.

    Raises:
        DecodeError: the state in the snapshot does not fit.
    """
    if snapshot.state is not ABSENT:
        return state_of(snapshot, state)
    if snapshot.digest != digest(state):
        words = f"entry {snapshot.sequence}: recording went on with another state, which the log does not hold"
        warnings.warn(words, LogWarning, stacklevel=level_of_the_program())
    return state


def reduced(reducer: Reducer[S], state: S, entry: ActionEntry) -> S:
    """Return the state after one action.

    Raises:
        ReplayError: the reducer raised, or returned ``None``.
    """
    try:
        following = reducer(state, entry.action)
    except Exception as error:
        raise _refusal(entry, f"raised {type(error).__name__}: {error}") from error
    if following is None and state is not None:
        raise _refusal(entry, "returned None instead of a state")
    return following


def _refusal(entry: ActionEntry, what: str) -> ReplayError:
    message = (
        f"entry {entry.sequence}: the reducer {what} on {entry.action!r:.300}, which it took when this was recorded; "
        "mend the reducer, or take the action out of the log"
    )
    return ReplayError(message, sequence=entry.sequence)


def state_of(snapshot: SnapshotEntry, like: S) -> S:
    """Return the state that a snapshot holds.

    Raises:
        DecodeError: it does not fit.
    """
    try:
        state: S = state_from_json(snapshot.state, like)
    except DecodeError as error:
        message = f"entry {snapshot.sequence}, a snapshot: {error}"
        raise DecodeError(message) from error
    return state
